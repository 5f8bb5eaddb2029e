#include <math.h>
#include <stdlib.h>
#include "support/op_check.h"

static dl_tensor *call_layer_norm(dl_tensor *const *in, int32_t n, void *user)
{
    return dl_layer_norm(in[0], *(const int32_t *)user, n > 1 ? in[1] : NULL, n > 2 ? in[2] : NULL,
                         0.5);
}

static int32_t one = 1, two = 2, three = 3;
static const op_case cases[] = {
    CASE_WITH(&one, "rows", IN(3, 5), IN(5), IN(5)),
    CASE_WITH(&one, "without weight and bias", IN(3, 5)),
    CASE_WITH(&one, "with weight alone", IN(3, 4), IN(4)),
    CASE_WITH(&one, "one row", IN(6), IN(6), IN(6)),
    CASE_WITH(&one, "rows of one", IN(3, 1), IN(1), IN(1)),
    CASE_WITH(&one, "sequences", IN(2, 3, 4), IN(4), IN(4)),
    CASE_WITH(&one, "longer than the lanes", IN(2, 35), IN(35), IN(35)),
    CASE_WITH(&two, "two axes", IN(3, 2, 3), IN(2, 3), IN(2, 3)),
    CASE_WITH(&three, "all axes", IN(2, 2, 3), IN(2, 2, 3), IN(2, 2, 3)),
    CASE_WITH(&one, "no rows", IN(0, 4), IN(4), IN(4)),
    CASE_WITH(&one, "rows of nothing", IN(4, 0), IN(0), IN(0)),
    LARGE_CASE_WITH(&one, "many rows", IN(3001, 70), IN(70), IN(70)),
    LARGE_CASE_WITH(&two, "long rows", IN(3, 101, 677), IN(101, 677), IN(101, 677)),
};
static const op_test test = {"layer_norm", call_layer_norm, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT, .f32 = 4e-6};

static void layer_norm_normalises_each_row(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, 3, 50, 30, NAN, 1);
    dl_tensor *w = make_tensor(ctx, DL_F32, DL_SHAPE(2), 2, 1);
    dl_tensor *b = make_tensor(ctx, DL_F32, DL_SHAPE(2), 0, 7);
    assert_values(dl_layer_norm(x, 1, w, b, 0), -2, 8, 2, 6, NAN, NAN);
    assert_values(dl_layer_norm(x, 1, NULL, b, 0), -1, 8, 1, 6, NAN, NAN);
    assert_values(dl_layer_norm(x, 1, w, NULL, 0), -2, 1, 2, -1, NAN, NAN);
}

static void layer_norm_of_a_large_offset_costs_no_digits(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_add_scalar(random_tensor(ctx, DL_F32, 3, DL_SHAPE(9, 300)), 1e6);
    dl_tensor *near = dl_add_scalar(dl_cast(x, DL_F64), -1e6);
    dl_tensor *y = dl_layer_norm(x, 1, NULL, NULL, 1e-5);
    assert_tensors_close(dl_cast(y, DL_F64), dl_layer_norm(near, 1, NULL, NULL, 1e-5), 1e-6);
}

static void layer_norm_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3));
    dl_tensor *w = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    assert_null(dl_layer_norm(x, 0, NULL, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "layer_norm: over the last 0 axes of [4, 3], wanted 1 to 2");
    assert_null(dl_layer_norm(x, 3, NULL, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "layer_norm: over the last 3 axes of [4, 3], wanted 1 to 2");
    assert_null(dl_layer_norm(x, 1, w, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "layer_norm: weight is [4], the input wants [3]");
    assert_null(dl_layer_norm(x, 2, NULL, w, 1e-5));
    expect_error(ctx, DL_ESHAPE, "layer_norm: bias is [4], the input wants [4, 3]");
    assert_null(dl_layer_norm(x, 1, NULL, NULL, NAN));
    expect_error(ctx, DL_EINVAL, "layer_norm: eps is ");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(layer_norm_normalises_each_row),
        with_ctx(layer_norm_of_a_large_offset_costs_no_digits),
        with_ctx(layer_norm_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
