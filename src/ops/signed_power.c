/* |x|^q, odd or even. The derivative of one is q times the other with q - 1. */
#include "ops/ratio.h"
#include "ops/shape.h"

typedef struct power_attrs {
    double q;
    int32_t odd;
} power_attrs;

DL__LOOP1(power_loops, x == 0             ? 0
                       : x < 0 && s1 != 0 ? -DL__POW(DL__FABS(x), s0)
                                          : DL__POW(DL__FABS(x), s0))

static dl_status forward(const dl_call *c)
{
    const power_attrs *a = c->attrs;
    const double scalars[DL__ARGS] = {a->q, a->odd};
    return dl__elementwise_forward(c, &power_loops, scalars);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const power_attrs *a = c->attrs;
    dl_tensor *slope = dl_scale(dl__signed_power(c->in[0], a->q - 1, !a->odd), a->q);
    dx[0] = dl_mul(dy[0], slope);
    return dl_ctx_status(c->ctx);
}

static const dl_attr attrs[] = {DL__ATTR(power_attrs, q, F64, 1),
                                DL__ATTR(power_attrs, odd, I32, 1)};
const dl_op dl__op_signed_power = {.name = "signed_power",
                                   .attrs_size = sizeof(power_attrs),
                                   .attrs = attrs,
                                   .n_attrs = 2,
                                   .saves_in = 1,
                                   .infer = dl__elementwise_infer,
                                   .forward = forward,
                                   .backward = backward};

dl_tensor *dl__signed_power(dl_tensor *x, double q, int32_t odd)
{
    const power_attrs a = {.q = q, .odd = odd};
    return dl__apply1(&dl__op_signed_power, x, &a);
}
