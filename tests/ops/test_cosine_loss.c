#include <math.h>
#include "support/loss_check.h"

static double margin = 0.1;

/* Labels 0 and 1 become -1 and 1. */
static dl_tensor *call_cosine_loss(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    dl_dtype dt = dl_tensor_dtype(in[0]) == DL_F32 ? DL_F32 : DL_F64;
    dl_tensor *y = dl_add_scalar(dl_scale(dl_cast(in[2], dt), 2), -1);
    return dl_cosine_loss(loss_view(in[0]), loss_view(in[1]), y, margin, user);
}

static const op_case cases[] = {
    CASE("a mean", IN(5, 4), IN(5, 4), INDEX(DL_I64, 2, 5)),
    CASE_WITH(&loss_sum, "a sum", IN(5, 4), IN(5, 4), INDEX(DL_I32, 2, 5)),
    CASE_WITH(&loss_none, "unreduced", IN(5, 4), IN(5, 4), INDEX(DL_U8, 2, 5)),
    CASE_WITH(&loss_batch_mean, "a mean over examples", IN(5, 4), IN(5, 4), INDEX(DL_I64, 2, 5)),
    CASE("one pair", IN(5), IN(5), {OP_INDEX, DL_I64, 0, {0}, 0, 2}),
    CASE_WITH(&loss_none, "nothing", IN(0, 4), IN(0, 4), INDEX(DL_I64, 2, 0)),
    LARGE_CASE("many", IN(3001, 70), IN(3001, 70), INDEX(DL_I64, 2, 3001)),
};
static const op_test test = {"cosine_loss", call_cosine_loss, OP_CASES(cases), .flags = 0};

static void pairs_that_point_the_right_way_have_no_loss(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F64, DL_SHAPE(5, 2), 3, 4, 3, 4, 1, 0, 0, 0, 1, 0), *d[2];
    dl_tensor *b = make_tensor(ctx, DL_F64, DL_SHAPE(5, 2), 6, 8, 6, 8, 0, 1, 1, 0, 1, 0);
    dl_tensor *y = make_tensor(ctx, DL_F64, DL_SHAPE(5), 1, -1, -1, 1, -1);
    dl_grad_track(a, 1);
    dl_grad_track(b, 1);
    dl_tensor *loss = dl_cosine_loss(a, b, y, 0.25, &loss_none);
    assert_close(loss, ((double[]){0, 0.75, 0, 1, 0.75}), 5, 1e-11);
    loss_gradients(loss, a, b, d);
    for (int i = 0; i < 2; i++) { /* finite, also at 0 */
        double sum = dl_tensor_item(dl_sum(d[i], NULL, 0, 0));
        assert_true(isfinite(sum));
    }
}

static void cosine_loss_says_what_is_wrong(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4));
    dl_tensor *y = make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, 0, -1);
    assert_null(dl_cosine_loss(a, a, y, 0, NULL));
    expect_error(ctx, DL_EINVAL, "cosine_loss: target at [1] is 0, it wants 1 or -1");
    y = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(3)));
    assert_null(dl_cosine_loss(a, a, y, 1.5, NULL));
    expect_error(ctx, DL_EINVAL, "cosine_loss: margin is 1.5, it wants a number in [-1, 1]");
    assert_null(dl_cosine_loss(a, a, y, NAN, NULL));
    expect_error(ctx, DL_EINVAL, "cosine_loss: margin is nan");
    assert_null(dl_cosine_loss(a, a, a, 0, NULL));
    expect_error(ctx, DL_ESHAPE,
                 "cosine_loss: a is [3, 4], b is [3, 4] and target is [3, 4], they want to be "
                 "[N, D], [N, D], [N] or [D], [D], []");
    assert_null(dl_cosine_loss(a, a, make_tensor(ctx, DL_I64, DL_SHAPE(3), 1, 1, 1), 0, NULL));
    expect_error(ctx, DL_EDTYPE, "cosine_loss: a, b and target are f32, f32 and i64");
    assert_null(dl_cosine_loss(a, a, y, 0, &(dl_loss_opts){.weight = y}));
    expect_error(ctx, DL_EINVAL, "cosine_loss: weight is set, which this loss does not have");
    a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    y = tensor_of(ctx, DL_F32, (const double[]){1}, NULL, 0);
    assert_null(dl_cosine_loss(a, a, y, 0, &loss_batch_mean));
    expect_error(ctx, DL_ESHAPE, "cosine_loss: DL_REDUCE_BATCH_MEAN wants an axis of examples");
}

/* The product of the squares of both lengths is not in the range of f32. */
static void long_vectors_have_a_cosine(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F32, DL_SHAPE(2), 3e11, 4e11);
    dl_tensor *t = dl_tensor_give(dl_tensor_full(ctx, DL_F32, 1, NULL, 0));
    assert_close(dl_cosine_loss(a, a, t, 0, NULL), (double[]){0}, 1, 1e-6);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(long_vectors_have_a_cosine),
        with_ctx(pairs_that_point_the_right_way_have_no_loss),
        with_ctx(cosine_loss_says_what_is_wrong),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
