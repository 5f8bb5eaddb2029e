/* Sizes of fully and locally connected nets, counted on shapes alone: nothing is allocated. */
#include <string.h>
#include "dl/layers.h"
#include "support/support.h"

/* Weights and biases of one layer, without memory for either. */
static int64_t size_of(dl_ctx *ctx, int64_t in, int64_t out, int32_t no_bias)
{
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    dl_meta_enable(ctx, 1);
    dl_module *m = dl_layer_dense(ctx, in, out, &(dl_layer_opts){.no_bias = no_bias});
    dl_meta_enable(ctx, 0);
    const int64_t n = dl_module_param_elements(m);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before < 1 << 16);
    dl_module_drop(m);
    return n;
}

static void layers_have_the_sizes_of_the_course(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(size_of(ctx, 200 * 200, 40000, 1), 1600000000); /* every pixel with each */
    assert_int_equal(size_of(ctx, 256 * 6 * 6, 4096, 0), 37752832);  /* AlexNet's fc6, fc7, fc8 */
    assert_int_equal(size_of(ctx, 4096, 4096, 0), 16781312);
    assert_int_equal(size_of(ctx, 4096, 1000, 0), 4097000);
}

/* Of 40,000 units that look at all of a picture of 200x200, and at 10x10 of it each. */
static void locally_connected_units_have_a_hundred_weights_each(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    const dl_conv_opts same = {.same = 1};
    const dl_layer_opts plain = {.no_bias = 1};
    dl_meta_enable(ctx, 1);
    dl_module *m = dl_layer_local2d(ctx, 1, 1, DL_SIZES(200), DL_KERNEL(10), &same, &plain);
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(16, 1, 200, 200)));
    dl_tensor *y = dl_module_forward(m, x);
    dl_meta_enable(ctx, 0);
    assert_shape(y, 16, 1, 200, 200);
    assert_int_equal(dl_module_param_elements(m), 4000000);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before < 1 << 17);
    dl_module_drop(m);
}

/* A picture of 200x200 goes through 6.4 GB of weights that nobody has. */
static void a_net_without_memory_says_what_comes_out(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    dl_meta_enable(ctx, 1);
    dl_module *m = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_flatten(ctx),
                                                      dl_layer_dense(ctx, 40000, 40000, NULL),
                                                      dl_layer_relu(ctx)));
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(16, 1, 200, 200)));
    dl_tensor *y = dl_module_forward(m, x);
    dl_meta_enable(ctx, 0);
    assert_shape(y, 16, 40000);
    assert_true(dl_tensor_meta(y));
    char text[4096];
    assert_true(dl_module_summary(m, DL_SHAPE(1, 1, 200, 200), text, sizeof text, NULL) > 0);
    assert_non_null(strstr(text, "1,600,040,000"));
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before < 1 << 18);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(layers_have_the_sizes_of_the_course),
        with_ctx(locally_connected_units_have_a_hundred_weights_each),
        with_ctx(a_net_without_memory_says_what_comes_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
