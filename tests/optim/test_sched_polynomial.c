#include "support/sched_run.h"
#include <math.h>

static dl_sched *make(dl_ctx *ctx)
{
    return dl_sched_polynomial(ctx, 30, 1.7, 0);
}

static void polynomial_schedule_is_that_of_pytorch(void **state)
{
    dl_sched *s = make(*state);
    check_factors("polynomial", s);
    dl_sched_drop(s);
}

static void polynomial_schedule_falls_to_its_floor(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = dl_sched_polynomial(ctx, 4, 1, 0.5);
    static const double wanted[] = {1, 0.875, 0.75, 0.625, 0.5, 0.5};
    for (int i = 0; i < 6; i++)
        assert_true(dl_sched_factor(s, i) == wanted[i]);
    dl_sched_drop(s);
    s = dl_sched_polynomial(ctx, INT64_MAX, 2, 0);
    assert_true(dl_sched_factor(s, 0) == 1 && dl_sched_factor(s, INT64_MAX) == 0);
    dl_sched_drop(s);
}

static void polynomial_schedule_refuses_what_is_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_sched_polynomial(ctx, 0, 1, 0));
    expect_error(ctx, DL_EINVAL, "sched_polynomial: steps is 0, power 1, floor 0; wanted");
    static const double power[] = {0, -1, NAN, INFINITY}, bottom[] = {-0.5, 1.5, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        assert_null(dl_sched_polynomial(ctx, 5, power[i], 0));
        expect_error(ctx, DL_EINVAL, "a finite power above 0");
        assert_null(dl_sched_polynomial(ctx, 5, 1, bottom[i]));
        expect_error(ctx, DL_EINVAL, "a floor in [0, 1]");
    }
}

static void polynomial_schedule_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(polynomial_schedule_is_that_of_pytorch),
        with_ctx(polynomial_schedule_falls_to_its_floor),
        with_ctx(polynomial_schedule_refuses_what_is_out_of_range),
        with_ctx(polynomial_schedule_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
