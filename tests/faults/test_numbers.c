/* Numbers at the edge: huge logits, rows that are all masked, NaN on its way through a net, a loss
 * of exactly 0, very many steps, and the search for the first operation that is not finite. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "dl/dl.h"
#include "optim/optim.h"
#include "support/support.h"

static void logits_of_1e38_have_a_finite_loss_and_gradient(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), 1e38, -1e38, 0, -1e38, -1e38, 1e38);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(2), 0, 2);
    dl_grad_track(x, 1);
    dl_tensor *loss = dl_cross_entropy(x, y, NULL);
    assert_values(loss, 0); /* exactly: the right classes are certain */
    assert_int_equal(dl_backward(loss), DL_OK);
    assert_values(dl_grad(x), 0, 0, 0, 0, 0, 0);
    dl_tensor *wrong = make_tensor(ctx, DL_I64, DL_SHAPE(2), 2, 2);
    assert_close(dl_cross_entropy(x, wrong, NULL), ((double[]){0.5e38}), 1, 1e-6);
}

static void a_row_that_is_all_masked_gives_zeros(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), -INFINITY, -INFINITY, -INFINITY, 3);
    assert_values(dl_softmax(x, 1), 0, 0, 0, 1);
    assert_values(dl_log_softmax(x, 1), -INFINITY, -INFINITY, -INFINITY, 0);
    assert_values(dl_argmax(x, 1, 0), 0, 1);
}

static void nan_is_not_lost_on_its_way(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *x = make_tensor(ctx, dt, DL_SHAPE(2, 3), 1, NAN, 2, 4, -5, NAN);
        assert_values(dl_relu(x), 1, NAN, 2, 4, 0, NAN);
        assert_values(dl_max(x, NULL, 0, 0), NAN);
        assert_values(dl_argmax(x, 1, 0), 1, 2); /* the first NaN wins */
        assert_values(dl_softmax(x, 1), NAN, NAN, NAN, NAN, NAN, NAN);
        assert_values(dl_sum(x, NULL, 0, 0), NAN);
        assert_close(dl_tanh(dl_sigmoid(dl_select(x, 1, 1))),
                     ((double[]){NAN, tanh(1 / (1 + exp(5)))}), 2, 1e-6);
    }
}

static void a_loss_of_0_can_be_trained_on(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = dl_layer_dense(ctx, 2, 1, &(dl_layer_opts){.init = DL_INIT_ZEROS});
    dl_optim *optim = dl_optim_adam(net, NULL);
    dl_optim_clip(optim, 1, 0);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), 1, 2);
    dl_tensor *y = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1), 0);
    dl_tensor *loss = dl_mse(dl_module_forward(net, x), y, NULL);
    assert_true(dl_tensor_item(loss) == 0);
    assert_int_equal(dl_backward(loss), DL_OK);
    assert_int_equal(dl_optim_step(optim), DL_OK);
    assert_values(dl_module_param(net, 0), 0, 0); /* 0 / (sqrt(0) + eps) */
    dl_optim_drop(optim);
    dl_module_drop(net);
}

/* The corrections 1 - beta^t are 1 then, and t does not wrap. */
static void adam_goes_on_after_very_many_steps(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = dl_layer_dense(ctx, 1, 1, &(dl_layer_opts){.no_bias = 1});
    dl_optim *optim = dl_optim_adam(net, &(dl_adam_opts){.lr = 0.5});
    dl_tensor_fill(dl_module_param(net, 0), 1);
    optim->slice[0].steps = ((int64_t)1 << 31) - 1;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1), 2);
    assert_int_equal(dl_backward(dl_sum(dl_module_forward(net, x), NULL, 0, 0)), DL_OK);
    assert_int_equal(dl_optim_step(optim), DL_OK);
    assert_true(optim->slice[0].steps == (int64_t)1 << 31);
    /* m = 0.1 * 2, v = 0.001 * 4, w = 1 - 0.5 m / (sqrt(v) + eps) */
    assert_close(dl_module_param(net, 0), ((double[]){1 - 0.5 * 0.2 / sqrt(0.004)}), 1, 1e-5);
    dl_optim_drop(optim);
    dl_module_drop(net);
}

static void the_first_operation_that_is_not_finite_is_named(void **state)
{
    (void)state;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.check_finite = 1, .threads = 1});
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, -1);
    assert_null(dl_relu(dl_exp(dl_log(x)))); /* relu and exp are not to blame */
    expect_error(ctx, DL_ENUMERIC, "log: its result of shape [2] holds nan");
    assert_null(dl_sum(dl_scale(dl_exp(dl_scale(x, 100)), 0.5), NULL, 0, 0));
    expect_error(ctx, DL_ENUMERIC, "exp: its result of shape [2] holds inf");
    dl_module *net =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_relu(ctx), dl_layer_dense(ctx, 2, 2, NULL)));
    dl_tensor_fill(dl_module_param(net, 0), FLT_MAX);
    assert_null(dl_module_forward(net, make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), 4, 4)));
    expect_error(ctx, DL_ENUMERIC, "sequential.1 (dense): linear: its result");
    dl_module_drop(net);
    end_ctx(ctx);
}

/* Neither a NaN in a batch nor a gradient that overflows changes weights. */
static void a_step_with_a_norm_that_is_not_finite_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    char before[DL_HASH_TEXT], after[DL_HASH_TEXT];
    dl_module *net = dl_layer_dense(ctx, 2, 1, NULL);
    dl_optim *optim = dl_optim_adam(net, NULL);
    dl_optim_clip(optim, 1, 0);
    dl_module_hash(net, before);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), NAN, 2);
    dl_backward(dl_sum(dl_module_forward(net, x), NULL, 0, 0));
    assert_int_equal(dl_optim_step(optim), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "norm of the gradients is nan");
    dl_module_hash(net, after);
    assert_string_equal(after, before);
    assert_true(dl_optim_steps(optim) == 0);
    dl_optim_drop(optim);
    dl_module_drop(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(logits_of_1e38_have_a_finite_loss_and_gradient),
        with_ctx(a_row_that_is_all_masked_gives_zeros),
        with_ctx(nan_is_not_lost_on_its_way),
        with_ctx(a_loss_of_0_can_be_trained_on),
        with_ctx(adam_goes_on_after_very_many_steps),
        cmocka_unit_test(the_first_operation_that_is_not_finite_is_named),
        with_ctx(a_step_with_a_norm_that_is_not_finite_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
