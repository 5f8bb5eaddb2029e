/* What all tests share: contexts, tensors of known or random values in any memory layout,
 * comparisons, expected errors, and the loop that fails every allocation once.
 *
 * Tensors made here belong to the innermost scope of their context, so tests need not drop them. */
#ifndef DL_TESTS_SUPPORT_H
#define DL_TESTS_SUPPORT_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "core/ctx.h"
#include "tensor/tensor.h"

/* ---- contexts -------------------------------------------------------------------------------- */

/* Seed 42, the given number of threads. */
dl_ctx *make_ctx(int32_t threads);
/* Ends every scope, checks that no error stands and no object or byte is left, and drops ctx. */
void end_ctx(dl_ctx *ctx);
/* The same as setup and teardown of cmocka: in the test, dl_ctx *ctx = *state; (two threads). */
int setup_ctx(void **state);
int teardown_ctx(void **state);
#define with_ctx(test) cmocka_unit_test_setup_teardown(test, setup_ctx, teardown_ctx)
/* The same, but layers make f64 parameters. */
int setup_f64(void **state);
#define with_f64(test) cmocka_unit_test_setup_teardown(test, setup_f64, teardown_ctx)

/* ---- errors ---------------------------------------------------------------------------------- */

/* The error that stands is code and its message contains part; it is cleared. */
#define expect_error(ctx, code, part) expect_error_at(ctx, code, part, __FILE__, __LINE__)
/* No error stands. */
#define expect_ok(ctx) expect_ok_at(ctx, __FILE__, __LINE__)

/* ---- tensors --------------------------------------------------------------------------------- */

/* Row-major values, converted to dt as dl_cast does. */
dl_tensor *tensor_of(dl_ctx *ctx, dl_dtype dt, const double *values, const int64_t *shape,
                     int32_t ndim);
/* make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 3, 4) */
#define make_tensor(ctx, dt, shape_and_ndim, ...)                                                  \
    tensor_of_n(ctx, dt, __FILE__, __LINE__,                                                       \
                (int64_t)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)),                       \
                (const double[]){__VA_ARGS__}, shape_and_ndim)

/* Pseudo-random values that depend on seed alone: floats in (-1, 1), i32 and i64 in [-9, 9], u8 in
 * [0, 9], bool. */
dl_tensor *random_tensor(dl_ctx *ctx, dl_dtype dt, uint64_t seed, const int64_t *shape,
                         int32_t ndim);
/* A number in [0, 1) from a state that it advances. */
double random_number(uint64_t *state);

/* Memory layouts; each keeps shape and values. */
enum {
    LAYOUT_ROWS,     /* row-major                                      */
    LAYOUT_COLUMNS,  /* axes in the opposite order in memory           */
    LAYOUT_LAST,     /* axis 1 innermost: channels-last                */
    LAYOUT_GAPS,     /* every other element of a larger array          */
    LAYOUT_NEGATIVE, /* every axis runs backwards                      */
    LAYOUTS
};
/* The values of t, in memory of its own laid out as asked; writable, without history. */
dl_tensor *with_layout(const dl_tensor *t, int layout);
const char *layout_name(int layout);

/* ---- comparisons ----------------------------------------------------------------------------- */

/* Shape is exactly this: assert_shape(t, 2, 3); a tensor without axes: assert_int_equal on ndim. */
#define assert_shape(t, ...)                                                                       \
    assert_shape_at(t, (const int64_t[]){__VA_ARGS__},                                             \
                    (int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), __FILE__,       \
                    __LINE__)
/* Elements in logical order are exactly these: assert_values(t, 1, 2.5, 3). */
#define assert_values(t, ...)                                                                      \
    assert_close_at(t, (const double[]){__VA_ARGS__},                                              \
                    (int64_t)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), 0, __FILE__,      \
                    __LINE__)
/* Elements in logical order: |found - wanted| <= tolerance * max(1, |wanted|); NaN equals NaN,
 * infinities equal themselves. */
#define assert_close(t, wanted, n, tolerance)                                                      \
    assert_close_at(t, wanted, n, tolerance, __FILE__, __LINE__)
/* Two tensors of one shape, likewise. */
#define assert_tensors_close(a, b, tolerance)                                                      \
    assert_tensors_close_at(a, b, tolerance, __FILE__, __LINE__)
/* The same dtype, shape and bits in logical order. */
#define assert_same_bits(a, b) assert_same_bits_at(a, b, __FILE__, __LINE__)

/* All elements in logical order as doubles; free() it. */
double *values_of(const dl_tensor *t);

/* ---- failing allocations --------------------------------------------------------------------- */

/* Calls call(ctx, user) with its first, then its second, ... allocation failing, until it succeeds;
 * then again with all later ones failing too. A call that fails must return a negative status (or
 * leave the error), set DL_ENOMEM, and leave as many live objects and bytes as before. It runs in a
 * scope of its own; what it takes out of the scope it must drop itself. unchanged (may be NULL) is
 * called after every failure to check the arguments. Returns the number of failures that were
 * tried. */
typedef dl_status (*fault_call)(dl_ctx *ctx, void *user);
typedef void (*fault_check)(dl_ctx *ctx, void *user);
int fault_loop(dl_ctx *ctx, fault_call call, fault_check unchanged, void *user);

/* ---- behind the macros ----------------------------------------------------------------------- */
void expect_error_at(dl_ctx *ctx, dl_status code, const char *part, const char *file, int line);
void expect_ok_at(dl_ctx *ctx, const char *file, int line);
dl_tensor *tensor_of_n(dl_ctx *ctx, dl_dtype dt, const char *file, int line, int64_t n,
                       const double *values, const int64_t *shape, int32_t ndim);
void assert_shape_at(const dl_tensor *t, const int64_t *dims, int32_t ndim, const char *file,
                     int line);
void assert_close_at(const dl_tensor *t, const double *wanted, int64_t n, double tolerance,
                     const char *file, int line);
void assert_tensors_close_at(const dl_tensor *a, const dl_tensor *b, double tolerance,
                             const char *file, int line);
void assert_same_bits_at(const dl_tensor *a, const dl_tensor *b, const char *file, int line);
#endif
