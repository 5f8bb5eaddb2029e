#include "support/op_check.h"

typedef struct over {
    int32_t n, axes[3];
} over;

static dl_tensor *flip(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return dl_flip(in[0], o->axes, o->n);
}

static const op_case cases[] = {
    CASE_WITH((&(over){1, {1}}), "columns", IN(3, 4)),
    CASE_WITH((&(over){2, {0, -1}}), "two of three", IN(2, 3, 4)),
    CASE_WITH((&(over){0}), "all", IN(2, 3)),
    CASE_WITH((&(over){1, {0}}), "an axis of size 1", IN(1, 3)),
    CASE_WITH((&(over){0}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH((&(over){0}), "nothing", IN(0, 3)),
};
static const op_test test = {"flip", flip, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void flip_is_a_view_that_runs_backwards(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_U8, DL_SHAPE(2, 3), 0, 1, 2, 3, 4, 5);
    dl_tensor *y = dl_flip(x, (int32_t[]){-1}, 1);
    assert_values(y, 2, 1, 0, 5, 4, 3);
    assert_values(dl_flip(x, NULL, 0), 5, 4, 3, 2, 1, 0);
    dl_tensor_fill(dl_select(y, 1, 0), 9);
    assert_values(x, 0, 1, 9, 3, 4, 9);
}

static void flip_refuses_axes_that_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_flip(x, (int32_t[]){0, -2}, 2));
    expect_error(ctx, DL_EINVAL, "flip: axis 0 twice, wanted each axis once");
    assert_null(dl_flip(x, (int32_t[]){2}, 1));
    expect_error(ctx, DL_ESHAPE, "flip: axis is 2, wanted -2 to 1");
    assert_null(dl_flip(x, (int32_t[]){0}, -1));
    expect_error(ctx, DL_EINVAL, "flip: n_axes is -1, wanted 0 or more");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(flip_is_a_view_that_runs_backwards),
        with_ctx(flip_refuses_axes_that_do_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
