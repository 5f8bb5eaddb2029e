/* The options of a training run. */
#include <math.h>
#include <string.h>
#include "core/text.h"
#include "core/utf8.h"
#include "optim/average.h"
#include "train/callback.h"
#include "train/train.h"

/* Numbers that want to be finite and not negative. */
static dl_status check_real(dl_ctx *ctx, const char *name, double v)
{
    char text[DL__NUMBER];
    if (v >= 0 && !isinf(v))
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "train: %s is %s, it wants to be finite and >= 0", name,
                   dl__double_text(text, v));
}

static dl_status check_numbers(dl_ctx *ctx, const dl_train_opts *o)
{
    if (o->epochs < 0 || o->batch < 0 || o->patience < DL_OFF || o->save_epochs < 0)
        return dl_fail(ctx, DL_EINVAL,
                       "train: epochs is %d, batch %d, patience %d, save_epochs %d; "
                       "none may be negative",
                       (int)o->epochs, (int)o->batch, (int)o->patience, (int)o->save_epochs);
    if (o->accumulate < 0 || o->max_steps < 0 || o->n_callbacks < 0)
        return dl_fail(ctx, DL_EINVAL,
                       "train: accumulate is %d, max_steps %lld, n_callbacks %d; "
                       "none may be negative",
                       (int)o->accumulate, (long long)o->max_steps, (int)o->n_callbacks);
    if (o->restore_best < DL_OFF || o->restore_best > 1 || (o->resume | o->no_shuffle) & ~1)
        return dl_fail(ctx, DL_EINVAL,
                       "train: restore_best is %d, resume %d, no_shuffle %d; wanted 0 or 1, or "
                       "DL_OFF for the first",
                       (int)o->restore_best, (int)o->resume, (int)o->no_shuffle);
    if (check_real(ctx, "min_delta", o->min_delta) != DL_OK ||
        check_real(ctx, "max_seconds", o->max_seconds) != DL_OK ||
        check_real(ctx, "l1", o->l1) != DL_OK || check_real(ctx, "l2", o->l2) != DL_OK)
        return ctx->status;
    return DL__RESERVED(ctx, "train", o);
}

static dl_status check_callbacks(dl_ctx *ctx, const dl_train_opts *o)
{
    if (o->n_callbacks > 0 && !o->callbacks)
        return dl_fail(ctx, DL_EINVAL, "train: there are %d callbacks at NULL",
                       (int)o->n_callbacks);
    for (int32_t i = 0; i < o->n_callbacks; i++)
        if (!o->callbacks[i] || o->callbacks[i]->base.ctx != ctx)
            return dl_fail(ctx, DL_EINVAL, "train: callback %d is %s", (int)i,
                           o->callbacks[i] ? "of another context" : "NULL");
    return DL_OK;
}

/* An average is of the parameters of m, in order. */
static dl_status check_average(dl_module *m, const dl_average *a)
{
    dl_ctx *ctx = dl_module_ctx(m);
    if (!a)
        return DL_OK;
    int same = a->base.ctx == ctx && a->n_param == dl_module_param_count(m);
    for (int32_t i = 0; same && i < a->n_param; i++)
        same = a->pair[i].from == dl_module_param(m, i);
    if (!same && dl__ok(ctx))
        dl_fail(ctx, DL_EINVAL, "train: the average is of another net");
    return ctx->status;
}

dl_status dl__run_check(dl_module *m, const dl_train_opts *o, dl_optim *optim, dl_dataset *train)
{
    dl_ctx *ctx = dl_module_ctx(m);
    if (dl_dataset_ctx(train) != ctx || (o->valid && dl_dataset_ctx(o->valid) != ctx))
        return dl_fail(ctx, DL_EINVAL, "train: a dataset is of another context");
    if (dl_optim_ctx(optim) != ctx)
        return dl_fail(ctx, DL_EINVAL, "train: the optimizer is of another context");
    if (check_numbers(ctx, o) != DL_OK || check_callbacks(ctx, o) != DL_OK)
        return ctx->status;
    if (check_average(m, o->average) != DL_OK)
        return ctx->status;
    if ((o->patience != 0 || o->restore_best == 1) && !o->valid)
        return dl_fail(ctx, DL_EINVAL,
                       "train: early stopping and the best weights want a validation set");
    if (o->valid && dl_dataset_size(o->valid) < 1)
        return dl_fail(ctx, DL_EINVAL, "train: the validation set has no examples");
    if (o->loader && (o->batch || o->no_shuffle || o->workers))
        return dl_fail(ctx, DL_EINVAL,
                       "train: loader says batch, shuffle and workers; the others must be 0");
    if (o->settings && !dl__utf8_valid(o->settings, strlen(o->settings)))
        return dl_fail(ctx, DL_EINVAL, "train: settings is no UTF-8");
    if (o->resume && !o->checkpoint)
        return dl_fail(ctx, DL_EINVAL, "train: resume wants the checkpoint's path");
    return DL_OK;
}
