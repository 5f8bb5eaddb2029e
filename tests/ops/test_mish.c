#include "support/unary_check.h"

UNARY_TEST(mish, dl_mish(x), -3, 3)

static const unary_fact facts[] = {
    {0, 0, 0.6, 0.64},
    {1, 0.8650983882673103, 1.0490362200997922, 0.18468576447332832},
    {INFINITY, INFINITY, 1, 0},
    {-INFINITY, 0, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts), .ulps = 4,
                                      .slope_ulps = 2, .low = -20,          .high = 20};
    return unary_main(&test, &check, NULL, 0);
}
