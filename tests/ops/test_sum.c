#include <math.h>
#include <stdlib.h>
#include "support/op_check.h"

typedef struct over {
    int32_t n, axes[4], keep;
} over;

static dl_tensor *sum(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return dl_sum(in[0], o->axes, o->n, o->keep);
}

static const op_case cases[] = {
    CASE_WITH((&(over){0}), "all", IN_RANGE(0.25, 2, 3, 4)),
    CASE_WITH((&(over){0, .keep = 1}), "all, kept", IN_RANGE(0.25, 2, 3, 4)),
    CASE_WITH((&(over){1, {1}, 0}), "the last", IN_RANGE(0.25, 2, 3, 4)),
    CASE_WITH((&(over){1, {0}, 0}), "the first", IN_RANGE(0.25, 2, 3, 4)),
    CASE_WITH((&(over){1, {-2}, 1}), "the middle, kept", IN_RANGE(0.25, 2, 2, 3, 4)),
    CASE_WITH((&(over){2, {0, 2}, 0}), "around the middle", IN_RANGE(0.25, 2, 2, 3, 4)),
    CASE_WITH((&(over){2, {-1, 1}, 1}), "interleaved", IN_RANGE(0.25, 2, 2, 3, 2, 4)),
    CASE_WITH((&(over){3, {0, 2, 3}, 0}), "a channel", IN_RANGE(0.25, 2, 2, 3, 2, 2)),
    CASE_WITH((&(over){0}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH((&(over){1, {0}, 0}), "an axis of size 1", IN_RANGE(0.25, 2, 1, 4)),
    CASE_WITH((&(over){1, {0}, 0}), "nothing", IN_RANGE(0.25, 2, 0, 4)),
    CASE_WITH((&(over){1, {1}, 0}), "to nothing", IN_RANGE(0.25, 2, 0, 4)),
    LARGE_CASE_WITH((&(over){0}), "many", IN_RANGE(0.25, 2, 3, 70001)),
    LARGE_CASE_WITH((&(over){2, {0, 2}, 0}), "many, interleaved", IN_RANGE(0.25, 2, 40, 30, 50)),
    LARGE_CASE_WITH((&(over){1, {0}, 0}), "many rows", IN_RANGE(0.25, 2, 3000, 20)),
};
static const op_test test = {"sum", sum, OP_CASES(cases), .flags = OP_ANY_DTYPE};

/* Every subset of four axes in every layout, against a walk of the definition. */
static void sum_over_any_axes_of_any_layout_is_the_definition(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t dims[] = {2, 3, 4, 5};
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, dims, 4);
    double *v = values_of(x);
    for (int32_t mask = 1; mask < 16; mask++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            double wanted[120] = {0};
            int32_t axes[4], n = 0;
            int64_t count = 1;
            for (int32_t i = 3; i >= 0; i--)
                if (mask >> i & 1)
                    axes[n++] = i;
                else
                    count *= dims[i];
            for (int64_t e = 0; e < 120; e++) {
                int64_t at = 0, rest = e, index[4];
                for (int32_t i = 3; i >= 0; i--) {
                    index[i] = rest % dims[i];
                    rest /= dims[i];
                }
                for (int32_t i = 0; i < 4; i++)
                    at = mask >> i & 1 ? at : at * dims[i] + index[i];
                wanted[at] += v[e];
            }
            dl_tensor *y = dl_sum(with_layout(x, layout), axes, n, mask & 1);
            assert_int_equal(dl_tensor_ndim(y), mask & 1 ? 4 : 4 - n);
            assert_close(y, wanted, count, 1e-14);
        }
    free(v);
    expect_ok(ctx);
}

static void sum_of_integers_is_i64(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_U8, DL_SHAPE(2, 2), 200, 100, 250, 5);
    dl_tensor *y = dl_sum(x, (int32_t[]){1}, 1, 0);
    assert_int_equal(dl_tensor_dtype(y), DL_I64);
    assert_values(y, 300, 255);
    y = dl_sum(make_tensor(ctx, DL_I32, DL_SHAPE(2), INT32_MAX, INT32_MAX), NULL, 0, 0);
    assert_values(y, 2.0 * INT32_MAX);
    assert_values(dl_sum(make_tensor(ctx, DL_BOOL, DL_SHAPE(3), 1, 0, 1), NULL, 0, 0), 2);
    dl_tensor *i = random_tensor(ctx, DL_I32, 1, DL_SHAPE(2, 3, 4));
    assert_values(dl_sub(dl_cast(dl_sum(i, (int32_t[]){0, 2}, 2, 0), DL_F64),
                         dl_sum(dl_cast(i, DL_F64), (int32_t[]){0, 2}, 2, 0)),
                  0, 0, 0);
}

static void sum_lets_nan_pass_and_is_0_of_nothing(void **state)
{
    dl_ctx *ctx = *state;
    assert_values(
        dl_sum(make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, NAN, 2, 3), (int32_t[]){1}, 1, 0), NAN,
        5);
    assert_values(dl_sum(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0)), (int32_t[]){1}, 1, 0), 0,
                  0);
    assert_values(dl_sum(random_tensor(ctx, DL_I32, 1, DL_SHAPE(0)), NULL, 0, 0), 0);
}

/* Every shape of up to four axes of 0, 1 or 2 that has a 0 in it, over every choice of axes. */
static void sum_of_any_shape_without_elements_is_0(void **state)
{
    dl_ctx *ctx = *state;
    for (int shape = 0; shape < 81; shape++) {
        const int64_t dims[4] = {shape % 3, shape / 3 % 3, shape / 9 % 3, shape / 27};
        for (int32_t ndim = 1; ndim <= 4; ndim++)
            for (int choice = 1; choice < 1 << ndim; choice++) {
                int32_t axes[4], n = 0;
                int64_t all = 1, count = 1;
                for (int32_t i = 0; i < ndim; i++) {
                    all *= dims[i];
                    if (choice >> i & 1)
                        axes[n++] = i;
                    else
                        count *= dims[i];
                }
                if (all > 0)
                    continue;
                const int32_t mark = dl_scope_begin(ctx);
                dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, dims, ndim));
                dl_tensor *y = dl_sum(x, axes, n, 0);
                expect_ok(ctx);
                assert_int_equal(dl_tensor_count(y), count);
                const float *v = dl_tensor_data(y);
                for (int64_t i = 0; i < count; i++)
                    assert_true(v[i] == 0);
                dl_scope_end(ctx, mark);
            }
    }
}

static void sum_refuses_axes_that_are_not_there_or_come_twice(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_sum(x, (int32_t[]){2}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "sum: axis is 2, wanted -2 to 1");
    assert_null(dl_sum(x, (int32_t[]){1, -1}, 2, 0));
    expect_error(ctx, DL_EINVAL, "sum: axis 1 twice");
    assert_null(dl_sum(x, (int32_t[]){1}, -1, 0));
    expect_error(ctx, DL_EINVAL, "sum: n_axes is -1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(sum_over_any_axes_of_any_layout_is_the_definition),
        with_ctx(sum_of_integers_is_i64),
        with_ctx(sum_lets_nan_pass_and_is_0_of_nothing),
        with_ctx(sum_of_any_shape_without_elements_is_0),
        with_ctx(sum_refuses_axes_that_are_not_there_or_come_twice),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
