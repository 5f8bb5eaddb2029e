#include <math.h>
#include "support/op_check.h"

OP_UNARY(relu)

static const op_case cases[] = {
    CASE("a matrix", IN(3, 4)), CASE("a scalar", IN_SCALAR(-2, 2)),
    CASE("one element", IN(1)), CASE("five axes", IN(2, 1, 3, 2, 2)),
    CASE("nothing", IN(0, 4)),  LARGE_CASE("many", IN(3, 70001)),
};
static const op_test test = {"relu", call_relu, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void relu_lets_nan_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(5), -1, 0, 2, NAN, -INFINITY);
    assert_values(dl_relu(x), 0, 0, 2, NAN, 0);
}

static void relu_has_gradient_0_at_0_and_lets_nan_pass_back(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(4), 0, -0.0, 3, NAN);
    dl_tensor *seed = make_tensor(ctx, DL_F64, DL_SHAPE(4), 5, 6, 7, 8), *dx;
    dl_grad_track(x, 1);
    dl_tensor *y = dl_relu(x);
    assert_int_equal(dl_gradients(&y, &seed, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, 0, 0, 7, 8);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(relu_lets_nan_pass),
        with_ctx(relu_has_gradient_0_at_0_and_lets_nan_pass_back),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
