#include "dl/dl.h"
#include "support/optim_run.h"

/* "w" [2, 2] and "b" [3], one of them in columns, and in a child "g" [2, 1], 0 among their values.
 */
static dl_module *make_net(dl_ctx *ctx, dl_dtype dt)
{
    dl_module *m = dl_module_new(ctx, &bag_class, NULL), *c = dl_module_new(ctx, &bag_class, NULL);
    dl_tensor *w = make_tensor(ctx, dt, DL_SHAPE(2, 2), 1, -2, 0, 0.5);
    dl_module_add_param(m, "w", dl_tensor_take(with_layout(w, LAYOUT_COLUMNS)));
    dl_module_add_param(m, "b", dl_tensor_take(make_tensor(ctx, dt, DL_SHAPE(3), 3, -4, 0)));
    dl_module_add_param(c, "g", dl_tensor_take(make_tensor(ctx, dt, DL_SHAPE(2, 1), -8, 0)));
    dl_module_add(m, "c", c);
    expect_ok(ctx);
    return m;
}

static void penalties_sum_over_the_weights(void **state)
{
    dl_ctx *ctx = *state;
    static const dl_dtype types[] = {DL_F32, DL_F64};
    for (int k = 0; k < 2; k++) {
        dl_module *m = make_net(ctx, types[k]);
        assert_values(dl_penalty_l1(m, NULL), 11.5);
        assert_values(dl_penalty_l2(m, NULL), 69.25);
        assert_values(dl_penalty_l1(m, "*"), 18.5);
        assert_values(dl_penalty_l2(m, "?"), 30.25);
        assert_values(dl_penalty_l2(m, "c.*"), 64);
        dl_tensor *y = dl_penalty_l1(m, "b");
        assert_int_equal(dl_tensor_dtype(y), types[k]);
        assert_int_equal(dl_tensor_ndim(y), 0);
        dl_module_drop(m);
    }
}

static void gradients_reach_the_parameters_and_are_zero_at_zero(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_net(ctx, DL_F64);
    dl_backward(dl_scale(dl_penalty_l1(m, "*"), 0.25));
    assert_values(dl_grad(dl_module_tensor(m, "w")), 0.25, -0.25, 0, 0.25);
    assert_values(dl_grad(dl_module_tensor(m, "b")), 0.25, -0.25, 0);
    assert_values(dl_grad(dl_module_tensor(m, "c.g")), -0.25, 0);
    dl_module_zero_grad(m);
    dl_backward(dl_scale(dl_penalty_l2(m, NULL), 0.5));
    assert_values(dl_grad(dl_module_tensor(m, "w")), 1, -2, 0, 0.5);
    assert_null(dl_grad(dl_module_tensor(m, "b")));
    assert_values(dl_grad(dl_module_tensor(m, "c.g")), -8, 0);
    dl_module_drop(m);
}

static void what_is_not_tracked_counts_without_a_gradient(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_net(ctx, DL_F32);
    dl_grad_track(dl_module_tensor(m, "c.g"), 0);
    dl_tensor *y = dl_penalty_l1(m, NULL);
    assert_values(y, 11.5);
    assert_int_equal(dl_backward(y), DL_OK);
    assert_null(dl_grad(dl_module_tensor(m, "c.g")));
    dl_module_drop(m);
}

static void penalties_without_data_have_a_shape(void **state)
{
    dl_ctx *ctx = *state;
    int old = dl_meta_enable(ctx, 1);
    dl_module *m = dl_layer_dense(ctx, 3, 2, NULL);
    dl_meta_enable(ctx, old);
    dl_tensor *y = dl_penalty_l2(m, NULL);
    assert_int_equal(dl_tensor_meta(y), 1);
    assert_int_equal(dl_tensor_ndim(y), 0);
    dl_module_drop(m);
}

static void only_the_penalty_is_left_in_the_scope(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_net(ctx, DL_F32);
    dl_grad_enable(ctx, 0);
    dl_penalty_l1(m, NULL);
    int64_t before = dl_ctx_live(ctx);
    assert_non_null(dl_neg(dl_module_tensor(m, "b")));
    int64_t one = dl_ctx_live(ctx) - before;
    assert_non_null(dl_penalty_l1(m, "*"));
    assert_int_equal(dl_ctx_live(ctx), before + 2 * one);
    dl_grad_enable(ctx, 1);
    dl_module_drop(m);
}

