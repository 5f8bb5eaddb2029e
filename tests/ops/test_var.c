#include <math.h>
#include <stdlib.h>
#include "support/over.h"

/* The number of the correction is that of keep. */
static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return dl_var(in[0], o->axes, o->n, o->keep, o->keep);
}

static const op_case cases[] = {OVER_CASES(-2.0, 2.0)};
static const op_test test = {"var", call, OP_CASES(cases), .flags = 0};

/* Noise on top of 1e6, in floats: against the same floats in double. */
static void var_is_accurate_far_from_0(void **state)
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
    const double wanted = sum / (N - 1);
    assert_close(dl_var(tensor_of(ctx, DL_F32, v, DL_SHAPE(N)), NULL, 0, 0, 1), &wanted, 1, 1e-6);
    free(v);
    expect_ok(ctx);
}

static void var_of_too_few_elements_is_no_number(void **state)
{
    dl_ctx *ctx = *state;
    assert_values(dl_var(make_tensor(ctx, DL_F64, DL_SHAPE(1), 3), NULL, 0, 0, 1), NAN);
    assert_values(dl_var(make_tensor(ctx, DL_F64, DL_SHAPE(1), 3), NULL, 0, 0, 0), 0);
    assert_values(dl_var(make_tensor(ctx, DL_F64, DL_SHAPE(2), 3, 4), NULL, 0, 0, 5), INFINITY);
    dl_tensor *none = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    assert_values(dl_var(none, (int32_t[]){1}, 1, 0, 0), NAN, NAN);
    expect_ok(ctx);
}

static void var_lets_nan_and_infinities_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, NAN, INFINITY, 2, 5, 5);
    assert_values(dl_var(x, (int32_t[]){1}, 1, 0, 0), NAN, NAN, 0);
}

static void var_of_equal_elements_has_gradient_0(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 5, 5, 5);
    dl_grad_track(x, 1);
    dl_backward(dl_var(x, NULL, 0, 0, 1));
    assert_values(dl_grad(x), 0, 0, 0);
    expect_ok(ctx);
}

static void var_refuses_a_negative_correction(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_var(x, NULL, 0, 0, -1));
    expect_error(ctx, DL_EINVAL, "var: correction is -1, wanted 0 or more");
    assert_null(dl_var(x, (int32_t[]){1}, 1, 0, 0));
    expect_error(ctx, DL_ESHAPE, "var: axis is 1, wanted -1 to 0");
}

/* The sums of these are not in the range of f32; the last variance is not, either. */
static void var_near_the_ends_of_the_range(void **state)
{
    dl_ctx *ctx = *state;
    const double v[] = {3e38, 3e38, 1e30, -1e30};
    dl_tensor *x = tensor_of(ctx, DL_F32, v, DL_SHAPE(2, 2));
    assert_values(dl_var(x, (int32_t[]){1}, 1, 0, 1), 0, INFINITY);
    expect_ok(ctx);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(var_near_the_ends_of_the_range),       with_ctx(var_is_accurate_far_from_0),
        with_ctx(var_of_too_few_elements_is_no_number), with_ctx(var_lets_nan_and_infinities_pass),
        with_ctx(var_of_equal_elements_has_gradient_0), with_ctx(var_refuses_a_negative_correction),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
