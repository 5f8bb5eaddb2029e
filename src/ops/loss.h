/* What losses share. */
#ifndef DL_OPS_LOSS_H
#define DL_OPS_LOSS_H
#include "core/ctx.h"
#include "dl/losses.h"

/* Checks what a caller gave: the reduction, that what is reserved is zero, the smoothing. */
dl_status dl__loss_check(dl_ctx *ctx, const char *who, const dl_loss_opts *o);
#endif
