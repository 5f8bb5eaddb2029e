#include <math.h>
#include "support/optim_run.h"

static dl_optim *scheduled(dl_module *m)
{
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.lr = 0.05});
    dl_optim_set_sched(o, dl_sched_cosine(dl_module_ctx(m), 4, 16, 0.1));
    return o;
}

static void cosine_schedule_takes_the_steps_of_pytorch(void **state)
{
    (void)state;
    check_trajectory("sched_cosine", scheduled);
}

static void near(const dl_sched *s, int64_t step, double wanted)
{
    const double found = dl_sched_factor(s, step);
    if (!(fabs(found - wanted) <= 4e-16)) {
        print_error("step %lld: found %.17g, wanted %.17g\n", (long long)step, found, wanted);
        fail();
    }
}

static void cosine_schedule_warms_up_and_falls_to_its_floor(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = dl_sched_cosine(ctx, 4, 12, 0.2);
    static const double wanted[] = {0.25, 0.5, 0.75, 1, 1};
    for (int i = 0; i < 5; i++)
        near(s, i, wanted[i]);
    near(s, 6, 0.2 + 0.8 * (1 + sqrt(0.5)) / 2);
    near(s, 8, 0.6);
    near(s, 10, 0.2 + 0.8 * (1 - sqrt(0.5)) / 2);
    assert_true(dl_sched_factor(s, 11) > 0.2);
    assert_true(dl_sched_factor(s, 12) == 0.2);
    assert_true(dl_sched_factor(s, INT64_MAX) == 0.2);
    assert_true(isnan(dl_sched_factor(s, -1)));
    for (int i = 4; i < 12; i++)
        assert_true(dl_sched_factor(s, i + 1) < dl_sched_factor(s, i));
    dl_sched_drop(s);
}

static void cosine_schedule_works_at_its_bounds(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *s = dl_sched_cosine(ctx, 0, 2, 0);
    near(s, 0, 1);
    near(s, 1, 0.5);
    near(s, 2, 0);
    dl_sched_drop(s);
    s = dl_sched_cosine(ctx, 0, 1, 0);
    near(s, 0, 1);
    near(s, 1, 0);
    dl_sched_drop(s);
    s = dl_sched_cosine(ctx, 3, 3, 0.5); /* nothing but warm-up */
    near(s, 2, 1);
    near(s, 3, 0.5);
    dl_sched_drop(s);
    s = dl_sched_cosine(ctx, 0, 10, 1); /* the floor is the top */
    for (int i = 0; i < 12; i++)
        near(s, i, 1);
    dl_sched_drop(s);
    s = dl_sched_cosine(ctx, INT64_MAX, INT64_MAX, 0);
    near(s, INT64_MAX - 1, 1);
    near(s, INT64_MAX, 0);
    dl_sched_drop(s);
}

static void cosine_schedule_refuses_what_is_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_sched_cosine(ctx, -1, 5, 0));
    expect_error(ctx, DL_EINVAL, "sched_cosine: warmup is -1, steps 5, floor 0; wanted");
    assert_null(dl_sched_cosine(ctx, 0, 0, 0));
    expect_error(ctx, DL_EINVAL, "steps 0,");
    assert_null(dl_sched_cosine(ctx, 6, 5, 0));
    expect_error(ctx, DL_EINVAL, "warmup is 6");
    assert_null(dl_sched_cosine(ctx, 0, 5, -0.25));
    expect_error(ctx, DL_EINVAL, "floor -0.25");
    assert_null(dl_sched_cosine(ctx, 0, 5, 1.5));
    expect_error(ctx, DL_EINVAL, "floor 1.5");
    assert_null(dl_sched_cosine(ctx, 0, 5, NAN));
    expect_error(ctx, DL_EINVAL, "floor nan");
    assert_null(dl_sched_cosine(NULL, 0, 5, 0));
}

static dl_status make_one(dl_ctx *ctx, void *user)
{
    (void)user;
    dl_sched *s = dl_sched_cosine(ctx, 1, 2, 0);
    dl_sched_drop(s);
    return s ? DL_OK : dl_ctx_status(ctx);
}

static void cosine_schedule_survives_every_failing_allocation(void **state)
{
    assert_true(fault_loop(*state, make_one, NULL, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosine_schedule_takes_the_steps_of_pytorch),
        with_ctx(cosine_schedule_warms_up_and_falls_to_its_floor),
        with_ctx(cosine_schedule_works_at_its_bounds),
        with_ctx(cosine_schedule_refuses_what_is_out_of_range),
        with_ctx(cosine_schedule_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
