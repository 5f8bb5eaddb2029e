#include <math.h>
#include "support/loss_check.h"

/* A class weight, if any, is the third operand. */
static dl_tensor *call_cross_entropy(dl_tensor *const *in, int32_t n, void *user)
{
    dl_loss_opts o = {0};
    if (user)
        o = *(const dl_loss_opts *)user;
    o.weight = n > 2 ? in[2] : NULL;
    return dl_cross_entropy(in[0], in[1], &o);
}

#define W(n) FIXED_RANGE(0.25, 2, n)
#define T(...) FIXED_RANGE(0, 1, __VA_ARGS__)
static dl_loss_opts sum = {.reduction = DL_REDUCE_SUM}, none = {.reduction = DL_REDUCE_NONE};
static dl_loss_opts batch = {.reduction = DL_REDUCE_BATCH_MEAN, .label_smoothing = 0.2};
static dl_loss_opts smooth = {.label_smoothing = 0.1};
static dl_loss_opts smooth_none = {.label_smoothing = 0.3, .reduction = DL_REDUCE_NONE};
static dl_loss_opts ignore = {.ignore_set = 1, .ignore_index = 2};
static dl_loss_opts everything = {.ignore_set = 1, .ignore_index = 2, .label_smoothing = 0.2};
static const op_case cases[] = {
    CASE("labels", IN(3, 4), INDEX(DL_I64, 4, 3)),
    CASE_WITH(&sum, "a sum", IN(3, 4), INDEX(DL_I32, 4, 3)),
    CASE_WITH(&none, "unreduced", IN(3, 4), INDEX(DL_U8, 4, 3)),
    CASE("pixels", IN(2, 3, 2, 2), INDEX(DL_I64, 3, 2, 2, 2)),
    CASE_WITH(&none, "unreduced pixels", IN(2, 3, 2, 2), INDEX(DL_I64, 3, 2, 2, 2)),
    CASE_WITH(&batch, "a mean over examples", IN(2, 3, 2), INDEX(DL_I64, 3, 2, 2), W(3)),
    CASE_WITH(&batch, "a mean of probabilities over examples", IN(2, 3, 2), IN_RANGE(0, 1, 2, 3, 2),
              W(3)),
    CASE("one example", IN(5), {OP_INDEX, DL_I64, 0, {0}, 0, 5}),
    CASE("longer than the partial sums", IN(2, 19), INDEX(DL_I64, 19, 2)),
    CASE_WITH(&ignore, "ignored labels", IN(6, 3), INDEX(DL_I64, 3, 6)),
    CASE("weights", IN(4, 3), INDEX(DL_I64, 3, 4), W(3)),
    CASE_WITH(&sum, "a weighted sum", IN(4, 3), INDEX(DL_I64, 3, 4), W(3)),
    CASE_WITH(&smooth, "smoothed", IN(4, 3), INDEX(DL_I64, 3, 4)),
    CASE_WITH(&smooth_none, "smoothed pixels", IN(2, 3, 3), INDEX(DL_I64, 3, 2, 3), W(3)),
    CASE_WITH(&everything, "everything", IN(6, 3), INDEX(DL_I64, 3, 6), W(3)),
    CASE("probabilities", IN(3, 4), T(3, 4)),
    CASE("wanted probabilities", IN(3, 4), IN_RANGE(0, 1, 3, 4)),
    CASE_WITH(&smooth_none, "smoothed, weighted probabilities", IN(2, 3, 2),
              IN_RANGE(0, 1, 2, 3, 2), W(3)),
    CASE_WITH(&sum, "nothing", IN(0, 4), INDEX(DL_I64, 4, 0)),
    CASE_WITH(&none, "nothing, unreduced", IN(0, 4), T(0, 4)),
    LARGE_CASE("many", IN(3001, 17), INDEX(DL_I64, 17, 3001), W(17)),
    LARGE_CASE_WITH(&everything, "many pixels", IN(2, 5, 101, 67), INDEX(DL_U8, 5, 2, 101, 67)),
};
static const op_test test = {"cross_entropy", call_cross_entropy, OP_CASES(cases), .flags = 0};

static void cross_entropy_names_a_label_out_of_range(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 2));
    dl_tensor *t = make_tensor(ctx, DL_I64, DL_SHAPE(2, 2), 0, 2, 1, 3);
    assert_null(dl_cross_entropy(x, t, NULL));
    expect_error(ctx, DL_EINVAL, "cross_entropy: the label at [1, 1] is 3, it wants 0 .. 2");
    t = make_tensor(ctx, DL_I32, DL_SHAPE(2, 2), 0, -100, 1, 2);
    assert_null(dl_cross_entropy(x, t, NULL));
    expect_error(ctx, DL_EINVAL, "cross_entropy: the label at [0, 1] is -100, it wants 0 .. 2");
    dl_loss_opts ignored = {.ignore_set = 1, .ignore_index = -100};
    assert_non_null(dl_cross_entropy(x, t, &ignored));
}

