#include "support/unary_check.h"

UNARY_TEST(sign, dl_sign(x), 0.5, 2)

static const unary_fact facts[] = {
    {-2, -1, 0, 0}, {0, 0, 0, 0}, {1e-40, 1, 0, 0}, {-INFINITY, -1, 0, 0}, {INFINITY, 1, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 0, .slope_ulps = 0,
                                      .flags = UNARY_NO_CURVE | UNARY_NAN_HAS_SLOPE};
    return unary_main(&test, &check, NULL, 0);
}
