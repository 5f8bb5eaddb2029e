#include <math.h>
#include "support/optim_run.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_adadelta(m, &(dl_adadelta_opts){__VA_ARGS__});                             \
    }
CASE(plain, .reserved = {0})
CASE(everything, .lr = 0.7, .rho = 0.8, .eps = 1e-3, .weight_decay = 0.1)

static void adadelta_takes_the_steps_of_pytorch_with_every_option(void **state)
{
    (void)state;
    check_trajectory("adadelta", plain);
    check_trajectory("adadelta_everything", everything);
    check_trajectory("adadelta_absent", plain);
}

static void adadelta_has_the_documented_defaults(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_adadelta(m, NULL);
    assert_true(dl_optim_lr(o) == 1);
    give_grad_of(m, 0, 0.1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    const double wanted = -sqrt(1e-6) / sqrt(0.1 * 0.01 + 1e-6) * 0.1;
    assert_close(dl_module_param(m, 0), &wanted, 1, 1e-14);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static const OPTIM_BAD(adadelta) bad[] = {
    {{.lr = -2}, "optim_adadelta: lr is -2"},
    {{.rho = 1}, "rho is 1, wanted at least 0 and less than 1"},
    {{.rho = -0.5}, "rho is -0.5"},
    {{.eps = NAN}, "eps is nan"},
    {{.weight_decay = INFINITY}, "weight_decay is inf"},
    {{.reserved = {1}}, "reserved"},
};
OPTIM_OPTIONS_TEST(adadelta, bad)

static void adadelta_does_what_every_optimizer_does(void **state)
{
    (void)state;
    check_optim(plain);
    check_optim(everything);
}

static void adadelta_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adadelta_takes_the_steps_of_pytorch_with_every_option),
        with_ctx(adadelta_has_the_documented_defaults),
        with_ctx(adadelta_names_an_option_out_of_range),
        cmocka_unit_test(adadelta_does_what_every_optimizer_does),
        cmocka_unit_test(adadelta_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
