#include "support/op_check.h"

static dl_tensor *gather(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_gather(in[0], *(const int32_t *)user, in[1]);
}

static int32_t first = 0, second = 1, last = -1;
static const op_case cases[] = {
    CASE_WITH(&first, "rows", IN(3, 4), INDEX(DL_I64, 3, 5, 4)),
    CASE_WITH(&last, "columns", IN(3, 4), INDEX(DL_I32, 4, 3, 2)),
    CASE_WITH(&second, "the middle", IN(2, 3, 4), INDEX(DL_U8, 3, 2, 2, 4)),
    CASE_WITH(&first, "a smaller index", IN(3, 4), INDEX(DL_I64, 3, 6, 2)),
    CASE_WITH(&first, "a vector", IN(5), INDEX(DL_I64, 5, 7)),
    CASE_WITH(&first, "no index", IN(3, 4), INDEX(DL_I64, 3, 0, 4)),
    CASE_WITH(&first, "nothing", IN(3, 0), INDEX(DL_I64, 3, 2, 0)),
    LARGE_CASE_WITH(&first, "many rows", IN(300, 70), INDEX(DL_I64, 300, 500, 70)),
    LARGE_CASE_WITH(&second, "many columns", IN(300, 70), INDEX(DL_I32, 70, 300, 90)),
};
static const op_test test = {"gather", gather, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void gather_takes_every_type_in_any_layout(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *x = with_layout(make_tensor(ctx, dt, DL_SHAPE(2, 2), 0, 1, 1, 0), layout);
            dl_tensor *i = with_layout(make_tensor(ctx, DL_I32, DL_SHAPE(1, 2), 1, 1), layout);
            dl_tensor *y = dl_gather(x, 0, i);
            assert_int_equal(dl_tensor_dtype(y), dt);
            assert_shape(y, 1, 2);
            assert_values(y, 1, 0);
        }
}

static void gather_names_an_index_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_gather(x, 0, make_tensor(ctx, DL_I64, DL_SHAPE(2, 2), 0, 1, 1, 2)));
    expect_error(ctx, DL_EINVAL, "gather: the index at [1, 1] is 2, wanted 0 to 1");
    assert_null(dl_gather(x, 1, make_tensor(ctx, DL_I32, DL_SHAPE(1, 2), 0, -1)));
    expect_error(ctx, DL_EINVAL, "gather: the index at [0, 1] is -1, wanted 0 to 2");
    assert_null(dl_gather(x, 1, make_tensor(ctx, DL_I64, DL_SHAPE(1, 2), -0x1p63, 0)));
    expect_error(ctx, DL_EINVAL, "gather: the index at [0, 0] is -9223372036854775808");
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    assert_null(dl_gather(x, 1, make_tensor(ctx, DL_I64, DL_SHAPE(1, 1), 0)));
    expect_error(ctx, DL_EINVAL, "gather: the index at [0, 0] is 0, but there is nothing to index");
}

/* An index that the host changed behind our back is looked at again, not believed. */
static void gather_never_writes_outside_in_its_gradient(void **state)
{
    dl_ctx *ctx = *state;
    int64_t memory[] = {1, 0};
    dl_tensor *i = dl_tensor_wrap(ctx, DL_I64, memory, (int64_t[]){2}, NULL, 1, NULL, NULL);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_sum(dl_gather(x, 0, i), NULL, 0, 0);
    memory[1] = 1 << 20;
    assert_int_equal(dl_backward(y), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "index_backward: the index at [1] is 1048576, wanted 0 to 1");
    dl_tensor_drop(i);
}

static void gather_refuses_an_index_that_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_tensor *i = random_tensor(ctx, DL_I64, 1, DL_SHAPE(2, 4));
    assert_null(dl_gather(x, 0, i));
    expect_error(ctx, DL_ESHAPE,
                 "gather: the index is [2, 4] and x is [2, 3], wanted no axis but 0 longer than "
                 "that of x");
    assert_null(dl_gather(x, 0, dl_select(i, 0, 0)));
    expect_error(ctx, DL_ESHAPE, "gather: the index is [4] and x is [2, 3]");
    assert_null(dl_gather(x, 0, x));
    expect_error(ctx, DL_EDTYPE, "gather: the index is f32, it wants i32, i64 or u8");
    assert_null(dl_gather(x, 2, i));
    expect_error(ctx, DL_ESHAPE, "gather: axis is 2, wanted -2 to 1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(gather_takes_every_type_in_any_layout),
        with_ctx(gather_names_an_index_out_of_range),
        with_ctx(gather_never_writes_outside_in_its_gradient),
        with_ctx(gather_refuses_an_index_that_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
