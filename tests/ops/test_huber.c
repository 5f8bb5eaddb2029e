#include <math.h>
#include "support/loss_check.h"

static dl_tensor *loss(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o)
{
    return dl_huber(pred, target, 0.75, o);
}

static dl_tensor *call_huber(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return loss(in[0], in[1], user);
}

static const op_case cases[] = {LOSS_CASES(-2, 2, -2, 2)};
static const op_test test = {"huber", call_huber, OP_CASES(cases), .flags = 0};

static void huber_does_what_every_loss_does(void **state)
{
    check_loss(*state, "huber", loss, 0);
}

static void huber_is_a_square_inside_and_a_line_outside(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(6), 0, 1, 2, -4, INFINITY, NAN), *d[2];
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(6), 0, 0, 0, 0, 0, 0);
    dl_grad_track(x, 1);
    dl_grad_track(t, 1);
    dl_tensor *y = dl_huber(x, t, 2, &loss_none);
    assert_values(y, 0, 0.5, 2, 6, INFINITY, NAN);
    loss_gradients(y, x, t, d);
    assert_values(d[0], 0, 1, 2, -2, 2, NAN);
    assert_values(d[1], 0, -1, -2, 2, -2, NAN);
}

static void huber_wants_a_delta_above_0(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    static const double bad[] = {0, -1, INFINITY, NAN};
    for (int i = 0; i < 4; i++) {
        assert_null(dl_huber(x, x, bad[i], NULL));
        expect_error(ctx, DL_EINVAL, "huber: delta is ");
    }
    assert_null(dl_huber(x, x, -0.5, NULL));
    expect_error(ctx, DL_EINVAL, "huber: delta is -0.5, it wants a finite number, above 0");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(huber_does_what_every_loss_does),
        with_ctx(huber_is_a_square_inside_and_a_line_outside),
        with_ctx(huber_wants_a_delta_above_0),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
