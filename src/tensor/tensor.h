/* What a tensor is made of. */
#ifndef DL_TENSOR_TENSOR_H
#define DL_TENSOR_TENSOR_H
#include "core/ctx.h"
#include "dl/tensor.h"

/* Memory that tensors share. */
typedef struct dl__storage {
    dl__object base;
    void *data; /* NULL: meta */
    size_t bytes;
    atomic_ullong version; /* counts changes */
    int32_t borrowed;      /* data belongs to the host */
    int32_t meta;          /* there is no data, only sizes */
    long long planned;     /* bytes that a plan counts for the data */
    void (*release)(void *user);
    void *user;
} dl__storage;

struct dl_tensor {
    dl__object base;
    dl_dtype dtype;
    int32_t ndim;
    int64_t dims[DL_MAX_DIMS], strides[DL_MAX_DIMS]; /* strides in elements */
    int64_t offset;       /* of element [0, 0, ...] in storage, in elements */
    dl__storage *storage; /* NULL: a record keeps only the shape (autograd) */
    dl__object *history;  /* autograd's node: what made this tensor, or collects its gradient */
    int32_t output;       /* which output of history this is */
    int32_t leaf;         /* history only collects this tensor's gradient; nothing made it */
    int32_t fresh; /* autograd's accumulator, content undefined: the first write overwrites */
};

/* A shape to make a tensor from. */
typedef struct dl__shape {
    dl_dtype dtype;
    int32_t ndim;
    int64_t dims[DL_MAX_DIMS], strides[DL_MAX_DIMS];
    int64_t offset;
} dl__shape;

/* Sets row-major strides. */
void dl__row_major(int32_t ndim, const int64_t *dims, int64_t *strides);
/* Checks dtype, ndim and dims given by a caller and fills a row-major shape; who is the message's
 * prefix. */
dl_status dl__shape_check(dl_ctx *ctx, const char *who, dl_dtype dt, const int64_t *dims,
                          int32_t ndim, dl__shape *out);
/* The product of dims, which were checked. */
int64_t dl__elements(const int64_t *dims, int32_t ndim);
/* Elements of s; dims were checked, so also without its zeros the product fits. */
int64_t dl__shape_count(const dl__shape *s);

/* New storage of bytes, not initialised; meta: no memory, only the size. NULL on failure. */
dl__storage *dl__storage_new(dl_ctx *ctx, size_t bytes, int meta);
/* Storage over memory of the host; release may be NULL, and is called on failure too. */
dl__storage *dl__storage_borrow(dl_ctx *ctx, void *data, size_t bytes, void (*release)(void *user),
                                void *user);
/* A tensor over storage (which gains a reference). The result is the caller's. */
dl_tensor *dl__tensor_over(dl_ctx *ctx, const dl__shape *s, dl__storage *storage);
/* A tensor with storage of its own, not initialised; the strides of s are kept and must be dense (a
 * permutation of row-major). meta 1: without data; 0: as dl_meta_enable says; -1: with data. The
 * result is the caller's. */
dl_tensor *dl__tensor_new(dl_ctx *ctx, const dl__shape *s, int meta);
/* dl_tensor_zeros with data whatever dl_meta_enable says. */
dl_tensor *dl__zeros_with_data(dl_ctx *ctx, dl_dtype dt, const int64_t *dims, int32_t ndim);
dl__shape dl__tensor_shape(const dl_tensor *t);

/* t as a value, to change and to read through; never kept, given or dropped. Copying the struct
 * itself would read its count, which other threads may be changing. */
