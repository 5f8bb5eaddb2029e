#include <fenv.h>
#include <math.h>
#include "dl/ext.h"
#include "support/optim_run.h"

static void a_constant_schedule_is_one(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = dl_sched_constant(ctx);
    assert_true(dl_sched_factor(s, 0) == 1 && dl_sched_factor(s, INT64_MAX) == 1);
    assert_true(isnan(dl_sched_factor(s, -1)));
    assert_true(isnan(dl_sched_factor(NULL, 0)));
    dl_sched_drop(s);
}

static dl_status make_one(dl_ctx *ctx, void *user)
{
    (void)user;
    dl_sched *s = dl_sched_constant(ctx);
    dl_sched_drop(s);
    return s ? DL_OK : dl_ctx_status(ctx);
}

static void a_schedule_that_cannot_be_made_is_null(void **state)
{
    dl_ctx *ctx = *state;
    assert_true(fault_loop(ctx, make_one, NULL, NULL) > 0);
    assert_null(dl_sched_constant(NULL));
    dl_fail(ctx, DL_EUSER, "stop");
    assert_null(dl_sched_constant(ctx));
    expect_error(ctx, DL_EUSER, "stop");
}

static void schedules_are_counted_and_outlive_their_context_handle(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    dl_sched *s = dl_sched_step(ctx, 2, 0.5);
    assert_ptr_equal(dl_sched_keep(s), s);
    dl_sched_drop(s);
    dl_ctx_drop(ctx);
    assert_true(dl_sched_factor(s, 5) == 0.25);
    dl_sched_drop(s);
    assert_null(dl_sched_keep(NULL));
    dl_sched_drop(NULL);
}

static void the_hosts_rounding_mode_does_not_change_a_factor(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *step = dl_sched_step(ctx, 1, 0.9), *cosine = dl_sched_cosine(ctx, 3, 100, 0.1);
    for (int64_t i = 0; i < 120; i++) {
        const double a = dl_sched_factor(step, i), b = dl_sched_factor(cosine, i);
        fesetround(FE_UPWARD);
        const double up_a = dl_sched_factor(step, i), up_b = dl_sched_factor(cosine, i);
        assert_int_equal(fegetround(), FE_UPWARD);
        fesetround(FE_TONEAREST);
        assert_true(a == up_a && b == up_b);
    }
    dl_sched_drop(step);
    dl_sched_drop(cosine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_constant_schedule_is_one),
        with_ctx(a_schedule_that_cannot_be_made_is_null),
        cmocka_unit_test(schedules_are_counted_and_outlive_their_context_handle),
        with_ctx(the_hosts_rounding_mode_does_not_change_a_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
