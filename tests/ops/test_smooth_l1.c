#include <math.h>
#include "support/loss_check.h"

static dl_tensor *loss(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o)
{
    return dl_smooth_l1(pred, target, 0.75, o);
}

static dl_tensor *call_smooth_l1(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return loss(in[0], in[1], user);
}

static const op_case cases[] = {LOSS_CASES(-2, 2, -2, 2)};
static const op_test test = {"smooth_l1", call_smooth_l1, OP_CASES(cases), .flags = 0};

static void smooth_l1_does_what_every_loss_does(void **state)
{
    check_loss(*state, "smooth_l1", loss, 0);
}

static void with_beta_0_it_is_l1(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(5), 1, 2, -1, 0.125, NAN), *d[2], *e[2];
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(5), 1, 1, 3, 0.25, 1);
    dl_grad_track(x, 1);
    dl_grad_track(t, 1);
    dl_tensor *y = dl_smooth_l1(x, t, 0, &loss_none), *z = dl_l1(x, t, &loss_none);
    assert_same_bits(y, z);
    loss_gradients(y, x, t, d);
    loss_gradients(z, x, t, e);
    assert_values(d[0], 0, 1, -1, -1, NAN);
    assert_tensors_close(d[0], e[0], 0);
    assert_tensors_close(d[1], e[1], 0);
}

static void smooth_l1_is_huber_over_beta(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(50));
    dl_tensor *t = random_tensor(ctx, DL_F64, 2, DL_SHAPE(50));
    assert_tensors_close(dl_smooth_l1(x, t, 0.25, &loss_none),
                         dl_scale(dl_huber(x, t, 0.25, &loss_none), 4), 1e-15);
}

static void smooth_l1_wants_a_beta_of_0_or_more(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    static const double bad[] = {-1, INFINITY, NAN};
    for (int i = 0; i < 3; i++) {
        assert_null(dl_smooth_l1(x, x, bad[i], NULL));
        expect_error(ctx, DL_EINVAL, "smooth_l1: beta is ");
    }
    assert_null(dl_smooth_l1(x, x, -0.5, NULL));
    expect_error(ctx, DL_EINVAL, "smooth_l1: beta is -0.5, it wants a finite number, at least 0");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(smooth_l1_does_what_every_loss_does),
        with_ctx(with_beta_0_it_is_l1),
        with_ctx(smooth_l1_is_huber_over_beta),
        with_ctx(smooth_l1_wants_a_beta_of_0_or_more),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
