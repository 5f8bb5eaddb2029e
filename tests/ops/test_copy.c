#include "support/op_check.h"

OP_UNARY(copy)

static const op_case cases[] = {
    CASE("a matrix", IN(3, 4)),         CASE("three axes", IN(2, 3, 4)),
    CASE("a scalar", IN_SCALAR(-2, 2)), CASE("nothing", IN(0, 4)),
    LARGE_CASE("many", IN(300, 400)),
};
static const op_test test = {"copy", call_copy, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT | OP_ANY_DTYPE};

static void copy_has_memory_of_its_own(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *x = with_layout(random_tensor(ctx, dt, 7, DL_SHAPE(2, 3, 4)), layout);
            dl_tensor *old = random_tensor(ctx, dt, 7, DL_SHAPE(2, 3, 4)), *y = dl_copy(x);
            dl_tensor_fill(x, 1);
            assert_same_bits(y, old);
        }
    expect_ok(ctx);
}

int main(void)
{
    static const struct CMUnitTest more[] = {with_ctx(copy_has_memory_of_its_own)};
    return op_main(&test, more, OP_LENGTH(more));
}
