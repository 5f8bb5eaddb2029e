#include <math.h>
#include "support/op_check.h"

OP_BINARY(maximum)

static const op_case cases[] = {
    CASE("matrices", IN(3, 4), IN_RANGE(-1.9, 2.1, 3, 4)),
    CASE("a row for each column", IN(3, 1), IN(1, 4)),
    CASE("a scalar", IN(2, 5), IN_SCALAR(-1, 2)),
    CASE("nothing", IN(0, 4), IN(4)),
    LARGE_CASE("many", IN(3, 70001), IN(3, 70001)),
};
static const op_test test = {"maximum", call_maximum, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void maximum_lets_nan_win(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *a = make_tensor(ctx, dt, DL_SHAPE(5), 1, 3, NAN, 1, -INFINITY);
        dl_tensor *b = make_tensor(ctx, dt, DL_SHAPE(5), 2, -3, 1, NAN, INFINITY);
        assert_values(dl_maximum(a, b), 2, 3, NAN, NAN, INFINITY);
    }
}

static void maximum_shares_the_gradient_of_equals(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F32, DL_SHAPE(4), 1, 2, -3, 5);
    dl_tensor *b = make_tensor(ctx, DL_F32, DL_SHAPE(4), 2, 2, -2, -5);
    dl_grad_track(a, 1);
    dl_grad_track(b, 1);
    dl_backward(dl_sum(dl_maximum(a, b), NULL, 0, 0));
    expect_ok(ctx);
    assert_values(dl_grad(a), 0, 0.5, 0, 1);
    assert_values(dl_grad(b), 1, 0.5, 1, 0);
}

static void maximum_gives_both_the_gradient_where_one_is_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F64, DL_SHAPE(2), NAN, 1);
    dl_tensor *b = make_tensor(ctx, DL_F64, DL_SHAPE(2), 1, NAN);
    dl_grad_track(a, 1);
    dl_grad_track(b, 1);
    dl_backward(dl_sum(dl_maximum(a, b), NULL, 0, 0));
    assert_values(dl_grad(a), 1, 1);
    assert_values(dl_grad(b), 1, 1);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(maximum_lets_nan_win),
        with_ctx(maximum_shares_the_gradient_of_equals),
        with_ctx(maximum_gives_both_the_gradient_where_one_is_nan),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
