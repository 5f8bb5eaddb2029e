#include <math.h>
#include "support/op_check.h"

static dl_tensor *call_soft_threshold(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_soft_threshold(in[0], user ? *(const double *)user : 0.75);
}

static double zero = 0, endless = INFINITY;
static const op_case cases[] = {
    CASE("a matrix", IN(3, 4)),
    CASE("a scalar", IN_SCALAR(-2, 2)),
    CASE("one element", IN(1)),
    CASE("five axes", IN(2, 1, 3, 2, 2)),
    CASE("nothing", IN(0, 4)),
    CASE_WITH(&zero, "the identity", IN(3, 4)),
    CASE_WITH(&endless, "all zeros", IN(3, 4)),
    LARGE_CASE("many", IN(3, 70001)),
};
static const op_test test = {"soft_threshold", call_soft_threshold, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT};

static void what_is_within_the_threshold_is_exactly_0(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(8), 3, -3, 1, -1, 0.5, -0.0, -INFINITY, NAN);
    dl_tensor *dx;
    dl_grad_track(x, 1);
    dl_tensor *y = dl_soft_threshold(x, 1);
    assert_values(y, 2, -2, 0, 0, 0, 0, -INFINITY, NAN);
    y = dl_sum(y, NULL, 0, 0);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, 1, 1, 0, 0, 0, 0, 1, 1);
}

static void a_threshold_of_0_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 3, 0, -1e-300), *dx;
    dl_grad_track(x, 1);
    dl_tensor *y = dl_soft_threshold(x, 0);
    assert_values(y, 3, 0, -1e-300);
    y = dl_sum(y, NULL, 0, 0);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, 1, 1, 1);
}

static void soft_threshold_wants_a_threshold_of_0_or_more(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_soft_threshold(x, -1));
    expect_error(ctx, DL_EINVAL, "soft_threshold: t is -1, wanted at least 0");
    assert_null(dl_soft_threshold(x, NAN));
    expect_error(ctx, DL_EINVAL, "soft_threshold: t is nan");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(what_is_within_the_threshold_is_exactly_0),
        with_ctx(a_threshold_of_0_changes_nothing),
        with_ctx(soft_threshold_wants_a_threshold_of_0_or_more),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
