#include <math.h>
#include "support/optim_run.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.05, __VA_ARGS__});                           \
    }
CASE(plain, .reserved = {0})
CASE(decay, .weight_decay = 0.1)
CASE(momentum, .momentum = 0.9)
CASE(dampening, .momentum = 0.8, .dampening = 0.3)
CASE(nesterov, .momentum = 0.9, .nesterov = 1)
CASE(all_three, .momentum = 0.9, .dampening = 0.5, .weight_decay = 0.05)
CASE(nesterov_decay, .momentum = 0.7, .nesterov = 1, .weight_decay = 0.05)
CASE(damped, .momentum = 0.9, .dampening = 0.5)
CASE(caffe, .momentum = 0.9, .weight_decay = 0.1, .lr_in_velocity = 1)
CASE(caffe_damped, .momentum = 0.9, .dampening = 0.5, .lr_in_velocity = 1)
CASE(caffe_nesterov, .momentum = 0.9, .nesterov = 1, .lr_in_velocity = 1)
CASE(caffe_plain, .lr_in_velocity = 1)

static void sgd_takes_the_steps_of_pytorch_with_every_option(void **state)
{
    (void)state;
    check_trajectory("sgd", plain);
    check_trajectory("sgd_decay", decay);
    check_trajectory("sgd_momentum", momentum);
    check_trajectory("sgd_dampening", dampening);
    check_trajectory("sgd_nesterov", nesterov);
    check_trajectory("sgd_momentum_dampening_decay", all_three);
    check_trajectory("sgd_nesterov_decay", nesterov_decay);
}

static void sgd_dampens_from_a_parameters_own_second_step_on(void **state)
{
    (void)state;
    check_trajectory("sgd_absent", damped);
}

/* The rate falls at every step, so that it matters when it comes in. */
#define FALLING(name, of)                                                                          \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        dl_optim *o = of(m);                                                                       \
        dl_optim_set_sched(o, dl_sched_step(dl_module_ctx(m), 1, 0.9));                            \
        return o;                                                                                  \
    }
FALLING(falling_caffe, caffe)
FALLING(falling_caffe_damped, caffe_damped)
FALLING(falling_caffe_nesterov, caffe_nesterov)
FALLING(falling_caffe_plain, caffe_plain)

static double rate(int64_t step)
{
    return 0.05 * pow(0.9, (double)(step - 1));
}

static double caffe_formula(double w, double g, double *v, int64_t step)
{
    *v = 0.9 * *v + rate(step) * (g + 0.1 * w);
    return w - *v;
}

static double caffe_damped_formula(double w, double g, double *v, int64_t step)
{
    *v = 0.9 * *v + rate(step) * (step == 1 ? 1 : 0.5) * g;
    return w - *v;
}

/* As Caffe writes it down. */
static double caffe_nesterov_formula(double w, double g, double *v, int64_t step)
{
    const double old = *v;
    *v = 0.9 * old + rate(step) * g;
    return w - ((1 + 0.9) * *v - 0.9 * old);
}

static double plain_formula(double w, double g, double *v, int64_t step)
{
    (void)v;
    return w - rate(step) * g;
}

static void sgd_takes_the_steps_of_caffe_when_the_rate_is_in_the_velocity(void **state)
{
    (void)state;
    check_formula(falling_caffe, caffe_formula);
    check_formula(falling_caffe_damped, caffe_damped_formula);
    check_formula(falling_caffe_nesterov, caffe_nesterov_formula);
    check_formula(falling_caffe_plain, plain_formula);
    /* With one rate both forms are the same. */
    check_trajectory("sgd_nesterov", caffe_nesterov);
}

static void sgd_has_the_documented_defaults(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_sgd(m, NULL);
    assert_true(dl_optim_lr(o) == 0.01);
    give_grad_of(m, 0, 3);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_close(dl_module_param(m, 0), (const double[]){-0.06}, 1, 1e-15);
    dl_optim_drop(o);
    o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = DL_OFF,
                                       .momentum = DL_OFF,
                                       .dampening = DL_OFF,
                                       .weight_decay = DL_OFF,
                                       .nesterov = DL_OFF});
    expect_ok(ctx);
    assert_true(dl_optim_lr(o) == 0);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static const OPTIM_BAD(sgd) bad[] = {
    {{.lr = -0.5}, "optim_sgd: lr is -0.5"},
    {{.lr = NAN}, "lr is nan"},
    {{.lr = INFINITY}, "lr is inf"},
    {{.momentum = 1}, "momentum is 1, wanted at least 0 and less than 1"},
    {{.momentum = -0.1}, "momentum is -0.1"},
    {{.momentum = NAN}, "momentum is nan"},
    {{.momentum = 0.9, .dampening = 1}, "dampening is 1"},
    {{.momentum = 0.9, .dampening = -0.25}, "dampening is -0.25"},
    {{.weight_decay = -2}, "weight_decay is -2, wanted a finite number, not negative"},
    {{.weight_decay = INFINITY}, "weight_decay is inf"},
    {{.momentum = 0.9, .nesterov = 2}, "nesterov is 2"},
    {{.nesterov = 1}, "momentum is 0 and dampening 0, nesterov wants"},
    {{.momentum = 0.9, .dampening = 0.1, .nesterov = 1}, "momentum is 0.9 and dampening 0.1"},
    {{.momentum = 0.9, .lr_in_velocity = 5}, "lr_in_velocity is 5"},
    {{.reserved = {0, 0, 0, 0, 0, 7}}, "reserved"},
};
OPTIM_OPTIONS_TEST(sgd, bad)

static void sgd_does_what_every_optimizer_does(void **state)
{
    (void)state;
    check_optim(plain);
    check_optim(all_three);
    check_optim(nesterov_decay);
    check_optim(caffe_nesterov);
}

static void sgd_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(plain);
    check_faults(momentum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sgd_takes_the_steps_of_pytorch_with_every_option),
        cmocka_unit_test(sgd_dampens_from_a_parameters_own_second_step_on),
        cmocka_unit_test(sgd_takes_the_steps_of_caffe_when_the_rate_is_in_the_velocity),
        with_ctx(sgd_has_the_documented_defaults),
        with_ctx(sgd_names_an_option_out_of_range),
        cmocka_unit_test(sgd_does_what_every_optimizer_does),
        cmocka_unit_test(sgd_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
