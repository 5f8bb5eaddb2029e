#include "support/unary_check.h"

UNARY_TEST(cos, dl_cos(x), -3, 3)

static const unary_fact facts[] = {
    {0, 1, 0, -1},
    {INFINITY, NAN, NAN, NAN},
    {-INFINITY, NAN, NAN, NAN},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 1, .slope_ulps = 1};
    return unary_main(&test, &check, NULL, 0);
}
