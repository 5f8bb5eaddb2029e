#include <math.h>
#include "support/over.h"

OP_OVER(logsumexp)

static const op_case cases[] = {
    OVER_CASES(-2.0, 2.0),
    CASE_WITH((&(over){0}), "a scalar", IN_SCALAR(-2, 2)),
};
static const op_test test = {"logsumexp", call_logsumexp, OP_CASES(cases), .flags = 0};

static void logsumexp_does_not_overflow(void **state)
{
    dl_ctx *ctx = *state;
    const double wanted[] = {1000 + 0.69314718055994530942, -1000 + 0.69314718055994530942};
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 1000, 1000, -1000, -1000);
    assert_close(dl_logsumexp(x, (int32_t[]){1}, 1, 0), wanted, 2, 1e-15);
    expect_ok(ctx);
}

static void logsumexp_of_infinities_and_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(4, 2), -INFINITY, -INFINITY, 1, INFINITY, NAN,
                               2, -INFINITY, 3);
    assert_values(dl_logsumexp(x, (int32_t[]){1}, 1, 0), -INFINITY, INFINITY, NAN, 3);
    dl_tensor *none = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    assert_values(dl_logsumexp(none, (int32_t[]){1}, 1, 0), -INFINITY, -INFINITY);
    dl_grad_track(x, 1);
    dl_backward(dl_sum(dl_logsumexp(x, (int32_t[]){1}, 1, 0), NULL, 0, 0));
    assert_values(dl_grad(x), 0, 0, 0, NAN, NAN, NAN, 0, 1);
    expect_ok(ctx);
}

static void logsumexp_refuses_axes_that_are_not_there(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_logsumexp(x, (int32_t[]){1}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "logsumexp: axis is 1, wanted -1 to 0");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(logsumexp_does_not_overflow),
        with_ctx(logsumexp_of_infinities_and_nan),
        with_ctx(logsumexp_refuses_axes_that_are_not_there),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
