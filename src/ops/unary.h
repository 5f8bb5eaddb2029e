/* Operations of one input that are a formula. Such an operation is its formula, that of its
 * derivative and that of its second derivative, in x and the attributes s0 .. s3:
 *
 *     static const dl_attr attrs[] = {DL__UNARY_ATTR("alpha", 0)};
 *     DL__UNARY_WITH(elu, attrs, x > 0 ? x : s0 * DL__EXPM1(x), x > 0 ? 1 : s0 * DL__EXP(x),
 *                    x > 0 ? 0 : s0 * DL__EXP(x))
 *
 *     dl_tensor *dl_elu(dl_tensor *x, double alpha)
 *     {
 *         return dl__finite_arg(x, "elu", "alpha", alpha) ? DL__UNARY_APPLY(elu, x, alpha) : NULL;
 *     }
 *
 * It makes dl__op_elu, dl__op_elu_backward (dy f'(x), in: dy, x) and dl__op_elu_second
 * (g dy f''(x), in: g, dy, x), each one fused loop. The last has no gradient: third derivatives
 * are refused by name. Formulas are as kernels/loops.h wants them; they give the limits at
 * infinities and let NaN pass. */
#ifndef DL_OPS_UNARY_H
#define DL_OPS_UNARY_H
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "dl/ops.h"

/* The attributes of them all: the scalars of the formulas, those not named are 0. */
typedef struct dl__unary_attrs {
    double s[DL__ARGS];
} dl__unary_attrs;
#define DL__UNARY_ATTR(name, i)                                                                    \
    {                                                                                              \
        name, DL_ATTR_F64, (i) * (int32_t)sizeof(double), 1                                        \
    }

/* dx = dy f'(x), an operation of dy and x. */
static inline dl_status dl__unary_backward(const dl_call *c, const dl_op *backward,
                                           dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply2(backward, dy[0], c->in[0], c->attrs);
    return c->ctx->status;
}

/* The gradients of that: g f'(x) for dy; for x g dy f''(x), or nothing where f'' is 0 (NULL). */
static inline dl_status dl__unary_second(const dl_call *c, const dl_op *second, dl_tensor *const *g,
                                         dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl__apply2(c->op, g[0], c->in[1], c->attrs);
    if (second && dl_call_wants(c, 1))
        dx[1] = dl__apply3(second, g[0], c->in[0], c->in[1], c->attrs);
    return c->ctx->status;
}

/* One operation of n_ops operands: called text, with its loops and its gradient. */
#define DL__UNARY_OP(text, n_ops, list, n, saves, loops, gradient)                                 \
    {                                                                                              \
        .name = text, .attrs_size = (n) > 0 ? sizeof(dl__unary_attrs) : 0, .attrs = list,          \
        .n_attrs = n, .saves_in = saves, .infer = dl__elementwise_infer, .forward = loops,         \
        .backward = gradient, .replay_in = n_ops, .replay_out = 1                                  \
    }
#define DL__UNARY_FORWARD(function, loops)                                                         \
    static dl_status function(const dl_call *c)                                                    \
    {                                                                                              \
        return dl__elementwise_forward(c, &loops, c->attrs);                                       \
    }

