#include <math.h>
#include "support/op_check.h"

static dl_tensor *call_channels(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    return dl_dropout_channels(in[0], 0.3);
}

static const op_case cases[] = {
    CASE("rows", IN(3, 4)),           CASE("lines", IN(3, 4, 2)),
    CASE("pictures", IN(2, 3, 2, 2)), CASE("volumes", IN(2, 1, 3, 2, 2)),
    CASE("nothing", IN(0, 4, 2)),     LARGE_CASE("many", IN(30, 71, 9, 11)),
};
static const op_test test = {"dropout", call_channels, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT,
                             .record = "dropout_channels"};

/* All of a channel is 0 or x / (1 - p), about p of them 0; rows draw as dl_dropout does. */
static void whole_channels_are_dropped(void **state)
{
    dl_ctx *ctx = *state;
    const uint64_t at = dl_ctx_ticket(ctx) + 1;
    dl_tensor *x = dl_tensor_give(dl_tensor_ones(ctx, DL_F64, DL_SHAPE(40, 50, 3)));
    dl_tensor *y = dl_dropout_channels(x, 0.25);
    assert_true(dl_ctx_ticket(ctx) == at + 1);
    dl_tensor *first = dl_select(y, 2, 0);
    for (int64_t i = 1; i < 3; i++)
        assert_same_bits(dl_select(y, 2, i), first);
    const double share = dl_tensor_item(dl_sum(first, NULL, 0, 0)) * 0.75 / 2000;
    assert_true(share > 0.7 && share < 0.8);
    assert_close(dl_max(first, NULL, 0, 0), (const double[]){1 / 0.75}, 1, 0);
    assert_close(dl_min(first, NULL, 0, 0), (const double[]){0}, 1, 0);
}

static void what_is_dropped_is_zero_whatever_it_was(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 2, 2), NAN, INFINITY, 1, -INFINITY);
    assert_values(dl_dropout_channels(x, 1), 0, 0, 0, 0);
    assert_values(dl_dropout_channels(x, 0), NAN, INFINITY, 1, -INFINITY);
}

static void dropout_channels_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_dropout_channels(random_tensor(ctx, DL_F32, 1, DL_SHAPE(4)), 0.5));
    expect_error(ctx, DL_ESHAPE, "dropout_channels: the input is [4], wanted [N, C, ..]");
    assert_null(dl_dropout_channels(random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3)), 1.5));
    expect_error(ctx, DL_EINVAL, "dropout_channels: p is 1.5, it wants a probability in [0, 1]");
    assert_null(dl_dropout_channels_unscaled(random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3)), NAN));
    expect_error(ctx, DL_EINVAL, "dropout_channels_unscaled: p is ");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(whole_channels_are_dropped),
        with_ctx(what_is_dropped_is_zero_whatever_it_was),
        with_ctx(dropout_channels_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
