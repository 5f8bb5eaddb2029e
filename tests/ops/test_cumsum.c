#include <math.h>
#include <stdlib.h>
#include "support/op_check.h"

static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_cumsum(in[0], *(const int32_t *)user);
}

static const op_case cases[] = {
    CASE_WITH((int32_t[]){1}, "the last", IN(3, 4)),
    CASE_WITH((int32_t[]){0}, "the first", IN(3, 4)),
    CASE_WITH((int32_t[]){-2}, "the middle", IN(2, 3, 4)),
    CASE_WITH((int32_t[]){0}, "one element", IN(1)),
    CASE_WITH((int32_t[]){1}, "rows of nothing", IN(3, 0)),
    CASE_WITH((int32_t[]){0}, "no rows", IN(4, 0)),
    LARGE_CASE_WITH((int32_t[]){1}, "many", IN(3, 70001)),
    LARGE_CASE_WITH((int32_t[]){0}, "many rows", IN(300, 200)),
};
static const op_test test = {"cumsum", call, OP_CASES(cases),
                             .flags = OP_ANY_DTYPE | OP_KEEPS_LAYOUT};

static void cumsum_is_the_definition_along_any_axis_of_any_layout(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t dims[] = {5, 33, 7};
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, dims, 3);
    for (int32_t axis = 0; axis < 3; axis++) {
        double *wanted = values_of(x);
        int64_t step = 1;
        for (int32_t i = axis + 1; i < 3; i++)
            step *= dims[i];
        for (int64_t e = 0; e < 5 * 33 * 7; e++)
            if (e / step % dims[axis] > 0)
                wanted[e] += wanted[e - step];
        for (int layout = 0; layout < LAYOUTS; layout++)
            assert_close(dl_cumsum(with_layout(x, layout), axis), wanted, 5 * 33 * 7, 0);
        free(wanted);
    }
    expect_ok(ctx);
}

static void cumsum_of_integers_is_i64(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *y = dl_cumsum(make_tensor(ctx, DL_U8, DL_SHAPE(3), 200, 100, 50), 0);
    assert_int_equal(dl_tensor_dtype(y), DL_I64);
    assert_values(y, 200, 300, 350);
    assert_values(dl_cumsum(make_tensor(ctx, DL_BOOL, DL_SHAPE(3), 1, 0, 1), 0), 1, 1, 2);
    assert_values(dl_cumsum(make_tensor(ctx, DL_I32, DL_SHAPE(2), INT32_MAX, 1), 0), INT32_MAX,
                  2147483648.0);
    assert_values(dl_cumsum(make_tensor(ctx, DL_I64, DL_SHAPE(2), -3, 1), 0), -3, -2);
}

static void cumsum_lets_nan_pass_from_where_it_is(void **state)
{
    dl_ctx *ctx = *state;
    assert_values(dl_cumsum(make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, NAN, 2), 0), 1, NAN, NAN);
}

/* 2^24 + 1 is no float, so a sum in float would stand still. */
static void cumsum_of_f32_adds_up_in_f64(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(5), 16777216, 1, 1, 1, 1);
    assert_values(dl_cumsum(x, 0), 16777216, 16777216, 16777218, 16777220, 16777220);
}

static void cumsum_refuses_an_axis_that_is_not_there(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_cumsum(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)), 1));
    expect_error(ctx, DL_ESHAPE, "cumsum: axis is 1, wanted -1 to 0");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(cumsum_is_the_definition_along_any_axis_of_any_layout),
        with_ctx(cumsum_of_integers_is_i64),
        with_ctx(cumsum_lets_nan_pass_from_where_it_is),
        with_ctx(cumsum_of_f32_adds_up_in_f64),
        with_ctx(cumsum_refuses_an_axis_that_is_not_there),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
