/* The learning-rate range test. */
#include <math.h>
#include "core/math.h"
#include "core/parallel.h"
#include "core/text.h"
#include "data/loader.h"
#include "train/notes.h"
#include "train/train.h"

typedef struct finder {
    dl_ctx *ctx;
    dl_module *m;
    dl_optim *o;
    dl_loss_fn loss;
    void *user;
    dl_loader *loader;
    double low, high, smoothing, stop_factor;
    int32_t steps, n;
    double *lr, *losses; /* n of steps */
} finder;

/* The rate of step i. */
static double rate(const finder *f, int32_t i)
{
    dl__fpmode host = dl__fpmode_enter();
    const double part = (double)i / (double)(f->steps - 1);
    const double lr = f->low * dl__pow(f->high / f->low, part);
    dl__fpmode_leave(host);
    return lr;
}

/* The next batch, from the first one again after the last; 0 when an error stands. */
static int next(const finder *f, dl_tensor **field)
{
    int32_t got = dl__loader_next(f->loader, field, f->loader->dataset->n_fields);
    if (got == 0)
        got = dl__loader_next(f->loader, field, f->loader->dataset->n_fields);
    return got == 1;
}

/* One step at rate lr; its loss before the update. 1 while the numbers are finite. */
static int step(const finder *f, double lr, double *loss)
{
    dl_ctx *ctx = f->ctx;
    dl_tensor *field[DL__FIELDS], *value;
    double metric;
    int32_t mark = dl_scope_begin(ctx);
    *loss = NAN;
    if (mark >= 0 && next(f, field) &&
        dl__run_loss("lr_find", f->m, f->loss, f->user, field, f->loader->dataset->n_fields, &value,
                     &metric) == DL_OK) {
        *loss = dl_tensor_item(value);
        if (isfinite(*loss)) {
            dl__no_gradients(f->m, f->o);
            f->o->lr = lr;
            if (dl_backward(value) == DL_OK)
                dl_optim_step(f->o);
        }
    }
    dl_scope_end(ctx, mark);
    const int diverged = ctx->status == DL_ENUMERIC; /* clipping, check_finite */
    if (diverged)
        dl__forget(ctx);
    return isfinite(*loss) && !diverged && dl__ok(ctx);
}

static dl_status sweep(finder *f)
{
    double average = 0, weight = 1, best = INFINITY;
    for (int32_t i = 0; i < f->steps; i++) {
        double loss;
        if (dl_ctx_cancelled(f->ctx))
            return dl_fail(f->ctx, DL_EUSER, "lr_find: cancelled");
        const double lr = rate(f, i);
        if (!step(f, lr, &loss))
            break;
        dl__fpmode host = dl__fpmode_enter();
        average = f->smoothing * average + (1 - f->smoothing) * loss;
        weight *= f->smoothing;
        const double smooth = average / (1 - weight);
        const double most = best + (f->stop_factor - 1) * fabs(best);
        dl__fpmode_leave(host);
        f->lr[f->n] = lr;
        f->losses[f->n++] = smooth;
        if (i > 0 && smooth > most)
            break;
        best = smooth < best ? smooth : best;
    }
    return f->ctx->status;
}

/* Where the losses fall steepest; the rates are evenly spaced in their logarithm. */
static double suggest(const finder *f)
{
    int32_t lowest = 0, at = -1;
    double steepest = 0;
    for (int32_t i = 1; i < f->n; i++)
        lowest = f->losses[i] < f->losses[lowest] ? i : lowest;
    for (int32_t i = f->n / 10; i < lowest; i++) {
        const double slope = f->losses[i + 1] - f->losses[i];
        if (slope < steepest) {
            steepest = slope;
            at = i;
        }
    }
    return at < 0 ? NAN : f->lr[at];
}

