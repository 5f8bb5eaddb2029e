#include <math.h>
#include "support/arithmetic_check.h"

OP_BINARY(div)

static const op_case cases[] = {ARITHMETIC_CASES(0.5, 2)};
static const op_test test = {"div", call_div, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void div_by_zero_gives_infinities_and_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F32, DL_SHAPE(4), 1, -1, 0, 4);
    dl_tensor *b = make_tensor(ctx, DL_F32, DL_SHAPE(4), 0, 0, 0, INFINITY);
    assert_values(dl_div(a, b), INFINITY, -INFINITY, NAN, 0);
}

int main(void)
{
    static const struct CMUnitTest more[] = {with_ctx(div_by_zero_gives_infinities_and_nan)};
    return arithmetic_main(&test, more, OP_LENGTH(more));
}
