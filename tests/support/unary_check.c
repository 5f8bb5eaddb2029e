#include "support/unary_check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/isa.h"
#include "dl/grad.h"

static const op_test *test;
static const unary_check *check;

static double *values_or_zeros(const dl_tensor *t, int64_t n)
{
    double *v = t ? values_of(t) : calloc((size_t)n, sizeof *v);
    assert_non_null(v);
    return v;
}

/* dy/dx with ones for dy, recorded; NULL where y does not depend on x. */
static dl_tensor *slope_of(dl_tensor *y, dl_tensor *x)
{
    dl_tensor *d = NULL;
    if (!y || !dl_grad_tracked(y))
        return NULL;
    dl_tensor *ones = dl_tensor_give(dl_tensor_ones(y->base.ctx, y->dtype, y->dims, y->ndim));
    if (dl_gradients(&y, &ones, 1, &x, 1, DL_GRAPH_CREATE, &d) != DL_OK)
        fail_msg("gradients: %s", dl_ctx_message(y->base.ctx));
    return d;
}

void unary_values(dl_fn fn, dl_tensor *x, void *user, double *out[3])
{
    dl_tensor *y = fn(&x, 1, user), *d = slope_of(y, x), *dd = slope_of(d, x);
    if (!y)
        fail_msg("values: %s", dl_ctx_message(x->base.ctx));
    const int64_t n = dl_tensor_count(x);
    out[0] = values_of(y);
    out[1] = values_or_zeros(d, n);
    out[2] = values_or_zeros(dd, n);
}

static dl_tensor *leaf_of(dl_ctx *ctx, dl_dtype dtype, const double *v, int64_t n)
{
    dl_tensor *x = tensor_of(ctx, dtype, v, &n, 1);
    dl_grad_track(x, 1);
    return x;
}

static const char *const names[] = {"f", "f'", "f''"};

static void has_the_known_values(void **state)
{
    for (dl_dtype dtype = DL_F32; dtype <= DL_F64; dtype++)
        for (int32_t i = 0; i < check->n_facts; i++) {
            const unary_fact *fact = &check->facts[i];
            const double want[3] = {fact->f, fact->slope, fact->curve};
            double *got[3];
            unary_values(test->fn, leaf_of(*state, dtype, &fact->x, 1), NULL, got);
            for (int k = 0; k < 3; k++) {
                const double tolerance = dtype == DL_F64 ? 1e-15 : 0x1p-22, g = got[k][0];
                const int same = isnan(want[k]) ? isnan(g) : g == want[k];
                if (!same && !(fabs(g - want[k]) <= tolerance * fmax(1, fabs(want[k]))))
                    fail_msg("%s, %s of %g in %s: got %.17g, want %.17g", test->name, names[k],
                             fact->x, dl_dtype_name(dtype), g, want[k]);
                free(got[k]);
            }
        }
}

static void lets_nan_pass(void **state)
{
#ifdef DL_UNDER_VALGRIND /* 3.19 takes NaN for a number in two of the comparisons of AVX */
    dl__isa_force(DL__ISA_BASE);
#endif
    for (dl_dtype dtype = DL_F32; dtype <= DL_F64; dtype++) {
        double nan = NAN, *got[3];
        unary_values(test->fn, leaf_of(*state, dtype, &nan, 1), NULL, got);
        assert_true(isnan(got[0][0]));
        if (!(check->flags & UNARY_NAN_HAS_SLOPE))
            assert_true(isnan(got[1][0]));
        for (int k = 0; k < 3; k++)
            free(got[k]);
    }
#ifdef DL_UNDER_VALGRIND
    dl__isa_force(-1);
#endif
}

