#include <math.h>
#include "support/loss_check.h"

static dl_tensor *call_l1(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_l1(in[0], in[1], user);
}

static const op_case cases[] = {LOSS_CASES(-2, 2, -2, 2)};
static const op_test test = {"l1", call_l1, OP_CASES(cases), .flags = 0};

static void l1_does_what_every_loss_does(void **state)
{
    check_loss(*state, "l1", dl_l1, 0);
}

static void the_gradient_of_l1_is_zero_where_both_are_equal(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(5), 1, 2, -1, INFINITY, NAN), *d[2];
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(5), 1, 1, 3, INFINITY, 1);
    dl_grad_track(x, 1);
    dl_grad_track(t, 1);
    dl_tensor *y = dl_l1(x, t, &loss_sum);
    assert_values(dl_l1(x, t, &loss_none), 0, 1, 4, NAN, NAN);
    loss_gradients(y, x, t, d);
    assert_values(d[0], 0, 1, -1, 0, NAN);
    assert_values(d[1], 0, -1, 1, 0, NAN);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(l1_does_what_every_loss_does),
        with_ctx(the_gradient_of_l1_is_zero_where_both_are_equal),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
