#include "support/unary_check.h"

UNARY_TEST(hardtanh, dl_hardtanh(x, -1, 2), -0.8, 1.8)

static const unary_fact facts[] = {
    {-1, -1, 0, 0}, {0, 0, 1, 0},        {2, 2, 0, 0},
    {3, 2, 0, 0},   {INFINITY, 2, 0, 0}, {-INFINITY, -1, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 0, .slope_ulps = 0,
                                      .flags = UNARY_NO_CURVE | UNARY_NAN_HAS_SLOPE};
    return unary_main(&test, &check, NULL, 0);
}
