#include <math.h>
#include "support/over.h"

typedef struct which {
    double p;
    over over;
} which;

static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const which *o = user;
    (void)n;
    return dl_norm(in[0], o->p, o->over.axes, o->over.n, o->over.keep);
}

#define BOTH_WAYS(p)                                                                               \
    CASE_WITH((&(which){p, {0}}), #p, IN(3, 4)),                                                   \
        CASE_WITH((&(which){p, {2, {0, 2}, 1}}), #p " around the middle", IN(2, 3, 4))
static const op_case cases[] = {
    BOTH_WAYS(1),
    BOTH_WAYS(2),
    BOTH_WAYS(3),
    BOTH_WAYS(1.5),
    BOTH_WAYS(0.5),
    BOTH_WAYS(-1),
    BOTH_WAYS(-2.5),
    BOTH_WAYS(0),
    BOTH_WAYS(INFINITY),
    BOTH_WAYS(-INFINITY),
    CASE_WITH((&(which){2, {0}}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH((&(which){2, {1, {1}, 0}}), "to nothing", IN(0, 4)),
    CASE_WITH((&(which){-INFINITY, {1, {1}, 0}}), "least to nothing", IN(0, 4)),
    LARGE_CASE_WITH((&(which){2, {0}}), "many", IN(3, 70001)),
    LARGE_CASE_WITH((&(which){3, {2, {0, 2}, 0}}), "many, interleaved", IN(40, 30, 50)),
};
static const op_test test = {"norm", call, OP_CASES(cases), .flags = 0};

static void norm_is_the_definition(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 3, -4, 0);
    assert_values(dl_norm(x, 0, NULL, 0, 0), 2);
    assert_values(dl_norm(x, 1, NULL, 0, 0), 7);
    assert_values(dl_norm(x, 2, NULL, 0, 1), 5);
    assert_values(dl_norm(x, INFINITY, NULL, 0, 0), 4);
    assert_values(dl_norm(x, -INFINITY, NULL, 0, 0), 0);
    assert_values(dl_norm(x, -1, NULL, 0, 0), 0);
    assert_close(dl_norm(x, 3, NULL, 0, 0), &(double){4.497941445275415}, 1, 1e-15);
    assert_close(dl_norm(x, 0.5, NULL, 0, 0), &(double){13.928203230275509}, 1, 1e-15);
}

/* The squares and cubes of these are out of range, or lose digits. */
static void norm_neither_overflows_nor_underflows(void **state)
{
    dl_ctx *ctx = *state;
    static const double size[] = {1e38, 1e30, 1e-22, 1e-30, 1e-38, 1e-44};
    static const double p[] = {2, 3, -2};
    for (int i = 0; i < OP_LENGTH(size); i++)
        for (int k = 0; k < OP_LENGTH(p); k++) {
            const double v[] = {0.3 * size[i], -0.4 * size[i], 0.35 * size[i]};
            dl_tensor *f = tensor_of(ctx, DL_F32, v, DL_SHAPE(3)), *d = dl_cast(f, DL_F64);
            const double found = dl_tensor_item(dl_norm(f, p[k], NULL, 0, 0));
            const double wanted = dl_tensor_item(dl_norm(d, p[k], NULL, 0, 0));
            assert_true(wanted > 0);
            assert_true(fabs(found - wanted) <= 1e-6 * wanted + 1e-45);
        }
    const double tiny[] = {3e-320, 4e-320}, huge[] = {3e307, 4e307};
    assert_true(dl_tensor_item(dl_norm(tensor_of(ctx, DL_F64, tiny, DL_SHAPE(2)), 2, NULL, 0, 0)) ==
                5e-320);
    assert_close(dl_norm(tensor_of(ctx, DL_F64, huge, DL_SHAPE(2)), 2, NULL, 0, 0),
                 &(double){5e307}, 1, 1e-15);
    expect_ok(ctx);
}

/* A row near the end of the range takes the long way; the others must not notice. */
static void norm_of_a_row_does_not_depend_on_other_rows(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 9, DL_SHAPE(5, 1000));
    dl_tensor *y = dl_norm(x, 2, (int32_t[]){1}, 1, 0);
    dl_tensor *more = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(6, 1000)));
    dl__copy_elements(dl_slice(more, 0, 0, 5, 1), x);
    assert_same_bits(dl_slice(dl_norm(more, 2, (int32_t[]){1}, 1, 0), 0, 0, 5, 1), y);
    expect_ok(ctx);
}

static void norm_of_zeros_has_gradient_0(void **state)
{
    dl_ctx *ctx = *state;
    static const double p[] = {0, 0.5, 1, 1.5, 2, 3, INFINITY, -INFINITY, -1};
    for (int k = 0; k < OP_LENGTH(p); k++) {
        dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2), 0, 0);
        dl_grad_track(x, 1);
        dl_tensor *y = dl_norm(x, p[k], NULL, 0, 0), *g;
        assert_values(y, 0);
        assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &g), DL_OK);
        assert_values(g, 0, 0);
    }
    expect_ok(ctx);
}

static void norm_lets_nan_and_infinities_pass(void **state)
{
    dl_ctx *ctx = *state;
    static const double p[] = {0.5, 1, 2, 3, INFINITY};
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, NAN, 1, -INFINITY, 0, 0);
    for (int k = 0; k < OP_LENGTH(p); k++)
        assert_values(dl_norm(x, p[k], (int32_t[]){1}, 1, 0), NAN, INFINITY, 0);
}

static void norm_refuses_what_has_no_norm(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    assert_values(dl_norm(x, 2, (int32_t[]){1}, 1, 0), 0, 0);
    assert_null(dl_norm(x, NAN, NULL, 0, 0));
    expect_error(ctx, DL_EINVAL, "norm: p is NaN");
    assert_null(dl_norm(x, -1, (int32_t[]){1}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "norm: [2, 0] has no elements along its axes");
    assert_null(dl_norm(x, INFINITY, (int32_t[]){1}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "norm: [2, 0] has no elements along its axes");
    assert_null(dl_norm(x, 2, (int32_t[]){2}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "norm: axis is 2, wanted -2 to 1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(norm_is_the_definition),
        with_ctx(norm_neither_overflows_nor_underflows),
        with_ctx(norm_of_a_row_does_not_depend_on_other_rows),
        with_ctx(norm_of_zeros_has_gradient_0),
        with_ctx(norm_lets_nan_and_infinities_pass),
        with_ctx(norm_refuses_what_has_no_norm),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
