/* Options of resampling, for the layer too. */
#ifndef DL_OPS_UPSAMPLE_H
#define DL_OPS_UPSAMPLE_H
#include "dl/conv.h"
#include "ops/shape.h"

/* DL_EINVAL unless o (NULL: none) means something for an input with that many spatial axes. */
dl_status dl__upsample_check(dl_ctx *ctx, const dl_upsample_opts *o, int32_t axes);
#endif
