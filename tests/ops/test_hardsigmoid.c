#include "support/unary_check.h"

UNARY_TEST(hardsigmoid, dl_hardsigmoid(x), -2, 2)

static const unary_fact facts[] = {
    {-3, 0, 0, 0}, {0, 0.5, 1.0 / 6, 0}, {3, 1, 0, 0}, {INFINITY, 1, 0, 0}, {-INFINITY, 0, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 2, .slope_ulps = 0.5,
                                      .flags = UNARY_NO_CURVE | UNARY_NAN_HAS_SLOPE};
    return unary_main(&test, &check, NULL, 0);
}
