/* Batch normalisation with the statistics of the batch. */
#include "ops/batch_norm.h"
#include "core/memory.h"

/* Values of one channel. */
static int64_t values(const dl_tensor *x)
{
    return x->dims[0] * dl__elements(x->dims + 2, x->ndim - 2);
}

/* in: x, weight or NULL, bias or NULL. out: y; mean and variance [C]; numbers f64 [2, C]: mean,
 * 1 / sqrt(var + eps). */
dl_status dl__batch_norm_infer(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0];
    char text[DL__SHAPE_TEXT];
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    if (x->ndim < 2)
        return dl_fail(c->ctx, DL_ESHAPE, "batch_norm: the input is %s, wanted [N, C, ..]",
                       dl__dims_text(text, x));
    if (values(x) < 2)
        return dl_fail(c->ctx, DL_ESHAPE,
                       "batch_norm: the input is %s, which has %lld values for each channel; "
                       "statistics of a batch want at least 2",
                       dl__dims_text(text, x), (long long)values(x));
    if (dl__norm_need_weight(c, 1, "weight", 0) != DL_OK ||
        dl__norm_need_weight(c, 2, "bias", 0) != DL_OK)
        return c->ctx->status;
    const int64_t numbers[2] = {2, x->dims[1]};
    dl__spec_like(&out[0], x);
    dl__spec_row_major(&out[1], x->dtype, numbers + 1, 1);
    dl__spec_row_major(&out[2], x->dtype, numbers + 1, 1);
    dl__spec_row_major(&out[3], DL_F64, numbers, 2);
    return DL_OK;
}

/* num: the rows of dl__planes_map for y. */
static void forward_numbers(const dl_call *c, const double *numbers, double *num)
{
    const int64_t n = c->in[0]->dims[1];
    for (int64_t i = 0; i < n; i++) {
        num[i] = numbers[i];
        num[n + i] = numbers[n + i] * (c->in[1] ? dl__real_at(c->in[1], i) : 1);
        num[2 * n + i] = c->in[2] ? dl__real_at(c->in[2], i) : 0;
        num[3 * n + i] = 0;
    }
}

dl_status dl__batch_norm_forward(const dl_call *c)
{
    const dl__norm_attrs *a = c->attrs;
    const int64_t n = c->in[0]->dims[1];
    double *numbers = (double *)(void *)dl__data(c->out[3]);
    double *num = dl__alloc(c->ctx, (size_t)n * DL__PLANES_NUMBERS * sizeof *num);
    int kind = 0;
    dl__norm_planes p = {.ctx = c->ctx};
    dl_status s = num ? dl__norm_planes_begin(&p, c->in[0], 1, 2, DL__NORM_CHANNELS) : DL_ENOMEM;
    if (s == DL_OK)
        s = dl__norm_planes_result(&p, c->out[0]);
    if (s == DL_OK)
        s = dl__batch_norm_kind(&p, c, 3, &kind);
    if (s == DL_OK)
        s = dl__norm_statistics(&p, a, 1, numbers, num);
    if (s == DL_OK) {
        for (int64_t i = 0; i < n; i++) {
            dl__put_real_at(c->out[1], i, numbers[i]);
            dl__put_real_at(c->out[2], i, num[i]);
        }
        forward_numbers(c, numbers, num);
        dl__planes_map(c->ctx, p.dtype, kind, &p.v, num);
    }
    dl__norm_planes_end(&p);
    dl__free(num);
    return s;
}

/* ---- gradients ------------------------------------------------------------------------------- */

void dl__batch_norm_backward_numbers(const dl_call *c, const double *sum, double *num)
{
    const int64_t n = c->in[1]->dims[1];
    const double count = (double)values(c->in[1]);
    const double *numbers = (const double *)(const void *)dl__data(c->in[3]);
    for (int64_t i = 0; i < n; i++) {
        const double rstd = numbers[n + i], db = sum[i], dw = sum[n + i] * rstd;
        dl__put_real_at(c->out[1], i, dw);
        dl__put_real_at(c->out[2], i, db);
        num[i] = numbers[i];
        const double scale = rstd * (c->in[2] ? dl__real_at(c->in[2], i) : 1);
        num[n + i] = scale;
        num[2 * n + i] = scale * db / count;
        num[3 * n + i] = scale * rstd * dw / count;
    }
}

