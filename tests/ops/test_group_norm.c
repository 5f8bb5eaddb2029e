#include <math.h>
#include "support/op_check.h"

static dl_tensor *call_group_norm(dl_tensor *const *in, int32_t n, void *user)
{
    return dl_group_norm(in[0], *(const int32_t *)user, n > 1 ? in[1] : NULL, n > 2 ? in[2] : NULL,
                         0.5);
}

static int32_t one = 1, two = 2, three = 3, eight = 8;
static const op_case cases[] = {
    CASE_WITH(&two, "pictures", IN(2, 4, 2, 3), IN(4), IN(4)),
    CASE_WITH(&one, "one group", IN(2, 3, 4), IN(3), IN(3)),
    CASE_WITH(&three, "a group for each channel", IN(2, 3, 2), IN(3), IN(3)),
    CASE_WITH(&two, "without weight and bias", IN(3, 4, 2)),
    CASE_WITH(&two, "with weight alone", IN(1, 4, 3), IN(4)),
    CASE_WITH(&two, "rows", IN(3, 6), IN(6), IN(6)),
    CASE_WITH(&three, "one value for each group", IN(2, 3), IN(3), IN(3)),
    CASE_WITH(&one, "volumes", IN(2, 2, 1, 2, 2), IN(2), IN(2)),
    CASE_WITH(&two, "no examples", IN(0, 4, 2), IN(4), IN(4)),
    CASE_WITH(&two, "channels of nothing", IN(2, 4, 0), IN(4), IN(4)),
    LARGE_CASE_WITH(&eight, "many channels", IN(3, 160, 11, 13), IN(160), IN(160)),
    LARGE_CASE_WITH(&one, "large pictures", IN(2, 3, 101, 677), IN(3), IN(3)),
    LARGE_CASE_WITH(&two, "many examples", IN(1501, 6, 7), IN(6), IN(6)),
};
static const op_test test = {"group_norm", call_group_norm, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT, .f32 = 4e-6};

/* Of one example, with a group for all channels, it is layer normalisation. */
static void one_group_is_a_layer_norm_of_each_example(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(3, 4, 5, 6));
    assert_tensors_close(dl_group_norm(x, 1, NULL, NULL, 1e-5),
                         dl_layer_norm(x, 3, NULL, NULL, 1e-5), 1e-14);
    assert_same_bits(dl_group_norm(x, 4, NULL, NULL, 1e-5), dl_instance_norm(x, NULL, NULL, 1e-5));
}

/* A picture that is channels-last gives the same numbers, and stays so. */
static void channels_last_memory_is_kept(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 8, 5, 6));
    const int32_t there[] = {0, 2, 3, 1}, back[] = {0, 3, 1, 2};
    dl_tensor *last = dl_permute(dl_contiguous(dl_permute(x, there, 4)), back, 4);
    dl_tensor *y = dl_group_norm(last, 4, NULL, NULL, 1e-5);
    assert_int_equal(dl_tensor_stride(y, 1), 1);
    assert_same_bits(y, dl_group_norm(x, 4, NULL, NULL, 1e-5));
}

static void group_norm_of_a_large_offset_costs_no_digits(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_add_scalar(random_tensor(ctx, DL_F32, 3, DL_SHAPE(3, 4, 30, 5)), 1e6);
    dl_tensor *near = dl_add_scalar(dl_cast(x, DL_F64), -1e6);
    dl_tensor *y = dl_group_norm(x, 2, NULL, NULL, 1e-5);
    assert_tensors_close(dl_cast(y, DL_F64), dl_group_norm(near, 2, NULL, NULL, 1e-5), 1e-6);
}

static void a_nan_makes_its_group_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 4, 2), 1, 3, 1, 3, NAN, 1, 5, 5);
    assert_values(dl_group_norm(x, 2, NULL, NULL, 0), -1, 1, -1, 1, NAN, NAN, NAN, NAN);
}

static void group_norm_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 6, 2));
    dl_tensor *w = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    assert_null(dl_group_norm(x, 4, NULL, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE,
                 "group_norm: 4 groups of the channels of [2, 6, 2], wanted a number that divides "
                 "them");
    assert_null(dl_group_norm(x, 0, NULL, NULL, 1e-5));
    expect_error(ctx, DL_EINVAL, "group_norm: 0 groups");
    assert_null(dl_group_norm(w, 1, NULL, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "group_norm: the input is [4], wanted [N, C, ..]");
    assert_null(dl_group_norm(x, 2, w, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "group_norm: weight is [4], the input wants [6]");
    assert_null(dl_group_norm(x, 2, NULL, w, 1e-5));
    expect_error(ctx, DL_ESHAPE, "group_norm: bias is [4], the input wants [6]");
    assert_null(dl_group_norm(x, 2, NULL, NULL, -1));
    expect_error(ctx, DL_EINVAL, "group_norm: eps is -1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(one_group_is_a_layer_norm_of_each_example),
        with_ctx(channels_last_memory_is_kept),
        with_ctx(group_norm_of_a_large_offset_costs_no_digits),
        with_ctx(a_nan_makes_its_group_nan),
        with_ctx(group_norm_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