static void cross_entropy_refuses_targets_that_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_cross_entropy(x, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)), NULL));
    expect_error(ctx, DL_ESHAPE,
                 "cross_entropy: target is [2] and logits are [2, 3], it wants probabilities "
                 "shaped like the logits");
    assert_null(dl_cross_entropy(x, random_tensor(ctx, DL_U8, 1, DL_SHAPE(2, 3)), NULL));
    expect_error(ctx, DL_ESHAPE,
                 "cross_entropy: target is [2, 3] and logits are [2, 3], it wants labels shaped "
                 "like the logits without their classes");
    assert_null(dl_cross_entropy(x, random_tensor(ctx, DL_BOOL, 1, DL_SHAPE(2)), NULL));
    expect_error(ctx, DL_EDTYPE,
                 "cross_entropy: target is bool and logits are f32, it wants labels");
    assert_null(dl_cross_entropy(tensor_of(ctx, DL_F32, (const double[]){1}, NULL, 0), x, NULL));
    expect_error(ctx, DL_ESHAPE, "cross_entropy: logits are [], they want an axis of classes");
}

static void cross_entropy_refuses_bad_options(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_tensor *t = make_tensor(ctx, DL_I64, DL_SHAPE(2), 0, 2);
    static const struct {
        dl_loss_opts o;
        const char *part;
    } bad[] = {
        {{.reduction = 4}, "cross_entropy: reduction is 4"},
        {{.reduction = -1}, "cross_entropy: reduction is -1"},
        {{.label_smoothing = 1}, "label_smoothing is 1, it wants a number in [0, 1)"},
        {{.label_smoothing = -0.25}, "label_smoothing is -0.25"},
        {{.label_smoothing = NAN}, "label_smoothing is nan"},
        {{.reserved = {0, 0, 0, 0, 1}}, "cross_entropy: a reserved option is set"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(dl_cross_entropy(x, t, &bad[i].o));
        expect_error(ctx, DL_EINVAL, bad[i].part);
    }
    dl_loss_opts o = {.weight = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4))};
    assert_null(dl_cross_entropy(x, t, &o));
    expect_error(ctx, DL_ESHAPE,
                 "cross_entropy: weight is [4], it wants one for each of 3 classes");
    o = (dl_loss_opts){.ignore_set = 1};
    assert_null(dl_cross_entropy(x, x, &o));
    expect_error(ctx, DL_EINVAL, "cross_entropy: ignore_set wants labels");
}

static void cross_entropy_of_ignored_labels_alone_is_nan_without_gradient(void **state)
{
    check_loss_ignores(*state, dl_cross_entropy);
}

static void cross_entropy_of_huge_and_of_masked_logits_is_finite(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1e38, -1e38, 5, -INFINITY, 1000, 0);
    dl_tensor *t = make_tensor(ctx, DL_I64, DL_SHAPE(3), 0, 0, 1), *dx;
    dl_loss_opts o = {.reduction = DL_REDUCE_NONE};
    dl_tensor *seed = make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, 1, 2);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_cross_entropy(x, t, &o);
    assert_values(y, 0, 0, 1000);
    assert_int_equal(dl_gradients(&y, &seed, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, 0, 0, 0, 0, 2, -2);
    dl_tensor *p = make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), 1, 0);
    assert_values(dl_cross_entropy(dl_slice(x, 0, 1, 2, 1), p, &o), 0);
}

static void cross_entropy_refuses_the_gradient_of_weights_by_name(void **state)
{
    check_loss_class_weights(*state, "cross_entropy", dl_cross_entropy);
}

static void a_mean_over_examples_is_the_sum_over_their_number(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3, 5));
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_I32, DL_SHAPE(2, 5)));
    dl_loss_opts o = {.weight = make_tensor(ctx, DL_F64, DL_SHAPE(3), 2, 3, 4)}, s = o;
    o.reduction = DL_REDUCE_BATCH_MEAN;
    s.reduction = DL_REDUCE_SUM;
    double whole = dl_tensor_item(dl_cross_entropy(x, t, &s));
    assert_close(dl_cross_entropy(x, t, &o), (double[]){whole / 2}, 1, 1e-15);
    x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(3)); /* a single example */
    t = dl_tensor_give(dl_tensor_zeros(ctx, DL_I32, NULL, 0));
    assert_same_bits(dl_cross_entropy(x, t, &o), dl_cross_entropy(x, t, &s));
}

static void only_the_loss_is_left_in_the_scope(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(5, 3));
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(5)));
    int64_t before = dl_ctx_live(ctx);
    assert_non_null(dl_relu(x));
    int64_t one = dl_ctx_live(ctx) - before;
    assert_non_null(dl_cross_entropy(x, t, NULL));
    assert_int_equal(dl_ctx_live(ctx), before + 2 * one);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(cross_entropy_names_a_label_out_of_range),
        with_ctx(cross_entropy_refuses_targets_that_do_not_fit),
        with_ctx(cross_entropy_refuses_bad_options),
        with_ctx(cross_entropy_of_ignored_labels_alone_is_nan_without_gradient),
        with_ctx(cross_entropy_of_huge_and_of_masked_logits_is_finite),
        with_ctx(cross_entropy_refuses_the_gradient_of_weights_by_name),
        with_ctx(a_mean_over_examples_is_the_sum_over_their_number),
        with_ctx(only_the_loss_is_left_in_the_scope),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
