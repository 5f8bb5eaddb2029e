#include <stdlib.h>
#include "support/unary_check.h"

static dl_tensor *call_pow_scalar(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_pow_scalar(in[0], user ? *(const double *)user : 2.5);
}

static double minus2 = -2, minus1 = -1, zero = 0, half = 0.5, one = 1, two = 2, three = 3, four = 4;
#define POWER(p, title, low) CASE_WITH(&p, title, IN_RANGE(low, 2, 3, 4))
static const op_case cases[] = {
    CASE("a matrix", IN_RANGE(0.3, 2, 3, 4)),
    CASE("a scalar", IN_SCALAR(0.3, 2)),
    CASE("five axes", IN_RANGE(0.3, 2, 2, 1, 3, 2, 2)),
    CASE("nothing", IN_RANGE(0.3, 2, 0, 4)),
    LARGE_CASE("many", IN_RANGE(0.3, 2, 3, 70001)),
    POWER(minus2, "-2", 0.3),
    POWER(minus1, "-1", 0.3),
    POWER(zero, "0", -2),
    POWER(half, "1/2", 0.3),
    POWER(one, "1", -2),
    POWER(two, "2", -2),
    POWER(three, "3", -2),
    POWER(four, "4", -2),
};
static const op_test test = {"pow_scalar", call_pow_scalar, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT};

/* Values, slopes and curves at -2, 0, 3, infinity and NaN. */
static void pow_scalar_is_c_pow_and_its_derivatives(void **state)
{
    static const struct {
        double p, f[5], slope[5], curve[5];
    } known[] = {
        {0, {1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}},
        {1, {-2, 0, 3, INFINITY, NAN}, {1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}},
        {2, {4, 0, 9, INFINITY, NAN}, {-4, 0, 6, INFINITY, NAN}, {2, 2, 2, 2, 2}},
        {3, {-8, 0, 27, INFINITY, NAN}, {12, 0, 27, INFINITY, NAN}, {-12, 0, 18, INFINITY, NAN}},
        {4, {16, 0, 81, INFINITY, NAN}, {-32, 0, 108, INFINITY, NAN}, {48, 0, 108, INFINITY, NAN}},
        {-1,
         {-0.5, INFINITY, 1.0 / 3, 0, NAN},
         {-0.25, -INFINITY, -1.0 / 9, 0, NAN},
         {-0.25, INFINITY, 2.0 / 27, 0, NAN}},
        {0.5,
         {NAN, 0, 1.7320508075688772, INFINITY, NAN},
         {NAN, INFINITY, 0.28867513459481287, 0, NAN},
         {NAN, -INFINITY, -0.048112522432468816, 0, NAN}},
    };
    dl_ctx *ctx = *state;
    for (int32_t i = 0; i < OP_LENGTH(known); i++) {
        double p = known[i].p, *got[3];
        dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(5), -2, 0, 3, INFINITY, NAN);
        dl_grad_track(x, 1);
        unary_values(call_pow_scalar, x, &p, got);
        const double *want[3] = {known[i].f, known[i].slope, known[i].curve};
        for (int k = 0; k < 3; k++) {
            assert_close(tensor_of(ctx, DL_F64, got[k], DL_SHAPE(5)), want[k], 5, 1e-15);
            free(got[k]);
        }
    }
}

static void pow_scalar_has_derivatives_of_all_orders(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(1), 2), *d = NULL;
    dl_grad_track(x, 1);
    dl_tensor *y = dl_pow_scalar(x, 5);
    const double want[] = {80, 160, 240, 240, 120};
    for (int i = 0; i < OP_LENGTH(want); i++, y = d) {
        assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_CREATE, &d), DL_OK);
        assert_close(d, &want[i], 1, 1e-15);
    }
}

static void pow_scalar_refuses_nan_as_power(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_pow_scalar(random_tensor(ctx, DL_F32, 1, DL_SHAPE(3)), NAN));
    expect_error(ctx, DL_EINVAL, "pow_scalar: p is nan, it wants a number");
    assert_null(dl_pow_scalar(NULL, NAN));
    expect_ok(ctx);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(pow_scalar_is_c_pow_and_its_derivatives),
        with_ctx(pow_scalar_has_derivatives_of_all_orders),
        with_ctx(pow_scalar_refuses_nan_as_power),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
