#include <math.h>
#include "support/loss_check.h"

/* Labels 0 and 1 become -1 and 1. */
static dl_tensor *call_hinge(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    dl_dtype dt = dl_tensor_dtype(in[0]) == DL_F32 ? DL_F32 : DL_F64;
    dl_tensor *y = dl_cast(in[1], dt);
    return dl_hinge(in[0], dl_add_scalar(dl_scale(y, 2), -1), user);
}

static const op_case cases[] = {
    CASE("a mean", IN(3, 4), INDEX(DL_I64, 2, 3, 4)),
    CASE_WITH(&loss_sum, "a sum", IN(2, 3, 2), INDEX(DL_U8, 2, 2, 3, 2)),
    CASE_WITH(&loss_none, "unreduced", IN(3, 4), INDEX(DL_I32, 2, 3, 4)),
    CASE_WITH(&loss_batch_mean, "a mean over examples", IN(3, 4), INDEX(DL_I64, 2, 3, 4)),
    CASE("scalars", IN_SCALAR(-2, 2), {OP_INDEX, DL_I64, 0, {0}, 0, 2}),
    CASE_WITH(&loss_none, "nothing", IN(0, 4), INDEX(DL_I64, 2, 0, 4)),
    LARGE_CASE("many", IN(3, 70001), INDEX(DL_I64, 2, 3, 70001)),
};
static const op_test test = {"hinge", call_hinge, OP_CASES(cases), .flags = 0};

static void hinge_does_what_every_loss_does(void **state)
{
    check_loss(*state, "hinge", dl_hinge, 0);
}

static void hinge_is_0_from_the_margin_on(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *s = make_tensor(ctx, DL_F32, DL_SHAPE(6), 3, 1, 0.5, 0.5, -2, NAN), *d[2];
    dl_tensor *y = make_tensor(ctx, DL_F32, DL_SHAPE(6), 1, 1, 1, -1, -1, 1);
    dl_grad_track(s, 1);
    dl_grad_track(y, 1);
    dl_tensor *loss = dl_hinge(s, y, &loss_none);
    assert_values(loss, 0, 0, 0.5, 1.5, 0, NAN);
    loss_gradients(loss, s, y, d);
    assert_values(d[0], 0, 0, -1, 1, 0, -1);
    assert_values(d[1], 0, 0, -0.5, -0.5, 0, NAN);
}

static void hinge_names_a_target_that_is_no_sign(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *s = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 2));
    dl_tensor *y = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 1, 0, -1, 2);
    assert_null(dl_hinge(s, y, NULL));
    expect_error(ctx, DL_EINVAL, "hinge: target at [0, 1] is 0, it wants 1 or -1");
    y = make_tensor(ctx, DL_I64, DL_SHAPE(2, 2), 1, 1, -1, 1);
    assert_null(dl_hinge(s, y, NULL));
    expect_error(ctx, DL_EDTYPE, "hinge: operand 1 is i64, it wants f32 or f64");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(hinge_does_what_every_loss_does),
        with_ctx(hinge_is_0_from_the_margin_on),
        with_ctx(hinge_names_a_target_that_is_no_sign),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
