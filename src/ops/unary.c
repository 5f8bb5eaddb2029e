#include "ops/unary.h"
#include <math.h>
#include "core/text.h"

DL__LOOP1(zeros_like_loops, ((void)x, (real)0))
DL__UNARY_FORWARD(zeros_like_forward, zeros_like_loops)

/* Zeros of the shape and type of x, meta where x is; its gradient is zeros again. */
const dl_op dl__op_zeros_like =
    DL__UNARY_OP("zeros_like", 1, NULL, 0, 0, zeros_like_forward, dl__unary_flat);

dl_status dl__unary_flat(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply1(&dl__op_zeros_like, dy[0], NULL);
    return c->ctx->status;
}

static int refuse(const dl_tensor *x, const char *who, const char *what, double value,
                  const char *wanted)
{
    char text[DL__NUMBER];
    dl_fail(x->base.ctx, DL_EINVAL, "%s: %s is %s, it wants a %s number%s", who, what,
            dl__double_text(text, value), wanted, x->dtype == DL_F32 ? " of f32" : "");
    return 0;
}

/* What the loops of x see. */
static double rounded(const dl_tensor *x, double value)
{
    return x->dtype == DL_F32 ? (double)(float)value : value;
}

int dl__finite_arg(const dl_tensor *x, const char *who, const char *what, double value)
{
    return x && (isfinite(rounded(x, value)) || refuse(x, who, what, value, "finite"));
}

int dl__positive_arg(const dl_tensor *x, const char *who, const char *what, double value)
{
    if (!x)
        return 0;
    const double v = rounded(x, value);
    return (isfinite(v) && v > 0) || refuse(x, who, what, value, "positive finite");
}
