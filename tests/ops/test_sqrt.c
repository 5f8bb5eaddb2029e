#include <math.h>
#include "support/op_check.h"

OP_UNARY(sqrt)

static const op_case cases[] = {
    CASE("a matrix", IN_RANGE(0.3, 4, 3, 4)), CASE("a scalar", IN_SCALAR(0.3, 4)),
    CASE("one element", IN_RANGE(0.3, 4, 1)), CASE("five axes", IN_RANGE(0.3, 4, 2, 1, 3, 2, 2)),
    CASE("nothing", IN_RANGE(0.3, 4, 0, 4)),  LARGE_CASE("many", IN_RANGE(0.3, 4, 3, 70001)),
};
static const op_test test = {"sqrt", call_sqrt, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void sqrt_is_exact_and_refuses_negatives_with_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(6), 0, 4, 2.25, -1, INFINITY, NAN);
    assert_values(dl_sqrt(x), 0, 2, 1.5, NAN, INFINITY, NAN);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(sqrt_is_exact_and_refuses_negatives_with_nan),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
