#include "support/sched_run.h"
#include <math.h>
#include "optim/sched.h"

static dl_sched *make(dl_ctx *ctx)
{
    return dl_sched_plateau(ctx, NULL);
}

static void plateau_schedule_is_that_of_pytorch(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = dl_sched_plateau(ctx, &(dl_plateau_opts){.factor = 0.5, .patience = 2});
    check_reports("plateau", s, 1);
    dl_sched_drop(s);
    s = dl_sched_plateau(
        ctx, &(dl_plateau_opts){
                 .factor = 0.5, .patience = 1, .cooldown = 3, .threshold = 0.01, .floor = 0.1});
    check_reports("plateau_cooldown", s, 1);
    dl_sched_drop(s);
    s = dl_sched_plateau(ctx,
                         &(dl_plateau_opts){.factor = 0.25, .patience = DL_OFF, .maximize = 1});
    check_reports("plateau_maximize", s, -1);
    dl_sched_drop(s);
}

static void plateau_schedule_waits_for_ten_reports_by_default(void **state)
{
    dl_sched *s = make(*state);
    for (int i = 0; i < 11; i++)
        dl_sched_report(s, 1);
    assert_true(dl_sched_factor(s, 0) == 1 && dl_sched_factor(s, INT64_MAX) == 1);
    dl_sched_report(s, NAN);
    assert_true(dl_sched_factor(s, 0) == 0.1);
    dl_sched_drop(s);
}

/* Two plateaus within other schedules, of different patience. */
static dl_sched *nested(dl_ctx *ctx)
{
    dl_sched *list[] = {
        dl_sched_step(ctx, 10, 0.5),
        dl_sched_plateau(ctx, &(dl_plateau_opts){.factor = 0.5, .patience = 1}),
        dl_sched_warmup(ctx, 2, 0.5,
                        dl_sched_plateau(ctx, &(dl_plateau_opts){.factor = 0.25, .patience = 2})),
    };
    return dl_sched_product(ctx, list, 3);
}

static void reports_and_state_reach_every_plateau_within(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *a = nested(ctx), *b = nested(ctx);
    for (int i = 0; i < 3; i++)
        assert_int_equal(dl_sched_report(a, 1), DL_OK);
    assert_true(dl_sched_factor(a, 5) == 0.5);
    double numbers[2 * DL__SCHED_STATE];
    assert_int_equal(dl__sched_get(a, NULL), 2 * DL__SCHED_STATE);
    assert_int_equal(dl__sched_get(a, numbers), 2 * DL__SCHED_STATE);
    dl__sched_set(b, numbers);
    dl_sched_report(a, 1);
    dl_sched_report(b, 1);
    assert_true(dl_sched_factor(a, 5) == 0.125 && dl_sched_factor(b, 5) == 0.125);
    dl_sched_drop(a);
    dl_sched_drop(b);
}

static void reporting_to_what_does_not_listen_is_fine_and_to_nothing_is_not(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = dl_sched_step(ctx, 1, 0.5);
    assert_int_equal(dl_sched_report(s, 1), DL_OK);
    assert_true(dl_sched_factor(s, 1) == 0.5);
    assert_int_equal(dl__sched_get(s, NULL), 0);
    assert_int_equal(dl_sched_report(NULL, 1), DL_EINVAL);
    dl_fail(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_sched_report(s, 1), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stop");
    dl_sched_drop(s);
}

static void refuse(dl_ctx *ctx, dl_plateau_opts o, const char *part)
{
    assert_null(dl_sched_plateau(ctx, &o));
    expect_error(ctx, DL_EINVAL, part);
}

static void plateau_schedule_refuses_what_is_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    refuse(ctx, (dl_plateau_opts){.factor = 1}, "sched_plateau: factor is 1");
    refuse(ctx, (dl_plateau_opts){.factor = NAN}, "factor is nan");
    refuse(ctx, (dl_plateau_opts){.threshold = -0.5}, "threshold is -0.5");
    refuse(ctx, (dl_plateau_opts){.floor = 1.5}, "floor is 1.5");
    refuse(ctx, (dl_plateau_opts){.patience = -2}, "patience is -2 and cooldown 0");
    refuse(ctx, (dl_plateau_opts){.cooldown = -3}, "cooldown -3");
    refuse(ctx, (dl_plateau_opts){.maximize = 2}, "maximize is 2");
    refuse(ctx, (dl_plateau_opts){.reserved = {0, 1}}, "reserved");
}

static void plateau_schedule_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, make);
    check_sched_faults(*state, nested);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(plateau_schedule_is_that_of_pytorch),
        with_ctx(plateau_schedule_waits_for_ten_reports_by_default),
        with_ctx(reports_and_state_reach_every_plateau_within),
        with_ctx(reporting_to_what_does_not_listen_is_fine_and_to_nothing_is_not),
        with_ctx(plateau_schedule_refuses_what_is_out_of_range),
        with_ctx(plateau_schedule_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
