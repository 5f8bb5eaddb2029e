#include <math.h>
#include "support/op_check.h"

static dl_tensor *call_glu(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_glu(in[0], user ? *(const int32_t *)user : -1);
}

static int32_t first = 0, second = 1;
static const op_case cases[] = {
    CASE("the last axis", IN(3, 4)),
    CASE_WITH(&first, "the first axis", IN(4, 3)),
    CASE_WITH(&second, "channels", IN(2, 6, 2, 2)),
    CASE("a vector", IN(2)),
    CASE("no rows", IN(0, 4)),
    CASE("no columns", IN(3, 0)),
    LARGE_CASE("many", IN(3, 70002)),
};
static const op_test test = {"glu", call_glu, OP_CASES(cases), .flags = 0};

static void glu_gates_the_first_half_with_the_second(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 4), 1, 2, 0, -1000, 3, NAN, 1000, 0);
    assert_values(dl_glu(x, 1), 0.5, 0, 3, NAN);
    const double want[] = {1 / (1 + exp(-3)), NAN, 0, -500};
    assert_close(dl_glu(x, -2), want, 4, 1e-15);
}

static void glu_refuses_what_has_no_halves(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_glu(x, 1));
    expect_error(ctx, DL_ESHAPE, "glu: axis 1 of [2, 3] has an odd size, it wants two halves");
    assert_null(dl_glu(x, 2));
    expect_error(ctx, DL_ESHAPE, "glu: axis is 2, wanted -2 to 1");
    assert_null(dl_glu(dl_select(dl_select(x, 0, 0), 0, 0), 0));
    expect_error(ctx, DL_ESHAPE, "glu: axis is 0, but there are no axes");
    assert_null(dl_glu(random_tensor(ctx, DL_I32, 1, DL_SHAPE(2)), 0));
    expect_error(ctx, DL_EDTYPE, "glu: operand 0 is i32, it wants f32 or f64");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(glu_gates_the_first_half_with_the_second),
        with_ctx(glu_refuses_what_has_no_halves),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
