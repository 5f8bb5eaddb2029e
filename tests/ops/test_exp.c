#include <math.h>
#include "support/op_check.h"

OP_UNARY(exp)

static const op_case cases[] = {
    CASE("a matrix", IN_RANGE(-3, 2, 3, 4)), CASE("a scalar", IN_SCALAR(-3, 2)),
    CASE("one element", IN_RANGE(-3, 2, 1)), CASE("five axes", IN_RANGE(-3, 2, 2, 1, 3, 2, 2)),
    CASE("nothing", IN_RANGE(-3, 2, 0, 4)),  LARGE_CASE("many", IN_RANGE(-3, 2, 3, 70001)),
};
static const op_test test = {"exp", call_exp, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void exp_of_special_values_is_that_of_annex_f(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(5), 0, -INFINITY, INFINITY, NAN, 1000);
    assert_values(dl_exp(x), 1, 0, INFINITY, NAN, INFINITY);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(exp_of_special_values_is_that_of_annex_f),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
