#include "support/unary_check.h"

UNARY_TEST(logsigmoid, dl_logsigmoid(x), -3, 3)

static const unary_fact facts[] = {
    {0, -0.6931471805599453, 0.5, -0.25},
    {INFINITY, 0, 0, 0},
    {-INFINITY, -INFINITY, 1, 0},
    {-1000, -1000, 1, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 2.5, .slope_ulps = 2};
    return unary_main(&test, &check, NULL, 0);
}
