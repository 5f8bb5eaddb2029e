#include "support/op_check.h"

static dl_tensor *permute(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_permute(in[0], user, dl_tensor_ndim(in[0]));
}

static const op_case cases[] = {
    CASE_WITH(((int32_t[]){1, 0}), "a matrix", IN(3, 4)),
    CASE_WITH(((int32_t[]){2, 0, 1}), "three axes around", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){-1, -3, -2}), "negative axes", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){0, 1}), "nothing to do", IN(2, 3)),
    CASE_WITH(((int32_t[]){2, 0, 1}), "nothing", IN(0, 4, 2)),
    CASE_WITH(((int32_t[]){0}), "a scalar", IN_SCALAR(-2, 2)),
};
static const op_test test = {"permute", permute, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void permute_moves_axes_without_moving_elements(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I32, DL_SHAPE(2, 3), 1, 2, 3, 4, 5, 6);
    dl_tensor *y = dl_permute(x, (int32_t[]){1, 0}, 2);
    assert_shape(y, 3, 2);
    assert_values(y, 1, 4, 2, 5, 3, 6);
    assert_ptr_equal(dl_tensor_data(y), dl_tensor_data(x));
}

static void permute_works_on_eight_axes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_U8, 1, DL_SHAPE(1, 2, 1, 2, 3, 1, 2, 2));
    const int32_t order[] = {7, 6, 5, 4, 3, 2, 1, 0};
    dl_tensor *y = dl_permute(x, order, 8);
    assert_shape(y, 2, 2, 1, 3, 2, 1, 2, 1);
    assert_same_bits(dl_permute(y, order, 8), x);
}

static void permute_refuses_what_is_no_permutation(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_permute(x, (int32_t[]){0, 1, 2}, 3));
    expect_error(ctx, DL_EINVAL, "permute: 3 axes for [2, 3], wanted 2");
    assert_null(dl_permute(x, NULL, 2));
    expect_error(ctx, DL_EINVAL, "permute: 0 axes for [2, 3], wanted 2");
    assert_null(dl_permute(x, (int32_t[]){0, -2}, 2));
    expect_error(ctx, DL_EINVAL, "permute: axis 0 twice");
    assert_null(dl_permute(x, (int32_t[]){0, 2}, 2));
    expect_error(ctx, DL_ESHAPE, "permute: axis is 2, wanted -2 to 1");
    assert_null(dl_permute(NULL, (int32_t[]){0}, 1));
    expect_ok(ctx);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(permute_moves_axes_without_moving_elements),
        with_ctx(permute_works_on_eight_axes),
        with_ctx(permute_refuses_what_is_no_permutation),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