/* Two layers in f64; the same values every time. */
static dl_module *make_layers(dl_ctx *ctx)
{
    dl_module *m = dl_module_new(ctx, &bag_class, NULL);
    dl_module_add_param(m, "w1", dl_tensor_take(random_tensor(ctx, DL_F64, 1, DL_SHAPE(8, 3))));
    dl_module_add_param(m, "b1", dl_tensor_take(random_tensor(ctx, DL_F64, 2, DL_SHAPE(8))));
    dl_module_add_param(m, "w2", dl_tensor_take(random_tensor(ctx, DL_F64, 3, DL_SHAPE(2, 8))));
    dl_module_add_param(m, "b2", dl_tensor_take(random_tensor(ctx, DL_F64, 4, DL_SHAPE(2))));
    expect_ok(ctx);
    return m;
}

static dl_tensor *run_layers(dl_module *m, dl_tensor *x)
{
    x = dl_tanh(dl_linear(x, dl_module_param(m, 0), dl_module_param(m, 1)));
    return dl_linear(x, dl_module_param(m, 2), dl_module_param(m, 3));
}

/* 20 steps, the penalty in the loss or in the optimizer. */
static void train(dl_ctx *ctx, dl_module *m, double lambda, double decay)
{
    dl_optim *o =
        dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.1, .momentum = 0.9, .weight_decay = decay});
    dl_optim_group(o, "b*", 0, DL_OFF);
    dl_tensor *x = random_tensor(ctx, DL_F64, 5, DL_SHAPE(16, 3));
    dl_tensor *t = random_tensor(ctx, DL_F64, 6, DL_SHAPE(16, 2));
    for (int i = 0; i < 20; i++) {
        dl_module_zero_grad(m);
        dl_tensor *loss = dl_mse(run_layers(m, x), t, NULL);
        if (lambda > 0)
            loss = dl_add(loss, dl_scale(dl_penalty_l2(m, NULL), lambda));
        dl_backward(loss);
        dl_optim_step(o);
        expect_ok(ctx);
    }
    dl_optim_drop(o);
}

static void lambda_times_the_l2_penalty_is_weight_decay_of_two_lambda(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m[3];
    for (int i = 0; i < 3; i++)
        m[i] = make_layers(ctx);
    train(ctx, m[0], 0.05, 0);
    train(ctx, m[1], 0, 0.1);
    train(ctx, m[2], 0, 0);
    for (int32_t i = 0; i < 4; i++)
        assert_tensors_close(dl_module_param(m[0], i), dl_module_param(m[1], i), 1e-13);
    /* ... and the weights are smaller than without. */
    assert_true(dl_tensor_item(dl_penalty_l2(m[0], NULL)) <
                0.9 * dl_tensor_item(dl_penalty_l2(m[2], NULL)));
    for (int i = 0; i < 3; i++)
        dl_module_drop(m[i]);
}

static void penalties_say_what_is_wrong(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_net(ctx, DL_F32);
    assert_null(dl_penalty_l1(NULL, "*"));
    assert_null(dl_penalty_l1(m, "*.gamma"));
    expect_error(ctx, DL_EINVAL, "penalty_l1: no parameter has a name that fits \"*.gamma\"");
    dl_module *b = dl_module_new(ctx, &bag_class, NULL);
    dl_module_add_param(b, "b", dl_tensor_ones(ctx, DL_F32, DL_SHAPE(3)));
    assert_null(dl_penalty_l2(b, NULL));
    expect_error(ctx, DL_EINVAL, "penalty_l2: no parameter has two axes or more");
    dl_module_add_param(m, "z", dl_tensor_ones(ctx, DL_F64, DL_SHAPE(3)));
    assert_null(dl_penalty_l2(m, "*"));
    expect_error(ctx, DL_EDTYPE, "penalty_l2: z is f64 and one before it f32, wanted one type");
    assert_non_null(dl_penalty_l2(m, NULL));
    dl_fail(ctx, DL_EUSER, "stop");
    assert_null(dl_penalty_l2(m, NULL));
    expect_error(ctx, DL_EUSER, "stop");
    dl_module_drop(m);
    dl_module_drop(b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_ctx(penalties_sum_over_the_weights),
        with_ctx(gradients_reach_the_parameters_and_are_zero_at_zero),
        with_ctx(what_is_not_tracked_counts_without_a_gradient),
        with_ctx(penalties_without_data_have_a_shape),
        with_ctx(only_the_penalty_is_left_in_the_scope),
        with_ctx(lambda_times_the_l2_penalty_is_weight_decay_of_two_lambda),
        with_ctx(penalties_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
