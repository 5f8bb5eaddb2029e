/* Pooling as a textbook has it, and what the tests of all its operations share. */
#ifndef DL_TESTS_POOL_CHECK_H
#define DL_TESTS_POOL_CHECK_H
#include "dl/conv.h"
#include "support/op_check.h"

enum { POOL_MAX, POOL_AVERAGE };

/* Windows over 1 to 3 spatial axes; with adaptive 1 sizes instead of kernel and o. */
typedef struct pooling {
    int32_t axes;
    int32_t kernel[3];
    dl_pool_opts o;
    int32_t adaptive;
    int64_t sizes[3];
} pooling;

/* The operation of dl/conv.h. index may be NULL: without. */
dl_tensor *pool(dl_tensor *x, int what, const pooling *p, dl_tensor **index);

/* op_case.fn of one of them: the user is a pooling. */
dl_tensor *pool_max(dl_tensor *const *in, int32_t n, void *user);
dl_tensor *pool_average(dl_tensor *const *in, int32_t n, void *user);

/* 0 when a window of p is without an element of x. */
int pool_possible(const dl_tensor *x, const pooling *p);
/* Compares values, and for maxima indexes, with loops over x, in f64 and f32, any layout. */
void pool_compare(dl_tensor *x, int what, const pooling *p);
/* The same over a grid of sizes and options that are drawn. */
void pool_compare_grid(dl_ctx *ctx, int what, int32_t axes, int adaptive);

#define WINDOWS(n, kernels) (&(pooling){.axes = n, .kernel = kernels})
#define SLIDE(n, kernels, ...) (&(pooling){.axes = n, .kernel = kernels, .o = {__VA_ARGS__}})
#define ADAPT(n, ...) (&(pooling){.axes = n, .adaptive = 1, .sizes = {__VA_ARGS__}})
#define NONE                                                                                       \
    {                                                                                              \
        .reserved = { 0 }                                                                          \
    }
#define K(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#endif
