#include <string.h>
#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    static const char *const names[] = {"in", "act", "out"};
    return dl_layer_named(ctx, names,
                          DL_LAYERS(dl_layer_dense(ctx, 4, 3, NULL), dl_layer_tanh(ctx),
                                    dl_layer_dense(ctx, 3, 2, NULL)));
}

static void named_layers_do_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 4));
}

static void named_layers_are_a_sequential_under_other_names(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const path[] = {"in.weight", "in.bias", "out.weight", "out.bias"};
    dl_module *m = make(ctx);
    assert_string_equal(dl_module_class_name(m), "sequential");
    assert_int_equal(dl_module_param_count(m), 4);
    for (int32_t i = 0; i < 4; i++)
        assert_string_equal(dl_module_param_name(m, i), path[i]);
    assert_string_equal(dl_module_child_name(m, 1), "act");
    dl_module_drop(m);
    m = dl_layer_named(ctx, NULL, NULL, 0);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2));
    assert_ptr_equal(run_layer(m, x), x);
    dl_module_drop(m);
}

static void named_layers_refuse_names_that_are_none(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t live = dl_ctx_live(ctx);
    static const struct {
        const char *name[2], *part;
    } wrong[] = {
        {{"a", "a"}, "there is a part \"a\" already"},
        {{"a.b", "c"}, "\"a.b\" of a part holds a point"},
        {{"a", ""}, "a part wants a name"},
        {{NULL, "a"}, "a part wants a name"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(
            dl_layer_named(ctx, wrong[i].name, DL_LAYERS(dl_layer_relu(ctx), dl_layer_tanh(ctx))));
        expect_error(ctx, DL_EINVAL, wrong[i].part);
    }
    assert_null(dl_layer_named(ctx, NULL, DL_LAYERS(dl_layer_relu(ctx), dl_layer_tanh(ctx))));
    expect_error(ctx, DL_EINVAL, "named: the names of 2 layers are NULL");
    assert_null(dl_layer_named(ctx, wrong[0].name, DL_LAYERS(dl_layer_relu(ctx), NULL)));
    expect_error(ctx, DL_EINVAL, "layer 1 is NULL");
    assert_int_equal(dl_ctx_live(ctx), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_layers_do_what_every_layer_does),
        with_ctx(named_layers_are_a_sequential_under_other_names),
        with_ctx(named_layers_refuse_names_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
