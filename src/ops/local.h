/* Locally connected operations: a front door for each number of axes, and what their layers ask. */
#ifndef DL_OPS_LOCAL_H
#define DL_OPS_LOCAL_H
#include "ops/conv.h"

/* dl_local1d, dl_local2d. */
dl_tensor *dl__local_of(int32_t axes, dl_tensor *x, dl_tensor *w, dl_tensor *b,
                        const dl_conv_opts *o);
/* The window of o for inputs of that size, and its places. DL_EINVAL, in the name of who, for what
 * means nothing, DL_ESHAPE where there is no place; for constructors of layers too. */
dl_status dl__local_read(dl_ctx *ctx, const char *who, int32_t axes, const int32_t *kernel,
                         const dl_conv_opts *o, const int64_t size[DL__SPATIAL], dl__window *w,
                         int64_t places[DL__SPATIAL]);
#endif
