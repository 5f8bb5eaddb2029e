#include "support/unary_check.h"

UNARY_TEST(softplus, dl_softplus(x, 2, 3), -1, 1.4)

static const unary_fact facts[] = {
    {0, 0.34657359027997264, 0.5, 0.5},
    {INFINITY, INFINITY, 1, 0},
    {-INFINITY, 0, 0, 0},
    {1.5, 1.524293675786871, 0.9525741268224334, 0.09035331946182427},
    {1.75, 1.75, 1, 0},
};

int main(void)
{
    static const unary_check check = {facts,           UNARY_LENGTH(facts), .ulps = 3,
                                      .slope_ulps = 2, .low = -20,          .high = 1.4};
    return unary_main(&test, &check, NULL, 0);
}