/* Neither f nor its derivatives overflow or lose themselves on the way. */
static void is_a_number_far_away(void **state)
{
    static const double far[] = {20,  90,  750,  1e4,  1e10,  1e18,  1e30, 0,
                                 -20, -90, -750, -1e4, -1e10, -1e18, -1e30};
    for (dl_dtype dtype = DL_F32; dtype <= DL_F64; dtype++) {
        double *got[3];
        unary_values(test->fn, leaf_of(*state, dtype, far, UNARY_LENGTH(far)), NULL, got);
        for (int k = 0; k < 3; k++) {
            for (int32_t i = 0; i < UNARY_LENGTH(far); i++)
                if (!isfinite(got[k][i]))
                    fail_msg("%s, %s of %g in %s is %g", test->name, names[k], far[i],
                             dl_dtype_name(dtype), got[k][i]);
            free(got[k]);
        }
    }
}

/* The error of narrow in units in the last place of wide in f32, or of max(1, |wide|). */
static double error_of(double narrow, double wide, int at_least_one)
{
    if (narrow == wide || (isnan(narrow) && isnan(wide)) || (float)wide == (float)narrow)
        return 0;
    int e;
    frexp(at_least_one ? fmax(1, fabs(wide)) : wide, &e); /* |wide| < 2^e */
    return fabs(narrow - wide) / ldexp(1, (e > -125 ? e : -125) - 24);
}

static void has_the_stated_error_in_f32(void **state)
{
    enum { N = 8001 };
    static double x[N];
    const int given = check->low < check->high;
    const double low = given ? check->low : -30, high = given ? check->high : 30;
    for (int i = 0; i < N; i++)
        x[i] = (double)(float)(low + (high - low) * i / (N - 1));
    double *narrow[3], *wide[3], worst[3] = {0}, where[3] = {0};
    unary_values(test->fn, leaf_of(*state, DL_F32, x, N), NULL, narrow);
    unary_values(test->fn, leaf_of(*state, DL_F64, x, N), NULL, wide);
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < N; i++)
            if (error_of(narrow[k][i], wide[k][i], k > 0) > worst[k]) {
                worst[k] = error_of(narrow[k][i], wide[k][i], k > 0);
                where[k] = x[i];
            }
        free(narrow[k]);
        free(wide[k]);
    }
    if (worst[0] > check->ulps || worst[1] > check->slope_ulps)
        fail_msg("%s in f32 is %.2f units off at %.9g, its gradient %.2f at %.9g", test->name,
                 worst[0], where[0], worst[1], where[1]);
}

static void refuses_third_gradients_by_name(void **state)
{
    dl_ctx *ctx = *state;
    char message[96];
    const double v = 0.5 * (test->cases->in->low + test->cases->in->high) + 0.01;
    dl_tensor *x = leaf_of(ctx, DL_F64, &v, 1), *third = NULL;
    dl_tensor *second = slope_of(slope_of(test->fn(&x, 1, NULL), x), x);
    assert_int_equal(dl_gradients(&second, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &third),
                     DL_EUNSUPPORTED);
    snprintf(message, sizeof message, "%s_second has no gradient", test->name);
    expect_error(ctx, DL_EUNSUPPORTED, message);
}

int unary_main(const op_test *t, const unary_check *c, const struct CMUnitTest *more,
               int32_t n_more)
{
    static const struct {
        op_fact fact;
        int32_t not_flags;
    } checks[] = {
        {OP_FACT(has_the_known_values), 0},
        {OP_FACT(lets_nan_pass), 0},
        {OP_FACT(is_a_number_far_away), UNARY_UNBOUNDED},
        {OP_FACT(has_the_stated_error_in_f32), 0},
        {OP_FACT(refuses_third_gradients_by_name), UNARY_NO_CURVE},
    };
    op_fact facts[OP_LENGTH(checks)];
    int32_t n = 0;
    test = t;
    check = c;
    for (int32_t i = 0; i < OP_LENGTH(checks); i++)
        if (!(c->flags & checks[i].not_flags))
            facts[n++] = checks[i].fact;
    return op_main_with(t, facts, n, more, n_more);
}
