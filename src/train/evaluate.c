/* Averages of a loss over a dataset, without training. */
#include <math.h>
#include "tensor/tensor.h"
#include "train/train.h"

void dl__mean_add(dl__mean *mean, double loss, const double *metric, int64_t n)
{
    mean->loss += loss * (double)n;
    mean->n += n;
    if (!isnan(*metric)) {
        mean->metric += *metric * (double)n;
        mean->n_metric += n;
    }
}

double dl__mean_loss(const dl__mean *mean)
{
    return mean->n ? mean->loss / (double)mean->n : NAN;
}

double dl__mean_metric(const dl__mean *mean)
{
    return mean->n_metric ? mean->metric / (double)mean->n_metric : NAN;
}

dl_status dl__run_loss(dl_ctx *ctx, dl_module *m, dl_loss_fn loss, void *user,
                       dl_tensor *const *batch, int32_t n, dl_tensor **value, double *metric)
{
    dl_tensor *shown = NULL;
    *metric = NAN;
    *value = loss(m, batch, n, &shown, user);
    if (!dl__ok(ctx))
        return ctx->status;
    if (!*value)
        return dl_fail(ctx, DL_EUSER, "train: the loss function stopped it");
    if ((*value)->base.ctx != ctx || dl__count_of(*value) != 1)
        return dl_fail(ctx, DL_ESHAPE, "train: the loss has %lld elements, it wants 1",
                       (long long)dl__count_of(*value));
    if (shown)
        *metric = dl_tensor_item(shown);
    return ctx->status;
}

dl_status dl_evaluate(dl_module *m, dl_loss_fn loss, void *loss_user, dl_dataset *d, int32_t batch,
                      double *mean_loss, double *mean_metric)
{
    if (mean_loss)
        *mean_loss = NAN;
    if (mean_metric)
        *mean_metric = NAN;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!ctx || !loss || !d)
        return DL_EINVAL;
    if (!dl__ok(ctx))
        return ctx->status;
    if (dl_dataset_ctx(d) != ctx)
        return dl_fail(ctx, DL_EINVAL, "evaluate: the dataset is of another context");
    dl_loader *loader = dl_loader_new(d, &(dl_loader_opts){.batch = batch});
    int32_t training = dl_module_training(m), recording = dl_grad_enable(ctx, 0);
    int32_t fields = dl_dataset_field_count(d), more = loader ? 1 : 0;
    dl__mean mean = {0};
    dl_module_train(m, 0);
    while (more == 1) {
        dl_tensor *field[16], *value;
        double metric;
        int32_t mark = dl_scope_begin(ctx);
        more = mark < 0 ? mark : dl_loader_next(loader, field, fields);
        if (more == 1 &&
            dl__run_loss(ctx, m, loss, loss_user, field, fields, &value, &metric) == DL_OK)
            dl__mean_add(&mean, dl_tensor_item(value), &metric, field[0]->dims[0]);
        dl_scope_end(ctx, mark);
        if (!dl__ok(ctx))
            break;
    }
    dl_module_train(m, training);
    dl_grad_enable(ctx, recording);
    dl_loader_drop(loader);
    if (mean_loss)
        *mean_loss = dl__mean_loss(&mean);
    if (mean_metric)
        *mean_metric = dl__mean_metric(&mean);
    return ctx->status;
}
