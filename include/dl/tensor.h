/* dl/tensor.h: arrays of up to 8 dimensions, in NumPy's order, with any strides.
 *
 * A constructor's result is yours: dl_tensor_drop it. The result of a view or any other operation
 * belongs to the innermost scope: dl_tensor_take it to make it yours. All functions return NULL, or
 * a negative dl_status, on failure, and at once while an error stands in the context.
 * Sizes of dimensions are >= 0; a tensor with ndim 0 has one element. */
#ifndef DL_TENSOR_H
#define DL_TENSOR_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif

#define DL_MAX_DIMS 8

/* ---- making tensors -------------------------------------------------------------------------- */

/* All elements 0 / 1 / value (rounded to dt as dl_cast does). */
DL_API dl_tensor *dl_tensor_zeros(dl_ctx *ctx, dl_dtype dt, const int64_t *shape, int32_t ndim);
DL_API dl_tensor *dl_tensor_ones(dl_ctx *ctx, dl_dtype dt, const int64_t *shape, int32_t ndim);
DL_API dl_tensor *dl_tensor_full(dl_ctx *ctx, dl_dtype dt, double value, const int64_t *shape,
                                 int32_t ndim);
/* start, start + step, ... while below stop (above it when step < 0): ceil((stop - start) / step)
 * elements, each start + i * step computed in double. step 0 is DL_EINVAL. */
DL_API dl_tensor *dl_tensor_arange(dl_ctx *ctx, dl_dtype dt, double start, double stop,
                                   double step);
/* The n x m matrix with ones on its main diagonal. */
DL_API dl_tensor *dl_tensor_eye(dl_ctx *ctx, dl_dtype dt, int64_t n, int64_t m);

/* Random fills, in logical row-major order; each call draws from a stream of its own, numbered by a
 * counter of the context, so the n-th fill of a context is the same on every machine.
 * rand: uniform on [low, high), both first rounded to dt. randn: normal, mean 0, deviation 1. Float
 * types only. randint: integers, uniform on [low, high); i32, i64, u8, bool. permutation: 0 .. n-1
 * shuffled, i64. */
DL_API dl_tensor *dl_tensor_rand(dl_ctx *ctx, dl_dtype dt, double low, double high,
                                 const int64_t *shape, int32_t ndim);
DL_API dl_tensor *dl_tensor_randn(dl_ctx *ctx, dl_dtype dt, const int64_t *shape, int32_t ndim);
DL_API dl_tensor *dl_tensor_randint(dl_ctx *ctx, dl_dtype dt, int64_t low, int64_t high,
                                    const int64_t *shape, int32_t ndim);
DL_API dl_tensor *dl_tensor_permutation(dl_ctx *ctx, int64_t n);

/* A copy of data, which is row-major and need not be aligned. */
DL_API dl_tensor *dl_tensor_from(dl_ctx *ctx, dl_dtype dt, const void *data, const int64_t *shape,
                                 int32_t ndim);

/* Borrows data: no copy. strides in elements (NULL: row-major), may be 0 or negative; data is the
 * address of element [0, 0, ...] and must be aligned to the element size. release(user) is called
 * once, when the last tensor that shares the memory is gone, on the thread that dropped it; also
 * when this function fails. release may be NULL. Writing through a tensor whose elements overlap is
 * refused (DL_ESTATE). */
DL_API dl_tensor *dl_tensor_wrap(dl_ctx *ctx, dl_dtype dt, void *data, const int64_t *shape,
                                 const int64_t *strides, int32_t ndim, void (*release)(void *user),
                                 void *user);

/* A copy of t, contiguous, with memory of its own and no history; t may be a tensor of another
 * context (which must be at rest): this is how values cross from one context to another. */
DL_API dl_tensor *dl_tensor_to(dl_ctx *ctx, const dl_tensor *t);

/* ---- references ------------------------------------------------------------------------------ */

DL_API dl_tensor *dl_tensor_keep(dl_tensor *t); /* one more reference, yours; returns t   */
DL_API void dl_tensor_drop(dl_tensor *t);       /* gives one reference up; any thread     */
/* Makes the innermost owning scope's reference yours; on a tensor no scope owns, the same as keep.
 * Returns t. */
DL_API dl_tensor *dl_tensor_take(dl_tensor *t);
/* The inverse: hands your reference to the innermost scope, or gives it up if a scope owns t
 * already. Returns t; NULL, with the reference gone, when the context was dropped and has no
 * scopes. */
