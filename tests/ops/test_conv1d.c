#include "support/conv_check.h"

OP_CONV(conv1d)

static const op_case cases[] = {
    CASE("plain", IN(2, 3, 7), IN(4, 3, 3), IN(4)),
    CASE("without a bias", IN(2, 2, 7), IN(3, 2, 3)),
    CASE("of single entries", IN(2, 3, 7), IN(2, 3, 1), IN(2)),
    CASE_WITH(CONV(.padding = {1}), "padded", IN(2, 2, 7), IN(2, 2, 3), IN(2)),
    CASE_WITH(CONV(.stride = {2}, .padding = {1}), "with steps", IN(1, 2, 7), IN(2, 2, 3), IN(2)),
    CASE_WITH(CONV(.dilation = {2}, .padding = {2}), "dilated", IN(1, 2, 7), IN(2, 2, 3), IN(2)),
    CASE_WITH(CONV(.groups = 2, .padding = {1}, .padding_end = {DL_OFF}), "groups", IN(1, 4, 7),
              IN(6, 2, 3), IN(6)),
    CASE_WITH(CONV(.groups = 3), "depthwise", IN(2, 3, 7), IN(3, 1, 3), IN(3)),
    CASE_WITH(CONV(.groups = 2), "depthwise with two outputs each", IN(1, 2, 7), IN(4, 1, 3),
              IN(4)),
    CASE("no examples", IN(0, 2, 7), IN(3, 2, 3), IN(3)),
    CASE("no channels", IN(2, 0, 7), IN(2, 0, 3), IN(2)),
    CASE("no outputs", IN(1, 2, 7), IN(0, 2, 3), IN(0)),
    CASE_WITH(CONV(.padding = {1}, .mode = DL_PAD_REFLECT), "padded, reflect", IN(1, 2, 7),
              IN(2, 2, 3), IN(2)),
    CASE_WITH(CONV(.padding = {1}, .mode = DL_PAD_REPLICATE), "padded, replicate", IN(1, 2, 7),
              IN(2, 2, 3), IN(2)),
    CASE_WITH(CONV(.padding = {1}, .mode = DL_PAD_CIRCULAR), "padded, circular", IN(1, 2, 7),
              IN(2, 2, 3), IN(2)),
    CASE_WITH(CONV(.same = 1, .stride = {2}), "same", IN(1, 2, 7), IN(2, 2, 3), IN(2)),
    LARGE_CASE_WITH(CONV(.padding = {1}), "large", IN(6, 20, 300), IN(24, 20, 3), IN(24)),
    LARGE_CASE_WITH(CONV(.groups = 20, .padding = {1}), "large and depthwise", IN(6, 20, 300),
                    IN(20, 1, 3), IN(20)),
};
/* f32: a gradient of the large case has 1,800 terms, summed in some order. */
static const op_test test = {"conv1d", call_conv1d, OP_CASES(cases), .f32 = 4e-6};

int main(void)
{
    static const conv_pair pair = {"conv1d", 1, 0, dl_conv1d, dl_conv_transpose1d};
    return conv_main(&test, &pair);
}
