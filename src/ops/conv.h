/* Convolutions of tensors: one operation for each of the three products of conv.c, whose gradients
 * are the other two; and what the front doors share. */
#ifndef DL_OPS_CONV_H
#define DL_OPS_CONV_H
#include "dl/conv.h"
#include "ops/window.h"

/* The window slides over [N, C, size..] and makes [N, O, places..]; weights are [O, C / groups,
 * kernel..]. after may be negative: what the last places do not reach. */
typedef struct dl__conv_attrs {
    dl__window window;
    int64_t size[DL__SPATIAL];
    int64_t groups;
} dl__conv_attrs;

/* conv: in x, w, b [O] or NULL. conv_data: in dy, w, b [C] or NULL, out x. conv_weight: in x,
 * dy. */
extern const dl_op dl__op_conv, dl__op_conv_data, dl__op_conv_weight;

/* dl_conv1d .. 3d, dl_conv_transpose1d .. 3d. */
dl_tensor *dl__conv_of(int32_t axes, dl_tensor *x, dl_tensor *w, dl_tensor *b,
                       const dl_conv_opts *o);
dl_tensor *dl__conv_transpose_of(int32_t axes, dl_tensor *x, dl_tensor *w, dl_tensor *b,
                                 const dl_conv_opts *o);
/* DL_EINVAL, in the name of who, unless o (NULL: the defaults) says what can be meant for weights
 * with that kernel; fills all of a but size. For constructors of layers too. */
dl_status dl__conv_read(dl_ctx *ctx, const char *who, int32_t axes, int32_t transposed,
                        const int32_t *kernel, const dl_conv_opts *o, dl__conv_attrs *a);
/* x with the padding around it that w has, as dl_pad does in that mode; w then has none. */
dl_tensor *dl__conv_pad(dl_tensor *x, dl__window *w, int32_t mode);
#endif
