#include <math.h>
#include "support/op_check.h"

OP_UNARY(sigmoid)

static const op_case cases[] = {
    CASE("a matrix", IN_RANGE(-3, 3, 3, 4)), CASE("a scalar", IN_SCALAR(-3, 3)),
    CASE("one element", IN_RANGE(-3, 3, 1)), CASE("five axes", IN_RANGE(-3, 3, 2, 1, 3, 2, 2)),
    CASE("nothing", IN_RANGE(-3, 3, 0, 4)),  LARGE_CASE("many", IN_RANGE(-3, 3, 3, 70001)),
};
static const op_test test = {"sigmoid", call_sigmoid, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void sigmoid_saturates_without_overflow(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(5), 0, 1000, -1000, INFINITY, NAN);
    assert_values(dl_sigmoid(x), 0.5, 1, 0, 1, NAN);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(sigmoid_saturates_without_overflow),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
