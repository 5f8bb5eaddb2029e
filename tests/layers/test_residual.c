#include "dl/ops.h"
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_residual(ctx, dl_layer_dense(ctx, 3, 3, NULL), NULL);
}

static dl_module *make_with_skip(dl_ctx *ctx)
{
    return dl_layer_residual(ctx, dl_layer_dense(ctx, 3, 2, NULL), dl_layer_dense(ctx, 3, 2, NULL));
}

static void residual_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 3));
    layer_check(make_with_skip, DL_SHAPE(2, 3));
}

static void residual_adds_its_two_paths(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 3), -1, 0, 2);
    dl_module *plain = dl_layer_residual(ctx, dl_layer_relu(ctx), NULL);
    assert_values(run_layer(plain, x), -1, 0, 4);
    dl_module *both = dl_layer_residual(ctx, dl_layer_relu(ctx), dl_layer_relu(ctx));
    assert_values(run_layer(both, x), 0, 0, 4);
    assert_string_equal(dl_module_child_name(both, 0), "body");
    assert_string_equal(dl_module_child_name(both, 1), "skip");
    dl_module_drop(plain);
    dl_module_drop(both);
}

/* Shortcuts A and C of He et al. around a body of one's own. */
static dl_module *body(dl_ctx *ctx)
{
    const dl_conv_opts c = {.stride = {2}, .padding = {1}};
    return dl_layer_conv2d(ctx, 2, 4, DL_KERNEL(3), &c, NULL);
}

static dl_module *make_padded(dl_ctx *ctx)
{
    return dl_layer_residual(ctx, body(ctx), dl_layer_shortcut_pad(ctx, 2, 4, 2));
}

static dl_module *make_projected(dl_ctx *ctx)
{
    const dl_conv_opts c = {.stride = {2}};
    return dl_layer_residual(ctx, body(ctx), dl_layer_conv2d(ctx, 2, 4, DL_KERNEL(1), &c, NULL));
}

static void residual_takes_a_body_of_convolutions_and_every_shortcut(void **state)
{
    dl_ctx *ctx = *state;
    layer_check(make_padded, DL_SHAPE(2, 2, 3, 4));
    layer_check(make_projected, DL_SHAPE(2, 2, 3, 4));
    dl_module *m = make_padded(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2, 5, 5)), *y = run_layer(m, x);
    dl_tensor *inside = run_layer(dl_module_find(m, "body"), x);
    assert_same_bits(dl_slice(y, 1, 0, 1, 1), dl_slice(inside, 1, 0, 1, 1)); /* zeros are added */
    dl_tensor *kept = dl_slice(dl_slice(x, 2, 0, 5, 2), 3, 0, 5, 2);
    assert_same_bits(dl_slice(y, 1, 1, 3, 1), dl_add(dl_slice(inside, 1, 1, 3, 1), kept));
    dl_module_drop(m);
}

static void residual_refuses_paths_of_two_shapes_even_if_they_broadcast(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_residual(ctx, dl_layer_dense(ctx, 3, 1, NULL), NULL)));
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3))));
    expect_error(ctx, DL_ESHAPE,
                 "sequential.0 (residual): the body gives [2, 1], the skip path [2, 3]");
    dl_module_drop(m);
}

static void residual_adopts_its_paths_also_when_it_fails(void **state)
{
    dl_ctx *ctx = *state;
    int64_t live = dl_ctx_live(ctx);
    assert_null(dl_layer_residual(ctx, NULL, dl_layer_relu(ctx)));
    expect_error(ctx, DL_EINVAL, "residual: body is NULL");
    assert_null(dl_layer_residual(ctx, dl_layer_relu(ctx), dl_layer_dense(ctx, -1, 1, NULL)));
    expect_error(ctx, DL_EINVAL, "dense: -1 inputs");
    dl_module *a = dl_layer_relu(ctx);
    assert_null(dl_layer_residual(ctx, a, a));
    expect_error(ctx, DL_EINVAL, "one module");
    assert_null(dl_layer_residual(NULL, dl_layer_relu(ctx), dl_layer_relu(ctx)));
    assert_int_equal(dl_ctx_live(ctx), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(residual_does_what_every_layer_does),
        with_ctx(residual_adds_its_two_paths),
        with_ctx(residual_takes_a_body_of_convolutions_and_every_shortcut),
        with_ctx(residual_refuses_paths_of_two_shapes_even_if_they_broadcast),
        with_ctx(residual_adopts_its_paths_also_when_it_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
