#include <math.h>
#include <stdlib.h>
#include "support/loss_check.h"

static dl_tensor *call_bce_with_logits(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_bce_with_logits(in[0], in[1], user);
}

static const op_case cases[] = {LOSS_CASES(-3, 3, 0.05, 0.95)};
static const op_test test = {"bce_with_logits", call_bce_with_logits, OP_CASES(cases), .flags = 0};

static void bce_with_logits_does_what_every_loss_does(void **state)
{
    check_loss(*state, "bce_with_logits", dl_bce_with_logits, HAS_WEIGHT | HAS_POS_WEIGHT);
}

static void huge_logits_are_finite(void **state)
{
    dl_ctx *ctx = *state;
    dl_loss_opts o[2] = {loss_none, loss_none};
    o[1].pos_weight = make_tensor(ctx, DL_F32, DL_SHAPE(1), 3);
    for (int i = 0; i < 2; i++) {
        dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(5), 1e4, -1e4, 1e4, -1e4, NAN), *d[2];
        dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(5), 1, 0, 0, 1, 0);
        dl_grad_track(x, 1);
        dl_grad_track(t, 1);
        dl_tensor *y = dl_bce_with_logits(x, t, &o[i]);
        assert_values(y, 0, 0, 1e4, i ? 3e4 : 1e4, NAN);
        loss_gradients(y, x, t, d);
        assert_values(d[0], 0, 0, 1, i ? -3 : -1, NAN);
    }
}

static void logits_and_probabilities_agree(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(4, 5));
    dl_tensor *t = dl_sigmoid(random_tensor(ctx, DL_F64, 2, DL_SHAPE(4, 5)));
    assert_tensors_close(dl_bce_with_logits(x, t, &loss_none), dl_bce(dl_sigmoid(x), t, &loss_none),
                         1e-14);
}

/* [C] for each class, gradients of the weights included. */
static dl_tensor *call_pos_weight(dl_tensor *const *in, int32_t n, void *user)
{
    dl_loss_opts o = *(const dl_loss_opts *)user;
    dl_tensor *x = loss_view(in[0]), *t = loss_view(in[1]);
    o.pos_weight = in[2];
    o.weight = n > 3 ? in[3] : NULL;
    return dl_bce_with_logits(x, t, &o);
}

static const op_case weighted_cases[] = {
    CASE_WITH(&loss_none, "weights of classes", IN(3, 4), IN_RANGE(0.05, 0.95, 3, 4),
              IN_RANGE(0.5, 2, 4)),
    CASE_WITH(&loss_batch_mean, "both weights", IN(3, 4), IN_RANGE(0.05, 0.95, 3, 4),
              FIXED_RANGE(0.5, 2, 4), IN_RANGE(0.5, 2, 3, 1)),
    CASE_WITH(&loss_sum, "scalars", IN_SCALAR(-2, 2), IN_SCALAR(0.25, 0.75), IN_SCALAR(0.5, 2)),
    CASE_WITH(&loss_sum, "nothing", IN(0, 4), IN_RANGE(0.05, 0.95, 0, 4), IN_RANGE(0.5, 2, 4)),
};
static const op_test weighted_test = {"bce_with_logits", call_pos_weight, OP_CASES(weighted_cases),
                                      .flags = 0};

static void a_pos_weight_that_does_not_fit_is_named(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_loss_opts o = {.pos_weight = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2))};
    assert_null(dl_bce_with_logits(x, x, &o));
    expect_error(ctx, DL_ESHAPE,
                 "bce_with_logits: pos_weight is [2], it wants to broadcast to the losses' [2, 3]");
    dl_ctx *other = dl_ctx_new(NULL);
    o.pos_weight = random_tensor(other, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_bce_with_logits(x, x, &o));
    expect_error(ctx, DL_EINVAL, "bce_with_logits: pos_weight belongs to another context");
    dl_ctx_drop(other);
}

static void weights_broadcast_to_the_losses_of_bce_with_logits(void **state)
{
    check_loss_weights(*state, "bce_with_logits", dl_bce_with_logits);
}

static void bce_with_logits_says_that_it_has_no_third_derivatives(void **state)
{
    check_loss_third(*state, "bce_with_logits", dl_bce_with_logits, 0);
}

static void an_infinite_logit_costs_what_its_target_says(void **state)
{
    dl_ctx *ctx = *state;
    const double inf = INFINITY;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(6), inf, inf, -inf, -inf, inf, NAN);
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(6), 1, 0, 0, 1, 0.5, 0);
    assert_values(dl_bce_with_logits(x, t, &loss_none), 0, inf, 0, inf, inf, NAN);
    /* 1e6 (1 - t) with all its digits. */
    x = make_tensor(ctx, DL_F32, DL_SHAPE(1), 1e6);
    t = make_tensor(ctx, DL_F32, DL_SHAPE(1), 1 - 0x1p-24);
    assert_close(dl_bce_with_logits(x, t, NULL), (double[]){1e6 * 0x1p-24}, 1, 1e-7);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(an_infinite_logit_costs_what_its_target_says),
        with_ctx(bce_with_logits_does_what_every_loss_does),
        with_ctx(huge_logits_are_finite),
        with_ctx(logits_and_probabilities_agree),
        with_ctx(a_pos_weight_that_does_not_fit_is_named),
        with_ctx(weights_broadcast_to_the_losses_of_bce_with_logits),
        with_ctx(bce_with_logits_says_that_it_has_no_third_derivatives),
    };
    return op_main(&test, more, OP_LENGTH(more)) + op_main(&weighted_test, NULL, 0);
}
