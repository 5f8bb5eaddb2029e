#include <math.h>
#include <stdlib.h>
#include "support/loss_check.h"

static dl_tensor *call_bce(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_bce(in[0], in[1], user);
}

static const op_case cases[] = {LOSS_CASES(0.05, 0.95, 0.05, 0.95)};
static const op_test test = {"bce", call_bce, OP_CASES(cases), .flags = 0};

static void bce_does_what_every_loss_does(void **state)
{
    check_loss(*state, "bce", dl_bce, HAS_WEIGHT);
}

static void logarithms_end_at_minus_100(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *p = make_tensor(ctx, DL_F64, DL_SHAPE(5), 0, 1, 0, 1, NAN), *d[2];
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(5), 1, 0, 0, 1, 0);
    dl_grad_track(p, 1);
    dl_grad_track(t, 1);
    dl_tensor *y = dl_bce(p, t, &loss_none);
    assert_values(y, 100, 100, 0, 0, NAN);
    loss_gradients(y, p, t, d);
    assert_values(d[0], -1e12, 1e12, 0, 0, NAN);
    assert_values(d[1], 100, -100, 100, -100, NAN);
}

static void bce_names_what_is_no_probability(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2, 2)));
    dl_tensor *p = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 0, 1, 1.25, -3);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        assert_null(dl_bce(with_layout(p, layout), t, NULL));
        expect_error(ctx, DL_EINVAL, "bce: pred at [1, 0] is 1.25, it wants a number in [0, 1]");
    }
    p = tensor_of(ctx, DL_F64, (const double[]){-INFINITY}, NULL, 0);
    assert_null(dl_bce(p, p, NULL));
    expect_error(ctx, DL_EINVAL, "bce: pred at [] is -inf");
}

static void weights_broadcast_to_the_losses_of_bce(void **state)
{
    check_loss_weights(*state, "bce", dl_bce);
}

static void bce_says_that_it_has_no_third_derivatives(void **state)
{
    check_loss_third(*state, "bce", dl_bce, 0);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(bce_does_what_every_loss_does),
        with_ctx(logarithms_end_at_minus_100),
        with_ctx(bce_names_what_is_no_probability),
        with_ctx(weights_broadcast_to_the_losses_of_bce),
        with_ctx(bce_says_that_it_has_no_third_derivatives),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
