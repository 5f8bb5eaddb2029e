#include <math.h>
#include "support/optim_run.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_rmsprop(m, &(dl_rmsprop_opts){__VA_ARGS__});                               \
    }
CASE(plain, .lr = 0.02)
CASE(alpha, .lr = 0.02, .alpha = 0.7, .eps = 0.01)
CASE(decay, .lr = 0.02, .weight_decay = 0.1)
CASE(momentum, .lr = 0.02, .momentum = 0.8)
CASE(centered, .lr = 0.02, .centered = 1, .eps = 0.01)
CASE(everything, .lr = 0.02, .alpha = 0.8, .eps = 0.05, .weight_decay = 0.1, .momentum = 0.7,
     .centered = 1)
CASE(course, .lr = 0.02, .alpha = 0.9, .eps = 0.01, .eps_inside = 1)
CASE(course_everything, .lr = 0.02, .alpha = 0.9, .eps = 0.01, .eps_inside = 1, .momentum = 0.7,
     .centered = 1)

static void rmsprop_takes_the_steps_of_pytorch_with_every_option(void **state)
{
    (void)state;
    check_trajectory("rmsprop", plain);
    check_trajectory("rmsprop_alpha", alpha);
    check_trajectory("rmsprop_decay", decay);
    check_trajectory("rmsprop_momentum", momentum);
    check_trajectory("rmsprop_centered", centered);
    check_trajectory("rmsprop_everything", everything);
    check_trajectory("rmsprop_absent", alpha);
}

static double course_formula(double w, double g, double *mean, int64_t step)
{
    (void)step;
    *mean = 0.9 * *mean + (1 - 0.9) * g * g;
    return w - 0.02 * g / sqrt(*mean + 0.01);
}

static double course_everything_formula(double w, double g, double *s, int64_t step)
{
    (void)step;
    s[0] = 0.9 * s[0] + (1 - 0.9) * g * g;
    s[1] = 0.9 * s[1] + (1 - 0.9) * g;
    s[2] = 0.7 * s[2] + g / sqrt(s[0] - s[1] * s[1] + 0.01);
    return w - 0.02 * s[2];
}

static void rmsprop_takes_the_steps_of_the_formula_with_eps_inside(void **state)
{
    (void)state;
    check_formula(course, course_formula);
    check_formula(course_everything, course_everything_formula);
}

/* With a constant gradient the variance goes to zero, and by rounding below. */
static void centered_rmsprop_never_takes_the_root_of_a_negative_number(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F32, &one, 1);
    dl_optim *o = dl_optim_rmsprop(m, &(dl_rmsprop_opts){.alpha = 0.3, .centered = 1});
    for (int step = 1; step <= 300; step++) {
        give_grad_of(m, 0, step < 100 ? 0.3 : 0.7);
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_true(isfinite(dl_tensor_item(dl_module_param(m, 0))));
    }
    give_grad_of(m, 0, NAN);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_true(isnan(dl_tensor_item(dl_module_param(m, 0))));
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void rmsprop_has_the_documented_defaults(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_rmsprop(m, NULL);
    assert_true(dl_optim_lr(o) == 0.01);
    give_grad_of(m, 0, 1e-7); /* 0.1 times that is eps */
    assert_int_equal(dl_optim_step(o), DL_OK);
    const double wanted = -0.01 * 1e-7 / (1e-8 + 1e-8);
    assert_close(dl_module_param(m, 0), &wanted, 1, 1e-14);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static const OPTIM_BAD(rmsprop) bad[] = {
    {{.lr = -2}, "optim_rmsprop: lr is -2"},
    {{.alpha = 1}, "alpha is 1, wanted at least 0 and less than 1"},
    {{.alpha = NAN}, "alpha is nan"},
    {{.eps = -2}, "eps is -2"},
    {{.weight_decay = -2}, "weight_decay is -2"},
    {{.momentum = 1.5}, "momentum is 1.5"},
    {{.centered = 3}, "centered is 3"},
    {{.eps_inside = 2}, "eps_inside is 2"},
    {{.reserved = {1}}, "reserved"},
};
OPTIM_OPTIONS_TEST(rmsprop, bad)

static void rmsprop_does_what_every_optimizer_does(void **state)
{
    (void)state;
    check_optim(plain);
    check_optim(momentum);
    check_optim(centered);
    check_optim(everything);
}

static void rmsprop_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(plain);
    check_faults(everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rmsprop_takes_the_steps_of_pytorch_with_every_option),
        cmocka_unit_test(rmsprop_takes_the_steps_of_the_formula_with_eps_inside),
        with_ctx(centered_rmsprop_never_takes_the_root_of_a_negative_number),
        with_ctx(rmsprop_has_the_documented_defaults),
        with_ctx(rmsprop_names_an_option_out_of_range),
        cmocka_unit_test(rmsprop_does_what_every_optimizer_does),
        cmocka_unit_test(rmsprop_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