static inline dl_tensor dl__tensor_value(const dl_tensor *t)
{
    dl_tensor v = {.base = {.ctx = t->base.ctx},
                   .dtype = t->dtype,
                   .ndim = t->ndim,
                   .offset = t->offset,
                   .storage = t->storage,
                   .history = t->history,
                   .output = t->output,
                   .leaf = t->leaf,
                   .fresh = t->fresh};
    for (int32_t i = 0; i < t->ndim; i++) {
        v.dims[i] = t->dims[i];
        v.strides[i] = t->strides[i];
    }
    return v;
}
static inline char *dl__data(const dl_tensor *t)
{
    return (char *)t->storage->data + t->offset * (int64_t)dl_dtype_size(t->dtype);
}
static inline int dl__is_meta(const dl_tensor *t)
{
    return t->storage && t->storage->meta;
}
/* Where element i is, counted in logical order; a division for each axis. */
static inline char *dl__element(const dl_tensor *t, int64_t i)
{
    int64_t at = 0;
    for (int32_t d = t->ndim - 1; d >= 0; d--) {
        at += i % t->dims[d] * t->strides[d];
        i /= t->dims[d];
    }
    return dl__data(t) + at * (int64_t)dl_dtype_size(t->dtype);
}
/* A number of type dt, f32 or f64, at p. */
static inline double dl__real_of(const char *p, dl_dtype dt)
{
    return dt == DL_F64 ? *(const double *)(const void *)p
                        : (double)*(const float *)(const void *)p;
}
static inline void dl__put_real(char *p, dl_dtype dt, double v)
{
    if (dt == DL_F64)
        *(double *)(void *)p = v;
    else
        *(float *)(void *)p = (float)v;
}
/* Where element i of a tensor of one axis is, or the one of a scalar. */
static inline char *dl__entry(const dl_tensor *t, int64_t i)
{
    return dl__data(t) + i * (t->ndim > 0 ? t->strides[0] : 0) * (int64_t)dl_dtype_size(t->dtype);
}
/* The number there; f32 or f64. */
static inline double dl__real_at(const dl_tensor *t, int64_t i)
{
    return dl__real_of(dl__entry(t, i), t->dtype);
}
static inline void dl__put_real_at(dl_tensor *t, int64_t i, double v)
{
    dl__put_real(dl__entry(t, i), t->dtype, v);
}
/* 1 when a recorded operation made t; a tracked leaf is not recorded. */
static inline int dl__recorded(const dl_tensor *t)
{
    return t->history && !t->leaf;
}
static inline int dl__is_float(dl_dtype dt)
{
    return dt == DL_F32 || dt == DL_F64;
}
int64_t dl__count_of(const dl_tensor *t);
int dl__same_shape(const dl_tensor *a, const dl_tensor *b);
/* 1 when two elements of t share memory. */
int dl__overlaps(const dl_tensor *t);

/* Checks that its user (who) may change t: it has data, no recorded history, no overlap; then bumps
 * the version of its memory. */
dl_status dl__begin_change(const char *who, dl_tensor *t);
/* t, the library's to change, gets the elements of src, as by dl__copy_elements, and its memory the
 * next version. Cannot fail, and works while an error stands. */
void dl__overwrite(dl_tensor *t, const dl_tensor *src);
/* Copies src's elements into dst, any strides; src broadcasts to dst's shape; converts between
 * element types as dl_cast does. The memory must not overlap; no meta tensors. */
void dl__copy_elements(dl_tensor *dst, const dl_tensor *src);
/* Every element of t becomes value, rounded as dl_cast does. */
void dl__fill_elements(dl_tensor *t, double value);
/* Checks that a caller's buffer for all elements of t is there and has the right size. */
dl_status dl__check_raw(const char *who, const dl_tensor *t, const void *buffer, size_t bytes);
/* Copies row-major data, of any alignment, into t; in a bool tensor any byte but 0 is true. */
void dl__read_raw(dl_tensor *t, const void *data);
/* The elements of t, which has data, as type dt, row-major; for dl__free. NULL on failure. */
void *dl__elements_as(const dl_tensor *t, dl_dtype dt);
/* A tensor over raw memory that lives on the stack: never kept, given or dropped. */
typedef struct dl__local {
    dl_tensor tensor;
    dl__storage storage;
} dl__local;
dl_tensor *dl__local_tensor(dl__local *l, dl_ctx *ctx, const dl__shape *s, void *data);

/* Resolves axis (-ndim .. ndim-1); negative, with an error, when out of range. */
int32_t dl__axis(dl_ctx *ctx, const char *who, int32_t axis, int32_t ndim);
#endif
