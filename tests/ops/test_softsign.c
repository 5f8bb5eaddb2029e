#include "support/unary_check.h"

UNARY_TEST(softsign, dl_softsign(x), 0.5, 3)

static const unary_fact facts[] = {
    {0, 0, 1, 0},        {1, 0.5, 0.25, -0.25}, {-1, -0.5, 0.25, 0.25},
    {INFINITY, 1, 0, 0}, {-INFINITY, -1, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 1.5, .slope_ulps = 2};
    return unary_main(&test, &check, NULL, 0);
}
