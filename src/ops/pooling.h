/* What pooling operations share: options, shapes, and kernels over tensors. */
#ifndef DL_OPS_POOLING_H
#define DL_OPS_POOLING_H
#include "dl/conv.h"
#include "kernels/pool.h"
#include "ops/window.h"

/* Averages, maxima, and averages of powers. */
enum { DL__POOL_AVG, DL__POOL_MAXIMA, DL__POOL_LP };
/* How windows lie. */
enum {
    DL__POOL_SLIDING, /* as the window says                                             */
    DL__POOL_ADAPTIVE /* place i of n: floor(i size / n) up to ceil((i + 1) size / n)   */
};

typedef struct dl__pool_attrs {
    dl__window w;
    int64_t places[DL__SPATIAL]; /* ADAPTIVE: of each axis; 0: as many as x has */
    int64_t divisor;             /* of averages; 0: the elements of the window  */
    int32_t family, kind, ceil_mode, exclude_padding;
    int32_t wide; /* of maxima: indexes are i64, else i32                      */
    int32_t ndim; /* in gradients: of x, with its shape and layout             */
    int64_t dims[DL_MAX_DIMS], strides[DL_MAX_DIMS];
} dl__pool_attrs;

#define DL__POOL_ATTRS                                                                             \
    {                                                                                              \
        DL__WINDOW_ATTRS(dl__pool_attrs, w), DL__ATTR(dl__pool_attrs, places, I64, DL__SPATIAL),   \
            DL__ATTR(dl__pool_attrs, divisor, I64, 1), DL__ATTR(dl__pool_attrs, family, I32, 1),   \
            DL__ATTR(dl__pool_attrs, kind, I32, 1), DL__ATTR(dl__pool_attrs, ceil_mode, I32, 1),   \
            DL__ATTR(dl__pool_attrs, exclude_padding, I32, 1),                                     \
            DL__ATTR(dl__pool_attrs, wide, I32, 1), DL__ATTR(dl__pool_attrs, ndim, I32, 1),        \
            DL__ATTR(dl__pool_attrs, dims, I64, DL_MAX_DIMS),                                      \
            DL__ATTR(dl__pool_attrs, strides, I64, DL_MAX_DIMS)                                    \
    }
enum { DL__POOL_ATTR_COUNT = DL__WINDOW_ATTR_COUNT + 9 };

/* "avgpool2d", "adaptive_maxpool1d", as messages begin. */
const char *dl__pool_name(int32_t family, int32_t kind, int32_t axes);
/* Fills a of what a caller says, checked but for the input; 0 with an error, or at once. */
int dl__pool_sliding(const dl_tensor *x, int32_t family, int32_t axes, const int32_t *kernel,
                     const dl_pool_opts *o, dl__pool_attrs *a);
int dl__pool_adaptive(const dl_tensor *x, int32_t family, int32_t axes, const int64_t *sizes,
                      dl__pool_attrs *a);

/* DL_EDTYPE unless x is f32 or f64. */
dl_status dl__pool_need_float(const dl_tensor *x, const char *who);
/* The spatial axes of x, which is checked; how many, 0 with an error, or at once. */
int32_t dl__pool_spatial(const dl_tensor *x, const char *who, int32_t axes[DL_MAX_DIMS]);

/* infer: checks x = in[0] and makes out[0] its result. */
dl_status dl__pool_infer(const dl_call *c, dl_spec *out);
/* Notes shape and layout of x in a copy of a. */
dl__pool_attrs dl__pool_noted(const dl__pool_attrs *a, const dl_tensor *x);

/* forward: a kernel from x to out[0], computed channels-last: AVERAGE and the maxima from what
 * dl__pool_infer checked to its result, the others back. index, where the kernel has one, is its
 * result in MAX_INDEX. */
dl_status dl__pool_apply(const dl_call *c, int kind, dl_tensor *x, dl_tensor *index);

/* t, channels-last, as the kernels take it. */
dl__pool_side dl__pool_side_of(const dl_tensor *t);
/* The places from .. to - 1 that have element i in their windows begin .. end - 1, for every i;
 * neither begin nor end falls. */
void dl__pool_turn_round(int64_t size, int64_t places, const int64_t *begin, const int64_t *end,
                         int64_t *from, int64_t *to);

/* Averages and maxima by attributes, recorded. */
dl_tensor *dl__pool_average(dl_tensor *x, const dl__pool_attrs *a);
dl_tensor *dl__pool_max(dl_tensor *x, const dl__pool_attrs *a);
dl_status dl__pool_max_index(dl_tensor *x, const dl__pool_attrs *a, dl_tensor **y,
                             dl_tensor **index);
#endif
