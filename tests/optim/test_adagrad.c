#include <math.h>
#include "support/optim_run.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_adagrad(m, &(dl_adagrad_opts){__VA_ARGS__});                               \
    }
CASE(plain, .lr = 0.05)
CASE(slowing, .lr = 0.05, .lr_decay = 0.3)
CASE(decay, .lr = 0.05, .weight_decay = 0.1)
CASE(everything, .lr = 0.2, .lr_decay = 0.1, .weight_decay = 0.05, .eps = 0.01, .initial = 0.5)
CASE(course, .lr = 0.05, .eps = 0.01, .eps_inside = 1, .weight_decay = 0.1)

static void adagrad_takes_the_steps_of_pytorch_with_every_option(void **state)
{
    (void)state;
    check_trajectory("adagrad", plain);
    check_trajectory("adagrad_lr_decay", slowing);
    check_trajectory("adagrad_decay", decay);
    check_trajectory("adagrad_everything", everything);
    check_trajectory("adagrad_absent", slowing);
}

static double course_formula(double w, double g, double *sum, int64_t step)
{
    (void)step;
    g += 0.1 * w;
    *sum += g * g;
    return w - 0.05 * g / sqrt(*sum + 0.01);
}

static void adagrad_takes_the_steps_of_the_formula_with_eps_inside(void **state)
{
    (void)state;
    check_formula(course, course_formula);
}

static void adagrad_has_the_documented_defaults(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_adagrad(m, NULL);
    assert_true(dl_optim_lr(o) == 0.01);
    give_grad_of(m, 0, 1e-10); /* as large as eps: half the rate */
    assert_int_equal(dl_optim_step(o), DL_OK);
    const double wanted = -0.005;
    assert_close(dl_module_param(m, 0), &wanted, 1, 1e-14);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static const OPTIM_BAD(adagrad) bad[] = {
    {{.lr = -2}, "optim_adagrad: lr is -2"},
    {{.lr_decay = -2}, "lr_decay is -2, wanted a finite number, not negative"},
    {{.weight_decay = NAN}, "weight_decay is nan"},
    {{.initial = -0.5}, "initial is -0.5"},
    {{.eps = INFINITY}, "eps is inf"},
    {{.eps_inside = 2}, "eps_inside is 2"},
    {{.reserved = {1}}, "reserved"},
};
OPTIM_OPTIONS_TEST(adagrad, bad)

static void adagrad_does_what_every_optimizer_does(void **state)
{
    (void)state;
    check_optim(everything);
    check_optim(course);
}

static void adagrad_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(plain);
    check_faults(everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adagrad_takes_the_steps_of_pytorch_with_every_option),
        cmocka_unit_test(adagrad_takes_the_steps_of_the_formula_with_eps_inside),
        with_ctx(adagrad_has_the_documented_defaults),
        with_ctx(adagrad_names_an_option_out_of_range),
        cmocka_unit_test(adagrad_does_what_every_optimizer_does),
        cmocka_unit_test(adagrad_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
