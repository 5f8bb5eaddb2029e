#include <math.h>
#include "support/op_check.h"

static dl_tensor *call_add_scalar(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_add_scalar(in[0], -1.75);
}

static const op_case cases[] = {
    CASE("a matrix", IN(3, 4)), CASE("a scalar", IN_SCALAR(-2, 2)),
    CASE("one element", IN(1)), CASE("five axes", IN(2, 1, 3, 2, 2)),
    CASE("nothing", IN(0, 4)),  LARGE_CASE("many", IN(3, 70001)),
};
static const op_test test = {"add_scalar", call_add_scalar, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT};

static void add_scalar_adds_exactly(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, 2.5, NAN);
    assert_values(dl_add_scalar(x, -2.5), -1.5, 0, NAN);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(add_scalar_adds_exactly),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
