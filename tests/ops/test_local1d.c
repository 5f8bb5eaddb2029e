#include "support/local_check.h"

OP_CONV(local1d)

static const op_case cases[] = {
    CASE("plain", IN(2, 3, 5), IN(4, 3, 3, 3), IN(4, 3)),
    CASE("without a bias", IN(2, 2, 5), IN(3, 2, 2, 4)),
    CASE_WITH(CONV(.stride = {2}, .padding = {1}), "with steps", IN(1, 2, 6), IN(2, 2, 3, 3),
              IN(2, 3)),
    CASE_WITH(CONV(.same = 1, .mode = DL_PAD_CIRCULAR), "same", IN(1, 2, 3), IN(2, 2, 2, 3)),
    CASE("no examples", IN(0, 2, 5), IN(3, 2, 3, 3), IN(3, 3)),
    CASE("no channels", IN(2, 0, 5), IN(3, 0, 3, 3), IN(3, 3)),
    LARGE_CASE("many", IN(9, 20, 62), IN(24, 20, 3, 60), IN(24, 60)),
};
static const op_test test = {"local1d", call_local1d, OP_CASES(cases), .flags = 0};

int main(void)
{
    static const local_pair pair = {"local1d", 1, dl_local1d, dl_conv1d};
    return local_main(&test, &pair);
}
