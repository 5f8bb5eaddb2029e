#include "support/op_check.h"

OP_UNARY(logical_not)

static const op_case cases[] = {
    CASE("a matrix", INDEX(DL_BOOL, 2, 3, 4)),
    CASE("nothing", INDEX(DL_BOOL, 2, 0, 4)),
    LARGE_CASE("many", INDEX(DL_BOOL, 2, 3, 70001)),
};
static const op_test test = {"logical_not", call_logical_not, OP_CASES(cases),
                             .flags = OP_NO_GRADIENT | OP_ANY_DTYPE | OP_KEEPS_LAYOUT};

static void logical_not_turns_flags_around(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t bytes[] = {0, 4, 1};
    dl_tensor *x = dl_tensor_wrap(ctx, DL_BOOL, bytes, (int64_t[]){3}, NULL, 1, NULL, NULL);
    assert_values(dl_logical_not(x), 1, 0, 0);
    dl_tensor_drop(x);
}

static void logical_not_wants_bool(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_logical_not(make_tensor(ctx, DL_F32, DL_SHAPE(2), 0, 1)));
    expect_error(ctx, DL_EDTYPE, "logical_not: operand 0 is f32, it wants bool");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(logical_not_turns_flags_around),
        with_ctx(logical_not_wants_bool),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
