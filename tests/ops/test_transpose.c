#include "support/op_check.h"

static dl_tensor *transpose(dl_tensor *const *in, int32_t n, void *user)
{
    const int32_t *axes = user;
    (void)n;
    return dl_transpose(in[0], axes[0], axes[1]);
}

static const op_case cases[] = {
    CASE_WITH(((int32_t[]){0, 1}), "a matrix", IN(3, 4)),
    CASE_WITH(((int32_t[]){-1, -2}), "the last two", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){0, 2}), "the outer two", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){1, -1}), "an axis with itself", IN(2, 3)),
    CASE_WITH(((int32_t[]){0, 1}), "nothing", IN(0, 4)),
};
static const op_test test = {"transpose", transpose, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void transpose_is_a_view(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_BOOL, DL_SHAPE(2, 3), 1, 0, 1, 0, 0, 1);
    dl_tensor *y = dl_transpose(x, 0, 1);
    assert_shape(y, 3, 2);
    assert_values(y, 1, 0, 0, 0, 1, 1);
    assert_ptr_equal(dl_tensor_data(y), dl_tensor_data(x));
}

static void transpose_refuses_axes_that_are_not_there(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_transpose(x, 2, 0));
    expect_error(ctx, DL_ESHAPE, "transpose: axis is 2, wanted -2 to 1");
    assert_null(dl_transpose(x, 0, -3));
    expect_error(ctx, DL_ESHAPE, "transpose: axis is -3, wanted -2 to 1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(transpose_is_a_view),
        with_ctx(transpose_refuses_axes_that_are_not_there),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
