#include "support/sched_run.h"

static dl_sched *make(dl_ctx *ctx)
{
    dl_sched *list[] = {dl_sched_exponential(ctx, 0.95),
                        dl_sched_multistep(ctx, (const int64_t[]){5, 15}, 2, 0.5)};
    return dl_sched_product(ctx, list, 2);
}

static void a_product_is_that_of_pytorch(void **state)
{
    dl_sched *s = make(*state);
    check_factors("product", s);
    dl_sched_drop(s);
}

static void a_product_refuses_what_is_wrong_and_drops_what_it_adopted(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t live = dl_ctx_live(ctx);
    dl_sched *list[2] = {NULL, dl_sched_constant(ctx)};
    assert_null(dl_sched_product(ctx, list, 2));
    expect_error(ctx, DL_EINVAL, "sched_product: schedule 0 is NULL");
    assert_null(dl_sched_product(ctx, list, -1));
    expect_error(ctx, DL_EINVAL, "-1 schedules, wanted at least 1");
    assert_int_equal(dl_ctx_live(ctx), live);
}

static void a_product_survives_every_failing_allocation(void **state)
{
    check_sched_faults(*state, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_product_is_that_of_pytorch),
        with_ctx(a_product_refuses_what_is_wrong_and_drops_what_it_adopted),
        with_ctx(a_product_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
