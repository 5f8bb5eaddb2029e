#include <math.h>
#include "support/optim_run.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_lion(m, &(dl_lion_opts){__VA_ARGS__});                                     \
    }
CASE(plain, .lr = 0.05)
CASE(everything, .lr = 0.05, .beta1 = 0.6, .beta2 = 0.8, .weight_decay = 0.3)

static double sign(double v)
{
    return (v > 0) - (v < 0);
}

static double plain_formula(double w, double g, double *m, int64_t step)
{
    (void)step;
    w -= 0.05 * sign(0.9 * *m + (1 - 0.9) * g);
    *m = 0.99 * *m + (1 - 0.99) * g;
    return w;
}

static double everything_formula(double w, double g, double *m, int64_t step)
{
    (void)step;
    w -= 0.05 * (sign(0.6 * *m + (1 - 0.6) * g) + 0.3 * w);
    *m = 0.8 * *m + (1 - 0.8) * g;
    return w;
}

static void lion_takes_the_steps_of_the_formula(void **state)
{
    (void)state;
    check_formula(plain, plain_formula);
    check_formula(everything, everything_formula);
}

static void lion_stays_where_the_gradient_is_zero_and_lets_nan_pass(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_module *m = make_params(ctx, dt, &one, 1);
        dl_optim *o = dl_optim_lion(m, &(dl_lion_opts){.lr = 0.5});
        dl_tensor_fill(dl_module_param(m, 0), 3);
        give_grad_of(m, 0, 0);
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_values(dl_module_param(m, 0), 3);
        give_grad_of(m, 0, -1e-30);
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_values(dl_module_param(m, 0), 3.5);
        give_grad_of(m, 0, NAN);
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_true(isnan(dl_tensor_item(dl_module_param(m, 0))));
        dl_optim_drop(o);
        dl_module_drop(m);
    }
}

static void lion_has_the_documented_defaults(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_lion(m, NULL);
    assert_true(dl_optim_lr(o) == 1e-4);
    give_grad_of(m, 0, 7);
    assert_int_equal(dl_optim_step(o), DL_OK);
    const double wanted = -1e-4;
    assert_close(dl_module_param(m, 0), &wanted, 1, 1e-14);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static const OPTIM_BAD(lion) bad[] = {
    {{.lr = -2}, "optim_lion: lr is -2"},
    {{.beta1 = 1}, "beta1 is 1, wanted at least 0 and less than 1"},
    {{.beta2 = NAN}, "beta2 is nan"},
    {{.weight_decay = -2}, "weight_decay is -2"},
    {{.reserved = {1}}, "reserved"},
};
OPTIM_OPTIONS_TEST(lion, bad)

static void lion_does_what_every_optimizer_does(void **state)
{
    (void)state;
    check_optim(plain);
    check_optim(everything);
}

static void lion_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lion_takes_the_steps_of_the_formula),
        with_ctx(lion_stays_where_the_gradient_is_zero_and_lets_nan_pass),
        with_ctx(lion_has_the_documented_defaults),
        with_ctx(lion_names_an_option_out_of_range),
        cmocka_unit_test(lion_does_what_every_optimizer_does),
        cmocka_unit_test(lion_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
