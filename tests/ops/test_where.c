#include <math.h>
#include "support/op_check.h"

static dl_tensor *where(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_where(in[0], in[1], in[2]);
}

#define COND(...) INDEX(DL_BOOL, 2, __VA_ARGS__)
static const op_case cases[] = {
    CASE("matrices", COND(3, 4), IN(3, 4), IN(3, 4)),
    CASE("all three broadcast", COND(3, 1, 1), IN(2, 1), IN(4)),
    CASE("a condition alone is large", COND(3, 4), IN_SCALAR(-2, 2), IN_SCALAR(-1, 1)),
    CASE("one side fixed", COND(4), FIXED(3, 4), IN(4)),
    CASE("nothing", COND(0, 4), IN(0, 4), IN(4)),
    LARGE_CASE("many", COND(3, 70001), IN(3, 70001), IN(70001)),
};
static const op_test test = {"where", where, OP_CASES(cases),
                             .flags = OP_ANY_DTYPE | OP_KEEPS_LAYOUT};

static void where_moves_elements_of_every_type(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *cond = make_tensor(ctx, DL_BOOL, DL_SHAPE(2, 2), 1, 0, 0, 1);
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *a = with_layout(make_tensor(ctx, dt, DL_SHAPE(2, 2), 1, 1, 1, 1), layout);
            dl_tensor *b = with_layout(make_tensor(ctx, dt, DL_SHAPE(2, 2), 0, 0, 0, 0), layout);
            dl_tensor *one = make_tensor(ctx, dt, DL_SHAPE(1), 1);
            assert_int_equal(dl_tensor_dtype(dl_where(cond, a, b)), dt);
            assert_values(dl_where(cond, a, b), 1, 0, 0, 1);
            assert_values(dl_where(cond, one, b), 1, 0, 0, 1);
            assert_values(dl_where(cond, b, one), 0, 1, 1, 0);
        }
}

static void where_lets_no_nan_out_of_the_side_not_chosen(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2), -1, 4);
    dl_tensor *zero = tensor_of(ctx, DL_F64, (const double[]){0}, NULL, 0);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_where(dl_gt(x, zero), x, dl_mul(x, zero));
    dl_backward(dl_sum(y, NULL, 0, 0));
    assert_values(y, -0.0, 4);
    assert_values(dl_grad(x), 0, 1);
}

static void where_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *cond = make_tensor(ctx, DL_BOOL, DL_SHAPE(2), 1, 0);
    dl_tensor *a = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 0);
    assert_null(dl_where(a, a, a));
    expect_error(ctx, DL_EDTYPE, "where: the condition is f32, it wants bool");
    assert_null(dl_where(cond, a, make_tensor(ctx, DL_I32, DL_SHAPE(2), 1, 0)));
    expect_error(ctx, DL_EDTYPE, "where: operands are f32 and i32, they want one element type");
    assert_null(dl_where(cond, a, make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, 0, 2)));
    expect_error(ctx, DL_ESHAPE, "where: shapes [2] and [3] do not broadcast");
    assert_null(dl_where(make_tensor(ctx, DL_BOOL, DL_SHAPE(3), 1, 0, 2), a, a));
    expect_error(ctx, DL_ESHAPE, "where: shapes [2] and [3] do not broadcast");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(where_moves_elements_of_every_type),
        with_ctx(where_lets_no_nan_out_of_the_side_not_chosen),
        with_ctx(where_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
