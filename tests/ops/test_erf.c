#include "support/unary_check.h"

UNARY_TEST(erf, dl_erf(x), -2, 2)

static const unary_fact facts[] = {
    {0, 0, 1.1283791670955126, 0},
    {1, 0.8427007929497149, 0.4151074974205947, -0.8302149948411894},
    {INFINITY, 1, 0, 0},
    {-INFINITY, -1, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 1, .slope_ulps = 2};
    return unary_main(&test, &check, NULL, 0);
}
