#include "support/spread_check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "support/over.h"

static const spread_check *check;

/* The number of the correction is that of keep. */
static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return check->spread(in[0], o->axes, o->n, o->keep, o->keep);
}

static const op_case cases[] = {OVER_CASES(-2.0, 2.0)};

/* Noise on top of 1e6, in floats: against the same floats in double. */
static void is_accurate_far_from_0(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 50000 };
    double *v = malloc(N * sizeof *v), mean = 0, sum = 0;
    uint64_t seed = 3;
    assert_non_null(v);
    for (int i = 0; i < N; i++) {
        v[i] = (double)(float)(1e6 + random_number(&seed) - 0.5);
        mean += v[i] / N;
    }
    for (int i = 0; i < N; i++)
        sum += (v[i] - mean) * (v[i] - mean);
    const double wanted = check->of_variance(sum / (N - 1));
    dl_tensor *x = tensor_of(ctx, DL_F32, v, DL_SHAPE(N));
    assert_close(check->spread(x, NULL, 0, 0, 1), &wanted, 1, 1e-6);
    free(v);
    expect_ok(ctx);
}

static void of_too_few_elements_is_no_number(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *one = make_tensor(ctx, DL_F64, DL_SHAPE(1), 3);
    assert_values(check->spread(one, NULL, 0, 0, 1), NAN);
    assert_values(check->spread(one, NULL, 0, 0, 0), 0);
    dl_tensor *two = make_tensor(ctx, DL_F64, DL_SHAPE(2), 3, 4);
    assert_values(check->spread(two, NULL, 0, 0, 5), INFINITY);
    dl_tensor *none = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    assert_values(check->spread(none, (int32_t[]){1}, 1, 0, 0), NAN, NAN);
    expect_ok(ctx);
}

static void lets_nan_and_infinities_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, NAN, INFINITY, 2, 5, 5);
    assert_values(check->spread(x, (int32_t[]){1}, 1, 0, 0), NAN, NAN, 0);
}

static void of_equal_elements_has_gradient_0(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 5, 5, 5);
    dl_grad_track(x, 1);
    dl_backward(check->spread(x, NULL, 0, 0, 1));
    assert_values(dl_grad(x), 0, 0, 0);
    expect_ok(ctx);
}

static void refuses_a_negative_correction(void **state)
{
    dl_ctx *ctx = *state;
    char message[96];
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(check->spread(x, NULL, 0, 0, -1));
    snprintf(message, sizeof message, "%s: correction is -1, wanted 0 or more", check->name);
    expect_error(ctx, DL_EINVAL, message);
    assert_null(check->spread(x, (int32_t[]){1}, 1, 0, 0));
    snprintf(message, sizeof message, "%s: axis is 1, wanted -1 to 0", check->name);
    expect_error(ctx, DL_ESHAPE, message);
}

int spread_main(const spread_check *c, const struct CMUnitTest *more, int32_t n_more)
{
    static const op_fact facts[] = {
        OP_FACT(is_accurate_far_from_0),        OP_FACT(of_too_few_elements_is_no_number),
        OP_FACT(lets_nan_and_infinities_pass),  OP_FACT(of_equal_elements_has_gradient_0),
        OP_FACT(refuses_a_negative_correction),
    };
    const op_test test = {c->name, call, OP_CASES(cases), .flags = 0};
    check = c;
    return op_main_with(&test, facts, OP_LENGTH(facts), more, n_more);
}
