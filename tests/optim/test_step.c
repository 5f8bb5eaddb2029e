#include <fenv.h>
#include <math.h>
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/optim_run.h"

static const int64_t sizes[] = {3, 40000, 5};

static void a_parameter_without_a_gradient_is_skipped(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F32, sizes, 3);
    dl_tensor_fill(dl_module_param(m, 2), 2);
    /* Not even decay and momentum touch it. */
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1, .momentum = 0.9, .weight_decay = 0.5});
    give_grad_of(m, 0, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), -1, -1, -1);
    assert_values(dl_module_param(m, 2), 2, 2, 2, 2, 2);
    assert_int_equal(dl_optim_steps(o), 1);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void gradients_stay_until_zero_grad(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F32, sizes, 1);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
    assert_int_equal(dl_optim_step(o), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "optim_step: no parameter to update has a gradient; call");
    give_grad_of(m, 0, 1);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), -2, -2, -2);
    dl_module_zero_grad(m);
    assert_int_equal(dl_optim_step(o), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "gradient");
    assert_int_equal(dl_optim_steps(o), 2);
    /* What was there is overwritten, not added to. */
    give_grad_of(m, 0, 10);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_values(dl_module_param(m, 0), -12, -12, -12);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void while_an_error_stands_a_step_does_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F32);
    dl_optim *o = dl_optim_adam(m, NULL);
    point_backward(m);
    dl_tensor *x = param_copy(m, 0);
    assert_null(dl_matmul(x, x));
    assert_int_equal(dl_backward(NULL), DL_EINVAL);
    assert_int_equal(dl_optim_step(o), dl_ctx_status(ctx));
    expect_error(ctx, DL_ESHAPE, "matmul");
    assert_same_bits(dl_module_param(m, 0), x);
    assert_int_equal(dl_optim_steps(o), 0);
    assert_int_equal(dl_optim_step(NULL), DL_EINVAL);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void backward_over_weights_that_a_step_changed_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F32);
    dl_optim *o = dl_optim_sgd(m, NULL);
    dl_tensor *early = point_loss(m);
    point_backward(m);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_int_equal(dl_backward(early), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "changed");
    /* A step that skips or freezes everything else changes only what it says. */
    dl_optim_group(o, "x", DL_OFF, 0);
    dl_tensor *of_x = dl_sum(dl_mul(dl_module_param(m, 0), dl_module_param(m, 0)), NULL, 0, 0);
    point_backward(m);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_int_equal(dl_backward(of_x), DL_OK);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void untracked_parameters_stay_and_may_be_tracked_again(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_point(ctx, DL_F64);
    dl_tensor *x = dl_module_param(m, 0), *y = dl_module_param(m, 1);
    dl_grad_track(x, 0);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.momentum = 0.9, .weight_decay = 0.1});
    expect_ok(ctx);
    dl_tensor *frozen = param_copy(m, 0), *moving = param_copy(m, 1);
    point_backward(m);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_same_bits(x, frozen);
    assert_true(dl_tensor_item(dl_sum(dl_sub(y, moving), NULL, 0, 0)) != 0);
    dl_module_track(m, 1);
    point_backward(m);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_true(dl_tensor_item(dl_sum(dl_sub(x, frozen), NULL, 0, 0)) != 0);
    dl_optim_drop(o);
    dl_module_drop(m);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void a_step_takes_no_memory_at_all(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F32, sizes, 3);
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.amsgrad = 1, .weight_decay = 0.1});
    dl_optim_set_sched(o, dl_sched_cosine(ctx, 2, 10, 0));
    dl_optim_clip(o, 1, 1);
    for (int i = 0; i < 3; i++) {
        for (int32_t k = 0; k < 3; k++)
            give_grad_of(m, k, 1);
        dl__memory_fail(ctx, 1, 1);
        assert_true(dl_optim_grad_norm(o) > 200);
        assert_int_equal(dl_optim_step(o), DL_OK);
        assert_non_null(dl_optim_flat(o));
        dl__memory_fail(ctx, 0, 0);
    }
    dl_optim_drop(o);
    dl_module_drop(m);
}

static dl_status train_once(dl_module *net, dl_optim *o, dl_tensor *x)
{
    dl_ctx *ctx = dl_module_ctx(net);
    int32_t mark = dl_scope_begin(ctx);
    dl_module_zero_grad(net);
    dl_tensor *y = dl_module_forward(net, x);
    dl_backward(dl_mean(dl_mul(y, y), NULL, 0, 0));
    dl_status s = dl_optim_step(o);
    dl_scope_end(ctx, mark);
    return s;
}

static dl_module *make_mlp(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 20, 50, NULL), dl_layer_tanh(ctx),
                                              dl_layer_dense(ctx, 50, 10, NULL)));
}