static dl_status check(const finder *f, const dl_lr_find_opts *o, const dl_dataset *d)
{
    dl_ctx *ctx = f->ctx;
    char a[DL__NUMBER], b[DL__NUMBER];
    if (f->o->base.ctx != ctx || dl_dataset_ctx(d) != ctx)
        return dl_fail(ctx, DL_EINVAL, "lr_find: the %s is of another context",
                       f->o->base.ctx != ctx ? "optimizer" : "dataset");
    if (!(f->low > 0) || !(f->high > f->low) || isinf(f->high))
        return dl_fail(ctx, DL_EINVAL, "lr_find: low is %s and high %s, wanted 0 < low < high",
                       dl__double_text(a, f->low), dl__double_text(b, f->high));
    if (!(f->stop_factor > 1))
        return dl_fail(ctx, DL_EINVAL, "lr_find: stop_factor is %s, wanted above 1",
                       dl__double_text(a, f->stop_factor));
    if (f->steps < 2)
        return dl_fail(ctx, DL_EINVAL, "lr_find: steps is %d, wanted at least 2", (int)f->steps);
    if (dl__option_range(ctx, "lr_find", "smoothing", f->smoothing, 1) != DL_OK)
        return ctx->status;
    return DL__RESERVED(ctx, "lr_find", o);
}

/* With all that is put back afterwards noted. */
static dl_status run(finder *f)
{
    dl__notes notes;
    if (dl__notes_take(&notes, f->m, f->o) == DL_OK) {
        const int32_t recording = dl_grad_enable(f->ctx, 1);
        if (!dl_module_training(f->m))
            dl_module_train(f->m, 1);
        sweep(f);
        dl__no_gradients(f->m, f->o);
        dl_grad_enable(f->ctx, recording);
    }
    dl__notes_put_back(&notes, f->m);
    return f->ctx->status;
}

/* What was found, or nothing. */
static void give(const finder *f, double *lr, double *losses, int32_t *n, double *suggestion)
{
    const int ok = dl__ok(f->ctx);
    for (int32_t i = 0; ok && i < f->n; i++) {
        if (lr)
            lr[i] = f->lr[i];
        if (losses)
            losses[i] = f->losses[i];
    }
    if (n && ok)
        *n = f->n;
    if (suggestion && ok)
        *suggestion = suggest(f);
}

dl_status dl_lr_find(dl_module *m, dl_optim *o, dl_loss_fn loss, void *loss_user, dl_dataset *d,
                     const dl_lr_find_opts *opts, double *lr, double *losses, int32_t *n,
                     double *suggestion)
{
    static const dl_lr_find_opts defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    opts = opts ? opts : &defaults;
    if (n)
        *n = 0;
    if (suggestion)
        *suggestion = NAN;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!o || !loss || !d)
        return dl_fail(ctx, DL_EINVAL, "lr_find: the optimizer, the loss or the dataset is NULL");
    finder f = {.ctx = ctx,
                .m = m,
                .o = o,
                .loss = loss,
                .user = loss_user,
                .low = opts->low == 0 ? 1e-7 : opts->low,
                .high = opts->high == 0 ? 10 : opts->high,
                .smoothing = dl__option(opts->smoothing, 0.98),
                .stop_factor = opts->stop_factor == 0 ? 4 : opts->stop_factor,
                .steps = opts->steps == 0 ? 100 : opts->steps};
    if (check(&f, opts, d) != DL_OK)
        return ctx->status;
    f.loader = dl_loader_new(
        d, &(dl_loader_opts){.batch = opts->batch, .shuffle = 1, .workers = opts->workers});
    f.lr = dl__alloc(ctx, (size_t)f.steps * sizeof *f.lr);
    f.losses = dl__alloc(ctx, (size_t)f.steps * sizeof *f.losses);
    if (dl__ok(ctx))
        run(&f);
    give(&f, lr, losses, n, suggestion);
    dl__free(f.lr);
    dl__free(f.losses);
    dl_loader_drop(f.loader);
    return ctx->status;
}
