/* What softmax and log_softmax share: attributes, shape rule, running a kernel of
 * kernels/softmax.h along an axis. */
#ifndef DL_OPS_SOFTMAX_ROWS_H
#define DL_OPS_SOFTMAX_ROWS_H
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "kernels/softmax.h"

typedef struct dl__axis_attrs {
    int32_t axis; /* as given; -1 is the last */
} dl__axis_attrs;
extern const dl_attr dl__axis_attr_list[1];

/* The axis of a call, checked by dl__softmax_infer, counted from 0. */
int32_t dl__softmax_axis(const dl_call *c);
/* Inputs of one shape and float type, an axis they have; the result is like in[0]. */
dl_status dl__softmax_infer(const dl_call *c, dl_spec *out);
/* out[0] = kernel(in[0], in[n_in - 1]). */
dl_status dl__softmax_run(const dl_call *c, int kind);
/* t summed along the axis of c, which keeps size 1. */
dl_tensor *dl__softmax_sum(const dl_call *c, dl_tensor *t);

/* dl__op_NAME, and dl__op_NAME_backward (in: dy, y), run by two kinds of kernel; second is the
 * backward function of the latter. */
#define DL__SOFTMAX_OP_(text, n_ops, saves, saves_result, run, gradient)                           \
    {                                                                                              \
        .name = text, .attrs_size = sizeof(dl__axis_attrs), .attrs = dl__axis_attr_list,           \
        .n_attrs = 1, .saves_in = saves, .saves_out = saves_result, .infer = dl__softmax_infer,    \
        .forward = run, .backward = gradient, .replay_in = n_ops, .replay_out = 1                  \
    }
#define DL__SOFTMAX_OPS(op, kind, backward_kind, second)                                           \
    static dl_status op##_backward_forward(const dl_call *c)                                       \
    {                                                                                              \
        return dl__softmax_run(c, backward_kind);                                                  \
    }                                                                                              \
    const dl_op dl__op_##op##_backward =                                                           \
        DL__SOFTMAX_OP_(#op "_backward", 2, 3, 0, op##_backward_forward, second);                  \
    static dl_status op##_forward(const dl_call *c)                                                \
    {                                                                                              \
        return dl__softmax_run(c, kind);                                                           \
    }                                                                                              \
    static dl_status op##_gradient(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)         \
    {                                                                                              \
        dx[0] = dl__apply2(&dl__op_##op##_backward, dy[0], c->out[0], c->attrs);                   \
        return c->ctx->status;                                                                     \
    }                                                                                              \
    const dl_op dl__op_##op = DL__SOFTMAX_OP_(#op, 1, 0, 1, op##_forward, op##_gradient);
#endif