static void after_the_first_steps_training_takes_nothing_from_the_system(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_mlp(ctx);
    dl_optim *o = dl_optim_adam(net, NULL);
    dl_tensor *x = random_tensor(ctx, DL_F32, 9, DL_SHAPE(32, 20));
    for (int i = 0; i < 3; i++)
        assert_int_equal(train_once(net, o, x), DL_OK);
    const long long takes = ctx->memory.takes;
    for (int i = 0; i < 20; i++)
        assert_int_equal(train_once(net, o, x), DL_OK);
    assert_int_equal(ctx->memory.takes, takes);
    dl_optim_drop(o);
    dl_module_drop(net);
}

static void a_training_step_that_fails_for_memory_leaves_the_weights(void **state)
{
    dl_ctx *ctx = *state;
    for (int sticky = 0; sticky < 2; sticky++) {
        dl_module *net = make_mlp(ctx);
        dl_optim *o = dl_optim_adam(net, NULL);
        dl_tensor *x = random_tensor(ctx, DL_F32, 9, DL_SHAPE(4, 20)), *w = param_copy(net, 0);
        int n = 0;
        for (;;) {
            dl__memory_fail(ctx, ++n, sticky);
            dl_status s = train_once(net, o, x);
            dl__memory_fail(ctx, 0, 0);
            if (s == DL_OK)
                break;
            expect_error(ctx, DL_ENOMEM, "");
            assert_same_bits(dl_module_param(net, 0), w);
            assert_int_equal(dl_optim_steps(o), 0);
        }
        assert_true(n > 20);
        assert_int_equal(dl_optim_steps(o), 1);
        dl_optim_drop(o);
        dl_module_drop(net);
    }
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void a_net_of_many_tensors_takes_the_steps_of_each_alone(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 40 };
    int64_t size[N];
    for (int i = 0; i < N; i++)
        size[i] = 1 + (i * 7919) % 33000;
    dl_module *m = make_params(ctx, DL_F32, size, N);
    dl_optim *o = dl_optim_adam(m, &(dl_adam_opts){.weight_decay = 0.1});
    for (int step = 0; step < 2; step++) {
        for (int i = 0; i < N; i++)
            give_grad(m, i, random_tensor(ctx, DL_F32, (uint64_t)(i + step), &size[i], 1));
        assert_int_equal(dl_optim_step(o), DL_OK);
    }
    for (int i = 0; i < N; i++) {
        dl_module *one = make_params(ctx, DL_F32, &size[i], 1);
        dl_optim *alone = dl_optim_adam(one, &(dl_adam_opts){.weight_decay = 0.1});
        for (int step = 0; step < 2; step++) {
            give_grad(one, 0, random_tensor(ctx, DL_F32, (uint64_t)(i + step), &size[i], 1));
            assert_int_equal(dl_optim_step(alone), DL_OK);
        }
        assert_same_bits(dl_module_param(m, i), dl_module_param(one, 0));
        dl_optim_drop(alone);
        dl_module_drop(one);
    }
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void a_rate_that_is_not_finite_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_params(ctx, DL_F64, sizes, 1);
    dl_optim *o = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 1});
    dl_optim_set_sched(o, dl_sched_step(ctx, 1, 1e300));
    give_grad_of(m, 0, 0);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_int_equal(dl_optim_step(o), DL_OK);
    assert_int_equal(dl_optim_step(o), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "optim_step: the learning rate is inf");
    assert_int_equal(dl_optim_steps(o), 2);
    assert_values(dl_module_param(m, 0), 0, 0, 0);
    dl_optim_drop(o);
    dl_module_drop(m);
}

static void the_hosts_rounding_mode_does_not_change_a_step(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *w[2];
    for (int i = 0; i < 2; i++) {
        dl_module *m = make_point(ctx, DL_F32);
        dl_optim *o = dl_optim_adam(m, NULL);
        dl_optim_clip(o, 1, 1);
        point_backward(m);
        if (i)
            fesetround(FE_UPWARD);
        assert_int_equal(dl_optim_step(o), DL_OK);
        fesetround(FE_TONEAREST);
        w[i] = param_copy(m, 0);
        dl_optim_drop(o);
        dl_module_drop(m);
    }
    assert_same_bits(w[0], w[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_parameter_without_a_gradient_is_skipped),
        with_ctx(gradients_stay_until_zero_grad),
        with_ctx(while_an_error_stands_a_step_does_nothing),
        with_ctx(backward_over_weights_that_a_step_changed_is_refused),
        with_ctx(untracked_parameters_stay_and_may_be_tracked_again),
        with_ctx(a_step_takes_no_memory_at_all),
        with_ctx(after_the_first_steps_training_takes_nothing_from_the_system),
        with_ctx(a_training_step_that_fails_for_memory_leaves_the_weights),
        with_ctx(a_net_of_many_tensors_takes_the_steps_of_each_alone),
        with_ctx(a_rate_that_is_not_finite_changes_nothing),
        with_ctx(the_hosts_rounding_mode_does_not_change_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
