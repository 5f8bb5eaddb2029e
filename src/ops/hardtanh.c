/* x cut to [low, high]. */
#include "core/text.h"
#include "ops/unary.h"

static const dl_attr attrs[] = {DL__UNARY_ATTR("low", 0), DL__UNARY_ATTR("high", 1)};

DL__UNARY_PIECES_WITH(hardtanh, attrs, x <= s0 ? s0 : x >= s1 ? s1 : x, x <= s0 || x >= s1 ? 0 : 1)

dl_tensor *dl_hardtanh(dl_tensor *x, double low, double high)
{
    if (!x)
        return NULL;
    if (!(low <= high)) {
        char a[DL__NUMBER], b[DL__NUMBER];
        dl_fail(x->base.ctx, DL_EINVAL, "hardtanh: low is %s and high is %s, they want low <= high",
                dl__double_text(a, low), dl__double_text(b, high));
        return NULL;
    }
    return DL__UNARY_APPLY(hardtanh, x, low, high);
}
