#include "support/unary_check.h"

UNARY_TEST(silu, dl_silu(x), -3, 3)

static const unary_fact facts[] = {
    {0, 0, 0.5, 0.5},
    {1, 0.7310585786300049, 0.9276705118714867, 0.3023661188100153},
    {INFINITY, INFINITY, 1, 0},
    {-INFINITY, 0, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts), .ulps = 2.5,
                                      .slope_ulps = 2, .low = -20,          .high = 20};
    return unary_main(&test, &check, NULL, 0);
}
