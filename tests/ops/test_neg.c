#include <math.h>
#include "support/op_check.h"

OP_UNARY(neg)

static const op_case cases[] = {
    CASE("a matrix", IN(3, 4)), CASE("a scalar", IN_SCALAR(-2, 2)),
    CASE("one element", IN(1)), CASE("five axes", IN(2, 1, 3, 2, 2)),
    CASE("nothing", IN(0, 4)),  LARGE_CASE("many", IN(3, 70001)),
};
static const op_test test = {"neg", call_neg, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void neg_keeps_infinities_and_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), INFINITY, -INFINITY, NAN);
    assert_values(dl_neg(x), -INFINITY, INFINITY, NAN);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(neg_keeps_infinities_and_nan),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
