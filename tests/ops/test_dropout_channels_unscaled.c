#include "support/op_check.h"

static dl_tensor *call_unscaled(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n, (void)user;
    return dl_dropout_channels_unscaled(in[0], 0.3);
}

static const op_case cases[] = {
    CASE("rows", IN(3, 4)),           CASE("lines", IN(3, 4, 2)),
    CASE("pictures", IN(2, 3, 2, 2)), CASE("volumes", IN(2, 1, 3, 2, 2)),
    CASE("nothing", IN(0, 4, 2)),     LARGE_CASE("many", IN(30, 71, 9, 11)),
};
static const op_test test = {"dropout", call_unscaled, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT,
                             .record = "dropout_channels_unscaled"};

static void what_is_kept_is_kept_as_it_is(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_give(dl_tensor_full(ctx, DL_F32, 3, DL_SHAPE(20, 10, 2)));
    dl_tensor *y = dl_dropout_channels_unscaled(x, 0.5);
    assert_close(dl_max(y, NULL, 0, 0), (const double[]){3}, 1, 0);
    assert_close(dl_min(y, NULL, 0, 0), (const double[]){0}, 1, 0);
}

int main(void)
{
    static const struct CMUnitTest more[] = {with_ctx(what_is_kept_is_kept_as_it_is)};
    return op_main(&test, more, OP_LENGTH(more));
}
