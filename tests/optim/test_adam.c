#include <math.h>
#include <stdlib.h>
#include "support/optim_run.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_adam(m, &(dl_adam_opts){.lr = 0.05, __VA_ARGS__});                         \
    }
CASE(plain, .reserved = {0})
CASE(betas, .beta1 = 0.5, .beta2 = 0.9)
CASE(zero_betas, .beta1 = DL_OFF, .beta2 = DL_OFF, .eps = 0.1)
CASE(large_eps, .eps = 0.01)
CASE(decay, .weight_decay = 0.1)
CASE(amsgrad, .amsgrad = 1, .beta2 = 0.8)
CASE(amsgrad_decay, .amsgrad = 1, .beta2 = 0.8, .weight_decay = 0.1)
CASE(decoupled, .decoupled = 1, .weight_decay = 0.1)
CASE(everything, .decoupled = 1, .weight_decay = 0.2, .amsgrad = 1, .beta1 = 0.8, .beta2 = 0.7,
     .eps = 1e-3)

static void adam_takes_the_steps_of_pytorch_with_every_option(void **state)
{
    (void)state;
    check_trajectory("adam", plain);
    check_trajectory("adam_betas", betas);
    check_trajectory("adam_zero_betas", zero_betas);
    check_trajectory("adam_eps", large_eps);
    check_trajectory("adam_decay", decay);
    check_trajectory("adam_amsgrad", amsgrad);
    check_trajectory("adam_amsgrad_decay", amsgrad_decay);
    check_trajectory("adamw", decoupled);
    check_trajectory("adamw_amsgrad", everything);
}

static void adam_counts_the_steps_of_each_parameter(void **state)
{
    (void)state;
    check_trajectory("adam_absent", plain);
}

static void the_first_step_of_adam_is_the_rate_against_the_sign_for_every_tensor(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 12 };
    int64_t size[N];
    for (int i = 0; i < N; i++)
        size[i] = 1 + 37 * i * i;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_module *m = make_params(ctx, dt, size, N);
        dl_optim *o = dl_optim_adam(m, NULL);
        for (int i = 0; i < N; i++)
            give_grad(m, i, random_tensor(ctx, dt, (uint64_t)i + 1, &size[i], 1));
        assert_int_equal(dl_optim_step(o), DL_OK);
        for (int i = 0; i < N; i++) {
            double *w = values_of(dl_module_param(m, i));
            double *g = values_of(dl_grad(dl_module_param(m, i)));
            for (int64_t k = 0; k < size[i]; k++)
                if (fabs(g[k]) > 1e-3)
                    assert_true(fabs(w[k] / (g[k] > 0 ? -0.001 : 0.001) - 1) < 2e-5);
            free(w);
            free(g);
        }
        dl_optim_drop(o);
        dl_module_drop(m);
    }
}

static void adam_has_the_documented_defaults(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_adam(m, NULL);
    assert_true(dl_optim_lr(o) == 0.001);
    give_grad_of(m, 0, 1e-8); /* as large as eps: the first step is half the rate */
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_close(dl_module_param(m, 0), (const double[]){-0.0005}, 1, 1e-15);
    give_grad_of(m, 0, 0);
    assert_int_equal(dl_optim_step(o), DL_OK);
    const double first = 0.9e-9 / 0.19, second = sqrt(0.999 * 0.001 * 1e-16 / (1 - 0.998001));
    const double wanted = -0.0005 - 0.001 * first / (second + 1e-8);
    assert_close(dl_module_param(m, 0), &wanted, 1, 1e-14);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void adam_without_eps_leaves_a_gradient_of_zero_undefined_as_the_formula_says(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.eps = DL_OFF});
    give_grad_of(m, 0, 1e-300);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_true(!isfinite(dl_tensor_item(dl_module_param(m, 0)))); /* 1e-600 is 0 */
    dl_optim_drop(o);
    o = dl_optim_adam(m, NULL);
    dl_tensor_fill(dl_module_param(m, 0), 1);
    give_grad_of(m, 0, 0);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), 1);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void amsgrad_lets_nan_pass(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F32, &one, 1);
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.amsgrad = 1});
    give_grad_of(m, 0, 1);
    dl_optim_step(o);
    assert_true(isfinite(dl_tensor_item(dl_module_param(m, 0))));
    give_grad_of(m, 0, NAN);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_true(isnan(dl_tensor_item(dl_module_param(m, 0))));
    dl_optim_drop(o);
    dl_module_drop(m);
}

static const OPTIM_BAD(adam) bad[] = {
    {{.lr = -2}, "optim_adam: lr is -2"},
    {{.beta1 = 1}, "beta1 is 1, wanted at least 0 and less than 1"},
    {{.beta1 = -0.5}, "beta1 is -0.5"},
    {{.beta2 = 1.5}, "beta2 is 1.5"},
    {{.beta2 = NAN}, "beta2 is nan"},
    {{.eps = -1e-8}, "eps is -1e-08"},
    {{.eps = INFINITY}, "eps is inf"},
    {{.weight_decay = -0.1}, "weight_decay is -0.1"},
    {{.decoupled = 3}, "decoupled is 3"},
    {{.amsgrad = -2}, "amsgrad is -2"},
    {{.reserved = {1}}, "reserved"},
};
OPTIM_OPTIONS_TEST(adam, bad)

static void adam_does_what_every_optimizer_does(void **state)
{
    (void)state;
    check_optim(plain);
    check_optim(everything);
}

static void adam_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(plain);
    check_faults(everything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam_takes_the_steps_of_pytorch_with_every_option),
        cmocka_unit_test(adam_counts_the_steps_of_each_parameter),
        with_ctx(the_first_step_of_adam_is_the_rate_against_the_sign_for_every_tensor),
        with_ctx(adam_has_the_documented_defaults),
        with_ctx(adam_without_eps_leaves_a_gradient_of_zero_undefined_as_the_formula_says),
        with_ctx(amsgrad_lets_nan_pass),
        with_ctx(adam_names_an_option_out_of_range),
        cmocka_unit_test(adam_does_what_every_optimizer_does),
        cmocka_unit_test(adam_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
