#include <math.h>
#include <stdlib.h>
#include "support/loss_check.h"

typedef struct args {
    int32_t axis;
    double eps;
} args;

static dl_tensor *call_cosine_similarity(dl_tensor *const *in, int32_t n, void *user)
{
    static const args standard = {1, 1e-8};
    const args *a = user ? user : &standard;
    (void)n;
    return dl_cosine_similarity(loss_view(in[0]), loss_view(in[1]), a->axis, a->eps);
}

static args first = {0, 1e-8}, last = {-1, 0}, far = {-1, 100};
static const op_case cases[] = {
    CASE("rows", IN(3, 4), IN(3, 4)),
    CASE_WITH(&first, "columns", IN(3, 4), IN(3, 4)),
    CASE_WITH(&last, "three axes", IN(2, 3, 4), IN(2, 3, 4)),
    CASE_WITH(&last, "one against many", IN(4), IN(3, 4)),
    CASE("a row against rows", IN(3, 4), IN(1, 4)),
    CASE_WITH(&far, "shorter than eps", IN(3, 4), IN(3, 4)),
    CASE_WITH(&first, "vectors", IN(5), IN(5)),
    CASE("nothing", IN(0, 4), IN(0, 4)),
    LARGE_CASE_WITH(&first, "many", IN(70, 3001), IN(70, 3001)), /* not nearly parallel */
};
static const op_test test = {"cosine_similarity", call_cosine_similarity, OP_CASES(cases),
                             .flags = 0};

static void zeros_have_a_similarity_and_a_gradient_of_0(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 0, 0, 3, 4, NAN, 1), *d[2];
    dl_tensor *b = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, 0, 6, 8, 1, 1);
    for (int k = 0; k < 2; k++) {
        dl_grad_track(a, 1);
        dl_grad_track(b, 1);
        dl_tensor *y = dl_cosine_similarity(a, b, 1, k ? 0 : 1e-8);
        assert_close(y, ((double[]){0, 1, NAN}), 3, 1e-6);
        loss_gradients(dl_slice(y, 0, 0, 2, 1), a, b, d);
        double *da = values_of(d[0]);
        for (int i = 0; i < 4; i++)
            assert_true(isfinite(da[i]));
        assert_true(da[1] == 0);
        free(da);
    }
}

static void cosine_similarity_says_what_is_wrong(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4));
    assert_null(dl_cosine_similarity(a, random_tensor(ctx, DL_F32, 1, DL_SHAPE(3)), 1, 0));
    expect_error(ctx, DL_ESHAPE, "cosine_similarity: shapes [3, 4] and [3] do not broadcast");
    assert_null(dl_cosine_similarity(a, random_tensor(ctx, DL_F64, 1, DL_SHAPE(3, 4)), 1, 0));
    expect_error(ctx, DL_EDTYPE, "cosine_similarity: operands are f32 and f64");
    assert_null(dl_cosine_similarity(a, a, 2, 0));
    expect_error(ctx, DL_ESHAPE, "cosine_similarity: axis is 2, wanted -2 to 1");
    assert_null(dl_cosine_similarity(a, a, 1, -1));
    expect_error(ctx, DL_EINVAL,
                 "cosine_similarity: eps is -1, it wants a finite number, at least 0");
    assert_null(dl_cosine_similarity(a, a, 1, NAN));
    expect_error(ctx, DL_EINVAL, "cosine_similarity: eps is nan");
}

static void short_vectors_have_a_similarity_too(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F64, DL_SHAPE(2), 3e-100, 4e-100);
    dl_tensor *b = make_tensor(ctx, DL_F64, DL_SHAPE(2), 6e-20, 8e-20);
    assert_close(dl_cosine_similarity(a, b, 0, 0), (double[]){1}, 1, 1e-14);
    a = make_tensor(ctx, DL_F32, DL_SHAPE(2), 3e-18, 4e-18);
    assert_close(dl_cosine_similarity(a, a, 0, 0), (double[]){1}, 1, 1e-6);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(short_vectors_have_a_similarity_too),
        with_ctx(zeros_have_a_similarity_and_a_gradient_of_0),
        with_ctx(cosine_similarity_says_what_is_wrong),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
