#include "support/op_check.h"

static dl_tensor *squeeze(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_squeeze(in[0], *(const int32_t *)user);
}

static const op_case cases[] = {
    CASE_WITH(((int32_t[]){0}), "the first", IN(1, 4)),
    CASE_WITH(((int32_t[]){-2}), "the middle", IN(2, 1, 4)),
    CASE_WITH(((int32_t[]){-1}), "the last", IN(3, 1)),
    CASE_WITH(((int32_t[]){0}), "to a scalar", IN(1)),
    CASE_WITH(((int32_t[]){1}), "nothing", IN(0, 1)),
};
static const op_test test = {"squeeze", squeeze, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void squeeze_is_a_view(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I64, DL_SHAPE(2, 1, 2), 1, 2, 3, 4);
    dl_tensor *y = dl_squeeze(x, 1);
    assert_shape(y, 2, 2);
    assert_values(y, 1, 2, 3, 4);
    assert_ptr_equal(dl_tensor_data(y), dl_tensor_data(x));
}

static void squeeze_refuses_an_axis_of_another_size(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3));
    assert_null(dl_squeeze(x, 1));
    expect_error(ctx, DL_ESHAPE, "squeeze: axis 1 of [1, 3] has size 3, wanted 1");
    assert_null(dl_squeeze(x, 2));
    expect_error(ctx, DL_ESHAPE, "squeeze: axis is 2, wanted -2 to 1");
    assert_null(dl_squeeze(dl_squeeze(random_tensor(ctx, DL_F32, 1, DL_SHAPE(1)), 0), 0));
    expect_error(ctx, DL_ESHAPE, "squeeze: axis is 0, but there are no axes");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(squeeze_is_a_view),
        with_ctx(squeeze_refuses_an_axis_of_another_size),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
