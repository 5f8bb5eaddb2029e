/* x, or w x below 0, with one w for all elements or one for each channel. */
#include "ops/shape.h"

/* in: x, w. */
DL__LOOP2(prelu_loops, a > 0 ? a : b * a)
/* in: dy, x, w: dx. */
DL__LOOP3(prelu_backward_loops, b > 0 ? a : c * a)
/* in: a, x: a where x counts with w, else 0. */
DL__LOOP2(prelu_mask_loops, b > 0 ? 0 : a)

extern const dl_op dl__op_prelu_backward, dl__op_prelu_mask;

static dl_tensor *mask(dl_tensor *a, dl_tensor *x)
{
    return dl__apply2(&dl__op_prelu_mask, a, x, NULL);
}

static dl_status mask_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &prelu_mask_loops, NULL);
}

static dl_status mask_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = mask(g[0], c->in[1]);
    return c->ctx->status;
}

const dl_op dl__op_prelu_mask = {.name = "prelu_mask",
                                 .saves_in = 2,
                                 .replay_in = 2,
                                 .replay_out = 1,
                                 .infer = dl__elementwise_infer,
                                 .forward = mask_forward,
                                 .backward = mask_backward};

static dl_status backward_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &prelu_backward_loops, NULL);
}

/* x has no gradient: its sign alone matters. */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *dy = c->in[0], *x = c->in[1], *w = c->in[2];
    if (dl_call_wants(c, 0))
        dx[0] = dl__apply3(&dl__op_prelu_backward, g[0], x, w, NULL);
    if (dl_call_wants(c, 2))
        dx[2] = mask(dl_mul(g[0], dy), x);
    return c->ctx->status;
}

const dl_op dl__op_prelu_backward = {.name = "prelu_backward",
                                     .saves_in = 7,
                                     .replay_in = 3,
                                     .replay_out = 1,
                                     .infer = dl__elementwise_infer,
                                     .forward = backward_forward,
                                     .backward = backward_backward};

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &prelu_loops, NULL);
}

/* dw has the shape of x, and is summed down to that of w by the engine. */
static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dl_tensor *x = c->in[0], *w = c->in[1];
    if (dl_call_wants(c, 0))
        dx[0] = dl__apply3(&dl__op_prelu_backward, dy[0], x, w, NULL);
    if (dl_call_wants(c, 1))
        dx[1] = mask(dl_mul(dy[0], x), x);
    return c->ctx->status;
}

const dl_op dl__op_prelu = {.name = "prelu",
                            .saves_in = 3,
                            .replay_in = 2,
                            .replay_out = 1,
                            .infer = dl__elementwise_infer,
                            .forward = forward,
                            .backward = backward};

dl_tensor *dl_prelu(dl_tensor *x, dl_tensor *w)
{
    if (!dl__ready(x) || !w)
        return NULL;
    const int64_t n = dl_tensor_count(w);
    if (w->ndim != 1 || (n != 1 && (x->ndim < 2 || x->dims[1] != n))) {
        char a[DL__SHAPE_TEXT], b[DL__SHAPE_TEXT];
        dl_fail(x->base.ctx, DL_ESHAPE,
                "prelu: x is %s and w is %s, w wants one number, or one for each index of axis 1",
                dl__dims_text(a, x), dl__dims_text(b, w));
        return NULL;
    }
    /* [C] beside x [N, C, ..]: [C, 1, ..]; beside a scalar: a scalar, so that the result is one */
    const int64_t dims[DL_MAX_DIMS] = {n, 1, 1, 1, 1, 1, 1, 1};
    if (n != 1 || x->ndim == 0)
        w = dl_reshape(w, dims, n == 1 ? 0 : x->ndim - 1);
    return dl__apply2(&dl__op_prelu, x, w, NULL);
}
