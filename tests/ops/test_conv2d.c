#include "support/conv_check.h"

OP_CONV(conv2d)

static const op_case cases[] = {
    CASE("plain", IN(2, 3, 5, 6), IN(4, 3, 3, 2), IN(4)),
    CASE("without a bias", IN(2, 2, 5, 6), IN(3, 2, 3, 2)),
    CASE("of single entries", IN(2, 3, 5, 6), IN(2, 3, 1, 1), IN(2)),
    CASE_WITH(CONV(.padding = {1}), "padded", IN(2, 2, 5, 6), IN(2, 2, 3, 2), IN(2)),
    CASE_WITH(CONV(.stride = {2}, .padding = {1}), "with steps", IN(1, 2, 5, 6), IN(2, 2, 3, 2),
              IN(2)),
    CASE_WITH(CONV(.dilation = {2}, .padding = {2}), "dilated", IN(1, 2, 5, 6), IN(2, 2, 3, 2),
              IN(2)),
    CASE_WITH(CONV(.groups = 2, .padding = {1}, .padding_end = {DL_OFF}), "groups", IN(1, 4, 5, 6),
              IN(6, 2, 3, 2), IN(6)),
    CASE_WITH(CONV(.groups = 3), "depthwise", IN(2, 3, 5, 6), IN(3, 1, 3, 2), IN(3)),
    CASE_WITH(CONV(.groups = 2), "depthwise with two outputs each", IN(1, 2, 5, 6), IN(4, 1, 3, 2),
              IN(4)),
    CASE("no examples", IN(0, 2, 5, 6), IN(3, 2, 3, 2), IN(3)),
    CASE("no channels", IN(2, 0, 5, 6), IN(2, 0, 3, 2), IN(2)),
    CASE("no outputs", IN(1, 2, 5, 6), IN(0, 2, 3, 2), IN(0)),
    CASE_WITH(CONV(.padding = {1}, .mode = DL_PAD_REFLECT), "padded, reflect", IN(1, 2, 5, 6),
              IN(2, 2, 3, 2), IN(2)),
    CASE_WITH(CONV(.padding = {1}, .mode = DL_PAD_REPLICATE), "padded, replicate", IN(1, 2, 5, 6),
              IN(2, 2, 3, 2), IN(2)),
    CASE_WITH(CONV(.padding = {1}, .mode = DL_PAD_CIRCULAR), "padded, circular", IN(1, 2, 5, 6),
              IN(2, 2, 3, 2), IN(2)),
    CASE_WITH(CONV(.same = 1, .stride = {2}), "same", IN(1, 2, 5, 6), IN(2, 2, 3, 2), IN(2)),
    LARGE_CASE_WITH(CONV(.padding = {1}), "large", IN(6, 20, 20, 21), IN(24, 20, 3, 3), IN(24)),
    LARGE_CASE_WITH(CONV(.groups = 20, .padding = {1}), "large and depthwise", IN(6, 20, 20, 21),
                    IN(20, 1, 3, 3), IN(20)),
};
static const op_test test = {"conv2d", call_conv2d, OP_CASES(cases), .flags = 0};

int main(void)
{
    static const conv_pair pair = {"conv2d", 2, 0, dl_conv2d, dl_conv_transpose2d};
    return conv_main(&test, &pair);
}
