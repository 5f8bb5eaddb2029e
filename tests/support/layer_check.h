/* What every layer is tested for, so that a new layer's test is a few lines:
 *
 *     static dl_module *make(dl_ctx *ctx)
 *     {
 *         return dl_layer_relu(ctx);
 *     }
 *     static void relu_does_what_every_layer_does(void **state)
 *     {
 *         (void)state;
 *         layer_check(make, DL_SHAPE(3, 4));
 *     }
 */
#ifndef DL_TESTS_LAYER_CHECK_H
#define DL_TESTS_LAYER_CHECK_H
#include "dl/layers.h"
#include "support/support.h"

/* Makes the layer with the context's element type. */
typedef dl_module *(*layer_make)(dl_ctx *ctx);

/* For an input of this shape, checks in f64: first gradients for the input and all parameters;
 * the same bits from a clone, a shared module, a frozen one and one saved and opened again; the
 * shape of a run on meta tensors; refusal of wrong numbers of inputs and outputs and of NULL;
 * and that every allocation may fail, in the constructor and in forward. */
void layer_check(layer_make make, const int64_t *shape, int32_t ndim);

/* The module applied to x; the test fails on an error. */
dl_tensor *run_layer(dl_module *m, dl_tensor *x);
/* A context whose layers have this element type, seed 42; end_ctx it. */
dl_ctx *make_typed_ctx(dl_dtype dtype);
#endif
