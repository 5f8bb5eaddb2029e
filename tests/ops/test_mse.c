#include <math.h>
#include "dl/grad.h"
#include "support/op_check.h"

static dl_tensor *call_mse(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_mse(in[0], in[1], user);
}

static dl_loss_opts sum = {.reduction = DL_REDUCE_SUM}, none = {.reduction = DL_REDUCE_NONE};
static const op_case cases[] = {
    CASE("a mean", IN(3, 4), IN(3, 4)),
    CASE_WITH(&sum, "a sum", IN(2, 3, 2), IN(2, 3, 2)),
    CASE_WITH(&none, "unreduced", IN(3, 4), IN(3, 4)),
    CASE("a fixed target", IN(5), FIXED(5)),
    CASE("scalars", IN_SCALAR(-2, 2), IN_SCALAR(-2, 2)),
    CASE_WITH(&sum, "a sum of nothing", IN(0, 4), IN(0, 4)),
    CASE_WITH(&none, "nothing", IN(0, 4), IN(0, 4)),
    LARGE_CASE("many", IN(3, 70001), IN(3, 70001)),
};
static const op_test test = {"mse", call_mse, OP_CASES(cases), .flags = 0};

static void mse_refuses_to_broadcast(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 1));
    dl_tensor *b = random_tensor(ctx, DL_F32, 2, DL_SHAPE(3));
    assert_null(dl_mse(a, b, NULL));
    expect_error(ctx, DL_ESHAPE, "mse: pred is [3, 1] and target is [3], they must be equal");
}

static void mse_refuses_options_of_another_loss(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    dl_loss_opts bad[] = {
        {.reduction = 3},           {.reduction = -1}, {.ignore_set = 1}, {.label_smoothing = 1},
        {.label_smoothing = 0.125}, {.weight = a},     {.reserved = {1}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(dl_mse(a, a, &bad[i]));
        expect_error(ctx, DL_EINVAL, "mse: ");
    }
}

static void the_mean_of_nothing_is_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(0, 3));
    dl_grad_track(a, 1);
    dl_tensor *loss = dl_mse(a, random_tensor(ctx, DL_F32, 2, DL_SHAPE(0, 3)), NULL);
    expect_ok(ctx);
    assert_int_equal(dl_tensor_ndim(loss), 0);
    assert_true(isnan(dl_tensor_item(loss)));
    assert_int_equal(dl_backward(loss), DL_OK);
    assert_int_equal(dl_tensor_count(dl_grad(a)), 0);
}

static void only_the_loss_is_left_in_the_scope(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(5, 3));
    dl_tensor *t = random_tensor(ctx, DL_F32, 2, DL_SHAPE(5, 3));
    int64_t before = dl_ctx_live(ctx);
    assert_non_null(dl_relu(x));
    int64_t one = dl_ctx_live(ctx) - before;
    assert_non_null(dl_mse(x, t, NULL));
    assert_int_equal(dl_ctx_live(ctx), before + 2 * one);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(mse_refuses_to_broadcast),
        with_ctx(mse_refuses_options_of_another_loss),
        with_ctx(the_mean_of_nothing_is_nan),
        with_ctx(only_the_loss_is_left_in_the_scope),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
