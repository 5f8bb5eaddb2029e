/* What losses share: checking options, reducing, and losses of two operands of one shape, which
 * state their formula and its derivatives once:
 *
 *     DL__LOOP2(mse_value, (a - b) * (a - b))
 *     DL__LOOP3(mse_pred, a *(b - c) * 2)
 *     ...
 *     DL__LOSS_FUNCTIONS(mse)
 *     const dl_op dl__op_mse_backward = DL__LOSS_BACKWARD_OP(mse);
 *     const dl_op dl__op_mse = DL__LOSS_OP(mse);
 *     static const dl__loss_rule mse_rule = {&dl__op_mse_backward, &mse_value,
 *                                            {&mse_pred, ...}, 0};
 */
#ifndef DL_OPS_LOSS_H
#define DL_OPS_LOSS_H
#include "autograd/elementwise.h"
#include "core/ctx.h"
#include "dl/losses.h"
#include "ops/shape.h"

/* ---- options and reductions ------------------------------------------------------------------ */

/* Options that a loss has beside the reduction. */
enum { DL__LOSS_IGNORE = 1, DL__LOSS_SMOOTHING = 2, DL__LOSS_WEIGHT = 4, DL__LOSS_POS_WEIGHT = 8 };
/* Checks what a caller gave: values in range, none that is not among uses, reserved zero. */
dl_status dl__loss_check(dl_ctx *ctx, const char *who, const dl_loss_opts *o, int32_t uses);
/* 1 when a number that a loss takes is finite and positive, or 0 where that is allowed; 0, with an
 * error, when not. */
int dl__loss_number(dl_ctx *ctx, const char *who, const char *name, double v, int zero);
/* Begins a loss that is made of operations: puts defaults in the place of a NULL *o, checks, opens
 * a scope. The scope's mark, or negative: return NULL. */
int32_t dl__loss_begin(const char *who, const dl_tensor *pred, const dl_tensor *target,
                       const dl_loss_opts **o, int32_t uses);
/* Ends it: y, one loss for each element or row (NULL: it failed), times o->weight, reduced. */
dl_tensor *dl__loss_end(const char *who, dl_ctx *ctx, int32_t mark, dl_tensor *y,
                        const dl_loss_opts *o);

/* 1 when the option weight has the context and the type of y and broadcasts to it; 0, with an error
 * that names the option, when not. */
int dl__loss_weight_fits(const char *who, const char *option, const dl_tensor *y,
                         const dl_tensor *weight);

/* What the elements of an operand must be: anything, in [0, 1], 1 or -1. NaN passes. */
enum { DL__LOSS_ANY = 0, DL__LOSS_UNIT = 1, DL__LOSS_SIGN = 2 };
/* DL_EINVAL, with the position and the value, when an element of t, f32 or f64, is not so. what is
 * its name. */
dl_status dl__loss_domain(const char *who, const char *what, const dl_tensor *t, int domain);

/* ---- losses of two operands, element by element ---------------------------------------------- */

typedef struct dl__loss_attrs {
    double s;      /* the number in the formula: delta, ...        */
    int32_t slope; /* of the backward operation: DL__SLOPE_*       */
} dl__loss_attrs;
extern const dl_attr dl__loss_attr_list[2];

/* f(a, b) with pred a and target b, and a df(b, c) with pred b and target c for each derivative;
 * s0 is the attribute. Their common backward operation has the operands dy, pred, target. */
enum { DL__SLOPE_P, DL__SLOPE_T, DL__SLOPE_PP, DL__SLOPE_PT, DL__SLOPE_TT, DL__SLOPES };
typedef struct dl__loss_rule {
    const dl_op *backward;
    const dl__loops *value;
    const dl__loops *slope[DL__SLOPES]; /* NULL: zero                                     */
    int32_t curved;                     /* 1: the second derivatives are not constant     */
    int32_t pred, target;               /* what they must be: DL__LOSS_ANY, ...           */
} dl__loss_rule;

/* infer: two operands of one shape: [N, 1] against [N] would silently compare every pair. */
dl_status dl__loss_infer(const dl_call *c, dl_spec *out);
dl_status dl__loss_forward(const dl_call *c, const dl__loss_rule *rule);
dl_status dl__loss_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx,
                            const dl__loss_rule *rule);
dl_status dl__slope_forward(const dl_call *c, const dl__loss_rule *rule);
dl_status dl__slope_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx,
                             const dl__loss_rule *rule);
/* The loss for each element, not reduced. */
dl_tensor *dl__loss_apply(const dl_op *op, dl_tensor *pred, dl_tensor *target, double s);
/* The whole of a loss without options but the reduction. */
dl_tensor *dl__loss_of(const dl_op *op, dl_tensor *pred, dl_tensor *target, double s,
                       const dl_loss_opts *o);

#define DL__LOSS_FUNCTIONS(tag)                                                                    \
    static const dl__loss_rule tag##_rule;                                                         \
    static dl_status tag##_forward(const dl_call *c)                                               \
    {                                                                                              \
        return dl__loss_forward(c, &tag##_rule);                                                   \
    }                                                                                              \
    static dl_status tag##_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)        \
    {                                                                                              \
        return dl__loss_backward(c, dy, dx, &tag##_rule);                                          \
    }                                                                                              \
    static dl_status tag##_slope(const dl_call *c)                                                 \
    {                                                                                              \
        return dl__slope_forward(c, &tag##_rule);                                                  \
    }                                                                                              \
    static dl_status tag##_slope_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)   \
    {                                                                                              \
        return dl__slope_backward(c, g, dx, &tag##_rule);                                          \
    }
#define DL__LOSS_OP(tag)                                                                           \
    {                                                                                              \
        .name = #tag, .attrs_size = sizeof(dl__loss_attrs), .attrs = dl__loss_attr_list,           \
        .n_attrs = 2, .saves_in = 3, .infer = dl__loss_infer, .forward = tag##_forward,            \
        .backward = tag##_backward, .replay_in = 2, .replay_out = 1                                \
    }
#define DL__LOSS_BACKWARD_OP(tag)                                                                  \
    {                                                                                              \
        .name = #tag "_backward", .attrs_size = sizeof(dl__loss_attrs),                            \
        .attrs = dl__loss_attr_list, .n_attrs = 2, .saves_in = 7, .infer = dl__elementwise_infer,  \
        .forward = tag##_slope, .backward = tag##_slope_backward, .replay_in = 3, .replay_out = 1  \
    }
#endif
