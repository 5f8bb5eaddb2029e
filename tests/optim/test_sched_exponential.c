#include "support/sched_run.h"
#include <math.h>

static dl_sched *make(dl_ctx *ctx)
{
    return dl_sched_exponential(ctx, 0.93);
}

static void exponential_schedule_is_that_of_pytorch(void **state)
{
    dl_sched *s = make(*state);
    check_factors("exponential", s);
    assert_true(dl_sched_factor(s, INT64_MAX) == 0);
    dl_sched_drop(s);
}

static void exponential_schedule_refuses_what_is_out_of_range(void **state)
{
    static const double bad[] = {0, -0.5, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        assert_null(dl_sched_exponential(*state, bad[i]));
        expect_error(*state, DL_EINVAL, "sched_exponential: factor is");
    }
}

static void exponential_schedule_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(exponential_schedule_is_that_of_pytorch),
        with_ctx(exponential_schedule_refuses_what_is_out_of_range),
        with_ctx(exponential_schedule_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
