#include "core/text.h"
#include "ops/loss.h"

dl_status dl__loss_check(dl_ctx *ctx, const char *who, const dl_loss_opts *o)
{
    char text[DL__NUMBER];
    if (o->reduction < DL_REDUCE_MEAN || o->reduction > DL_REDUCE_NONE)
        return dl_fail(ctx, DL_EINVAL, "%s: reduction is %d, it wants DL_REDUCE_*", who,
                       (int)o->reduction);
    if (!(o->label_smoothing >= 0 && o->label_smoothing < 1))
        return dl_fail(ctx, DL_EINVAL, "%s: label_smoothing is %s, it wants a number in [0, 1)",
                       who, dl__double_text(text, o->label_smoothing));
    return DL__RESERVED(ctx, who, o);
}
