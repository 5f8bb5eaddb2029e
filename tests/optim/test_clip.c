#include <math.h>
#include <stdlib.h>
#include "dl/ext.h"
#include "support/optim_run.h"

static dl_optim *by_norm(dl_module *m)
{
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.05, .momentum = 0.9});
    assert_int_equal(dl_optim_clip(o, 0.6, 0), DL_OK);
    return o;
}

static dl_optim *by_value(dl_module *m)
{
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.05, .weight_decay = 0.1});
    assert_int_equal(dl_optim_clip(o, DL_OFF, 0.4), DL_OK);
    return o;
}

static dl_optim *by_both(dl_module *m)
{
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.lr = 0.05});
    assert_int_equal(dl_optim_clip(o, 0.6, 0.4), DL_OK);
    return o;
}

static void clipping_takes_the_steps_of_pytorch(void **state)
{
    (void)state;
    check_trajectory("clip_norm", by_norm);
    check_trajectory("clip_value", by_value);
    check_trajectory("clip_both", by_both);
}

static const int64_t sizes[] = {3, 70000, 0, 17};

static void the_norm_is_that_of_all_gradients_together(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_module *m = make_params(ctx, dt, sizes, 4);
        dl_optim *o = dl_optim_sgd(m, NULL);
        assert_true(dl_optim_grad_norm(o) == 0);
        double sum = 0;
        for (int32_t i = 0; i < 4; i++) {
            give_grad(m, i, random_tensor(ctx, dt, (uint64_t)i + 5, &sizes[i], 1));
            double *g = values_of(dl_grad(dl_module_param(m, i)));
            for (int64_t k = 0; k < sizes[i]; k++)
                sum += g[k] * g[k];
            free(g);
        }
        assert_true(fabs(dl_optim_grad_norm(o) / sqrt(sum) - 1) < 1e-13);
        /* Not of those that the step passes over. */
        dl_grad_zero(dl_module_param(m, 1));
        assert_true(dl_optim_grad_norm(o) < sqrt(20));
        dl_optim_group(o, "0", DL_OFF, 0);
        dl_optim_group(o, "3", DL_OFF, 0);
        assert_true(dl_optim_grad_norm(o) == 0);
        dl_optim_drop(o);
        dl_module_drop(m);
    }
    assert_true(isnan(dl_optim_grad_norm(NULL)));
}

static void f32_gradients_do_not_overflow_in_the_norm(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F32, sizes, 2);
    dl_optim *o = dl_optim_sgd(m, NULL);
    give_grad_of(m, 0, 3e38);
    assert_true(fabs(dl_optim_grad_norm(o) / (3e38 * sqrt(3)) - 1) < 1e-7);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void a_norm_that_is_not_finite_leaves_everything_as_it_was(void **state)
{
    dl_ctx *ctx = *state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    dl_module *m = make_params(ctx, DL_F32, sizes, 2);
    dl_optim *o = dl_optim_adam(m, NULL);
    dl_optim_clip(o, 1, 0);
    give_grad_of(m, 0, 1);
    give_grad_of(m, 1, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    dl_tensor *before = param_copy(m, 1), *small = param_copy(m, 0);
    for (size_t i = 0; i < 3; i++) {
        double g[] = {1, bad[i], 2};
        give_grad(m, 0, tensor_of(ctx, DL_F32, g, sizes, 1));
        assert_true(!isfinite(dl_optim_grad_norm(o)));
        assert_int_equal(dl_optim_step(o), DL_ENUMERIC);
        expect_error(ctx, DL_ENUMERIC, "optim_step: the norm of the gradients is ");
        assert_same_bits(dl_module_param(m, 0), small);
        assert_same_bits(dl_module_param(m, 1), before);
        assert_int_equal(dl_optim_steps(o), 1);
    }
    /* The state is as it was too: the next step is that of an optimizer that saw none of this. */
    give_grad_of(m, 0, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    double *w = values_of(dl_module_param(m, 1));
    assert_true(fabs(w[0] + 0.002) < 1e-7);
    free(w);
    /* Clipping by value makes an infinity finite, and lets NaN pass. */
    dl_optim_clip(o, 1, 0.5);
    give_grad(m, 0, tensor_of(ctx, DL_F32, (const double[]){1, INFINITY, -INFINITY}, sizes, 1));
    assert_int_equal(dl_optim_step(o), DL_OK);
    give_grad_of(m, 0, NAN);
    assert_int_equal(dl_optim_step(o), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "is nan");
    dl_optim_clip(o, 0, 0.5);
    assert_int_equal(dl_optim_step(o), DL_OK);
    w = values_of(dl_module_param(m, 0));
    assert_true(isnan(w[0]));
    free(w);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void small_gradients_are_not_touched_by_clipping(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F64, sizes, 1);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
    dl_optim_clip(o, 100, 5);
    give_grad(m, 0, tensor_of(ctx, DL_F64, (const double[]){0.1, -4.9, 5}, sizes, 1));
    dl_optim_step(o);
    assert_values(dl_module_param(m, 0), -0.1, 4.9, -5);
    /* The gradient itself stays whole. */
    dl_optim_clip(o, 1, 1);
    dl_optim_step(o);
    assert_values(dl_grad(dl_module_param(m, 0)), 0.1, -4.9, 5);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void clipping_to_less_than_the_smallest_float_leaves_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F32, sizes, 1);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
    dl_optim_clip(o, 0, 1e-300);
    give_grad_of(m, 0, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), 0, 0, 0);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void clip_refuses_what_is_negative_or_not_finite(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F32, sizes, 1);
    dl_optim *o = dl_optim_sgd(m, NULL);
    assert_int_equal(dl_optim_clip(o, -2, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_clip: norm is -2");
    assert_int_equal(dl_optim_clip(o, 0, NAN), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "optim_clip: value is nan");
    assert_int_equal(dl_optim_clip(o, INFINITY, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "norm is inf");
    assert_int_equal(dl_optim_clip(NULL, 1, 1), DL_EINVAL);
    dl_fail(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_optim_clip(o, 1, 0), DL_EUSER);
    assert_true(isnan(dl_optim_grad_norm(o)));
    expect_error(ctx, DL_EUSER, "stop");
    dl_optim_drop(o);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clipping_takes_the_steps_of_pytorch),
        with_ctx(the_norm_is_that_of_all_gradients_together),
        with_ctx(f32_gradients_do_not_overflow_in_the_norm),
        with_ctx(a_norm_that_is_not_finite_leaves_everything_as_it_was),
        with_ctx(small_gradients_are_not_touched_by_clipping),
        with_ctx(clipping_to_less_than_the_smallest_float_leaves_nothing),
        with_ctx(clip_refuses_what_is_negative_or_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
