/* What operations that take indexes along an axis share. Indexes are i32, i64 or u8, 0 .. n - 1. */
#ifndef DL_OPS_INDEX_H
#define DL_OPS_INDEX_H
#include "ops/shape.h"

typedef struct dl__index_attrs {
    int32_t axis;   /* >= 0                                                              */
    int32_t select; /* 1: one axis of indexes for all (index_select); 0: shaped as the result */
    int32_t ndim;   /* of x, with its shape and layout, for gradients                    */
    int64_t dims[DL_MAX_DIMS], strides[DL_MAX_DIMS];
} dl__index_attrs;

#define DL__INDEX_ATTRS                                                                            \
    {                                                                                              \
        DL__ATTR(dl__index_attrs, axis, I32, 1), DL__ATTR(dl__index_attrs, select, I32, 1),        \
            DL__ATTR(dl__index_attrs, ndim, I32, 1),                                               \
            DL__ATTR(dl__index_attrs, dims, I64, DL_MAX_DIMS),                                     \
            DL__ATTR(dl__index_attrs, strides, I64, DL_MAX_DIMS)                                   \
    }
enum { DL__INDEX_N_ATTRS = 5 };

/* The attributes for x along axis, which is checked; 0 with an error, or at once. x may be NULL. */
int dl__index_attrs_of(const char *who, const dl_tensor *x, int32_t axis, int32_t select,
                       dl__index_attrs *attrs);
/* DL_EDTYPE unless index has one of the types. */
dl_status dl__need_index(const dl_call *c, const dl_tensor *index);
/* infer, not select: checks that index, of in[i], goes with x, of dims: as many axes, and none but
 * the axis longer. */
dl_status dl__index_fits(const dl_call *c, int32_t i, const dl_tensor *x);

/* Indexes, checked to lie in 0 .. n - 1 of an axis of x: i64, row-major. */
typedef struct dl__indexes {
    dl_tensor values; /* a value: never kept or dropped    */
    dl_tensor *copy;  /* what values looks at; NULL: index */
} dl__indexes;
/* DL_EINVAL names the first that is out of range; on failure there is nothing to close. */
dl_status dl__index_open(const dl_call *c, const dl_tensor *index, int64_t n, dl__indexes *out);
void dl__index_close(dl__indexes *indexes);

/* y[.., j, ..] = x[.., index[j], ..] (select), or index[.., j, ..]. Any element type. */
dl_status dl__index_take(const dl_call *c, const dl_tensor *x, const dl_tensor *index,
                         const dl__index_attrs *a, dl_tensor *y);
/* x[.., index[j], ..] += y[.., j, ..]: for each element of x in the order of j, whatever the
 * threads. f32, f64, i32, i64 (wrapping around), u8. */
dl_status dl__index_put(const dl_call *c, dl_tensor *x, const dl_tensor *index,
                        const dl__index_attrs *a, const dl_tensor *y);
/* dx[0]: zeros like the x of the attributes, with dy put. */
dl_status dl__index_gradient(dl_tensor *dy, dl_tensor *index, const dl__index_attrs *a,
                             dl_tensor **dx);
/* Takes from x as the attributes say, recorded. */
dl_tensor *dl__index_taken(dl_tensor *x, dl_tensor *index, const dl__index_attrs *a);
#endif
