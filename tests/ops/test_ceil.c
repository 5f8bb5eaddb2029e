#include "support/unary_check.h"

UNARY_TEST(ceil, dl_ceil(x), 0.1, 0.9)

static const unary_fact facts[] = {
    {-2.5, -2, 0, 0},           {2.5, 3, 0, 0},         {3, 3, 0, 0}, {-INFINITY, -INFINITY, 0, 0},
    {INFINITY, INFINITY, 0, 0}, {0x1p60, 0x1p60, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 0, .slope_ulps = 0,
                                      .flags = UNARY_NO_CURVE | UNARY_NAN_HAS_SLOPE};
    return unary_main(&test, &check, NULL, 0);
}
