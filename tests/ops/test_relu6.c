#include "support/unary_check.h"

UNARY_TEST(relu6, dl_relu6(x), 1, 5)

static const unary_fact facts[] = {
    {-1, 0, 0, 0}, {0, 0, 0, 0},        {3, 3, 1, 0},         {6, 6, 0, 0},
    {7, 6, 0, 0},  {INFINITY, 6, 0, 0}, {-INFINITY, 0, 0, 0},
};

int main(void)
{
    static const unary_check check = {facts, UNARY_LENGTH(facts), .ulps = 0, .slope_ulps = 0,
                                      .flags = UNARY_NO_CURVE | UNARY_NAN_HAS_SLOPE};
    return unary_main(&test, &check, NULL, 0);
}
