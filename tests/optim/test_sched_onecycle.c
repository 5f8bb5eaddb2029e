#include <math.h>
#include "support/optim_run.h"
#include "support/sched_run.h"

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

static const dl_onecycle_opts cycling = {.momentum_low = 0.85, .momentum_high = 0.95};

static void onecycle_momentum_is_that_of_pytorch(void **state)
{
    dl_sched *s = dl_sched_onecycle(*state, 40, &cycling);
    check_momenta("onecycle_momentum", s);
    assert_true(isnan(dl_sched_momentum(s, -1)) && isnan(dl_sched_momentum(NULL, 0)));
    dl_sched_drop(s);
    s = dl_sched_onecycle(
        *state, 40,
        &(dl_onecycle_opts){
            .three_phase = 1, .linear = 1, .momentum_low = 0.5, .momentum_high = 0.9});
    check_momenta("onecycle_momentum_three", s);
    dl_sched_drop(s);
    static const dl_onecycle_opts half[] = {{.momentum_low = 0.85}, {.momentum_high = 0.95}};
    for (int i = 0; i < 2; i++) { /* the other one is PyTorch's, too */
        s = dl_sched_onecycle(*state, 40, &half[i]);
        check_momenta("onecycle_momentum", s);
        dl_sched_drop(s);
    }
    s = dl_sched_onecycle(*state, 40, &(dl_onecycle_opts){.momentum_low = DL_OFF});
    assert_true(dl_sched_momentum(s, 0) == 0.95 && dl_sched_momentum(s, 11) == 0);
    dl_sched_drop(s);
    s = dl_sched_onecycle(*state, 40, NULL);
    assert_true(isnan(dl_sched_momentum(s, 3)));
    dl_sched_drop(s);
}

static void momentum_passes_through_schedules_of_schedules(void **state)
{
    dl_ctx *ctx = *state;
    dl_sched *plain = dl_sched_onecycle(ctx, 40, &cycling);
    dl_sched *cycle[3];
    for (int i = 0; i < 3; i++)
        cycle[i] = dl_sched_onecycle(ctx, 40, &cycling);
    dl_sched *warm = dl_sched_warmup(ctx, 5, 0.1, cycle[0]);
    dl_sched *chain =
        dl_sched_chain(ctx, (dl_sched *[]){dl_sched_constant(ctx), cycle[1]}, (int64_t[]){7}, 2);
    dl_sched *product = dl_sched_product(ctx, (dl_sched *[]){dl_sched_constant(ctx), cycle[2]}, 2);
    for (int64_t i = 0; i < 50; i++) {
        const double in_warm = dl_sched_momentum(plain, i < 5 ? 0 : i - 5);
        assert_true(dl_sched_momentum(warm, i) == in_warm);
        assert_true(dl_sched_momentum(product, i) == dl_sched_momentum(plain, i));
        if (i < 7)
            assert_true(isnan(dl_sched_momentum(chain, i)));
        else
            assert_true(dl_sched_momentum(chain, i) == dl_sched_momentum(plain, i - 7));
    }
    dl_sched_drop(plain);
    dl_sched_drop(warm);
    dl_sched_drop(chain);
    dl_sched_drop(product);
}

/* One cycle over the 20 steps of a trajectory. */
static dl_optim *cycled(dl_optim *o, dl_module *m)
{
    dl_onecycle_opts c = cycling;
    c.pct_start = 0.4;
    dl_optim_set_sched(o, dl_sched_onecycle(dl_module_ctx(m), 20, &c));
    return o;
}

static dl_optim *sgd(dl_module *m)
{
    const dl_sgd_opts o = {.lr = 0.05, .momentum = 0.3, .nesterov = 1, .weight_decay = 0.01};
    return cycled(dl_optim_sgd(m, &o), m);
}

static dl_optim *adam(dl_module *m)
{
    return cycled(dl_optim_adam(m, &(dl_adam_opts){.lr = 0.05}), m);
}

static dl_optim *rmsprop(dl_module *m)
{
    return cycled(dl_optim_rmsprop(m, &(dl_rmsprop_opts){.lr = 0.05, .momentum = 0.3}), m);
}

/* With much momentum PyTorch's roundings, in another order, add up to more in f32. */
static void optimizers_follow_the_momentum_of_the_cycle(void **state)
{
    static const struct {
        const char *name;
        optim_make make;
    } c[] = {
        {"sched_cycle_sgd", sgd}, {"sched_cycle_adam", adam}, {"sched_cycle_rmsprop", rmsprop}};
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        check_path(c[i].name, c[i].make, DL_F64, 1e-12);
        check_path(c[i].name, c[i].make, DL_F32, 1e-6);
    }
    check_resume(sgd);
}

static void optimizers_without_momentum_refuse_a_schedule_that_cycles_it(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F32);
    dl_optim *o[] = {dl_optim_sgd(m, NULL), dl_optim_adagrad(m, NULL), dl_optim_rmsprop(m, NULL)};
    for (size_t i = 0; i < sizeof o / sizeof *o; i++) {
        dl_sched *s = dl_sched_onecycle(ctx, 9, &cycling);
        s = dl_sched_chain(ctx, (dl_sched *[]){dl_sched_constant(ctx), s}, (int64_t[]){4}, 2);
        assert_int_equal(dl_optim_set_sched(o[i], s), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "the schedule cycles momentum, which this");
        dl_optim_drop(o[i]);
    }
    dl_module_drop(m);
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
    refuse(ctx, 9, (dl_onecycle_opts){.momentum_low = 0.96},
           "momentum_low is 0.96 and momentum_high 0.95");
    refuse(ctx, 9, (dl_onecycle_opts){.momentum_high = 1}, "momentum_high 1, wanted 0 <= low");
    refuse(ctx, 9, (dl_onecycle_opts){.momentum_low = -0.5, .momentum_high = 0.9}, "low is -0.5");
    refuse(ctx, 9, (dl_onecycle_opts){.momentum_high = NAN}, "momentum_high nan");
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
        with_ctx(onecycle_momentum_is_that_of_pytorch),
        with_ctx(optimizers_follow_the_momentum_of_the_cycle),
        with_ctx(optimizers_without_momentum_refuse_a_schedule_that_cycles_it),
        with_ctx(momentum_passes_through_schedules_of_schedules),
        with_ctx(onecycle_schedule_refuses_what_is_out_of_range),
        with_ctx(onecycle_schedule_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
