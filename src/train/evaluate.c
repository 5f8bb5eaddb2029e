/* Averages of a loss over a dataset, without training. */
#include <math.h>
#include "core/parallel.h"
#include "data/loader.h"
#include "tensor/tensor.h"
#include "train/train.h"

void dl__mean_add(dl__mean *mean, double loss, double metric, int64_t n)
{
    dl__fpmode host = dl__fpmode_enter();
    mean->loss += loss * (double)n;
    mean->n += n;
    if (!isnan(metric)) {
        mean->metric += metric * (double)n;
        mean->n_metric += n;
    }
    dl__fpmode_leave(host);
}

static double quotient(double sum, int64_t n)
{
    if (n == 0)
        return NAN;
    dl__fpmode host = dl__fpmode_enter();
    double q = sum / (double)n;
    dl__fpmode_leave(host);
    return q;
}

double dl__mean_loss(const dl__mean *mean)
{
    return quotient(mean->loss, mean->n);
}

double dl__mean_metric(const dl__mean *mean)
{
    return quotient(mean->metric, mean->n_metric);
}

dl_status dl__run_loss(const char *who, dl_module *m, dl_loss_fn loss, void *user,
                       dl_tensor *const *batch, int32_t n, dl_tensor **value, double *metric)
{
    dl_ctx *ctx = dl_module_ctx(m);
    dl_tensor *shown = NULL;
    *metric = NAN;
    *value = loss(m, batch, n, &shown, user);
    if (!dl__ok(ctx))
        return ctx->status;
    if (!*value)
        return dl_fail(ctx, DL_EUSER, "%s: the loss function stopped it", who);
    if ((*value)->base.ctx != ctx || (shown && shown->base.ctx != ctx))
        return dl_fail(ctx, DL_EINVAL, "%s: the loss or the metric is of another context", who);
    if (dl__count_of(*value) != 1)
        return dl_fail(ctx, DL_ESHAPE, "%s: the loss has %lld elements, it wants 1", who,
                       (long long)dl__count_of(*value));
    if (shown)
        *metric = dl_tensor_item(shown);
    return ctx->status;
}

/* The batches of l, until they end or the context is cancelled; 1 in the latter case. */
static int add_batches(dl_module *m, dl_loss_fn loss, void *user, dl_loader *l, dl__mean *mean)
{
    dl_ctx *ctx = dl_module_ctx(m);
    int32_t fields = l->dataset->n_fields, more = 1;
    while (more == 1 && dl__ok(ctx)) {
        if (dl_ctx_cancelled(ctx))
            return 1;
        dl_tensor *field[DL__FIELDS], *value;
        double metric;
        int32_t mark = dl_scope_begin(ctx);
        more = mark < 0 ? mark : dl__loader_next(l, field, fields);
        if (more == 1 &&
            dl__run_loss("evaluate", m, loss, user, field, fields, &value, &metric) == DL_OK)
            dl__mean_add(mean, dl_tensor_item(value), metric, field[0]->dims[0]);
        dl_scope_end(ctx, mark);
    }
    return 0;
}

int dl__evaluate(dl_module *m, dl_loss_fn loss, void *user, dl_dataset *d, int32_t batch,
                 dl__mean *mean)
{
    dl_ctx *ctx = dl_module_ctx(m);
    *mean = (dl__mean){0};
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = batch});
    unsigned char *modes = l ? dl__modes_note(m) : NULL;
    int cancelled = 0;
    if (modes) {
        uint64_t ticket = ctx->ticket, fills = ctx->fills;
        int32_t recording = dl_grad_enable(ctx, 0);
        dl_module_train(m, 0);
        cancelled = add_batches(m, loss, user, l, mean);
        dl_grad_enable(ctx, recording);
        ctx->ticket = ticket;
        ctx->fills = fills;
    }
    dl__modes_put_back(m, modes);
    dl_loader_drop(l);
    return cancelled;
}

dl_status dl_evaluate(dl_module *m, dl_loss_fn loss, void *loss_user, dl_dataset *d, int32_t batch,
                      double *mean_loss, double *mean_metric)
{
    if (mean_loss)
        *mean_loss = NAN;
    if (mean_metric)
        *mean_metric = NAN;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!ctx || !dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!loss || !d)
        return dl_fail(ctx, DL_EINVAL, "evaluate: the loss or the dataset is NULL");
    if (dl_dataset_ctx(d) != ctx)
        return dl_fail(ctx, DL_EINVAL, "evaluate: the dataset is of another context");
    dl__mean mean;
    if (dl__evaluate(m, loss, loss_user, d, batch, &mean))
        return dl_fail(ctx, DL_EUSER, "evaluate: cancelled");
    if (!dl__ok(ctx))
        return ctx->status;
    if (mean_loss)
        *mean_loss = dl__mean_loss(&mean);
    if (mean_metric)
        *mean_metric = dl__mean_metric(&mean);
    return DL_OK;
}
