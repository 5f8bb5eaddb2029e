/* Windows that slide over the spatial axes of [N, C, ..]: of convolutions, pooling, patches. */
#ifndef DL_OPS_WINDOW_H
#define DL_OPS_WINDOW_H
#include "ops/shape.h"

enum { DL__SPATIAL = 3 };

/* A part of an operation's attributes. Always three axes, depth, height, width: with fewer the
 * first ones have kernel, stride and dilation 1 and no padding. */
typedef struct dl__window {
    int64_t axes; /* spatial axes that the input has, 1 to 3 */
    int64_t kernel[DL__SPATIAL], stride[DL__SPATIAL], dilation[DL__SPATIAL];
    int64_t before[DL__SPATIAL], after[DL__SPATIAL]; /* padding */
} dl__window;

/* Its entries of a list of dl_attr; m is the member of type. */
#define DL__WINDOW_ATTRS(type, m)                                                                  \
    DL__ATTR(type, m.axes, I64, 1), DL__ATTR(type, m.kernel, I64, DL__SPATIAL),                    \
        DL__ATTR(type, m.stride, I64, DL__SPATIAL), DL__ATTR(type, m.dilation, I64, DL__SPATIAL),  \
        DL__ATTR(type, m.before, I64, DL__SPATIAL), DL__ATTR(type, m.after, I64, DL__SPATIAL)
enum { DL__WINDOW_ATTR_COUNT = 6 };

/* Where windows and inputs keep within these, places can be counted. */
#define DL__WINDOW_REACH ((int64_t)UINT32_MAX) /* of padding, either sign */
#define DL__WINDOW_SIZE_MAX (INT64_MAX / 4)    /* of a spatial axis       */
/* 1 when w may stand in attributes: its numbers are in the range in which nothing overflows, and
 * axes that it has not say nothing. For the infer of operations that are run on what a file
 * says. */
int dl__window_sound(const dl__window *w);

/* Lists as options have them: one number for each spatial axis, a 0 repeats the one before it;
 * axes before the first number, and all those of NULL, have the default: stride that of the kernel
 * with stride_of_kernel, else 1; dilation 1, padding 0 (so is DL_OFF), padding_end the same as
 * padding. */
typedef struct dl__window_lists {
    const int32_t *kernel, *stride, *dilation, *padding, *padding_end;
    int32_t stride_of_kernel;
} dl__window_lists;
/* Fills w; DL_EINVAL, in the name of who, for a kernel, stride or dilation below 1 and a padding
 * below 0. */
dl_status dl__window_read(dl_ctx *ctx, const char *who, int32_t axes, const dl__window_lists *lists,
                          dl__window *w);
/* DL_EINVAL unless size, given for spatial axis k, is 1 to DL__WINDOW_SIZE_MAX. */
dl_status dl__window_need_size(dl_ctx *ctx, const char *who, int64_t size, int32_t k);
/* The numbers of a list, with the repeats written out, over the defaults that out has. */
void dl__window_list(const int32_t *list, int32_t axes, int64_t out[DL__SPATIAL]);

/* Places of the window along axis k of three, of an input of that size: floor((size + padding -
 * dilation (kernel - 1) - 1) / stride) + 1; with ceil_mode the quotient is rounded up, but the last
 * window begins inside the input or the padding before it. May be 0 or negative. */
int64_t dl__window_places(const dl__window *w, int32_t k, int64_t size, int32_t ceil_mode);
/* Sizes of x along three spatial axes; 1 for those it has not. */
void dl__window_sizes(const dl__window *w, const dl_tensor *x, int64_t size[DL__SPATIAL]);
/* DL_ESHAPE unless x is [N, C, ..] with the spatial axes of w; DL_ELIMIT where one is beyond what
 * counts can have. */
dl_status dl__window_need(const dl_call *c, const char *who, const dl_tensor *x,
                          const dl__window *w);
/* The same, and the places along each axis into out; DL_ESHAPE, with what came out, where one is
 * below 1. Examples and channels may be none, spatial axes may not. */
dl_status dl__window_shape(const dl_call *c, const char *who, const dl_tensor *x,
                           const dl__window *w, int32_t ceil_mode, int64_t out[DL__SPATIAL]);
/* Sets the padding so that places = ceil(size / stride): half of it before, the odd one after.
 * DL_ELIMIT, in the name of who, where that is beyond what padding can be. */
dl_status dl__window_same(dl_ctx *ctx, const char *who, dl__window *w,
                          const int64_t size[DL__SPATIAL]);
#endif
