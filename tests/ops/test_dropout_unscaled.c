#include "support/op_check.h"

static dl_tensor *call_unscaled(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_dropout_unscaled(in[0], 0.3);
}

static const op_case cases[] = {
    CASE("a matrix", IN(3, 4)),           CASE("a scalar", IN_SCALAR(-2, 2)),
    CASE("five axes", IN(2, 1, 3, 2, 2)), CASE("nothing", IN(0, 4)),
    LARGE_CASE("many", IN(3, 70001)),
};
static const op_test test = {"dropout", call_unscaled, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT,
                             .record = "dropout_unscaled"};

int main(void)
{
    return op_main(&test, NULL, 0);
}
