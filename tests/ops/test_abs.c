#include "support/unary_check.h"

UNARY_TEST(abs, dl_abs(x), 0.5, 2)

static const unary_fact facts[] = {
    {-2, 2, -1, 0},
    {0, 0, 0, 0},
    {3, 3, 1, 0},
    {-INFINITY, INFINITY, -1, 0},
    {INFINITY, INFINITY, 1, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 0, .slope_ulps = 0,
                                      .flags = UNARY_NO_CURVE};
    return unary_main(&test, &check, NULL, 0);
}
