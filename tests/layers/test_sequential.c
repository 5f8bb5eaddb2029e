#include "layer_check.h"
#include "module/module.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 4, 3, NULL), dl_layer_tanh(ctx),
                       dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 3, 2, NULL)))));
}

static void sequential_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 4));
}

static void children_are_numbered_and_paths_are_those_of_pytorch(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    const char *const path[] = {"0.weight", "0.bias", "2.0.weight", "2.0.bias"};
    assert_int_equal(dl_module_param_count(m), 4);
    for (int32_t i = 0; i < 4; i++) {
        assert_string_equal(dl_module_param_name(m, i), path[i]);
        assert_ptr_equal(dl_module_tensor(m, path[i]), dl_module_param(m, i));
    }
    assert_string_equal(dl_module_child_name(m, 1), "1");
    assert_ptr_equal(dl_module_find(m, "2.0"), dl_module_child(dl_module_child(m, 2), 0));
    dl_module_drop(m);
}

static void a_sequential_of_nothing_gives_its_input(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_sequential(ctx, NULL, 0);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2));
    assert_ptr_equal(run_layer(m, x), x);
    dl_module_drop(m);
}

static void a_failure_names_the_layer_and_keeps_its_code(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(5, 5))));
    expect_error(ctx, DL_ESHAPE, "sequential.0 (dense): linear: ");
    dl_module *deep = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_relu(ctx),
                       dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 9, 1, NULL)))));
    assert_null(dl_module_forward(deep, random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 5))));
    expect_error(ctx, DL_ESHAPE, "sequential.1.0 (dense): linear: ");
    dl_module_drop(deep);
    dl_module_drop(m);
}

static void a_failed_layer_takes_the_others_with_it(void **state)
{
    dl_ctx *ctx = *state;
    int64_t live = dl_ctx_live(ctx);
    assert_null(dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_relu(ctx), dl_layer_dense(ctx, 0, 0, NULL), dl_layer_relu(ctx))));
    expect_error(ctx, DL_EINVAL, "dense: 0 inputs");
    assert_null(dl_layer_sequential(ctx, DL_LAYERS(dl_layer_relu(ctx), NULL)));
    expect_error(ctx, DL_EINVAL, "sequential: layer 1 is NULL");
    assert_null(dl_layer_sequential(NULL, DL_LAYERS(dl_layer_relu(ctx), dl_layer_relu(ctx))));
    assert_null(dl_layer_sequential(ctx, NULL, 2));
    expect_error(ctx, DL_EINVAL, "sequential: 2 layers");
    assert_null(dl_layer_sequential(ctx, NULL, -1));
    expect_error(ctx, DL_EINVAL, "sequential: -1 layers");
    dl_ctx *other = make_ctx(1);
    assert_null(dl_layer_sequential(
        other, DL_LAYERS(dl_layer_relu(other), dl_layer_relu(ctx), dl_layer_relu(other))));
    expect_error(other, DL_EINVAL, "another context");
    end_ctx(other);
    assert_int_equal(dl_ctx_live(ctx), live);
}

static void a_layer_has_one_place_in_one_net(void **state)
{
    dl_ctx *ctx = *state;
    int64_t live = dl_ctx_live(ctx);
    dl_module *a = dl_layer_relu(ctx);
    assert_null(dl_layer_sequential(ctx, DL_LAYERS(a, a)));
    expect_error(ctx, DL_EINVAL, "layers 0 and 1 are one module");
    assert_int_equal(dl_ctx_live(ctx), live);
    a = dl_layer_relu(ctx);
    dl_module *net = dl_layer_sequential(ctx, DL_LAYERS(a));
    assert_null(dl_layer_sequential(ctx, DL_LAYERS(a))); /* a is net's, not ours to give */
    expect_error(ctx, DL_EINVAL, "part of a module already");
    assert_values(run_layer(net, make_tensor(ctx, DL_F32, DL_SHAPE(2), -1, 1)), 0, 1);
    dl_module_keep(a);
    assert_null(dl_layer_sequential(ctx, DL_LAYERS(dl_layer_tanh(ctx), a))); /* ours, and gone */
    expect_error(ctx, DL_EINVAL, "part of a module already");
    dl_module_drop(net);
    assert_true(dl_ctx_live(ctx) >= live);
}

static void layers_nest_64_levels_deep_and_no_deeper(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_relu(ctx);
    for (int level = 1; level < 64; level++)
        m = dl_layer_sequential(ctx, DL_LAYERS(m));
    assert_values(run_layer(m, make_tensor(ctx, DL_F32, DL_SHAPE(2), -1, 1)), 0, 1);
    assert_null(dl_layer_sequential(ctx, DL_LAYERS(m)));
    expect_error(ctx, DL_ELIMIT, "65 levels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequential_does_what_every_layer_does),
        with_ctx(children_are_numbered_and_paths_are_those_of_pytorch),
        with_ctx(a_sequential_of_nothing_gives_its_input),
        with_ctx(a_failure_names_the_layer_and_keeps_its_code),
        with_ctx(a_failed_layer_takes_the_others_with_it),
        with_ctx(a_layer_has_one_place_in_one_net),
        with_ctx(layers_nest_64_levels_deep_and_no_deeper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
