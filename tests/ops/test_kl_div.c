#include <math.h>
#include "support/loss_check.h"

static dl_tensor *loss(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o)
{
    return dl_kl_div(pred, target, 0, o);
}

static dl_tensor *call_kl_div(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return loss(in[0], in[1], user);
}

static const op_case cases[] = {LOSS_CASES(0.1, 1, 0.1, 1)};
static const op_test test = {"kl_div", call_kl_div, OP_CASES(cases), .flags = 0};

static void kl_div_does_what_every_loss_does(void **state)
{
    check_loss(*state, "kl_div", loss, 0);
}

static dl_tensor *call_log_target(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_kl_div(in[0], in[1], 1, user);
}

static const op_case log_cases[] = {LOSS_CASES(-2, 0, -2, 0)};
static const op_test log_test = {"kl_div", call_log_target, OP_CASES(log_cases), .flags = 0};

static void a_target_of_0_has_no_loss(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(4), -1, -INFINITY, -INFINITY, NAN), *d[2];
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(4), 0, 0, 1, 1);
    dl_tensor *log_t = make_tensor(ctx, DL_F64, DL_SHAPE(4), -INFINITY, -INFINITY, 0, 0);
    for (int k = 0; k < 2; k++) {
        dl_tensor *target = k ? log_t : t;
        dl_grad_track(x, 1);
        dl_grad_track(target, 1);
        dl_tensor *y = dl_kl_div(x, target, k, &loss_none);
        assert_values(y, 0, 0, INFINITY, NAN);
        loss_gradients(y, x, target, d);
        assert_values(d[0], 0, 0, -1, -1);
        assert_values(d[1], 0, 0, INFINITY, NAN);
    }
}

static void the_divergence_of_a_distribution_from_itself_is_0(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *log_p = dl_log_softmax(random_tensor(ctx, DL_F64, 1, DL_SHAPE(6, 5)), 1);
    dl_tensor *log_q = dl_log_softmax(random_tensor(ctx, DL_F64, 2, DL_SHAPE(6, 5)), 1);
    assert_close(dl_kl_div(log_p, dl_exp(log_p), 0, &loss_sum), (double[]){0}, 1, 1e-14);
    assert_values(dl_kl_div(log_p, log_p, 1, &loss_sum), 0);
    double apart = dl_tensor_item(dl_kl_div(log_p, log_q, 1, &loss_batch_mean));
    assert_true(apart > 0.05);
    assert_close(dl_kl_div(log_p, dl_exp(log_q), 0, &loss_batch_mean), &apart, 1, 1e-13);
}

static void kl_div_says_that_it_has_no_third_derivatives(void **state)
{
    check_loss_third(*state, "kl_div", loss, 1);
}

static void both_kinds_of_target_fail_as_kl_div(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    for (int32_t log_target = 0; log_target < 2; log_target++) {
        assert_null(dl_kl_div(x, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)), log_target, NULL));
        expect_error(ctx, DL_ESHAPE, "kl_div: pred is [3] and target is [2]");
    }
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(both_kinds_of_target_fail_as_kl_div),
        with_ctx(kl_div_does_what_every_loss_does),
        with_ctx(a_target_of_0_has_no_loss),
        with_ctx(the_divergence_of_a_distribution_from_itself_is_0),
        with_ctx(kl_div_says_that_it_has_no_third_derivatives),
    };
    return op_main(&test, more, OP_LENGTH(more)) + op_main(&log_test, NULL, 0);
}
