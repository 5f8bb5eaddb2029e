#include <math.h>
#include "support/op_check.h"

OP_UNARY(log)

static const op_case cases[] = {
    CASE("a matrix", IN_RANGE(0.3, 4, 3, 4)), CASE("a scalar", IN_SCALAR(0.3, 4)),
    CASE("one element", IN_RANGE(0.3, 4, 1)), CASE("five axes", IN_RANGE(0.3, 4, 2, 1, 3, 2, 2)),
    CASE("nothing", IN_RANGE(0.3, 4, 0, 4)),  LARGE_CASE("many", IN_RANGE(0.3, 4, 3, 70001)),
};
static const op_test test = {"log", call_log, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void log_of_special_values_is_that_of_annex_f(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(5), 1, 0, -1, INFINITY, NAN);
    assert_values(dl_log(x), 0, -INFINITY, NAN, INFINITY, NAN);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(log_of_special_values_is_that_of_annex_f),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
