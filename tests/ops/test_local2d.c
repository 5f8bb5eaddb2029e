#include "support/local_check.h"

OP_CONV(local2d)

static const op_case cases[] = {
    CASE("plain", IN(2, 2, 3, 4), IN(3, 2, 2, 2, 2, 3), IN(3, 2, 3)),
    CASE("without a bias", IN(2, 1, 3, 3), IN(2, 1, 2, 3, 2, 1)),
    CASE_WITH(CONV(.stride = {2}, .padding = {1}, .dilation = {1, 2}), "with steps", IN(1, 2, 4, 5),
              IN(2, 2, 3, 2, 2, 3), IN(2, 2, 3)),
    CASE_WITH(CONV(.padding = {1}, .mode = DL_PAD_REFLECT), "reflected", IN(1, 1, 2, 2),
              IN(2, 1, 3, 3, 2, 2)),
    CASE("no examples", IN(0, 2, 3, 3), IN(3, 2, 3, 3, 1, 1), IN(3, 1, 1)),
    CASE("no outputs", IN(1, 2, 3, 3), IN(0, 2, 3, 3, 1, 1), IN(0, 1, 1)),
    LARGE_CASE_WITH(CONV(.padding = {1}), "many", IN(5, 8, 12, 13), IN(9, 8, 3, 3, 12, 13)),
};
static const op_test test = {"local2d", call_local2d, OP_CASES(cases), .flags = 0};

int main(void)
{
    static const local_pair pair = {"local2d", 2, dl_local2d, dl_conv2d};
    return local_main(&test, &pair);
}
