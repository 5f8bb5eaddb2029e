/* Local response normalisation, with an operation of its own for the gradient: sums over
 * neighbouring channels, whose gradient is the same with before and after exchanged. */
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "dl/ops.h"
#include "ops/shape.h"
#include "ops/unary.h"

typedef struct attrs {
    int64_t before, after;
    double scale, beta, k; /* scale = alpha / size */
} attrs;

static const dl_attr attr_list[] = {
    DL__ATTR(attrs, before, I64, 1), DL__ATTR(attrs, after, I64, 1), DL__ATTR(attrs, scale, F64, 1),
    DL__ATTR(attrs, beta, F64, 1),   DL__ATTR(attrs, k, F64, 1),
};
enum { ATTRS = sizeof attr_list / sizeof *attr_list };

static dl_status infer(const dl_call *c, dl_spec *out)
{
    const attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    char text[DL__SHAPE_TEXT];
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    if (x->ndim < 2)
        return dl_fail(c->ctx, DL_ESHAPE, "%s: the input is %s, wanted [N, C, ..]", c->op->name,
                       dl__dims_text(text, x));
    if (a->before < 0 || a->after < 0)
        return dl_fail(c->ctx, DL_EINVAL, "%s: a window of %lld before, %lld after", c->op->name,
                       (long long)a->before, (long long)a->after);
    dl__spec_like(out, x);
    return DL_OK;
}

/* Channels first .. first + n - 1 of example i of t. */
static dl_tensor channels(const dl_tensor *t, int64_t i, int64_t first, int64_t n)
{
    dl_tensor v = dl__tensor_value(t);
    v.dims[0] = 1;
    v.dims[1] = n;
    v.offset += i * v.strides[0] + first * v.strides[1];
    return v;
}

/* y[c] = x[c - before] + .. + x[c + after], one distance after another: an example stays in the
 * cache. */
static dl_status sum_channels(dl_tensor *y, const dl_tensor *x, const attrs *a)
{
    const int64_t n = x->dims[1];
    dl_status s = DL_OK;
    dl__copy_elements(y, x);
    for (int64_t i = 0; i < x->dims[0] && s == DL_OK; i++)
        for (int64_t d = a->before < n ? -a->before : 1 - n; d <= a->after && d < n; d++) {
            dl_tensor to = channels(y, i, d < 0 ? -d : 0, n - (d < 0 ? -d : d));
            dl_tensor from = channels(x, i, d < 0 ? 0 : d, to.dims[1]);
            if (d != 0 && s == DL_OK)
                s = dl__accumulate(&to, &from);
        }
    return s;
}

static dl_status sum_forward(const dl_call *c)
{
    return sum_channels(c->out[0], c->in[0], c->attrs);
}

static dl_status sum_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);

const dl_op dl__op_local_sum = {.name = "local_sum",
                                .attrs_size = sizeof(attrs),
                                .attrs = attr_list,
                                .n_attrs = ATTRS,
                                .infer = infer,
                                .forward = sum_forward,
                                .backward = sum_backward,
                                .replay_in = 1,
                                .replay_out = 1};

static dl_status sum_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const attrs *a = c->attrs;
    dx[0] = dl__apply1(&dl__op_local_sum, dy[0], &(attrs){a->after, a->before, 0, 0, 0});
    return c->ctx->status;
}

DL__LOOP1(square, x *x)
DL__LOOP1(base, s0 *x + s1)
DL__LOOP2(product, a *b)

static dl_status forward(const dl_call *c)
{
    const attrs *a = c->attrs;
    const double line[DL__ARGS] = {a->scale, a->k}, power[DL__ARGS] = {-a->beta};
    dl_tensor *x = c->in[0], *y = c->out[0];
    const dl__shape shape = dl__dense_like(y);
    dl_tensor *sum = dl__tensor_new(c->ctx, &shape, 0);
    if (!sum)
        return c->ctx->status;
    dl__elementwise_run(y, &x, 1, &square, NULL);
    const dl_status s = sum_channels(sum, y, a);
    if (s == DL_OK) {
        dl__elementwise_run(sum, &sum, 1, &base, line);
        dl__elementwise_run(sum, &sum, 1, dl__power_loops(-a->beta), power);
        dl__elementwise_run(y, (dl_tensor *const[]){x, sum}, 2, &product, NULL);
    }
    dl_tensor_drop(sum);
    return s;
}

/* With d = scale S + k: dx = dy d^-beta - 2 scale beta x S'(dy x d^-(beta + 1)), where S' sums over
 * the channels whose windows x is in. */
static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const attrs *a = c->attrs;
    dl_tensor *x = c->in[0];
    dl_tensor *d =
        dl_add_scalar(dl_scale(dl__apply1(&dl__op_local_sum, dl_mul(x, x), a), a->scale), a->k);
    dl_tensor *own = dl_mul(dy[0], dl_pow_scalar(d, -a->beta));
    dl_tensor *others = dl_mul(dl_mul(dy[0], x), dl_pow_scalar(d, -a->beta - 1));
    const attrs back = {a->after, a->before, 0, 0, 0};
    others = dl_mul(x, dl__apply1(&dl__op_local_sum, others, &back));
    dx[0] = dl_sub(own, dl_scale(others, 2 * a->scale * a->beta));
    return c->ctx->status;
}

const dl_op dl__op_local_response_norm = {.name = "local_response_norm",
                                          .attrs_size = sizeof(attrs),
                                          .attrs = attr_list,
                                          .n_attrs = ATTRS,
                                          .saves_in = 1,
                                          .infer = infer,
                                          .forward = forward,
                                          .backward = backward,
                                          .replay_in = 1,
                                          .replay_out = 1};

dl_tensor *dl_local_response_norm(dl_tensor *x, int32_t size, double alpha, double beta, double k)
{
    static const char who[] = "local_response_norm";
    if (!dl__ready(x) || !dl__finite_arg(x, who, "alpha", alpha) ||
        !dl__finite_arg(x, who, "beta", beta) || !dl__finite_arg(x, who, "k", k))
        return NULL;
    if (size < 1) {
        dl_fail(x->base.ctx, DL_EINVAL, "%s: size is %d, wanted at least 1", who, (int)size);
        return NULL;
    }
    const attrs a = {size / 2, (size - 1) / 2, alpha / size, beta, k};
    return dl__apply1(&dl__op_local_response_norm, x, &a);
}
