#include "layer_check.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_shortcut_pad(ctx, 2, 5, 2);
}

static dl_module *make_strided(dl_ctx *ctx)
{
    return dl_layer_shortcut_pad(ctx, 2, 2, 3);
}

static dl_module *make_padded(dl_ctx *ctx)
{
    return dl_layer_shortcut_pad(ctx, 2, 4, 1);
}

static void shortcut_pad_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 2, 3, 4));
    layer_check(make_strided, DL_SHAPE(1, 2, 7));
    layer_check(make_padded, DL_SHAPE(1, 2, 2, 2, 2));
}

static void shortcut_pad_takes_every_other_place_and_puts_zeros_around_the_channels(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    dl_tensor *x =
        make_tensor(ctx, DL_F32, DL_SHAPE(1, 2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    dl_tensor *y = run_layer(m, x);
    assert_shape(y, 1, 5, 1, 2);
    assert_values(y, 0, 0, 1, 3, 7, 9, 0, 0, 0, 0); /* one channel before, two behind */
    dl_tensor *last = run_layer(m, with_layout(x, LAYOUT_LAST));
    assert_same_bits(last, y);
    assert_int_equal(dl_tensor_stride(last, 1), 1);
    dl_module_drop(m);
}

static void shortcut_pad_that_changes_nothing_gives_its_input(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_shortcut_pad(ctx, 3, 3, 1);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 4));
    assert_ptr_equal(run_layer(m, x), x);
    dl_module_drop(m);
}

static void shortcut_pad_refuses_what_it_cannot_pad(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_shortcut_pad(ctx, 4, 3, 1));
    expect_error(ctx, DL_EINVAL, "shortcut_pad: 4 channels in and 3 out");
    assert_null(dl_layer_shortcut_pad(ctx, 0, 3, 1));
    expect_error(ctx, DL_EINVAL, "shortcut_pad: 0 channels in");
    assert_null(dl_layer_shortcut_pad(ctx, 1, 3, 0));
    expect_error(ctx, DL_EINVAL, "shortcut_pad: stride is 0");
    dl_module *m = make(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 4))));
    expect_error(ctx, DL_ESHAPE, "shortcut_pad: the input is [2, 3, 4, 4], wanted [N, 2, ..]");
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2))));
    expect_error(ctx, DL_ESHAPE, "the input is [2, 2]");
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 2, 1, 1, 1, 1))));
    expect_error(ctx, DL_ESHAPE, "1 to 3 more axes");
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shortcut_pad_does_what_every_layer_does),
        with_ctx(shortcut_pad_takes_every_other_place_and_puts_zeros_around_the_channels),
        with_ctx(shortcut_pad_that_changes_nothing_gives_its_input),
        with_ctx(shortcut_pad_refuses_what_it_cannot_pad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
