#include "support/sched_run.h"
#include <math.h>

static dl_sched *plain(dl_ctx *ctx)
{
    return dl_sched_warmup(ctx, 12, 0.05, NULL);
}

static dl_sched *before_cosine(dl_ctx *ctx)
{
    return dl_sched_warmup(ctx, 8, 0.05, dl_sched_cosine(ctx, 0, 32, 0));
}

static void warmup_is_that_of_pytorch(void **state)
{
    dl_sched *s = plain(*state);
    check_factors("warmup", s);
    assert_true(dl_sched_factor(s, INT64_MAX) == 1);
    dl_sched_drop(s);
}

static void what_follows_counts_from_the_end_of_the_warmup(void **state)
{
    dl_sched *s = before_cosine(*state);
    check_factors("warmup_cosine", s);
    dl_sched_drop(s);
    s = dl_sched_warmup(*state, 0, 0, dl_sched_step(*state, 2, 0.5)); /* no warm-up */
    assert_true(dl_sched_factor(s, 1) == 1 && dl_sched_factor(s, 2) == 0.5);
    dl_sched_drop(s);
}

static void warmup_refuses_what_is_out_of_range_and_drops_what_it_adopted(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t live = dl_ctx_live(ctx);
    assert_null(dl_sched_warmup(ctx, -1, 0.5, dl_sched_constant(ctx)));
    expect_error(ctx, DL_EINVAL, "sched_warmup: steps is -1, start 0.5; wanted");
    static const double bad[] = {-0.5, 1.5, NAN};
    for (int i = 0; i < 3; i++) {
        assert_null(dl_sched_warmup(ctx, 5, bad[i], dl_sched_constant(ctx)));
        expect_error(ctx, DL_EINVAL, "a start in [0, 1]");
    }
    dl_ctx *other = make_ctx(1);
    assert_null(dl_sched_warmup(ctx, 5, 0.5, dl_sched_constant(other)));
    expect_error(ctx, DL_EINVAL, "sched_warmup: schedule 0 is of another context");
    end_ctx(other);
    assert_int_equal(dl_ctx_live(ctx), live);
}

static void schedules_stand_in_each_other_so_deep_and_no_deeper(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = NULL;
    for (int i = 0; i < 63; i++)
        s = dl_sched_warmup(ctx, 1, 0.5, s);
    assert_true(dl_sched_factor(s, 62) == 0.5 && dl_sched_factor(s, 63) == 1);
    assert_null(dl_sched_warmup(ctx, 1, 0.5, s));
    expect_error(ctx, DL_ELIMIT, "65 deep, 64 is most");
}

static void warmup_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, plain);
    check_sched_faults(*state, before_cosine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(warmup_is_that_of_pytorch),
        with_ctx(what_follows_counts_from_the_end_of_the_warmup),
        with_ctx(warmup_refuses_what_is_out_of_range_and_drops_what_it_adopted),
        with_ctx(schedules_stand_in_each_other_so_deep_and_no_deeper),
        with_ctx(warmup_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
