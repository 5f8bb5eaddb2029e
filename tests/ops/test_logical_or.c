#include "support/op_check.h"

OP_BINARY(logical_or)

#define FLAGS(...) INDEX(DL_BOOL, 2, __VA_ARGS__)
static const op_case cases[] = {
    CASE("matrices", FLAGS(3, 4), FLAGS(3, 4)),
    CASE("a row for each column", FLAGS(3, 1), FLAGS(1, 4)),
    CASE("nothing", FLAGS(0, 4), FLAGS(4)),
    LARGE_CASE("many", FLAGS(3, 70001), FLAGS(70001)),
};
static const op_test test = {"logical_or", call_logical_or, OP_CASES(cases),
                             .flags = OP_NO_GRADIENT | OP_ANY_DTYPE | OP_KEEPS_LAYOUT};

static void logical_or_is_true_to_its_name(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t bytes[] = {0, 4};
    dl_tensor *a = make_tensor(ctx, DL_BOOL, DL_SHAPE(2, 1), 0, 1);
    dl_tensor *b = dl_tensor_wrap(ctx, DL_BOOL, bytes, (int64_t[]){2}, NULL, 1, NULL, NULL);
    assert_values(dl_logical_or(a, b), 0, 1, 1, 1);
    dl_tensor_drop(b);
}

static void logical_or_wants_bool(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_BOOL, DL_SHAPE(2), 0, 1);
    assert_null(dl_logical_or(a, make_tensor(ctx, DL_U8, DL_SHAPE(2), 0, 1)));
    expect_error(ctx, DL_EDTYPE, "logical_or: operand 1 is u8, it wants bool");
    assert_null(dl_logical_or(a, make_tensor(ctx, DL_BOOL, DL_SHAPE(3), 0, 1, 1)));
    expect_error(ctx, DL_ESHAPE, "logical_or: shapes [2] and [3] do not broadcast");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(logical_or_is_true_to_its_name),
        with_ctx(logical_or_wants_bool),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
