#include "support/unary_check.h"

UNARY_TEST(hardswish, dl_hardswish(x), -2, 2)

static const unary_fact facts[] = {
    {-3, 0, 0, 0},        {0, 0, 0.5, 1.0 / 3}, {3, 3, 1, 0}, {INFINITY, INFINITY, 1, 0},
    {-INFINITY, 0, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 2.5, .slope_ulps = 2.5};
    return unary_main(&test, &check, NULL, 0);
}
