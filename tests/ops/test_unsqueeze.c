#include "support/op_check.h"

static dl_tensor *unsqueeze(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_unsqueeze(in[0], *(const int32_t *)user);
}

static const op_case cases[] = {
    CASE_WITH(((int32_t[]){0}), "in front", IN(3, 4)),
    CASE_WITH(((int32_t[]){1}), "in between", IN(3, 4)),
    CASE_WITH(((int32_t[]){2}), "at the end", IN(3, 4)),
    CASE_WITH(((int32_t[]){-1}), "at the end, from behind", IN(3, 4)),
    CASE_WITH(((int32_t[]){-3}), "in front, from behind", IN(3, 4)),
    CASE_WITH(((int32_t[]){0}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH(((int32_t[]){1}), "nothing", IN(0, 4)),
};
static const op_test test = {"unsqueeze", unsqueeze, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void unsqueeze_is_a_view(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_U8, DL_SHAPE(2, 2), 1, 2, 3, 4);
    dl_tensor *y = dl_unsqueeze(x, -2);
    assert_shape(y, 2, 1, 2);
    assert_values(y, 1, 2, 3, 4);
    assert_true(dl_tensor_contiguous(y));
    assert_ptr_equal(dl_tensor_data(y), dl_tensor_data(x));
}

static void unsqueeze_refuses_a_ninth_axis_and_a_place_that_is_not_there(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 1, 2, 1, 1, 1, 1));
    assert_null(dl_unsqueeze(x, 0));
    expect_error(ctx, DL_ELIMIT, "unsqueeze: [1, 1, 1, 2, 1, 1, 1, 1] has 8 dimensions, at most 8");
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_unsqueeze(x, 3));
    expect_error(ctx, DL_ESHAPE, "unsqueeze: axis is 3, wanted -3 to 2");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(unsqueeze_is_a_view),
        with_ctx(unsqueeze_refuses_a_ninth_axis_and_a_place_that_is_not_there),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