DL_API dl_tensor *dl_tensor_give(dl_tensor *t);

/* ---- looking --------------------------------------------------------------------------------- */

DL_API dl_ctx *dl_tensor_ctx(const dl_tensor *t);    /* borrowed; NULL for NULL */
DL_API dl_dtype dl_tensor_dtype(const dl_tensor *t); /* -1 for NULL            */
DL_API int32_t dl_tensor_ndim(const dl_tensor *t);   /* -1 for NULL            */
DL_API int64_t dl_tensor_dim(const dl_tensor *t,
                             int32_t axis); /* -1 is the last axis; -1 if out of range */
DL_API int64_t dl_tensor_stride(const dl_tensor *t,
                                int32_t axis);           /* in elements; 0 if out of range */
DL_API int64_t dl_tensor_count(const dl_tensor *t);      /* elements; -1 for NULL  */
DL_API int32_t dl_tensor_contiguous(const dl_tensor *t); /* row-major without gaps */
DL_API int32_t dl_tensor_meta(const dl_tensor *t);       /* has a shape and no data */
/* Address of element [0, 0, ...], whatever the strides; NULL for a meta tensor (and DL_ESTATE).
 * Valid as long as the tensor. An empty tensor gives some non-NULL address. */
DL_API const void *dl_tensor_data(const dl_tensor *t);
/* The only element, as a double; NaN and an error if there is not exactly one. */
DL_API double dl_tensor_item(const dl_tensor *t);
/* Copies all elements to dst in logical row-major order. bytes must be count * element size. */
DL_API dl_status dl_tensor_get(const dl_tensor *t, void *dst, size_t bytes);

/* ---- changing --------------------------------------------------------------------------------- *
 * A change bumps the version of the memory: backward over an operand that changed since is
 * DL_ESTATE, never a wrong number. Changing a tensor that an operation made while recording is
 * DL_ESTATE. */

/* Copies src, row-major, into the elements of t. bytes must be count * element size. */
DL_API dl_status dl_tensor_set(dl_tensor *t, const void *src, size_t bytes);
/* Copies src (same shape and element type, same context) into t. */
DL_API dl_status dl_tensor_copy(dl_tensor *t, const dl_tensor *src);
/* Every element becomes value. */
DL_API dl_status dl_tensor_fill(dl_tensor *t, double value);
/* The address of element [0, 0, ...], to write through until the next operation on t. */
DL_API void *dl_tensor_edit(dl_tensor *t);

/* ---- printing -------------------------------------------------------------------------------- */

typedef struct dl_print_opts {
    int32_t precision;   /* digits after the point at most, up to 100; default 4, DL_OFF none    */
    int32_t threshold;   /* more elements than this are summarised; default 1000, DL_OFF never   */
    int32_t edge_items;  /* shown at each end of a summarised axis; default 3                    */
    int32_t line_width;  /* columns; default 75, DL_OFF no limit                                 */
    int64_t reserved[4]; /* must be zero                                                         */
} dl_print_opts;

/* Writes t as NumPy (2.4, array2string) prints an array, with a final NUL, cut to cap bytes.
 * Returns the length of the whole text without its NUL, negative on failure: DL_ESTATE for a meta
 * tensor, DL_EINVAL for an option out of range. buf may be NULL when cap is 0. o NULL: all
 * defaults. Takes no memory and works while an error stands; the text does not depend on the
 * locale. */
DL_API int64_t dl_tensor_print(const dl_tensor *t, char *buf, size_t cap, const dl_print_opts *o);

/* ---- padding --------------------------------------------------------------------------------- */

/* What stands around an array that is padded. Of [a b c]: */
enum {
    DL_PAD_ZEROS = 0,     /* 0 0 [a b c] 0 0                           */
    DL_PAD_CONSTANT = 1,  /* v v [a b c] v v                           */
    DL_PAD_REFLECT = 2,   /* c b [a b c] b a, without repeating the end */
    DL_PAD_REPLICATE = 3, /* a a [a b c] c c                           */
    DL_PAD_CIRCULAR = 4   /* b c [a b c] a b                           */
};

/* ---- C-only sugar: a shape literal for the arguments (shape, ndim) --------------------------- */
#define DL_SHAPE(...)                                                                              \
    (const int64_t[]){__VA_ARGS__}, (int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

#ifdef __cplusplus
}
#endif
#endif
