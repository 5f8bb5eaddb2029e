#include "support/op_check.h"

typedef struct range {
    int32_t axis;
    int64_t start, stop, step;
} range;

static dl_tensor *slice(dl_tensor *const *in, int32_t n, void *user)
{
    const range *r = user;
    (void)n;
    return dl_slice(in[0], r->axis, r->start, r->stop, r->step);
}

static const op_case cases[] = {
    CASE_WITH((&(range){0, 1, 4, 1}), "rows", IN(5, 3)),
    CASE_WITH((&(range){1, 0, 6, 2}), "every other column", IN(3, 6)),
    CASE_WITH((&(range){-1, -1, -7, -3}), "every third, from behind", IN(2, 7)),
    CASE_WITH((&(range){0, INT64_MAX, INT64_MIN, -1}), "backwards", IN(4, 2)),
    CASE_WITH((&(range){0, 2, 3, INT64_MAX}), "one", IN(4, 2)),
    CASE_WITH((&(range){0, 3, 1, 1}), "none", IN(4, 2)),
    CASE_WITH((&(range){1, 0, 2, 1}), "of nothing", IN(0, 3)),
    CASE_WITH((&(range){0, 0, 2, 1}), "of an axis of nothing", IN(0, 3)),
};
static const op_test test = {"slice", slice, OP_CASES(cases), .flags = OP_ANY_DTYPE};

/* Which indices of 0 .. 4 Python's x[start:stop:step] takes. */
static void slice_takes_what_python_takes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I32, DL_SHAPE(5), 0, 1, 2, 3, 4);
    assert_values(dl_slice(x, 0, 0, 5, 1), 0, 1, 2, 3, 4);
    assert_values(dl_slice(x, 0, -2, 99, 1), 3, 4);
    assert_values(dl_slice(x, 0, -99, -3, 1), 0, 1);
    assert_values(dl_slice(x, 0, INT64_MIN, INT64_MAX, 3), 0, 3);
    assert_values(dl_slice(x, 0, 1, 5, 3), 1, 4);
    assert_values(dl_slice(x, 0, 4, 1, -2), 4, 2);
    assert_values(dl_slice(x, 0, 4, 0, -2), 4, 2);
    assert_values(dl_slice(x, 0, 99, -99, -2), 4, 2, 0);
    assert_values(dl_slice(x, 0, -1, INT64_MIN, INT64_MIN), 4);
    assert_values(dl_slice(x, 0, 3, -5, -1), 3, 2, 1);
    assert_shape(dl_slice(x, 0, 3, -1, -1), 0);
    assert_shape(dl_slice(x, 0, 0, 5, -1), 0);
    assert_shape(dl_slice(x, 0, 5, 99, 1), 0);
    assert_shape(dl_slice(x, 0, -99, 4, -1), 0);
    expect_ok(ctx);
}

static void slice_is_a_view(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(4), 0, 1, 2, 3);
    dl_tensor *y = dl_slice(x, 0, -1, INT64_MIN, -2);
    dl_tensor_fill(y, 9);
    assert_values(x, 0, 9, 2, 9);
}

static void slice_adds_its_gradient_to_what_collected_before(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(4), 1, 2, 3, 4);
    dl_grad_track(x, 1);
    for (int32_t i = 0; i < 2; i++)
        dl_backward(dl_squeeze(dl_slice(x, 0, 2 * i, 2 * i + 1, 1), 0));
    dl_backward(dl_squeeze(dl_slice(x, 0, 2, 3, 1), 0));
    expect_ok(ctx);
    assert_values(dl_grad(x), 1, 0, 2, 0);
}

static void slice_refuses_a_step_of_zero(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_slice(x, 0, 0, 3, 0));
    expect_error(ctx, DL_EINVAL, "slice: step is 0");
    assert_null(dl_slice(x, 1, 0, 3, 1));
    expect_error(ctx, DL_ESHAPE, "slice: axis is 1, wanted -1 to 0");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(slice_takes_what_python_takes),
        with_ctx(slice_is_a_view),
        with_ctx(slice_adds_its_gradient_to_what_collected_before),
        with_ctx(slice_refuses_a_step_of_zero),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
