#include "support/sched_run.h"

static int32_t half(int64_t step, double *factor, void *user)
{
    (void)step;
    (void)user;
    *factor = 0.5;
    return 0;
}

static dl_sched *make(dl_ctx *ctx)
{
    dl_sched *list[] = {dl_sched_function(ctx, half, NULL, NULL), dl_sched_exponential(ctx, 0.9),
                        dl_sched_step(ctx, 3, 0.5)};
    return dl_sched_chain(ctx, list, (const int64_t[]){7, 13}, 3);
}

static void a_chain_is_that_of_pytorch(void **state)
{
    dl_sched *s = make(*state);
    check_factors("chain", s);
    dl_sched_drop(s);
}

static void a_chain_of_one_and_of_nothing_in_between(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *one = dl_sched_step(ctx, 2, 0.5);
    dl_sched *s = dl_sched_chain(ctx, &one, NULL, 1);
    assert_true(dl_sched_factor(s, 1) == 1 && dl_sched_factor(s, 5) == 0.25);
    dl_sched *list[] = {s, dl_sched_step(ctx, 1, 0.1), dl_sched_step(ctx, 1, 0.75)};
    s = dl_sched_chain(ctx, list, (const int64_t[]){3, 0}, 3);
    assert_true(dl_sched_factor(s, 2) == 0.5 && dl_sched_factor(s, 3) == 1);
    assert_true(dl_sched_factor(s, 4) == 0.75);
    dl_sched_drop(s);
}

static void a_chain_refuses_what_is_wrong_and_drops_what_it_adopted(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t live = dl_ctx_live(ctx);
    dl_sched *list[2] = {dl_sched_constant(ctx), dl_sched_constant(ctx)};
    assert_null(dl_sched_chain(ctx, list, (const int64_t[]){-1}, 2));
    expect_error(ctx, DL_EINVAL, "sched_chain: lengths[0] is -1, wanted at least 0");
    list[0] = dl_sched_constant(ctx), list[1] = dl_sched_constant(ctx);
    assert_null(dl_sched_chain(ctx, list, NULL, 2));
    expect_error(ctx, DL_EINVAL, "the lengths are NULL");
    list[0] = dl_sched_constant(ctx), list[1] = NULL;
    assert_null(dl_sched_chain(ctx, list, (const int64_t[]){1}, 2));
    expect_error(ctx, DL_EINVAL, "schedule 1 is NULL");
    assert_null(dl_sched_chain(ctx, list, NULL, 0));
    expect_error(ctx, DL_EINVAL, "0 schedules, wanted at least 1");
    assert_null(dl_sched_chain(ctx, NULL, NULL, 1));
    expect_error(ctx, DL_EINVAL, "0 schedules");
    assert_int_equal(dl_ctx_live(ctx), live);
}

static void a_chain_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_chain_is_that_of_pytorch),
        with_ctx(a_chain_of_one_and_of_nothing_in_between),
        with_ctx(a_chain_refuses_what_is_wrong_and_drops_what_it_adopted),
        with_ctx(a_chain_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
