#include "support/op_check.h"

OP_BINARY(sub)

static const op_case cases[] = {
    CASE("matrices", IN(3, 4), IN(3, 4)),
    CASE("a row on the right", IN(3, 4), IN(4)),
    CASE("a column on the left", IN(3, 1), IN(2, 3, 2)),
    CASE("both stretched", IN(2, 1, 3), IN(4, 1)),
    CASE("a scalar on the right", IN(5), IN_SCALAR(-2, 2)),
    CASE("scalars", IN_SCALAR(-2, 2), IN_SCALAR(-2, 2)),
    CASE("four axes", IN(2, 3, 1, 2), IN(2, 3, 2, 2)),
    CASE("nothing", IN(0, 3), IN(3)),
    CASE("nothing on both sides", IN(2, 0), IN(2, 0)),
    LARGE_CASE("many", IN(70, 1, 900), IN(70, 3, 900)),
};
static const op_test test = {"sub", call_sub, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void sub_of_shapes_that_do_not_broadcast_names_both(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F64, 1, DL_SHAPE(3, 2));
    dl_tensor *b = random_tensor(ctx, DL_F64, 2, DL_SHAPE(3));
    assert_null(dl_sub(a, b));
    expect_error(ctx, DL_ESHAPE, "sub: shapes [3, 2] and [3] do not broadcast");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(sub_of_shapes_that_do_not_broadcast_names_both),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
