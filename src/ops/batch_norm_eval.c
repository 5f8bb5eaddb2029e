/* Batch normalisation with given statistics: one pass over x. Gradients are built from
 * operations. */
#include "core/check.h"
#include "core/memory.h"
#include "ops/batch_norm.h"

/* in: x, mean, var, weight or NULL, bias or NULL. */
dl_status dl__batch_norm_eval_infer(const dl_call *c, dl_spec *out)
{
    static const char *const what[] = {"input", "mean", "var", "weight", "bias"};
    char text[DL__SHAPE_TEXT];
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    if (c->in[0]->ndim < 2)
        return dl_fail(c->ctx, DL_ESHAPE, "batch_norm_eval: the input is %s, wanted [N, C, ..]",
                       dl__dims_text(text, c->in[0]));
    for (int32_t i = 1; i < 5; i++)
        if (dl__norm_need_weight(c, i, what[i], 0) != DL_OK)
            return c->ctx->status;
    dl__spec_like(out, c->in[0]);
    return DL_OK;
}

dl_status dl__batch_norm_eval_forward(const dl_call *c)
{
    const dl__norm_attrs *a = c->attrs;
    const int64_t n = c->in[0]->dims[1];
    size_t bytes;
    if (!dl__mul_size((size_t)n, DL__PLANES_NUMBERS * sizeof(double), &bytes))
        return dl_fail(c->ctx, DL_ELIMIT, "batch_norm_eval: too many channels");
    int kind = 0;
    double *num = dl__calloc(c->ctx, bytes);
    dl__norm_planes p = {.ctx = c->ctx};
    dl_status s = num ? dl__norm_planes_begin(&p, c->in[0], 1, 2, DL__NORM_CHANNELS) : DL_ENOMEM;
    if (s == DL_OK)
        s = dl__norm_planes_result(&p, c->out[0]);
    if (s == DL_OK)
        s = dl__batch_norm_kind(&p, c, 5, &kind);
    for (int64_t i = 0; s == DL_OK && i < n; i++) {
        const double rstd = 1 / __builtin_sqrt(dl__real_at(c->in[2], i) + a->eps);
        num[i] = dl__real_at(c->in[1], i);
        num[n + i] = rstd * (c->in[3] ? dl__real_at(c->in[3], i) : 1);
        num[2 * n + i] = c->in[4] ? dl__real_at(c->in[4], i) : 0;
    }
    if (s == DL_OK)
        dl__planes_map(c->ctx, p.dtype, kind, &p.v, num);
    dl__norm_planes_end(&p);
    dl__free(num);
    return s;
}

/* With s = sqrt(var + eps), xhat = (x - mean) / s: dx = dy w / s, dw = sum(dy xhat), db = sum(dy),
 * dmean = -sum(dx), dvar = -sum(dx xhat) / (2 s). */
dl_status dl__batch_norm_eval_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const dl__norm_attrs *a = c->attrs;
    dl_tensor *x = c->in[0], *w = dl__norm_spread(c->in[3], x, 0), *xhat = NULL;
    dl_tensor *s = dl_sqrt(dl_add_scalar(dl__norm_spread(c->in[2], x, 0), a->eps));
    dl_tensor *d = dl_div(w ? dl_mul(dy[0], w) : dy[0], s);
    if (dl_call_wants(c, 0))
        dx[0] = d;
    if (dl_call_wants(c, 2) || dl_call_wants(c, 3))
        xhat = dl_div(dl_sub(x, dl__norm_spread(c->in[1], x, 0)), s);
    if (dl_call_wants(c, 1))
        dx[1] = dl_neg(dl__norm_gather(d, 0));
    if (dl_call_wants(c, 2))
        dx[2] = dl_scale(dl__norm_gather(dl_div(dl_mul(d, xhat), s), 0), -0.5);
    if (dl_call_wants(c, 3))
        dx[3] = dl__norm_gather(dl_mul(dy[0], xhat), 0);
    if (dl_call_wants(c, 4))
        dx[4] = dl__norm_gather(dy[0], 0);
    return c->ctx->status;
}

const dl_op dl__op_batch_norm_eval = {.name = "batch_norm_eval",
                                      .attrs_size = sizeof(dl__norm_attrs),
                                      .attrs = dl__norm_attr_list,
                                      .n_attrs = DL__NORM_ATTR_COUNT,
                                      .saves_in = 15,
                                      .infer = dl__batch_norm_eval_infer,
                                      .forward = dl__batch_norm_eval_forward,
                                      .backward = dl__batch_norm_eval_backward};

dl_tensor *dl_batch_norm_eval(dl_tensor *x, dl_tensor *weight, dl_tensor *bias, dl_tensor *mean,
                              dl_tensor *var, double eps)
{
    dl_tensor *const in[5] = {x, mean, var, weight, bias};
    dl_tensor *y = NULL;
    if (!dl__ready(x) || !mean || !var || !dl__norm_eps(x->base.ctx, "batch_norm_eval", eps))
        return NULL;
    const dl__norm_attrs a = {.eps = eps};
    dl_apply(&dl__op_batch_norm_eval, in, 5, &a, &y, 1);
    return y;
}
