#include "layer_check.h"

static const dl_patch_opts opts = {
    .stride = {2}, .padding = {1}, .padding_end = {DL_OFF}, .dilation = {1, 2}};

static dl_module *make_unfold(dl_ctx *ctx)
{
    return dl_layer_unfold(ctx, DL_KERNEL(2, 3), &opts);
}

static dl_module *make_fold(dl_ctx *ctx)
{
    return dl_layer_fold(ctx, DL_SHAPE(5, 6), DL_KERNEL(2, 3), &opts);
}

static void unfold_and_fold_do_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make_unfold, DL_SHAPE(2, 3, 5, 6));
    layer_check(make_fold, DL_SHAPE(2, 12, 6));
}

static void unfold_and_fold_give_the_bits_of_the_operations(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *there = make_unfold(ctx), *back = make_fold(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 5, 6));
    dl_tensor *y = dl_unfold(x, DL_KERNEL(2, 3), &opts);
    assert_shape(y, 2, 18, 6);
    assert_same_bits(run_layer(there, x), y);
    assert_same_bits(run_layer(back, y), dl_fold(y, DL_SHAPE(5, 6), DL_KERNEL(2, 3), &opts));
    dl_module_drop(there);
    dl_module_drop(back);
}

static void unfold_and_fold_refuse_what_the_operations_refuse(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_layer_unfold(ctx, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "unfold: kernel is 0");
    assert_null(dl_layer_unfold(ctx, DL_KERNEL(2), &(dl_patch_opts){.stride = {-1}}));
    expect_error(ctx, DL_EINVAL, "unfold: stride is -1");
    assert_null(dl_layer_unfold(ctx, DL_KERNEL(2), &(dl_patch_opts){.reserved = {1}}));
    expect_error(ctx, DL_EINVAL, "unfold: ");
    assert_null(dl_layer_fold(ctx, DL_SHAPE(0), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "fold: size is 0 along spatial axis 0");
    assert_null(dl_layer_fold(ctx, DL_SHAPE(1, 1, 1, 1), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "fold: 4 sizes, wanted 1 to 3");
    assert_null(dl_layer_fold(ctx, NULL, 2, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "fold: 0 sizes, wanted 1 to 3");
    assert_null(dl_layer_fold(ctx, DL_SHAPE(2), NULL, NULL));
    expect_error(ctx, DL_EINVAL, "fold: kernel is 0");
    assert_null(dl_layer_unfold(NULL, DL_KERNEL(2), NULL));
    assert_null(dl_layer_fold(NULL, DL_SHAPE(2), DL_KERNEL(2), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unfold_and_fold_do_what_every_layer_does),
        with_ctx(unfold_and_fold_give_the_bits_of_the_operations),
        with_ctx(unfold_and_fold_refuse_what_the_operations_refuse),
    };
    return cmocka_run_group_tests_name("unfold, fold", tests, NULL, NULL);
}
