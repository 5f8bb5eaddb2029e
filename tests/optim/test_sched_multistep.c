#include "support/sched_run.h"
#include <math.h>

static dl_sched *make(dl_ctx *ctx)
{
    return dl_sched_multistep(ctx, (const int64_t[]){3, 8, 8, 21}, 4, 0.3);
}

static void multistep_schedule_is_that_of_pytorch(void **state)
{
    dl_sched *s = make(*state);
    check_factors("multistep", s);
    dl_sched_drop(s);
}

static void multistep_schedule_works_at_its_bounds(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = dl_sched_multistep(ctx, NULL, 0, 0.5);
    assert_true(dl_sched_factor(s, 0) == 1 && dl_sched_factor(s, INT64_MAX) == 1);
    dl_sched_drop(s);
    int64_t at[] = {0, INT64_MAX};
    s = dl_sched_multistep(ctx, at, 2, 0.5);
    at[0] = 5; /* copied */
    assert_true(dl_sched_factor(s, 0) == 0.5 && dl_sched_factor(s, INT64_MAX - 1) == 0.5);
    assert_true(dl_sched_factor(s, INT64_MAX) == 0.25);
    dl_sched_drop(s);
}

static void multistep_schedule_refuses_what_is_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_sched_multistep(ctx, (const int64_t[]){3, 2}, 2, 0.5));
    expect_error(ctx, DL_EINVAL, "sched_multistep: at[1] is 2, wanted at least 3");
    assert_null(dl_sched_multistep(ctx, (const int64_t[]){-1}, 1, 0.5));
    expect_error(ctx, DL_EINVAL, "at[0] is -1, wanted at least 0");
    assert_null(dl_sched_multistep(ctx, (const int64_t[]){1}, -1, 0.5));
    expect_error(ctx, DL_EINVAL, "-1 steps and factor 0.5");
    assert_null(dl_sched_multistep(ctx, NULL, 2, 0.5));
    expect_error(ctx, DL_EINVAL, "2 steps at NULL");
    static const double bad[] = {0, -0.5, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        assert_null(dl_sched_multistep(ctx, NULL, 0, bad[i]));
        expect_error(ctx, DL_EINVAL, "a finite number above 0");
    }
}

static void multistep_schedule_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(multistep_schedule_is_that_of_pytorch),
        with_ctx(multistep_schedule_works_at_its_bounds),
        with_ctx(multistep_schedule_refuses_what_is_out_of_range),
        with_ctx(multistep_schedule_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