/* dl__op_NAME and dl__op_NAME_backward; second is the operation with f'', or NULL. */
#define DL__UNARY_PAIR_(op, list, n, second, saves, f, slope)                                      \
    DL__LOOP1(op##_loops, f)                                                                       \
    DL__LOOP_DX(op##_backward_loops, dy *(slope))                                                  \
    DL__UNARY_FORWARD(op##_forward, op##_loops)                                                    \
    DL__UNARY_FORWARD(op##_backward_forward, op##_backward_loops)                                  \
    static dl_status op##_backward_gradient(const dl_call *c, dl_tensor *const *g, dl_tensor **dx) \
    {                                                                                              \
        return dl__unary_second(c, second, g, dx);                                                 \
    }                                                                                              \
    const dl_op dl__op_##op##_backward = DL__UNARY_OP(                                             \
        #op "_backward", 2, list, n, saves, op##_backward_forward, op##_backward_gradient);        \
    static dl_status op##_gradient(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)         \
    {                                                                                              \
        return dl__unary_backward(c, &dl__op_##op##_backward, dy, dx);                             \
    }                                                                                              \
    const dl_op dl__op_##op = DL__UNARY_OP(#op, 1, list, n, 1, op##_forward, op##_gradient);

#define DL__UNARY_ALL_(op, list, n, f, slope, curve)                                               \
    DL__LOOP_GDX(op##_second_loops, g *dy *(curve))                                                \
    DL__UNARY_FORWARD(op##_second_forward, op##_second_loops)                                      \
    const dl_op dl__op_##op##_second =                                                             \
        DL__UNARY_OP(#op "_second", 3, list, n, 0, op##_second_forward, NULL);                     \
    DL__UNARY_PAIR_(op, list, n, &dl__op_##op##_second, 3, f, slope)

/* A piece of a formula for both types, static real piece(real x) { ... }, called DL__REAL(piece,
 * x)(x): what stands in a variable is computed once, where a macro would repeat it. */
#define DL__UNARY_PIECE(piece, ...)                                                                \
    DL__MATH float piece##_f32(float x)                                                            \
    {                                                                                              \
        typedef float real;                                                                        \
        __VA_ARGS__                                                                                \
    }                                                                                              \
    DL__MATH double piece##_f64(double x)                                                          \
    {                                                                                              \
        typedef double real;                                                                       \
        __VA_ARGS__                                                                                \
    }

#define DL__UNARY_LENGTH_(list) ((int32_t)(sizeof(list) / sizeof *(list)))

/* The operation from f, f' and f''; with attributes, a list of DL__UNARY_ATTR. No semicolon. */
#define DL__UNARY(op, f, slope, curve) DL__UNARY_ALL_(op, NULL, 0, f, slope, curve)
#define DL__UNARY_WITH(op, list, f, slope, curve)                                                  \
    DL__UNARY_ALL_(op, list, DL__UNARY_LENGTH_(list), f, slope, curve)
/* f is made of straight pieces: f'' is 0. */
#define DL__UNARY_PIECES(op, f, slope) DL__UNARY_PAIR_(op, NULL, 0, NULL, 2, f, slope)
#define DL__UNARY_PIECES_WITH(op, list, f, slope)                                                  \
    DL__UNARY_PAIR_(op, list, DL__UNARY_LENGTH_(list), NULL, 2, f, slope)
/* f is made of steps: f' is 0. */
#define DL__UNARY_STEPS(op, f)                                                                     \
    DL__LOOP1(op##_loops, f)                                                                       \
    DL__UNARY_FORWARD(op##_forward, op##_loops)                                                    \
    const dl_op dl__op_##op = DL__UNARY_OP(#op, 1, NULL, 0, 0, op##_forward, dl__unary_flat);

/* The gradient of steps: zeros, whatever dy is. */
dl_status dl__unary_flat(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);

/* The result of op with attributes s0, ...; NULL for NULL. */
#define DL__UNARY_APPLY(op, x, ...)                                                                \
    dl__apply1(&dl__op_##op, x, &(const dl__unary_attrs){{__VA_ARGS__}})

/* 1 when value, rounded to the type of x, is finite, and x there. Else 0, with DL_EINVAL in x's
 * context: "elu: alpha is nan, it wants a finite number". */
int dl__finite_arg(const dl_tensor *x, const char *who, const char *what, double value);
/* The same with value > 0. */
int dl__positive_arg(const dl_tensor *x, const char *who, const char *what, double value);
/* The loops of x^p, whose scalar s0 is p (pow_scalar.c). */
const dl__loops *dl__power_loops(double p);
#endif
