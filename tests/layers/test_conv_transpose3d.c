#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_conv_transpose3d(ctx, 3, 4, DL_KERNEL(2), NULL, NULL);
}

static dl_module *make_with_options(dl_ctx *ctx)
{
    const dl_conv_opts c = {
        .stride = {2}, .padding = {1}, .output_padding = {1}, .groups = 3, .dilation = {1}};
    return dl_layer_conv_transpose3d(ctx, 3, 6, DL_KERNEL(3, 2, 1), &c,
                                     &(dl_layer_opts){.no_bias = 1});
}

static void conv_transpose3d_layer_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(1, 3, 3, 4, 5));
    layer_check(make_with_options, DL_SHAPE(1, 3, 3, 4, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_transpose3d_layer_does_what_every_layer_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
