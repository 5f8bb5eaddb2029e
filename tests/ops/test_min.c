#include <math.h>
#include "support/over.h"

OP_OVER(min)

static const op_case cases[] = {
    OVER_CASES(-2.0, 2.0),
    CASE_WITH((&(over){0}), "a scalar", IN_SCALAR(-2, 2)),
    LARGE_CASE_WITH((&(over){0}), "many", IN(3, 70001)),
};
static const op_test test = {"min", call_min, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void min_works_on_all_types(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *x = with_layout(make_tensor(ctx, dt, DL_SHAPE(2, 2), 0, 1, 1, 1), layout);
            dl_tensor *y = dl_min(x, (int32_t[]){1}, 1, 0);
            assert_int_equal(dl_tensor_dtype(y), dt);
            assert_values(y, 0, 1);
        }
    assert_values(dl_min(make_tensor(ctx, DL_I32, DL_SHAPE(3), -5, -9, -7), NULL, 0, 0), -9);
}

static void min_lets_nan_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3, 2), 1, NAN, NAN, -9, INFINITY, INFINITY);
    assert_values(dl_min(x, (int32_t[]){1}, 1, 0), NAN, NAN, INFINITY);
}

static void min_gives_the_gradient_to_the_first_of_equals(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *x =
            with_layout(make_tensor(ctx, DL_F64, DL_SHAPE(2, 3), 7, 0, 1, 0, 2, 2), layout);
        dl_grad_track(x, 1);
        dl_backward(dl_min(x, NULL, 0, 0));
        assert_values(dl_grad(x), 0, 1, 0, 0, 0, 0);
    }
    expect_ok(ctx);
}

static void min_of_no_elements_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_min(random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 0)), (int32_t[]){1}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "min: [3, 0] has no elements along its axes");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(min_works_on_all_types),
        with_ctx(min_lets_nan_pass),
        with_ctx(min_gives_the_gradient_to_the_first_of_equals),
        with_ctx(min_of_no_elements_is_refused),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
