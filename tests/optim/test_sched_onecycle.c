#include "support/sched_run.h"
#include <math.h>

static dl_sched *make(dl_ctx *ctx)
{
    return dl_sched_onecycle(ctx, 40, NULL);
}

static void onecycle_schedule_is_that_of_pytorch(void **state)
{
    static const struct {
        const char *name;
        int64_t steps;
        dl_onecycle_opts o;
    } c[] = {
        {"onecycle", 40, {.div = 25}},
        {"onecycle_linear", 40, {.linear = 1, .pct_start = 0.4, .div = 10, .final_div = 50}},
        {"onecycle_three", 40, {.three_phase = 1}},
        {"onecycle_three_linear", 40, {.three_phase = 1, .linear = 1, .pct_start = 0.45, .div = 4}},
        {"onecycle_odd", 37, {.pct_start = 0.21}},
    };
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        dl_sched *s = dl_sched_onecycle(*state, c[i].steps, &c[i].o);
        check_factors(c[i].name, s);
        dl_sched_drop(s);
    }
}

static void onecycle_schedule_works_at_its_bounds(void **state)
{
    dl_ctx *ctx = *state;
    dl_onecycle_opts o = {.div = 4, .final_div = 2};
    for (int three = 0; three < 2; three++) {
        o.three_phase = three;
        for (int64_t steps = 1; steps < 6; steps++) {
            dl_sched *s = dl_sched_onecycle(ctx, steps, &o);
            for (int64_t i = 0; i < steps; i++) {
                const double f = dl_sched_factor(s, i);
                assert_true(f >= 0.125 && f <= 1);
            }
            assert_true(dl_sched_factor(s, steps - 1) == 0.125);
            assert_true(dl_sched_factor(s, INT64_MAX) == 0.125);
            dl_sched_drop(s);
        }
    }
    o = (dl_onecycle_opts){.pct_start = DL_OFF, .linear = 1, .div = 4, .final_div = 0.5};
    dl_sched *s = dl_sched_onecycle(ctx, 5, &o); /* only down */
    static const double wanted[] = {0.9, 0.8, 0.7, 0.6, 0.5};
    for (int i = 0; i < 5; i++)
        assert_true(fabs(dl_sched_factor(s, i) - wanted[i]) < 1e-15);
    dl_sched_drop(s);
    o.pct_start = 1; /* only up */
    s = dl_sched_onecycle(ctx, 4, &o);
    assert_true(dl_sched_factor(s, 0) == 0.25 && dl_sched_factor(s, 3) == 1);
    dl_sched_drop(s);
}

static void refuse(dl_ctx *ctx, int64_t steps, dl_onecycle_opts o, const char *part)
{
    assert_null(dl_sched_onecycle(ctx, steps, &o));
    expect_error(ctx, DL_EINVAL, part);
}

static void onecycle_schedule_refuses_what_is_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    refuse(ctx, 0, (dl_onecycle_opts){0}, "sched_onecycle: steps is 0");
    refuse(ctx, 9, (dl_onecycle_opts){.pct_start = 1.5}, "pct_start is 1.5");
    refuse(ctx, 9, (dl_onecycle_opts){.pct_start = -0.5}, "pct_start is -0.5");
    refuse(ctx, 9, (dl_onecycle_opts){.pct_start = NAN}, "pct_start is nan");
    refuse(ctx, 9, (dl_onecycle_opts){.pct_start = 0.6, .three_phase = 1}, "at most 0.5");
    refuse(ctx, 9, (dl_onecycle_opts){.div = -1}, "div is -1 and final_div 10000");
    refuse(ctx, 9, (dl_onecycle_opts){.div = INFINITY}, "div is inf");
    refuse(ctx, 9, (dl_onecycle_opts){.final_div = NAN}, "final_div nan");
    refuse(ctx, 9, (dl_onecycle_opts){.linear = 2}, "linear is 2");
    refuse(ctx, 9, (dl_onecycle_opts){.three_phase = 7}, "three_phase is 7");
    refuse(ctx, 9, (dl_onecycle_opts){.reserved = {1}}, "reserved");
}

static void onecycle_schedule_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(onecycle_schedule_is_that_of_pytorch),
        with_ctx(onecycle_schedule_works_at_its_bounds),
        with_ctx(onecycle_schedule_refuses_what_is_out_of_range),
        with_ctx(onecycle_schedule_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
