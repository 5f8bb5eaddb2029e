#include <math.h>
#include "support/optim_run.h"

static dl_optim *scheduled(dl_module *m)
{
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.05, .momentum = 0.9});
    dl_optim_set_sched(o, dl_sched_step(dl_module_ctx(m), 5, 0.5));
    return o;
}

static void step_schedule_takes_the_steps_of_pytorch(void **state)
{
    (void)state;
    check_trajectory("sched_step", scheduled);
}

static void step_schedule_is_a_power_of_its_factor(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = dl_sched_step(ctx, 3, 0.5);
    static const double wanted[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125};
    for (int i = 0; i < 10; i++)
        assert_true(dl_sched_factor(s, i) == wanted[i]);
    assert_true(dl_sched_factor(s, INT64_MAX) == 0);
    assert_true(isnan(dl_sched_factor(s, -1)));
    dl_sched_drop(s);
    s = dl_sched_step(ctx, INT64_MAX, 0.1);
    assert_true(dl_sched_factor(s, INT64_MAX - 1) == 1);
    assert_true(dl_sched_factor(s, INT64_MAX) == 0.1);
    dl_sched_drop(s);
    s = dl_sched_step(ctx, 1, 1.1); /* a growing rate is allowed */
    assert_true(fabs(dl_sched_factor(s, 10) / 2.5937424601 - 1) < 1e-14);
    assert_true(isinf(dl_sched_factor(s, 1000000)));
    dl_sched_drop(s);
}

static void step_schedule_refuses_what_is_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_sched_step(ctx, 0, 0.5));
    expect_error(ctx, DL_EINVAL, "sched_step: every is 0 and factor 0.5, wanted");
    assert_null(dl_sched_step(ctx, -4, 0.5));
    expect_error(ctx, DL_EINVAL, "every is -4");
    assert_null(dl_sched_step(ctx, 1, 0));
    expect_error(ctx, DL_EINVAL, "factor 0,");
    assert_null(dl_sched_step(ctx, 1, -0.5));
    expect_error(ctx, DL_EINVAL, "factor -0.5");
    assert_null(dl_sched_step(ctx, 1, NAN));
    expect_error(ctx, DL_EINVAL, "factor nan");
    assert_null(dl_sched_step(ctx, 1, INFINITY));
    expect_error(ctx, DL_EINVAL, "factor inf");
    assert_null(dl_sched_step(NULL, 1, 0.5));
}

static dl_status make_one(dl_ctx *ctx, void *user)
{
    (void)user;
    dl_sched *s = dl_sched_step(ctx, 1, 0.5);
    dl_sched_drop(s);
    return s ? DL_OK : dl_ctx_status(ctx);
}

static void step_schedule_survives_every_failing_allocation(void **state)
{
    assert_true(fault_loop(*state, make_one, NULL, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_schedule_takes_the_steps_of_pytorch),
        with_ctx(step_schedule_is_a_power_of_its_factor),
        with_ctx(step_schedule_refuses_what_is_out_of_range),
        with_ctx(step_schedule_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
