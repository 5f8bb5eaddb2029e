#include <math.h>
#include <stdlib.h>
#include "dl/losses.h"
#include "dl/ops.h"
#include "support/optim_run.h"

enum { N = 30, D = 6 };

/* "w" [1, D] and "b" [1], zero. */
static dl_module *make_line(dl_ctx *ctx, dl_dtype dt)
{
    dl_module *m = dl_module_new(ctx, &bag_class, NULL);
    dl_module_add_param(m, "w", dl_tensor_zeros(ctx, dt, DL_SHAPE(1, D)));
    dl_module_add_param(m, "b", dl_tensor_zeros(ctx, dt, DL_SHAPE(1)));
    expect_ok(ctx);
    return m;
}

static double soft(double x, double t)
{
    return x > t ? x - t : x < -t ? x + t : 0;
}

/* The minimum of mean (x w - y)^2 + lambda |w| by coordinate descent, in w. */
static void descend(const double *x, const double *y, double lambda, double *w)
{
    for (int j = 0; j < D; j++)
        w[j] = 0;
    for (int sweep = 0; sweep < 1000; sweep++)
        for (int j = 0; j < D; j++) {
            double rho = 0, z = 0;
            for (int i = 0; i < N; i++) {
                double rest = y[i];
                for (int k = 0; k < D; k++)
                    rest -= k == j ? 0 : x[i * D + k] * w[k];
                rho += x[i * D + j] * rest;
                z += x[i * D + j] * x[i * D + j];
            }
            w[j] = soft(2 * rho / N, lambda) / (2 * z / N);
        }
}

static void steps_lead_to_the_solution_of_the_lasso(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(N, D));
    dl_tensor *truth = make_tensor(ctx, DL_F64, DL_SHAPE(1, D), 1, 0, -0.5, 0, 0.04, 0);
    dl_tensor *noise = dl_scale(random_tensor(ctx, DL_F64, 2, DL_SHAPE(N, 1)), 0.05);
    dl_tensor *y = dl_add(dl_linear(x, truth, NULL), noise);
    const double lambda = 0.05;
    double *xs = values_of(x), *ys = values_of(y), wanted[D];
    descend(xs, ys, lambda, wanted);
    free(xs);
    free(ys);
    dl_module *m = make_line(ctx, DL_F64);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.5});
    assert_int_equal(dl_optim_proximal(o, NULL, lambda), DL_OK);
    for (int i = 0; i < 400; i++) {
        const int32_t mark = dl_scope_begin(ctx);
        dl_module_zero_grad(m);
        dl_backward(dl_mse(dl_linear(x, dl_module_param(m, 0), NULL), y, NULL));
        dl_optim_step(o);
        dl_scope_end(ctx, mark);
    }
    expect_ok(ctx);
    assert_close(dl_module_param(m, 0), wanted, D, 1e-12);
    double *found = values_of(dl_module_param(m, 0));
    int zeros = 0;
    for (int j = 0; j < D; j++) {
        assert_int_equal(found[j] == 0, wanted[j] == 0);
        zeros += found[j] == 0;
    }
    free(found);
    assert_in_range(zeros, 3, 4);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void each_parameter_shrinks_by_its_own_rate(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_module *m = make_line(ctx, dt);
        dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.5});
        dl_optim_group(o, "w", 0.5, 0);
        assert_int_equal(dl_optim_proximal(o, "?", 2), DL_OK); /* by 2 * 0.25 and 2 * 0.5 */
        static const double w[] = {1, -1, 0.5, -0.5, 0.25, NAN};
        dl_tensor_copy(dl_module_param(m, 0), tensor_of(ctx, dt, w, DL_SHAPE(1, D)));
        dl_tensor_fill(dl_module_param(m, 1), 3);
        give_grad_of(m, 0, 0);
        give_grad_of(m, 1, 0);
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_values(dl_module_param(m, 0), 0.5, -0.5, 0, 0, 0, NAN);
        assert_values(dl_module_param(m, 1), 2);
        /* A parameter without a gradient, and a frozen one, stay as they are. */
        dl_grad_zero(dl_module_param(m, 1));
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_values(dl_module_param(m, 0), 0, 0, 0, 0, 0, NAN);
        assert_values(dl_module_param(m, 1), 2);
        /* Off for one, then for both. */
        give_grad_of(m, 1, 0);
        assert_int_equal(dl_optim_proximal(o, NULL, DL_OFF), DL_OK);
        dl_tensor_fill(dl_module_param(m, 0), 1);
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_values(dl_module_param(m, 0), 1, 1, 1, 1, 1, 1);
        assert_values(dl_module_param(m, 1), 1);
        assert_int_equal(dl_optim_proximal(o, "*", 0), DL_OK);
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_values(dl_module_param(m, 1), 1);
        dl_optim_drop(o);
        dl_module_drop(m);
    }
}

static dl_optim *proximal_adam(dl_module *m)
{
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.lr = 0.05, .weight_decay = 0.1});
    dl_optim_clip(o, 1, 0.5);
    dl_optim_proximal(o, "*", 0.01);
    return o;
}

static void proximal_steps_have_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    check_threads(proximal_adam);
}

static void proximal_says_what_is_wrong_and_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_line(ctx, DL_F32);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
    assert_int_equal(dl_optim_proximal(o, "*", -3), DL_EINVAL);
    expect_error(ctx, DL_EINVAL,
                 "optim_proximal: lambda is -3, wanted a finite number, not negative");
    assert_int_equal(dl_optim_proximal(o, "*", INFINITY), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_proximal: lambda is inf");
    assert_int_equal(dl_optim_proximal(o, "*", NAN), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_proximal: lambda is nan");
    assert_int_equal(dl_optim_proximal(o, "c.*", 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_proximal: no parameter's name fits \"c.*\"");
    assert_int_equal(dl_optim_proximal(NULL, "*", 1), DL_EINVAL);
    dl_fail(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_optim_proximal(o, "*", 1), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stop");
    dl_tensor_fill(dl_module_param(m, 1), 3);
    give_grad_of(m, 1, 1);
    dl_optim_step(o);
    assert_values(dl_module_param(m, 1), 2);
    dl_optim_drop(o);
    dl_module_drop(m);
    m = make_params(ctx, DL_F32, (const int64_t[]){3}, 1);
    o = dl_optim_sgd(m, NULL);
    assert_int_equal(dl_optim_proximal(o, NULL, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_proximal: no parameter has two axes or more");
    dl_optim_drop(o);
    dl_module_drop(m);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_ctx(steps_lead_to_the_solution_of_the_lasso),
        with_ctx(each_parameter_shrinks_by_its_own_rate),
        cmocka_unit_test(proximal_steps_have_the_same_bits_for_any_number_of_threads),
        with_ctx(proximal_says_what_is_wrong_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