static dl_status backward_forward(const dl_call *c)
{
    const dl__norm_attrs *a = c->attrs;
    const int64_t n = c->in[1]->dims[1];
    const double *numbers = (const double *)(const void *)dl__data(c->in[3]);
    double *num = dl__alloc(c->ctx, (size_t)n * (DL__PLANES_NUMBERS + 2) * sizeof *num);
    double *sum = num ? num + n * DL__PLANES_NUMBERS : NULL;
    dl__norm_planes p = {.ctx = c->ctx};
    dl_status s = num ? dl__norm_planes_begin(&p, c->in[1], 1, 2, DL__NORM_CHANNELS) : DL_ENOMEM;
    if (s == DL_OK)
        s = dl__norm_planes_add(&p, 2, c->in[0]);
    if (s == DL_OK && a->want_dx)
        s = dl__norm_planes_result(&p, c->out[0]);
    if (s == DL_OK)
        s = dl__planes_sum(c->ctx, p.dtype, DL__PLANES_BACKWARD, &p.v, numbers, NULL, sum);
    if (s == DL_OK) {
        dl__batch_norm_backward_numbers(c, sum, num);
        if (a->want_dx)
            dl__planes_map(c->ctx, p.dtype, DL__PLANES_GRADIENT, &p.v, num);
    }
    dl__norm_planes_end(&p);
    dl__free(num);
    return s;
}

const dl_op dl__op_batch_norm_backward = {.name = "batch_norm_backward",
                                          .attrs_size = sizeof(dl__norm_attrs),
                                          .attrs = dl__norm_attr_list,
                                          .n_attrs = DL__NORM_ATTR_COUNT,
                                          .saves_in = 7,
                                          .infer = dl__norm_backward_infer,
                                          .forward = backward_forward,
                                          .backward = dl__norm_backward_backward};

/* d mean / dx = 1 / n, d var / dx = 2 (x - mean) / n. */
dl_tensor *dl__batch_norm_statistics_gradient(const dl_call *c, dl_tensor *const *dy, dl_tensor *dx)
{
    dl_tensor *x = c->in[0];
    const double n = (double)values(x);
    dl_tensor *dmean = dl_scale(dl__norm_spread(dy[1], x, 0), 1 / n);
    dl_tensor *dvar = dl_scale(dl__norm_spread(dy[2], x, 0), 2 / n);
    if (dvar) {
        int32_t axes[DL_MAX_DIMS], k = 0;
        for (int32_t i = 0; i < x->ndim; i++)
            if (i != 1)
                axes[k++] = i;
        dl_tensor *t = dl_mul(dl_sub(x, dl_mean(x, axes, k, 1)), dvar);
        dx = dx ? dl_add(dx, t) : t;
    }
    if (dmean)
        dx = dx ? dl_add(dx, dmean) : dl__expand(dmean, x->dims, x->ndim);
    return dx;
}

dl_status dl__batch_norm_gradients(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *grads[3] = {NULL};
    if (dy[0] && dl__norm_backward(&dl__op_batch_norm_backward, c, dy[0], c->out[3], grads) != 0)
        return c->ctx->status;
    if (dl_call_wants(c, 0))
        dx[0] = dl__batch_norm_statistics_gradient(c, dy, grads[0]);
    for (int32_t i = 1; i < 3; i++)
        if (dl_call_wants(c, i) && grads[i])
            dx[i] = grads[i];
    return c->ctx->status;
}

const dl_op dl__op_batch_norm = {.name = "batch_norm",
                                 .attrs_size = sizeof(dl__norm_attrs),
                                 .attrs = dl__norm_attr_list,
                                 .n_attrs = DL__NORM_ATTR_COUNT,
                                 .saves_in = 3,
                                 .saves_out = 8,
                                 .infer = dl__batch_norm_infer,
                                 .forward = dl__batch_norm_forward,
                                 .backward = dl__batch_norm_gradients,
                                 .replay_in = 3,
                                 .replay_out = 4};

dl_tensor *dl__batch_norm_apply(const dl_op *op, dl_tensor *const *in, int32_t n_in, double eps,
                                dl_tensor **mean, dl_tensor **var)
{
    dl_tensor *out[4] = {NULL};
    if (mean)
        *mean = NULL;
    if (var)
        *var = NULL;
    if (!dl__ready(in[0]) || !dl__norm_eps(in[0]->base.ctx, "batch_norm", eps))
        return NULL;
    const dl__norm_attrs a = {.eps = eps, .want_dx = 1};
    if (dl_apply(op, in, n_in, &a, out, 4) != DL_OK)
        return NULL;
    /* The record keeps what it needs of those that nobody asked for. */
    dl_tensor_drop(dl_tensor_take(out[3]));
    if (mean)
        *mean = out[1];
    else
        dl_tensor_drop(dl_tensor_take(out[1]));
    if (var)
        *var = out[2];
    else
        dl_tensor_drop(dl_tensor_take(out[2]));
    return out[0];
}

dl_tensor *dl_batch_norm(dl_tensor *x, dl_tensor *weight, dl_tensor *bias, double eps,
                         dl_tensor **mean, dl_tensor **var)
{
    dl_tensor *const in[3] = {x, weight, bias};
    return dl__batch_norm_apply(&dl__op_batch_norm, in, 3, eps, mean, var);
}
