#include <math.h>
#include "support/op_check.h"

static dl_tensor *call_lrn(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_local_response_norm(in[0], *(const int32_t *)user, 0.7, 0.75, 1.5);
}

static int32_t one = 1, two = 2, three = 3, nine = 9;
static const op_case cases[] = {
    CASE_WITH(&three, "pictures", IN(2, 4, 2, 3)),
    CASE_WITH(&two, "an even size", IN(2, 5, 2)),
    CASE_WITH(&one, "each channel for itself", IN(2, 3, 2)),
    CASE_WITH(&nine, "more than there are", IN(2, 3, 2)),
    CASE_WITH(&three, "rows", IN(3, 6)),
    CASE_WITH(&three, "no channels", IN(2, 0, 3)),
    CASE_WITH(&three, "no examples", IN(0, 2, 3)),
    LARGE_CASE_WITH(&three, "large pictures", IN(3, 17, 41, 37)),
};
static const op_test test = {"local_response_norm", call_lrn, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT};

/* S over the channel before, itself and the one after; of size 2 the one before and itself. */
static void windows_lie_around_their_channel(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(1, 4), 1, 2, 3, 4);
    assert_values(dl_local_response_norm(x, 3, 3, 1, 0), 1 / 5.0, 2 / 14.0, 3 / 29.0, 4 / 25.0);
    assert_values(dl_local_response_norm(x, 2, 2, 1, 0), 1 / 1.0, 2 / 5.0, 3 / 13.0, 4 / 25.0);
    assert_values(dl_local_response_norm(x, 3, 1, 0, 7), 1, 2, 3, 4);
}

static void local_response_norm_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 2));
    assert_null(dl_local_response_norm(x, 0, 1, 1, 1));
    expect_error(ctx, DL_EINVAL, "local_response_norm: size is 0, wanted at least 1");
    assert_null(dl_local_response_norm(x, 3, NAN, 1, 1));
    expect_error(ctx, DL_EINVAL, "local_response_norm: alpha is ");
    assert_null(dl_local_response_norm(x, 3, 1, INFINITY, 1));
    expect_error(ctx, DL_EINVAL, "local_response_norm: beta is ");
    assert_null(dl_local_response_norm(x, 3, 1, 1, NAN));
    expect_error(ctx, DL_EINVAL, "local_response_norm: k is ");
    assert_null(dl_local_response_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(5)), 3, 1, 1, 1));
    expect_error(ctx, DL_ESHAPE, "local_response_norm: the input is [5], wanted [N, C, ..]");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(windows_lie_around_their_channel),
        with_ctx(local_response_norm_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
