/* The update rules as the course writes them, and the default forms, step by step against their
 * formulas in double. What PyTorch does with every option: tests/optim. */
#include <math.h>
#include "support/optim_run.h"

#define RULE(name, how)                                                                            \
    static dl_optim *name(dl_module *m)                                                            \
    {                                                                                              \
        return how;                                                                                \
    }

RULE(momentum, dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.05, .momentum = 0.9}))

/* v = g + beta v, w = w - alpha v: no 1 - beta. */
static double course_momentum(double w, double g, double *v, int64_t step)
{
    (void)step;
    *v = g + 0.9 * *v;
    return w - 0.05 * *v;
}

static void momentum_adds_the_gradient_whole(void **state)
{
    (void)state;
    check_formula(momentum, course_momentum);
}

RULE(adagrad, dl_optim_adagrad(m, &(dl_adagrad_opts){.lr = 0.05, .eps = 0.01}))
RULE(adagrad_inside,
     dl_optim_adagrad(m, &(dl_adagrad_opts){.lr = 0.05, .eps = 0.01, .eps_inside = 1}))
RULE(rmsprop, dl_optim_rmsprop(m, &(dl_rmsprop_opts){.lr = 0.02, .alpha = 0.9, .eps = 0.01}))
RULE(rmsprop_inside,
     dl_optim_rmsprop(m,
                      &(dl_rmsprop_opts){.lr = 0.02, .alpha = 0.9, .eps = 0.01, .eps_inside = 1}))

static double sum_of_squares(double g, double *sum)
{
    return *sum += g * g;
}

static double mean_of_squares(double g, double *mean)
{
    return *mean = 0.9 * *mean + (1 - 0.9) * g * g;
}

static double adagrad_outside_formula(double w, double g, double *s, int64_t step)
{
    (void)step;
    return w - 0.05 * g / (sqrt(sum_of_squares(g, s)) + 0.01);
}

static double adagrad_inside_formula(double w, double g, double *s, int64_t step)
{
    (void)step;
    return w - 0.05 * g / sqrt(sum_of_squares(g, s) + 0.01);
}

static double rmsprop_outside_formula(double w, double g, double *s, int64_t step)
{
    (void)step;
    return w - 0.02 * g / (sqrt(mean_of_squares(g, s)) + 0.01);
}

static double rmsprop_inside_formula(double w, double g, double *s, int64_t step)
{
    (void)step;
    return w - 0.02 * g / sqrt(mean_of_squares(g, s) + 0.01);
}

static void eps_stands_outside_the_root_or_inside_where_it_is_asked_for(void **state)
{
    (void)state;
    check_formula(adagrad, adagrad_outside_formula);
    check_formula(adagrad_inside, adagrad_inside_formula);
    check_formula(rmsprop, rmsprop_outside_formula);
    check_formula(rmsprop_inside, rmsprop_inside_formula);
}

RULE(adam, dl_optim_adam(m, &(dl_adam_opts){.lr = 0.02, .beta1 = 0.8, .beta2 = 0.9, .eps = 1e-3}))

/* RMSProp of an average of gradients, both averages freed of the zeros that they began with. */
static double adam_formula(double w, double g, double *s, int64_t step)
{
    s[0] = 0.8 * s[0] + (1 - 0.8) * g;
    const double m = s[0] / (1 - pow(0.8, (double)step));
    const double v = mean_of_squares(g, s + 1) / (1 - pow(0.9, (double)step));
    return w - 0.02 * m / (sqrt(v) + 1e-3);
}

static void adam_is_rmsprop_with_momentum_and_bias_correction(void **state)
{
    (void)state;
    check_formula(adam, adam_formula);
}

/* One weight that begins at 0, a gradient of 1 at every step, momentum 0.5. */
static void steps(dl_ctx *ctx, int32_t in_velocity, const double *rate, int n, double *w)
{
    const int64_t one = 1;
    dl_module *m = make_params(ctx, DL_F64, &one, 1);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.momentum = 0.5, .lr_in_velocity = in_velocity});
    for (int i = 0; i < n; i++) {
        dl_optim_set_lr(o, rate[i]);
        give_grad_of(m, 0, 1);
        assert_int_equal(dl_optim_step(o), DL_OK);
        w[i] = dl_tensor_item(dl_module_param(m, 0));
    }
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void are(const double *w, const double *wanted, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(fabs(w[i] - wanted[i]) < 1e-15);
}

/* A rate in the velocity goes on for as long as the gradient it came with: the two forms part when
 * the rate changes, and only then. */
static void the_rate_in_the_velocity_matters_when_it_changes_and_only_then(void **state)
{
    dl_ctx *ctx = *state;
    const double constant[] = {0.1, 0.1, 0.1}, falling[] = {0.1, 0.1, 0.01};
    double w[3];
    for (int32_t in_velocity = 0; in_velocity < 2; in_velocity++) {
        steps(ctx, in_velocity, constant, 3, w); /* v = 1, 1.5, 1.75 */
        are(w, (const double[]){-0.1, -0.25, -0.425}, 3);
    }
    steps(ctx, 0, falling, 3, w); /* the last step is 0.01 * 1.75 */
    are(w, (const double[]){-0.1, -0.25, -0.2675}, 3);
    steps(ctx, 1, falling, 3, w); /* and here 0.5 * 0.15 + 0.01 */
    are(w, (const double[]){-0.1, -0.25, -0.335}, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(momentum_adds_the_gradient_whole),
        cmocka_unit_test(eps_stands_outside_the_root_or_inside_where_it_is_asked_for),
        cmocka_unit_test(adam_is_rmsprop_with_momentum_and_bias_correction),
        with_f64(the_rate_in_the_velocity_matters_when_it_changes_and_only_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
