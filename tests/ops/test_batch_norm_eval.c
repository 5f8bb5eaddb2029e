#include <math.h>
#include "support/op_check.h"

/* in: x, mean, var, then weight and bias. */
static dl_tensor *call_batch_norm_eval(dl_tensor *const *in, int32_t n, void *user)
{
    (void)user;
    return dl_batch_norm_eval(in[0], n > 3 ? in[3] : NULL, n > 4 ? in[4] : NULL, in[1], in[2],
                              0.25);
}

#define VAR(n) IN_RANGE(0.25, 3.0, n)
static const op_case cases[] = {
    CASE("rows", IN(4, 3), IN(3), VAR(3), IN(3), IN(3)),
    CASE("without weight and bias", IN(4, 3), IN(3), VAR(3)),
    CASE("with weight alone", IN(4, 3), IN(3), VAR(3), IN(3)),
    CASE("lines", IN(2, 3, 5), IN(3), VAR(3), IN(3), IN(3)),
    CASE("pictures", IN(2, 3, 2, 3), IN(3), VAR(3), IN(3), IN(3)),
    CASE("one example", IN(1, 3), IN(3), VAR(3), IN(3), IN(3)),
    CASE("nothing", IN(0, 3), IN(3), VAR(3), IN(3), IN(3)),
    CASE("no channels", IN(2, 0), IN(0), VAR(0)),
    LARGE_CASE("many rows", IN(3001, 70), IN(70), VAR(70), IN(70), IN(70)),
    LARGE_CASE("many pixels", IN(3, 5, 101, 67), IN(5), VAR(5), IN(5), IN(5)),
};
static const op_test test = {"batch_norm_eval", call_batch_norm_eval, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT, .f32 = 4e-6};

static void batch_norm_eval_uses_the_statistics_it_is_given(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), 5, NAN);
    dl_tensor *mean = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 0);
    dl_tensor *var = make_tensor(ctx, DL_F32, DL_SHAPE(2), 3, 1);
    dl_tensor *b = make_tensor(ctx, DL_F32, DL_SHAPE(2), 0.5, 0);
    assert_values(dl_batch_norm_eval(x, NULL, b, mean, var, 1), 2.5, NAN);
}

static void batch_norm_eval_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3));
    dl_tensor *three = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    dl_tensor *four = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    assert_null(dl_batch_norm_eval(four, NULL, NULL, three, three, 1));
    expect_error(ctx, DL_ESHAPE, "batch_norm_eval: the input is [4], wanted [N, C, ..]");
    assert_null(dl_batch_norm_eval(x, NULL, NULL, four, three, 1));
    expect_error(ctx, DL_ESHAPE, "batch_norm_eval: mean is [4], the input wants [3]");
    assert_null(dl_batch_norm_eval(x, NULL, NULL, three, x, 1));
    expect_error(ctx, DL_ESHAPE, "batch_norm_eval: var is [4, 3], the input wants [3]");
    assert_null(dl_batch_norm_eval(x, four, NULL, three, three, 1));
    expect_error(ctx, DL_ESHAPE, "batch_norm_eval: weight is [4]");
    assert_null(dl_batch_norm_eval(x, NULL, four, three, three, 1));
    expect_error(ctx, DL_ESHAPE, "batch_norm_eval: bias is [4]");
    assert_null(dl_batch_norm_eval(x, NULL, NULL, three, three, -1));
    expect_error(ctx, DL_EINVAL, "batch_norm_eval: eps is -1");
    assert_null(dl_batch_norm_eval(x, NULL, NULL, NULL, three, 1));
    assert_null(dl_batch_norm_eval(x, NULL, NULL, three, NULL, 1));
    expect_ok(ctx);
}

/* Their numbers would take 2^65 bytes. */
static void batch_norm_eval_of_nothing_with_too_many_channels(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t n = (int64_t)1 << 60;
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(0, n)));
    dl_tensor *one = dl_expand(make_tensor(ctx, DL_F32, DL_SHAPE(1), 1), &n, 1);
    assert_null(dl_batch_norm_eval(x, NULL, NULL, one, one, 0));
    expect_error(ctx, DL_ELIMIT, "batch_norm_eval: too many channels");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(batch_norm_eval_of_nothing_with_too_many_channels),
        with_ctx(batch_norm_eval_uses_the_statistics_it_is_given),
        with_ctx(batch_norm_eval_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
