/* Metrics of a net over a dataset. */
#include "dl/ext.h"
#include "dl/train.h"
#include "train/metric.h"

typedef struct meters {
    dl_metric *const *metric;
    int32_t n;
} meters;

/* A loss function that measures nothing itself. */
static dl_tensor *feed(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                       void *user)
{
    (void)shown;
    const meters *to = user;
    dl_ctx *ctx = dl_module_ctx(m);
    if (n < 2) {
        dl_fail(ctx, DL_EINVAL,
                "evaluate_metrics: the dataset has %d field, wanted are an input and a target",
                (int)n);
        return NULL;
    }
    dl_tensor *y = dl_module_forward(m, batch[0]);
    for (int32_t k = 0; dl__ok(ctx) && k < to->n; k++)
        dl_metric_add(to->metric[k], y, batch[1]);
    return dl__ok(ctx) ? dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, NULL, 0)) : NULL;
}

dl_status dl_evaluate_metrics(dl_module *m, dl_dataset *d, int32_t batch, dl_metric *const *metrics,
                              int32_t n)
{
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (n < 1 || !metrics)
        return dl_fail(ctx, DL_EINVAL, "evaluate_metrics: there are %d metrics%s", (int)n,
                       metrics ? "" : ", and the list is NULL");
    for (int32_t k = 0; k < n; k++)
        if (!metrics[k] || metrics[k]->base.ctx != ctx)
            return dl_fail(ctx, DL_EINVAL, "evaluate_metrics: metric %d is %s", (int)k,
                           metrics[k] ? "of another context" : "NULL");
    return dl_evaluate(m, feed, &(meters){metrics, n}, d, batch, NULL, NULL);
}
