#include <math.h>
#include "support/optim_run.h"

#define CASE(name, ...)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return dl_optim_adamw(m, &(dl_adam_opts){__VA_ARGS__});                                    \
    }
CASE(defaults, .reserved = {0})
CASE(decay, .lr = 0.05, .weight_decay = 0.1)
CASE(everything, .lr = 0.05, .weight_decay = 0.2, .amsgrad = 1, .beta1 = 0.8, .beta2 = 0.7,
     .eps = 1e-3)
CASE(undecayed, .lr = 0.05, .weight_decay = DL_OFF)

static void adamw_takes_the_steps_of_pytorch_with_every_option(void **state)
{
    (void)state;
    check_trajectory("adamw_default", defaults);
    check_trajectory("adamw", decay);
    check_trajectory("adamw_amsgrad", everything);
    check_trajectory("adam", undecayed);
    check_trajectory("adam_absent", undecayed);
}

static dl_optim *without_options(dl_module *m)
{
    return dl_optim_adamw(m, NULL);
}

static void adamw_has_the_defaults_of_pytorch(void **state)
{
    (void)state;
    check_trajectory("adamw_default", without_options);
}

static const OPTIM_BAD(adam) bad[] = {
    {{.lr = -2}, "lr is -2"},
    {{.decoupled = DL_OFF}, "optim_adamw: decoupled is off; optim_adam has that"},
    {{.decoupled = 3}, "decoupled is 3"},
    {{.beta1 = 1}, "optim_adamw: beta1 is 1"},
    {{.beta2 = 2}, "beta2 is 2"},
    {{.eps = -2}, "eps is -2"},
    {{.weight_decay = -3}, "weight_decay is -3"},
    {{.amsgrad = 2}, "amsgrad is 2"},
    {{.reserved = {1}}, "reserved"},
};
OPTIM_OPTIONS_TEST(adamw, bad)

static void adamw_does_what_every_optimizer_does(void **state)
{
    (void)state;
    check_optim(defaults);
    check_optim(everything);
}

static void adamw_survives_every_failing_allocation(void **state)
{
    (void)state;
    check_faults(without_options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adamw_takes_the_steps_of_pytorch_with_every_option),
        cmocka_unit_test(adamw_has_the_defaults_of_pytorch),
        with_ctx(adamw_names_an_option_out_of_range),
        cmocka_unit_test(adamw_does_what_every_optimizer_does),
        cmocka_unit_test(adamw_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
