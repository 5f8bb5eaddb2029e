#include <math.h>
#include <stdlib.h>
#include "support/op_check.h"

static dl_tensor *call_dropout(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_dropout(in[0], user ? *(const double *)user : 0.5);
}

static double none = 0, few = 0.1, all = 1;
static const op_case cases[] = {
    CASE("a matrix", IN(5, 4)),
    CASE_WITH(&few, "few dropped", IN(3, 4)),
    CASE_WITH(&none, "none dropped", IN(3, 4)),
    CASE_WITH(&all, "all dropped", IN(3, 4)),
    CASE("four axes", IN(2, 3, 2, 2)),
    CASE("a scalar", IN_SCALAR(-2, 2)),
    CASE("nothing", IN(0, 4)),
    LARGE_CASE("many", IN(3, 70001)),
};
static const op_test test = {"dropout", call_dropout, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void dropout_refuses_what_is_no_probability(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    static const struct {
        double p;
        const char *message;
    } bad[] = {
        {-0.1, "dropout: p is -0.1, it wants a probability in [0, 1]"},
        {1.5, "dropout: p is 1.5, it wants a probability in [0, 1]"},
        {NAN, "dropout: p is nan, it wants a probability in [0, 1]"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(dl_dropout(x, bad[i].p));
        expect_error(ctx, DL_EINVAL, bad[i].message);
    }
    assert_int_equal(dl_ctx_ticket(ctx), 0);
}

static void dropout_of_none_and_of_all_is_exact(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(4), 1, -0.3, NAN, INFINITY);
    assert_same_bits(dl_dropout(x, 0), x);
    assert_values(dl_dropout(x, 1), 0, 0, 0, 0);
}

static void dropout_keeps_the_rest_scaled_and_drops_with_its_probability(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 200000 };
    for (int i = 1; i < 10; i++) {
        double p = i / 10.0, dropped = 0;
        dl_tensor *y = dl_dropout(dl_tensor_give(dl_tensor_ones(ctx, DL_F64, DL_SHAPE(N))), p);
        double *v = values_of(y);
        for (int j = 0; j < N; j++) {
            assert_true(v[j] == 0 || v[j] == 1 / (1 - p));
            dropped += v[j] == 0;
        }
        /* five standard deviations */
        assert_true(fabs(dropped - p * N) < 5 * sqrt(p * (1 - p) * N));
        free(v);
    }
}

/* The mask follows the logical index: neither layout nor element type matter, the ticket does. */
static void dropout_draws_the_same_mask_for_any_layout_and_type(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 3, DL_SHAPE(7, 33, 41));
    dl_tensor *y = dl_dropout(x, 0.3), *other = dl_dropout(x, 0.3);
    int differs = 0;
    double *a = values_of(y), *b = values_of(other);
    for (int64_t i = 0; i < dl_tensor_count(y); i++)
        differs |= a[i] != b[i];
    assert_true(differs);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        ctx->ticket = 0;
        assert_same_bits(dl_dropout(with_layout(x, layout), 0.3), y);
    }
    ctx->ticket = 0;
    double *narrow = values_of(dl_dropout(dl_cast(x, DL_F32), 0.3));
    for (int64_t i = 0; i < dl_tensor_count(y); i++)
        assert_int_equal(narrow[i] == 0, a[i] == 0);
    free(a);
    free(b);
    free(narrow);
}

static dl_tensor *unscaled(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_dropout_unscaled(in[0], 0.3);
}

/* What dl_dropout keeps, as it was, and the same ticket; gradients of both orders. */
static void dropout_unscaled_keeps_elements_as_they_are(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 3, DL_SHAPE(7, 33));
    double *a = values_of(dl_dropout(x, 0.3)), *v = values_of(x);
    assert_int_equal(dl_ctx_ticket(ctx), 1);
    ctx->ticket = 0;
    double *b = values_of(dl_dropout_unscaled(x, 0.3));
    assert_int_equal(dl_ctx_ticket(ctx), 1);
    for (int64_t i = 0; i < dl_tensor_count(x); i++)
        assert_true(b[i] == (a[i] == 0 ? 0 : v[i]));
    assert_same_bits(dl_dropout_unscaled(x, 0), x);
    dl_grad_track(x, 1);
    for (int32_t order = 1; order <= 2; order++)
        assert_int_equal(
            dl_gradcheck(unscaled, &x, 1, NULL, NULL, &(dl_gradcheck_opts){.order = order}), DL_OK);
    assert_null(dl_dropout_unscaled(NULL, 0.5));
    assert_null(dl_dropout_unscaled(x, 2));
    expect_error(ctx, DL_EINVAL, "dropout_unscaled: p is 2, it wants a probability in [0, 1]");
    free(a);
    free(b);
    free(v);
}

static void dropout_gives_back_the_ticket_of_a_failed_call(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    uint64_t before = ctx->ticket;
    dl__memory_fail(ctx, 1, 0);
    assert_null(dl_dropout(x, 0.5));
    dl__memory_fail(ctx, 0, 0);
    expect_error(ctx, DL_ENOMEM, "");
    assert_int_equal(ctx->ticket, before);
}

/* A vector whose elements are one number, or far apart, is read as such. */
static void dropout_takes_vectors_with_any_step(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(100));
    dl_grad_track(x, 1);
    dl_tensor *y = dl_dropout(x, 0.5);
    dl_backward(dl_sum(y, NULL, 0, 0)); /* the gradient of y is one 1 */
    const float *g = dl_tensor_data(dl_grad(x)), *v = dl_tensor_data(y);
    for (int i = 0; i < 100; i++)
        assert_true(g[i] == (v[i] == 0 ? 0.0f : 2.0f));
    for (int layout = 0; layout < LAYOUTS; layout++) {
        ctx->ticket = 7;
        dl_tensor *a = dl_dropout(dl_detach(x), 0.5);
        ctx->ticket = 7;
        assert_same_bits(dl_dropout(with_layout(x, layout), 0.5), a);
    }
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(dropout_refuses_what_is_no_probability),
        with_ctx(dropout_of_none_and_of_all_is_exact),
        with_ctx(dropout_keeps_the_rest_scaled_and_drops_with_its_probability),
        with_ctx(dropout_draws_the_same_mask_for_any_layout_and_type),
        with_ctx(dropout_unscaled_keeps_elements_as_they_are),
        with_ctx(dropout_gives_back_the_ticket_of_a_failed_call),
        with_ctx(dropout_takes_vectors_with_any_step),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
