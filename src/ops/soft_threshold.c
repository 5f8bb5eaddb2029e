/* sign(x) max(|x| - t, 0) */
#include "core/text.h"
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("t", 0)};

DL__UNARY_PIECES_WITH(soft_threshold, attrs,
                      x > s0    ? x - s0
                      : x < -s0 ? x + s0
                      : x == x  ? 0
                                : x,
                      DL__FABS(x) <= s0 && s0 > 0 ? 0 : 1)

dl_tensor *dl_soft_threshold(dl_tensor *x, double t)
{
    char text[DL__NUMBER];
    if (x && dl__ok(x->base.ctx) && !(t >= 0)) {
        dl_fail(x->base.ctx, DL_EINVAL, "soft_threshold: t is %s, wanted at least 0",
                dl__double_text(text, t));
        return NULL;
    }
    return DL__UNARY_APPLY(soft_threshold, x, t);
}
