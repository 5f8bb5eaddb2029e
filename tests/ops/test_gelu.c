#include "support/unary_check.h"

UNARY_TEST(gelu, dl_gelu(x), -3, 3)

static const unary_fact facts[] = {
    {0, 0, 0.5, 0.7978845608028654},
    {INFINITY, INFINITY, 1, 0},
    {-INFINITY, 0, 0, 0},
    {1, 0.8413447460685429, 1.0833154705876864, 0.24197072451914337},
    {-5, -1.4332578593959731e-06, -7.146946001792295e-06, -3.419454883888885e-05},
};

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts), .ulps = 6,
                                      .slope_ulps = 2, .low = -13,          .high = 13};
    return unary_main(&test, &check, NULL, 0);
}
