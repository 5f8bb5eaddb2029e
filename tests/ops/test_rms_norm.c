#include <math.h>
#include "support/op_check.h"

static dl_tensor *call_rms_norm(dl_tensor *const *in, int32_t n, void *user)
{
    return dl_rms_norm(in[0], *(const int32_t *)user, n > 1 ? in[1] : NULL, 0.5);
}

static int32_t one = 1, two = 2;
static const op_case cases[] = {
    CASE_WITH(&one, "rows", IN(3, 5), IN(5)),
    CASE_WITH(&one, "without weight", IN(3, 5)),
    CASE_WITH(&one, "one row", IN(6), IN(6)),
    CASE_WITH(&one, "rows of one", IN(3, 1), IN(1)),
    CASE_WITH(&two, "two axes", IN(3, 2, 3), IN(2, 3)),
    CASE_WITH(&one, "no rows", IN(0, 4), IN(4)),
    CASE_WITH(&one, "rows of nothing", IN(4, 0), IN(0)),
    LARGE_CASE_WITH(&one, "many rows", IN(3001, 70), IN(70)),
};
static const op_test test = {"rms_norm", call_rms_norm, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT,
                             .f32 = 4e-6};

static void rows_are_divided_by_their_root_mean_square(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 7, 1, -3, 3, NAN, 1);
    dl_tensor *w = make_tensor(ctx, DL_F32, DL_SHAPE(2), 10, 1);
    assert_values(dl_rms_norm(x, 1, w, 0), 14, 0.2f, -10, 1, NAN, NAN);
    assert_values(dl_rms_norm(x, 1, NULL, 0), 1.4f, 0.2f, -1, 1, NAN, NAN);
}

static void rms_norm_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3));
    dl_tensor *w = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    assert_null(dl_rms_norm(x, 3, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "rms_norm: over the last 3 axes of [4, 3], wanted 1 to 2");
    assert_null(dl_rms_norm(x, 1, w, 1e-5));
    expect_error(ctx, DL_ESHAPE, "rms_norm: weight is [4], the input wants [3]");
    assert_null(dl_rms_norm(x, 1, NULL, INFINITY));
    expect_error(ctx, DL_EINVAL, "rms_norm: eps is ");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(rows_are_divided_by_their_root_mean_square),
        with_ctx(rms_norm_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
