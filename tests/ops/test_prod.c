#include <math.h>
#include <stdlib.h>
#include "support/over.h"

OP_OVER(prod)

static const op_case cases[] = {
    CASE_WITH((&(over){1, {1}, 0}), "the last", IN(3, 4)),
    CASE_WITH((&(over){2, {0, 2}, 1}), "odd sizes", IN(3, 2, 5)),
    CASE_WITH((&(over){0}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH((&(over){1, {0}, 0}), "an axis of size 1", IN(1, 4)),
    CASE_WITH((&(over){1, {0}, 0}), "of nothing", IN(0, 4)),
    OVER_CASES(0.9995, 1.0005),
};
/* Each of n products rounds, so f32 may be off by n / 2 units. */
static const op_test test = {"prod", call_prod, OP_CASES(cases), .f32 = 2e-5};

static void gradients_of(dl_tensor *x, dl_tensor **first, dl_tensor **second)
{
    dl_ctx *ctx = dl_tensor_ctx(x);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_prod(x, NULL, 0, 0);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_CREATE, first), DL_OK);
    dl_tensor *sum = dl_sum(*first, NULL, 0, 0);
    assert_int_equal(dl_gradients(&sum, NULL, 1, &x, 1, DL_GRAPH_RELEASE, second), DL_OK);
    expect_ok(ctx);
}

/* With every number of zeros: dx_i is the product of the others, and the gradient of the sum of
 * these is a sum of products of all but two. */
static void prod_has_the_right_gradients_with_zeros(void **state)
{
    dl_ctx *ctx = *state;
    for (int zeros = 0; zeros < 32; zeros++) {
        double v[5], first[5], second[5] = {0};
        for (int i = 0; i < 5; i++)
            v[i] = zeros >> i & 1 ? 0 : 1.5 - i;
        for (int i = 0; i < 5; i++) {
            first[i] = 1;
            for (int j = 0; j < 5; j++) {
                double both = j != i;
                first[i] *= j != i ? v[j] : 1;
                for (int k = 0; k < 5; k++)
                    both *= k != i && k != j ? v[k] : 1;
                second[i] += both;
            }
        }
        dl_tensor *dx, *ddx;
        gradients_of(tensor_of(ctx, DL_F64, v, DL_SHAPE(5)), &dx, &ddx);
        assert_close(dx, first, 5, 1e-15);
        assert_close(ddx, second, 5, 1e-15);
    }
}

static void prod_over_any_axes_of_any_layout_is_the_definition(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(3, 4, 5));
    double *v = values_of(x), wanted[4] = {1, 1, 1, 1};
    for (int e = 0; e < 60; e++)
        wanted[e / 5 % 4] *= v[e];
    for (int layout = 0; layout < LAYOUTS; layout++)
        assert_close(dl_prod(with_layout(x, layout), (int32_t[]){2, 0}, 2, 0), wanted, 4, 1e-15);
    free(v);
    expect_ok(ctx);
}

static void prod_of_nothing_is_1_and_never_shares_memory(void **state)
{
    dl_ctx *ctx = *state;
    assert_values(dl_prod(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0)), (int32_t[]){1}, 1, 0), 1,
                  1);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 1));
    assert_ptr_not_equal(dl_prod(x, (int32_t[]){1}, 1, 0)->storage, x->storage);
    assert_values(dl_prod(make_tensor(ctx, DL_F32, DL_SHAPE(3), 2, NAN, 0), NULL, 0, 0), NAN);
}

static void prod_refuses_axes_that_are_not_there(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_prod(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)), (int32_t[]){1}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "prod: axis is 1, wanted -1 to 0");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(prod_has_the_right_gradients_with_zeros),
        with_ctx(prod_over_any_axes_of_any_layout_is_the_definition),
        with_ctx(prod_of_nothing_is_1_and_never_shares_memory),
        with_ctx(prod_refuses_axes_that_are_not_there),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
