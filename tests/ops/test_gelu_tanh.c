#include "support/unary_check.h"

UNARY_TEST(gelu_tanh, dl_gelu_tanh(x), -3, 3)

static const unary_fact facts[] = {
    {0, 0, 0.5, 0.7978845608028654},
    {INFINITY, INFINITY, 1, 0},
    {-INFINITY, 0, 0, 0},
    {1, 0.8411919906082768, 1.0829640838457826, 0.24214819798377288},
};

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts), .ulps = 40,
                                      .slope_ulps = 2, .low = -5,           .high = 13};
    return unary_main(&test, &check, NULL, 0);
}
