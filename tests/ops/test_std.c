#include <math.h>
#include <stdlib.h>
#include "support/over.h"

/* The number of the correction is that of keep. */
static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return dl_std(in[0], o->axes, o->n, o->keep, o->keep);
}

static const op_case cases[] = {OVER_CASES(-2.0, 2.0)};
static const op_test test = {"std", call, OP_CASES(cases), .flags = 0};

/* Noise on top of 1e6, in floats: against the same floats in double. */
static void std_is_accurate_far_from_0(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 50000 };
    double *v = malloc(N * sizeof *v), mean = 0, sum = 0;
    uint64_t seed = 3;
    for (int i = 0; i < N; i++) {
        v[i] = (double)(float)(1e6 + random_number(&seed) - 0.5);
        mean += v[i] / N;
    }
    for (int i = 0; i < N; i++)
        sum += (v[i] - mean) * (v[i] - mean);
    const double wanted = sqrt(sum / (N - 1));
    assert_close(dl_std(tensor_of(ctx, DL_F32, v, DL_SHAPE(N)), NULL, 0, 0, 1), &wanted, 1, 1e-6);
    free(v);
    expect_ok(ctx);
}

static void std_of_too_few_elements_is_no_number(void **state)
{
    dl_ctx *ctx = *state;
    assert_values(dl_std(make_tensor(ctx, DL_F64, DL_SHAPE(1), 3), NULL, 0, 0, 1), NAN);
    assert_values(dl_std(make_tensor(ctx, DL_F64, DL_SHAPE(1), 3), NULL, 0, 0, 0), 0);
    assert_values(dl_std(make_tensor(ctx, DL_F64, DL_SHAPE(2), 3, 4), NULL, 0, 0, 5), INFINITY);
    dl_tensor *none = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    assert_values(dl_std(none, (int32_t[]){1}, 1, 0, 0), NAN, NAN);
    expect_ok(ctx);
}

static void std_lets_nan_and_infinities_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, NAN, INFINITY, 2, 5, 5);
    assert_values(dl_std(x, (int32_t[]){1}, 1, 0, 0), NAN, NAN, 0);
}

static void std_of_equal_elements_has_gradient_0(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 5, 5, 5);
    dl_grad_track(x, 1);
    dl_backward(dl_std(x, NULL, 0, 0, 1));
    assert_values(dl_grad(x), 0, 0, 0);
    expect_ok(ctx);
}

static void std_refuses_a_negative_correction(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_std(x, NULL, 0, 0, -1));
    expect_error(ctx, DL_EINVAL, "std: correction is -1, wanted 0 or more");
    assert_null(dl_std(x, (int32_t[]){1}, 1, 0, 0));
    expect_error(ctx, DL_ESHAPE, "std: axis is 1, wanted -1 to 0");
}

/* Squares of these, or their sum, are not in the range of f32. */
static void std_near_the_ends_of_the_range(void **state)
{
    dl_ctx *ctx = *state;
    const double v[] = {1e25, -1e25, 1e-25, -1e-25, 3e38, 3e38, 0, 0, 1e30, 2};
    const double wanted[] = {1e25, 1e-25, 0, 0, 5e29};
    dl_tensor *x = tensor_of(ctx, DL_F32, v, DL_SHAPE(5, 2));
    dl_tensor *y = dl_cast(dl_std(x, (int32_t[]){1}, 1, 0, 0), DL_F64);
    const double *got = dl_tensor_data(y);
    for (int i = 0; i < 5; i++)
        assert_true(fabs(got[i] - wanted[i]) <= 1e-6 * wanted[i]);
    const double w[] = {1e-170, -1e-170, 1e200, -1e200};
    got =
        dl_tensor_data(dl_std(tensor_of(ctx, DL_F64, w, DL_SHAPE(2, 2)), (int32_t[]){1}, 1, 0, 0));
    assert_true(fabs(got[0] - 1e-170) <= 1e-185 && fabs(got[1] - 1e200) <= 1e185);
    expect_ok(ctx);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(std_near_the_ends_of_the_range),       with_ctx(std_is_accurate_far_from_0),
        with_ctx(std_of_too_few_elements_is_no_number), with_ctx(std_lets_nan_and_infinities_pass),
        with_ctx(std_of_equal_elements_has_gradient_0), with_ctx(std_refuses_a_negative_correction),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
