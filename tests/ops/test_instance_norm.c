#include "support/op_check.h"

static dl_tensor *call_instance_norm(dl_tensor *const *in, int32_t n, void *user)
{
    (void)user;
    return dl_instance_norm(in[0], n > 1 ? in[1] : NULL, n > 2 ? in[2] : NULL, 0.5);
}

static const op_case cases[] = {
    CASE("lines", IN(2, 3, 4), IN(3), IN(3)),
    CASE("pictures", IN(2, 2, 2, 3), IN(2), IN(2)),
    CASE("one channel", IN(2, 1, 3), IN(1), IN(1)),
    CASE("volumes", IN(1, 2, 2, 2, 2), IN(2), IN(2)),
    CASE("without weight and bias", IN(2, 3, 4)),
    CASE("no examples", IN(0, 3, 2), IN(3), IN(3)),
    LARGE_CASE("large pictures", IN(3, 5, 101, 67), IN(5), IN(5)),
};
static const op_test test = {"instance_norm", call_instance_norm, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT, .f32 = 4e-6};

static void each_channel_of_each_example_counts_for_itself(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2, 2), 1, 3, 50, 30, 9, 7, -1, 1);
    dl_tensor *w = make_tensor(ctx, DL_F32, DL_SHAPE(2), 2, 1);
    dl_tensor *b = make_tensor(ctx, DL_F32, DL_SHAPE(2), 0, 7);
    assert_values(dl_instance_norm(x, w, b, 0), -2, 2, 8, 6, 2, -2, 6, 8);
}

static void instance_norm_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *w = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    assert_null(dl_instance_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3)), NULL, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE,
                 "instance_norm: the input is [4, 3], wanted [N, C, ..] with 1 to 2147483647 "
                 "channels and at least 2 values for each channel of an example");
    assert_null(
        dl_instance_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 0, 2)), NULL, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "instance_norm: the input is [4, 0, 2], wanted [N, C, ..] with 1");
    assert_null(
        dl_instance_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3, 1, 1)), NULL, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "instance_norm: the input is [4, 3, 1, 1]");
    assert_null(dl_instance_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3, 2)), w, NULL, 1e-5));
    expect_error(ctx, DL_ESHAPE, "instance_norm: weight is [4], the input wants [3]");
    assert_null(dl_instance_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3, 2)), NULL, NULL, -1));
    expect_error(ctx, DL_EINVAL, "instance_norm: eps is -1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(each_channel_of_each_example_counts_for_itself),
        with_ctx(instance_norm_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
