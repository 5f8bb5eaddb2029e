#include <math.h>
#include "support/loss_check.h"

/* A class weight, if any, is the third operand. */
static dl_tensor *call_nll(dl_tensor *const *in, int32_t n, void *user)
{
    dl_loss_opts o = {0};
    if (user)
        o = *(const dl_loss_opts *)user;
    o.weight = n > 2 ? in[2] : NULL;
    return dl_nll(in[0], in[1], &o);
}

#define W(n) FIXED_RANGE(0.25, 2, n)
static dl_loss_opts ignore = {.ignore_set = 1, .ignore_index = 2};
static dl_loss_opts ignore_none = {.ignore_set = 1, .ignore_index = 1, .reduction = DL_REDUCE_NONE};
static const op_case cases[] = {
    CASE("labels", IN(3, 4), INDEX(DL_I64, 4, 3)),
    CASE_WITH(&loss_sum, "a sum", IN(3, 4), INDEX(DL_I32, 4, 3)),
    CASE_WITH(&loss_none, "unreduced", IN(3, 4), INDEX(DL_U8, 4, 3)),
    CASE_WITH(&loss_batch_mean, "a mean over examples", IN(2, 3, 2), INDEX(DL_I64, 3, 2, 2), W(3)),
    CASE("pixels", IN(2, 3, 2, 2), INDEX(DL_I64, 3, 2, 2, 2)),
    CASE_WITH(&loss_none, "unreduced pixels", IN(2, 3, 2, 2), INDEX(DL_I64, 3, 2, 2, 2), W(3)),
    CASE("one example", IN(5), {OP_INDEX, DL_I64, 0, {0}, 0, 5}),
    CASE_WITH(&ignore, "ignored labels", IN(6, 3), INDEX(DL_I64, 3, 6), W(3)),
    CASE_WITH(&ignore_none, "ignored labels, unreduced", IN(6, 3), INDEX(DL_I64, 3, 6)),
    CASE_WITH(&loss_sum, "nothing", IN(0, 4), INDEX(DL_I64, 4, 0)),
    CASE_WITH(&loss_none, "nothing, unreduced", IN(0, 4), INDEX(DL_I64, 4, 0)),
    LARGE_CASE("many", IN(3001, 17), INDEX(DL_I64, 17, 3001), W(17)),
};
static const op_test test = {"nll", call_nll, OP_CASES(cases), .flags = 0};

static void nll_of_log_softmax_is_cross_entropy(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(4, 3, 5)), *d[2];
    dl_tensor *t = dl_tensor_give(dl_tensor_randint(ctx, DL_I64, 0, 3, DL_SHAPE(4, 5)));
    dl_grad_track(x, 1);
    for (int32_t r = DL_REDUCE_MEAN; r <= DL_REDUCE_BATCH_MEAN; r++) {
        dl_loss_opts o = {.reduction = r,
                          .ignore_set = 1,
                          .ignore_index = 1,
                          .weight = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, 2, 0.5)};
        dl_tensor *y[2] = {dl_nll(dl_log_softmax(x, 1), t, &o), dl_cross_entropy(x, t, &o)};
        assert_tensors_close(y[0], y[1], 1e-14);
        for (int i = 0; i < 2; i++) {
            y[i] = dl_sum(y[i], NULL, 0, 0);
            assert_int_equal(dl_gradients(&y[i], NULL, 1, &x, 1, DL_GRAPH_RELEASE, &d[i]), DL_OK);
        }
        assert_tensors_close(d[0], d[1], 1e-14);
    }
}

static void other_classes_may_be_impossible(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), -0.5, -INFINITY, NAN, -2), *dx;
    dl_tensor *t = make_tensor(ctx, DL_U8, DL_SHAPE(2), 0, 1);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_nll(x, t, &loss_sum);
    assert_values(y, 2.5);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
    assert_values(dx, -1, 0, 0, -1);
}

static void ignored_labels_alone_give_nan_without_gradient(void **state)
{
    check_loss_ignores(*state, dl_nll);
}

static void nll_says_what_is_wrong(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 2));
    dl_tensor *t = make_tensor(ctx, DL_I64, DL_SHAPE(2, 2), 0, 2, 1, 3);
    assert_null(dl_nll(x, t, NULL));
    expect_error(ctx, DL_EINVAL, "nll: the label at [1, 1] is 3, it wants 0 .. 2");
    assert_null(dl_nll(x, make_tensor(ctx, DL_I32, DL_SHAPE(2), 0, 2), NULL));
    expect_error(ctx, DL_ESHAPE,
                 "nll: target is [2] and log_p are [2, 3, 2], it wants labels shaped like the "
                 "log_p without their classes");
    assert_null(dl_nll(x, x, NULL));
    expect_error(ctx, DL_EDTYPE, "nll: target is f32, it wants labels: i32, i64 or u8");
    assert_null(dl_nll(tensor_of(ctx, DL_F32, (const double[]){1}, NULL, 0), t, NULL));
    expect_error(ctx, DL_ESHAPE, "nll: log_p are [], they want an axis of classes");
    static const struct {
        dl_loss_opts o;
        const char *part;
    } bad[] = {
        {{.reduction = 4}, "nll: reduction is 4"},
        {{.label_smoothing = 0.1}, "nll: label_smoothing is set, which this loss does not have"},
        {{.reserved = {1}}, "nll: a reserved option is set"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(dl_nll(x, t, &bad[i].o));
        expect_error(ctx, DL_EINVAL, bad[i].part);
    }
    dl_loss_opts o = {.weight = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2))};
    assert_null(dl_nll(x, t, &o));
    expect_error(ctx, DL_ESHAPE, "nll: weight is [2], it wants one for each of 3 classes");
    o.weight = random_tensor(ctx, DL_F64, 1, DL_SHAPE(3));
    assert_null(dl_nll(x, t, &o));
    expect_error(ctx, DL_EDTYPE, "nll: weight is f64 and log_p are f32");
    o.weight = NULL;
    o.pos_weight = x;
    assert_null(dl_nll(x, t, &o));
    expect_error(ctx, DL_EINVAL, "nll: pos_weight is set, which this loss does not have");
}

static void nll_refuses_the_gradient_of_weights_by_name(void **state)
{
    check_loss_class_weights(*state, "nll", dl_nll);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(nll_of_log_softmax_is_cross_entropy),
        with_ctx(other_classes_may_be_impossible),
        with_ctx(ignored_labels_alone_give_nan_without_gradient),
        with_ctx(nll_says_what_is_wrong),
        with_ctx(nll_refuses_the_gradient_of_weights_by_name),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
