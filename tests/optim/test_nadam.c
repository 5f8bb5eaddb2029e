#include <math.h>
#include "support/optim_run.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_nadam(m, &(dl_nadam_opts){__VA_ARGS__});                                   \
    }
CASE(plain, .lr = 0.02)
CASE(betas, .lr = 0.02, .beta1 = 0.5, .beta2 = 0.9, .eps = 0.01)
CASE(zero_betas, .lr = 0.02, .beta1 = DL_OFF, .beta2 = DL_OFF, .eps = 0.1)
CASE(decay, .lr = 0.02, .weight_decay = 0.1, .momentum_decay = 0.1)
CASE(decoupled, .lr = 0.02, .weight_decay = 0.1, .decoupled = 1)

static void nadam_takes_the_steps_of_pytorch_with_every_option(void **state)
{
    (void)state;
    check_trajectory("nadam", plain);
    check_trajectory("nadam_betas", betas);
    check_trajectory("nadam_zero_betas", zero_betas);
    check_trajectory("nadam_decay", decay);
    check_trajectory("nadam_decoupled", decoupled);
    check_trajectory("nadam_absent", plain);
}

static void nadam_has_the_documented_defaults(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_nadam(m, NULL);
    assert_true(dl_optim_lr(o) == 0.002);
    give_grad_of(m, 0, 2);
    assert_int_equal(dl_optim_step(o), DL_OK);
    const double mu1 = 0.9 * (1 - 0.5 * pow(0.96, 0.004));
    const double mu2 = 0.9 * (1 - 0.5 * pow(0.96, 0.008));
    const double wanted = -0.002 * ((1 - mu1) / (1 - mu1) + 0.1 * mu2 / (1 - mu1 * mu2));
    assert_close(dl_module_param(m, 0), &wanted, 1, 1e-10);
    dl_optim_drop(o);
    dl_module_drop(m);
}

/* The product of the momenta is cut off where 1 minus it is 1: one step more changes nothing that
 * can be seen, from the first step after the cut to any other. */
static void nadam_goes_on_smoothly_after_hundreds_of_steps(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_nadam(m, &(dl_nadam_opts){.lr = 0.01, .momentum_decay = DL_OFF});
    double w = 0, product = 1, mean = 0, square = 0, all2 = 1;
    for (int step = 1; step <= 600; step++) {
        const double g = 1 + 0.5 * (step % 3), mu = 0.9 * 0.5;
        give_grad_of(m, 0, g);
        assert_int_equal(dl_optim_step(o), DL_OK);
        product *= mu;
        all2 *= 0.999;
        mean = 0.9 * mean + (1 - 0.9) * g;
        square = 0.999 * square + (1 - 0.999) * g * g;
        const double d = sqrt(square / (1 - all2)) + 1e-8;
        w -= 0.01 * (1 - mu) / (1 - product) * g / d + 0.01 * mu / (1 - product * mu) * mean / d;
        assert_close(dl_module_param(m, 0), &w, 1, 1e-11);
    }
    dl_optim_drop(o);
    dl_module_drop(m);
}

static const OPTIM_BAD(nadam) bad[] = {
    {{.lr = -2}, "optim_nadam: lr is -2"},
    {{.beta1 = 1}, "beta1 is 1, wanted at least 0 and less than 1"},
    {{.beta2 = -0.5}, "beta2 is -0.5"},
    {{.eps = NAN}, "eps is nan"},
    {{.weight_decay = INFINITY}, "weight_decay is inf"},
    {{.momentum_decay = -2}, "momentum_decay is -2"},
    {{.decoupled = 2}, "decoupled is 2"},
    {{.reserved = {1}}, "reserved"},
};
OPTIM_OPTIONS_TEST(nadam, bad)

static void nadam_does_what_every_optimizer_does(void **state)
{
    (void)state;
    check_optim(plain);
    check_optim(decoupled);
}

static void nadam_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(plain);
    check_faults(decoupled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nadam_takes_the_steps_of_pytorch_with_every_option),
        with_ctx(nadam_has_the_documented_defaults),
        with_ctx(nadam_goes_on_smoothly_after_hundreds_of_steps),
        with_ctx(nadam_names_an_option_out_of_range),
        cmocka_unit_test(nadam_does_what_every_optimizer_does),
        cmocka_unit_test(nadam_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
