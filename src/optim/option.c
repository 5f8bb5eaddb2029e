/* Checking options. */
#include <math.h>
#include "core/text.h"
#include "optim/optim.h"

dl_status dl__option_range(dl_ctx *ctx, const char *who, const char *name, double v, double below)
{
    char found[DL__NUMBER], top[DL__NUMBER];
    if (v >= 0 && v < below)
        return DL_OK;
    dl__double_text(found, v);
    if (isinf(below))
        return dl_fail(ctx, DL_EINVAL, "%s: %s is %s, wanted a finite number, not negative", who,
                       name, found);
    return dl_fail(ctx, DL_EINVAL, "%s: %s is %s, wanted at least 0 and less than %s", who, name,
                   found, dl__double_text(top, below));
}

dl_status dl__option_flag(dl_ctx *ctx, const char *who, const char *name, int32_t v)
{
    if (v == 0 || v == 1 || v == DL_OFF)
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "%s: %s is %d, wanted 0 or 1", who, name, (int)v);
}
