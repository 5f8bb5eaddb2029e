#include "support/unary_check.h"

UNARY_TEST(selu, dl_selu(x), -2, -0.2)

static const unary_fact facts[] = {
    {1, 1.0507009873554805, 1.0507009873554805, 0},
    {0, 0, 1.7580993408473766, 1.7580993408473766},
    {INFINITY, INFINITY, 1.0507009873554805, 0},
    {-INFINITY, -1.7580993408473766, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 2.5, .slope_ulps = 2.5};
    return unary_main(&test, &check, NULL, 0);
}
