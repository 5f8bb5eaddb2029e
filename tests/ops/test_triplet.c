#include <math.h>
#include "support/loss_check.h"

static dl_tensor *call_triplet(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_triplet(loss_view(in[0]), loss_view(in[1]), loss_view(in[2]), 0.5, user);
}

static const op_case cases[] = {
    CASE("a mean", IN(5, 4), IN(5, 4), IN(5, 4)),
    CASE_WITH(&loss_sum, "a sum", IN(5, 4), IN(5, 4), IN(5, 4)),
    CASE_WITH(&loss_none, "unreduced", IN(5, 4), IN(5, 4), IN(5, 4)),
    CASE_WITH(&loss_batch_mean, "a mean over examples", IN(5, 4), IN(5, 4), IN(5, 4)),
    CASE("one triple", IN(5), IN(5), IN(5)),
    CASE_WITH(&loss_none, "nothing", IN(0, 4), IN(0, 4), IN(0, 4)),
    LARGE_CASE("many", IN(3001, 70), IN(3001, 70), IN(3001, 70)),
};
static const op_test test = {"triplet", call_triplet, OP_CASES(cases), .flags = 0};

static void gradients_are_finite_where_vectors_are_equal(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++)
        for (int k = 0; k < 2; k++) { /* with k 1 the difference is -1e-6 itself: a distance of 0 */
            dl_tensor *a = dl_tensor_give(dl_tensor_zeros(ctx, dt, DL_SHAPE(2, 3))), *d[2];
            dl_tensor *p = dl_add_scalar(a, k ? 1e-6 : 0);
            dl_tensor *n = make_tensor(ctx, dt, DL_SHAPE(2, 3), 0, 3, 4, 0, 0, 0.5);
            p = dl_detach(p);
            dl_grad_track(a, 1);
            dl_grad_track(p, 1);
            dl_tensor *y = dl_triplet(a, p, n, 1, &loss_none);
            assert_close(y, ((double[]){0, 0.5}), 2, 1e-5);
            loss_gradients(y, a, p, d);
            for (int i = 0; i < 2; i++) {
                double sum = dl_tensor_item(dl_sum(dl_mul(d[i], d[i]), NULL, 0, 0));
                assert_true(sum < 10);
            }
        }
}

static void triplet_says_what_is_wrong(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4));
    assert_null(dl_triplet(a, a, a, 0, NULL));
    expect_error(ctx, DL_EINVAL, "triplet: margin is 0, it wants a finite number, above 0");
    assert_null(dl_triplet(a, a, random_tensor(ctx, DL_F32, 1, DL_SHAPE(4)), 1, NULL));
    expect_error(ctx, DL_ESHAPE,
                 "triplet: anchor is [3, 4], positive is [3, 4] and negative is [4], they want one "
                 "shape, [N, D] or [D]");
    assert_null(dl_triplet(a, random_tensor(ctx, DL_F64, 1, DL_SHAPE(3, 4)), a, 1, NULL));
    expect_error(ctx, DL_EDTYPE, "triplet: anchor, positive and negative are f32, f64 and f32");
    assert_null(dl_triplet(a, a, a, 1, &(dl_loss_opts){.ignore_set = 1}));
    expect_error(ctx, DL_EINVAL, "triplet: ignore_set is set, which this loss does not have");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(gradients_are_finite_where_vectors_are_equal),
        with_ctx(triplet_says_what_is_wrong),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
