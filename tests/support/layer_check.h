/* What every layer is tested for, so that a new layer's test is a few lines:
 *
 *     static dl_module *make(dl_ctx *ctx)
 *     {
 *         return dl_layer_dense(ctx, 5, 3, NULL);
 *     }
 *     static void dense_layer_does_what_every_layer_does(void **state)
 *     {
 *         (void)state;
 *         layer_check(make, DL_SHAPE(4, 5));
 *     }
 *
 * The test of a layer that is one operation is a line:
 *
 *     LAYER_TEST(elu, dl_layer_elu(ctx, 0.5), dl_elu(x, 0.5))
 */
#ifndef DL_TESTS_LAYER_CHECK_H
#define DL_TESTS_LAYER_CHECK_H
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/support.h"

/* Makes the layer with the context's element type. */
typedef dl_module *(*layer_make)(dl_ctx *ctx);

/* For an input of this shape, checks in f64: first gradients for the input and all parameters;
 * the same bits from a clone, a shared module, a frozen one and one saved and opened again; the
 * shape of a run on meta tensors; refusal of wrong numbers of inputs and outputs and of NULL;
 * and that every allocation may fail, in the constructor and in forward. */
void layer_check(layer_make make, const int64_t *shape, int32_t ndim);
/* The same for a layer whose input are integers, here u8 from 0 to 9. */
void layer_check_integers(layer_make make, const int64_t *shape, int32_t ndim);

/* The module applied to x; the test fails on an error. */
dl_tensor *run_layer(dl_module *m, dl_tensor *x);
/* A context whose layers have this element type, seed 42; end_ctx it. */
dl_ctx *make_typed_ctx(dl_dtype dtype);

/* A layer that is one operation. */
typedef struct layer_test {
    const char *name;
    layer_make make;
    dl_tensor *(*op)(dl_tensor *x);
    /* Of a layer with an axis; make and op then have axis -1. */
    dl_module *(*make_along)(dl_ctx *ctx, int32_t axis);
    dl_tensor *(*op_along)(dl_tensor *x, int32_t axis);
} layer_test;
/* Checks the layer, that it gives the operation's bits, and along each axis if it has one; then
 * runs more[0..n_more). The result is main's. */
int layer_main(const layer_test *test, const struct CMUnitTest *more, int32_t n_more);

/* static const layer_test test: from a constructor that sees ctx and an operation that sees x. */
#define LAYER_TESTED(layer, make_it, op_it, ...)                                                   \
    static dl_module *make(dl_ctx *ctx)                                                            \
    {                                                                                              \
        return make_it;                                                                            \
    }                                                                                              \
    static dl_tensor *op(dl_tensor *x)                                                             \
    {                                                                                              \
        return op_it;                                                                              \
    }                                                                                              \
    static const layer_test test = {#layer, make, op, __VA_ARGS__};
#define LAYER_MAIN                                                                                 \
    int main(void)                                                                                 \
    {                                                                                              \
        return layer_main(&test, NULL, 0);                                                         \
    }
/* The whole test. */
#define LAYER_TEST(layer, make_it, op_it)                                                          \
    LAYER_TESTED(layer, make_it, op_it, NULL, NULL)                                                \
    LAYER_MAIN
#define LAYER_AXIS_TEST(layer, make_along, op_along)                                               \
    LAYER_TESTED(layer, make_along(ctx, -1), op_along(x, -1), make_along, op_along)                \
    LAYER_MAIN
#endif
