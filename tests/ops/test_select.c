#include "support/op_check.h"

typedef struct place {
    int32_t axis;
    int64_t index;
} place;

static dl_tensor *select_one(dl_tensor *const *in, int32_t n, void *user)
{
    const place *p = user;
    (void)n;
    return dl_select(in[0], p->axis, p->index);
}

static const op_case cases[] = {
    CASE_WITH((&(place){0, 1}), "a row", IN(3, 4)),
    CASE_WITH((&(place){1, 3}), "a column", IN(3, 4)),
    CASE_WITH((&(place){-2, -3}), "from behind", IN(2, 3, 4)),
    CASE_WITH((&(place){0, 2}), "to a scalar", IN(5)),
    CASE_WITH((&(place){1, 2}), "of nothing", IN(0, 4)),
};
static const op_test test = {"select", select_one, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void select_is_a_view(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I32, DL_SHAPE(2, 3), 1, 2, 3, 4, 5, 6);
    dl_tensor *y = dl_select(x, 1, -1);
    assert_shape(y, 2);
    assert_values(y, 3, 6);
    dl_tensor_set(x, (int32_t[]){0, 0, 7, 0, 0, 8}, 24);
    assert_values(y, 7, 8);
}

static void select_puts_gradients_of_every_use_into_one_place(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 3, 4);
    dl_grad_track(x, 1);
    dl_backward(dl_select(dl_select(x, 0, 1), 0, 0));
    dl_backward(dl_select(dl_select(x, 0, 1), 0, 0));
    dl_backward(dl_select(dl_select(x, 1, 1), 0, 0));
    expect_ok(ctx);
    assert_values(dl_grad(x), 0, 1, 2, 0);
}

static void select_refuses_an_index_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_select(x, 1, 3));
    expect_error(ctx, DL_EINVAL, "select: index 3 of axis 1 of [2, 3], wanted -3 to 2");
    assert_null(dl_select(x, 1, INT64_MIN));
    expect_error(ctx, DL_EINVAL, "select: index -9223372036854775808 of axis 1");
    assert_null(dl_select(x, 2, 0));
    expect_error(ctx, DL_ESHAPE, "select: axis is 2, wanted -2 to 1");
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    assert_null(dl_select(x, 1, 0));
    expect_error(ctx, DL_EINVAL, "select: index 0 of axis 1 of [2, 0], which has none");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(select_is_a_view),
        with_ctx(select_puts_gradients_of_every_use_into_one_place),
        with_ctx(select_refuses_an_index_out_of_range),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
