#include "support/op_check.h"

static dl_tensor *stack(dl_tensor *const *in, int32_t n, void *user)
{
    return dl_stack(in, n, *(const int32_t *)user);
}

static int32_t first = 0, second = 1, last = -1;
static const op_case cases[] = {
    CASE_WITH(&first, "rows", IN(3), IN(3), IN(3)),
    CASE_WITH(&last, "columns", IN(3), IN(3)),
    CASE_WITH(&second, "matrices", IN(2, 3), FIXED(2, 3), IN(2, 3)),
    CASE_WITH(&first, "scalars", IN_SCALAR(-2, 2), IN_SCALAR(-1, 1)),
    CASE_WITH(&second, "one", IN(2, 3)),
    CASE_WITH(&first, "nothing", IN(0, 3), IN(0, 3)),
    LARGE_CASE_WITH(&second, "many", IN(301, 70), IN(301, 70)),
};
static const op_test test = {"stack", stack, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void stack_takes_any_number(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *in[100];
    for (int32_t i = 0; i < 100; i++)
        in[i] = make_tensor(ctx, DL_I64, DL_SHAPE(2), i, -i);
    dl_tensor *y = dl_stack(in, 100, 1);
    assert_shape(y, 2, 100);
    assert_values(dl_slice(y, 1, 97, 100, 1), 97, 98, 99, -97, -98, -99);
}

static void stack_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_tensor *b = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 1));
    dl_tensor *full = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 1, 1, 1, 1, 1, 1));
    assert_null(dl_stack((dl_tensor *[]){a, b}, 2, 0));
    expect_error(ctx, DL_ESHAPE,
                 "stack: input 0 is [2, 3] and input 1 is [2, 1], wanted one shape");
    assert_null(dl_stack((dl_tensor *[]){a, a}, 2, 3));
    expect_error(ctx, DL_ESHAPE, "stack: axis is 3, wanted -3 to 2");
    assert_null(dl_stack(&full, 1, 0));
    expect_error(ctx, DL_ELIMIT, "stack: input 0 has 8 axes, there is no room for another");
    assert_null(dl_stack((dl_tensor *[]){a, NULL}, 2, 0));
    assert_null(dl_stack(&a, 0, 0));
    assert_null(dl_stack(NULL, 1, 0));
    expect_ok(ctx);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(stack_takes_any_number),
        with_ctx(stack_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
