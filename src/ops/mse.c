/* (pred - target)^2, and its mean or sum. */
#include <math.h>
#include "autograd/elementwise.h"
#include "core/text.h"
#include "ops/loss.h"
#include "ops/shape.h"

DL__LOOP2(mse_loops, (a - b) * (a - b))
DL__LOOP3(mse_backward_loops, a *(b - c) * 2)

static dl_tensor *mse_backward(dl_tensor *dy, dl_tensor *pred, dl_tensor *target);

static dl_status backward_forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &mse_backward_loops, NULL);
}

/* in: dy, pred, target. With f = 2 dy (pred - target): df/d(dy) = 2 (pred - target),
 * df/d(pred) = 2 dy = -df/d(target). */
static dl_status backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = mse_backward(g[0], c->in[1], c->in[2]);
    if (dl_call_wants(c, 1))
        dx[1] = dl_scale(dl_mul(g[0], c->in[0]), 2);
    if (dl_call_wants(c, 2))
        dx[2] = dl_scale(dl_mul(g[0], c->in[0]), -2);
    return c->ctx->status;
}

const dl_op dl__op_mse_backward = {.name = "mse_backward",
                                   .saves_in = 7,
                                   .infer = dl__elementwise_infer,
                                   .forward = backward_forward,
                                   .backward = backward_backward};

static dl_tensor *mse_backward(dl_tensor *dy, dl_tensor *pred, dl_tensor *target)
{
    return dl__apply3(&dl__op_mse_backward, dy, pred, target, NULL);
}

/* No broadcasting: [N, 1] against [N] would silently compare every pair. */
static dl_status infer(const dl_call *c, dl_spec *out)
{
    for (int32_t i = 0; i < 2; i++)
        if (dl__need_float(c, i) != DL_OK)
            return c->ctx->status;
    if (!dl__same_shape(c->in[0], c->in[1])) {
        char pred[128], target[128];
        return dl_fail(c->ctx, DL_ESHAPE, "mse: pred is %s and target is %s, they must be equal",
                       dl__shape_text(pred, sizeof pred, c->in[0]->dims, c->in[0]->ndim),
                       dl__shape_text(target, sizeof target, c->in[1]->dims, c->in[1]->ndim));
    }
    return dl__elementwise_infer(c, out);
}

static dl_status forward(const dl_call *c)
{
    return dl__elementwise_forward(c, &mse_loops, NULL);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    for (int32_t i = 0; i < 2; i++)
        if (dl_call_wants(c, i))
            dx[i] = mse_backward(dy[0], c->in[i], c->in[1 - i]);
    return c->ctx->status;
}

const dl_op dl__op_mse = {
    .name = "mse", .saves_in = 3, .infer = infer, .forward = forward, .backward = backward};

/* The mean over no elements is NaN, as PyTorch has it; dl_mean refuses to take one. */
static dl_tensor *reduced(dl_tensor *y, int32_t reduction)
{
    if (!y || reduction == DL_REDUCE_NONE)
        return y;
    if (reduction == DL_REDUCE_MEAN && dl__count_of(y) > 0)
        return dl_mean(y, NULL, 0, 0);
    dl_tensor *sum = dl_sum(y, NULL, 0, 0);
    return reduction == DL_REDUCE_SUM ? sum : dl_scale(sum, (double)NAN);
}

dl_tensor *dl_mse(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o)
{
    static const dl_loss_opts defaults;
    o = o ? o : &defaults;
    if (!pred || !target || !dl__ok(pred->base.ctx))
        return NULL;
    dl_ctx *ctx = pred->base.ctx;
    if (dl__loss_check(ctx, "mse", o) != DL_OK)
        return NULL;
    if (o->ignore_set || o->label_smoothing > 0 || o->weight) {
        dl_fail(ctx, DL_EINVAL,
                "mse: ignore_set, label_smoothing and weight are for cross_entropy");
        return NULL;
    }
    const int32_t mark = dl_scope_begin(ctx); /* what is summed up need not outlive this */
    if (mark < 0)
        return NULL;
    return dl__scope_out(ctx, mark,
                         reduced(dl__apply2(&dl__op_mse, pred, target, NULL), o->reduction));
}
