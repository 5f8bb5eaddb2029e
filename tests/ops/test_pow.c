#include <math.h>
#include "support/op_check.h"

OP_BINARY(pow)

static const op_case cases[] = {
    CASE("matrices", IN_RANGE(0.3, 2, 3, 4), IN(3, 4)),
    CASE("a row for each column", IN_RANGE(0.3, 2, 3, 1), IN(1, 4)),
    CASE("squares of any sign", IN(3, 4), FIXED_RANGE(2, 2, 1)),
    CASE("inverse cubes of any sign", IN_RANGE(-2, 2, 3, 4), FIXED_RANGE(-3, -3, 1)),
    CASE("exponents alone", FIXED_RANGE(0.3, 2, 2, 3), IN(2, 3)),
    CASE("nothing", IN_RANGE(0.3, 2, 0, 4), IN(4)),
    LARGE_CASE("many", IN_RANGE(0.3, 2, 3, 70001), IN(3, 70001)),
};
static const op_test test = {"pow", call_pow, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void pow_has_the_special_values_of_c(void **state)
{
    dl_ctx *ctx = *state;
    const double a[] = {0, 0, -0.0, 1, NAN, NAN, -2, -2, 2, INFINITY, -8, 0};
    const double b[] = {0, -1, -1, NAN, 0, 1, 3, 0.5, INFINITY, -1, INFINITY, 2};
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *y =
            dl_pow(tensor_of(ctx, dt, a, DL_SHAPE(12)), tensor_of(ctx, dt, b, DL_SHAPE(12)));
        assert_values(y, 1, INFINITY, -INFINITY, 1, 1, NAN, -8, NAN, INFINITY, 0, INFINITY, 0);
    }
}

static void gradients(dl_ctx *ctx, double a, double b, double da, double db)
{
    dl_tensor *x = tensor_of(ctx, DL_F64, &a, NULL, 0), *e = tensor_of(ctx, DL_F64, &b, NULL, 0);
    dl_grad_track(x, 1);
    dl_grad_track(e, 1);
    dl_backward(dl_pow(x, e));
    expect_ok(ctx);
    assert_close(dl_grad(x), &da, 1, 1e-15);
    assert_close(dl_grad(e), &db, 1, 1e-15);
}

static void pow_has_the_gradients_of_pytorch_at_the_edge(void **state)
{
    dl_ctx *ctx = *state;
    gradients(ctx, 0, 0, 0, 0);
    gradients(ctx, 0, 1, 1, 0);
    gradients(ctx, 0, 2, 0, 0);
    gradients(ctx, 0, 0.5, INFINITY, 0);
    gradients(ctx, 0, -1, -INFINITY, -INFINITY);
    gradients(ctx, 3, 0, 0, 1.0986122886681098);
    gradients(ctx, -2, 2, -4, NAN);
    gradients(ctx, NAN, 0, 0, NAN);
}

/* d2y/da2, d2y/dadb in both orders, d2y/db2. */
static void second(dl_ctx *ctx, double a, double b, double aa, double ab, double bb)
{
    dl_tensor *in[] = {tensor_of(ctx, DL_F64, &a, NULL, 0), tensor_of(ctx, DL_F64, &b, NULL, 0)};
    const double want[2][2] = {{aa, ab}, {ab, bb}};
    dl_grad_track(in[0], 1);
    dl_grad_track(in[1], 1);
    dl_tensor *y = dl_pow(in[0], in[1]), *first[2], *again[2];
    assert_int_equal(dl_gradients(&y, NULL, 1, in, 2, DL_GRAPH_CREATE, first), DL_OK);
    for (int32_t i = 0; i < 2; i++) {
        assert_int_equal(dl_gradients(&first[i], NULL, 1, in, 2, DL_GRAPH_RETAIN, again), DL_OK);
        for (int32_t j = 0; j < 2; j++)
            assert_close(again[j], &want[i][j], 1, 1e-14);
    }
}

static void pow_has_second_gradients_at_the_edge(void **state)
{
    dl_ctx *ctx = *state;
    second(ctx, 0, 2, 2, 0, 0);
    second(ctx, 0, 1, 0, 0, 0);
    second(ctx, 0, 3, 0, 0, 0);
    second(ctx, 0, 0, 0, 0, 0);
    second(ctx, 2, 0, 0, 0.5, 0.6931471805599453 * 0.6931471805599453);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(pow_has_the_special_values_of_c),
        with_ctx(pow_has_the_gradients_of_pytorch_at_the_edge),
        with_ctx(pow_has_second_gradients_at_the_edge),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
