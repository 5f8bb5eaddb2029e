#include "support/op_check.h"

static dl_tensor *flatten(dl_tensor *const *in, int32_t n, void *user)
{
    const int32_t *axes = user;
    (void)n;
    return dl_flatten(in[0], axes[0], axes[1]);
}

static const op_case cases[] = {
    CASE_WITH(((int32_t[]){1, -1}), "all but the first", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){0, 2}), "all", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){0, 1}), "the first two", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){1, 1}), "one alone", IN(2, 3)),
    CASE_WITH(((int32_t[]){0, -1}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH(((int32_t[]){1, 2}), "nothing", IN(2, 0, 3)),
};
static const op_test test = {"flatten", flatten, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void flatten_merges_axes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_I32, 1, DL_SHAPE(2, 3, 4, 5));
    assert_shape(dl_flatten(x, 1, 2), 2, 12, 5);
    assert_shape(dl_flatten(x, 0, -1), 120);
    assert_ptr_equal(dl_tensor_data(dl_flatten(x, 0, -1)), dl_tensor_data(x));
}

static void flatten_refuses_axes_in_the_wrong_order(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_flatten(x, 1, 0));
    expect_error(ctx, DL_EINVAL, "flatten: axes 1 to 0 of [2, 3], wanted first <= last");
    assert_null(dl_flatten(x, 0, 2));
    expect_error(ctx, DL_ESHAPE, "flatten: axis is 2, wanted -2 to 1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(flatten_merges_axes),
        with_ctx(flatten_refuses_axes_in_the_wrong_order),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
