#include <math.h>
#include <stdlib.h>
#include "support/op_check.h"

OP_BINARY(matmul)

static const op_case cases[] = {
    CASE("matrices", IN(3, 4), IN(4, 5)),
    CASE("square", IN(3, 3), IN(3, 3)),
    CASE("vectors", IN(4), IN(4)),
    CASE("a vector and a matrix", IN(4), IN(4, 3)),
    CASE("a matrix and a vector", IN(3, 4), IN(4)),
    CASE("a row and a column", IN(1, 4), IN(4, 1)),
    CASE("an outer product", IN(3, 1), IN(1, 4)),
    CASE("batches", IN(2, 3, 4), IN(2, 4, 2)),
    CASE("a batch and one matrix", IN(2, 3, 4), IN(4, 2)),
    CASE("two batch axes and one matrix", IN(2, 2, 3, 4), IN(4, 2)),
    CASE("one matrix and a batch", IN(3, 4), IN(2, 4, 2)),
    CASE("a vector and a batch", IN(4), IN(2, 4, 2)),
    CASE("a batch and a vector", IN(2, 3, 4), IN(4)),
    CASE("broadcast batches", IN(2, 1, 2, 3), IN(3, 3, 2)),
    CASE("broadcast both ways", IN(2, 1, 2, 3), IN(1, 3, 3, 2)),
    CASE("rows of a batch", IN(3, 1, 4), IN(3, 4, 2)),
    CASE("no inner size", IN(3, 0), IN(0, 2)),
    CASE("no inner size, a batch", IN(2, 3, 0), IN(0, 2)),
    CASE("no rows", IN(0, 4), IN(4, 2)),
    CASE("no batches", IN(0, 3, 4), IN(4, 2)),
    LARGE_CASE("large", IN(150, 130), IN(130, 170)),
    LARGE_CASE("large batches", IN(5, 40, 60), IN(5, 60, 50)),
};
static const op_test test = {"matmul", call_matmul, OP_CASES(cases), .flags = 0};

/* The definition, in double, on tensors that have broadcast already: c[.., m, n]. */
static void reference(const dl_tensor *a, const dl_tensor *b, double *c)
{
    const int64_t m = dl_tensor_dim(a, -2), k = dl_tensor_dim(a, -1), n = dl_tensor_dim(b, -1);
    double *pa = values_of(a), *pb = values_of(b);
    const int64_t batches = dl_tensor_count(a) / (m * k);
    for (int64_t t = 0; t < batches; t++)
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) {
                double sum = 0;
                for (int64_t p = 0; p < k; p++)
                    sum += pa[(t * m + i) * k + p] * pb[(t * k + p) * n + j];
                c[(t * m + i) * n + j] = sum;
            }
    free(pa);
    free(pb);
}

static void matmul_is_right_for_every_pair_of_layouts(void **state)
{
    dl_ctx *ctx = *state;
    double wanted[2 * 3 * 4 * 6];
    dl_tensor *a = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3, 4, 5));
    dl_tensor *b = random_tensor(ctx, DL_F64, 2, DL_SHAPE(2, 3, 5, 6));
    reference(a, b, wanted);
    for (int i = 0; i < LAYOUTS; i++)
        for (int j = 0; j < LAYOUTS; j++)
            assert_close(dl_matmul(with_layout(a, i), with_layout(b, j)), wanted, 2 * 3 * 4 * 6,
                         1e-14);
    expect_ok(ctx);
}

static void matmul_is_right_for_broadcast_batches(void **state)
{
    dl_ctx *ctx = *state;
    double wanted[2 * 3 * 4 * 6];
    dl_tensor *a = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 1, 4, 5));
    dl_tensor *b = random_tensor(ctx, DL_F64, 2, DL_SHAPE(3, 5, 6));
    reference(dl_expand(a, DL_SHAPE(2, 3, 4, 5)), dl_expand(b, DL_SHAPE(2, 3, 5, 6)), wanted);
    assert_close(dl_matmul(a, b), wanted, 2 * 3 * 4 * 6, 1e-14);
    assert_close(dl_matmul(dl_expand(a, DL_SHAPE(2, 3, 4, 5)), b), wanted, 2 * 3 * 4 * 6, 1e-14);
    expect_ok(ctx);
}

static void matmul_gives_the_shapes_of_numpy(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *v = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    dl_tensor *m = random_tensor(ctx, DL_F32, 2, DL_SHAPE(4, 4));
    dl_tensor *t = random_tensor(ctx, DL_F32, 3, DL_SHAPE(5, 2, 4, 4));
    assert_int_equal(dl_tensor_ndim(dl_matmul(v, v)), 0);
    assert_shape(dl_matmul(v, m), 4);
    assert_shape(dl_matmul(m, v), 4);
    assert_shape(dl_matmul(v, t), 5, 2, 4);
    assert_shape(dl_matmul(t, v), 5, 2, 4);
    assert_shape(dl_matmul(m, t), 5, 2, 4, 4);
    assert_shape(dl_matmul(random_tensor(ctx, DL_F32, 4, DL_SHAPE(5, 1, 3, 4)), t), 5, 2, 3, 4);
    expect_ok(ctx);
}

static void matmul_of_no_inner_size_is_zero(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    dl_tensor *b = random_tensor(ctx, DL_F32, 1, DL_SHAPE(0, 2));
    assert_values(dl_matmul(a, b), 0, 0, 0, 0);
}

static void matmul_lets_nan_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 0, 0, 1, 0);
    dl_tensor *b = make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), NAN, 1);
    assert_values(dl_matmul(a, b), NAN, NAN);
}

static dl_tensor *leaf(dl_ctx *ctx, uint64_t seed, const int64_t *shape, int32_t ndim, int layout)
{
    dl_tensor *t = with_layout(random_tensor(ctx, DL_F64, seed, shape, ndim), layout);
    dl_grad_track(t, 1);
    return t;
}

/* Gradients collect in place, whatever the layout of the leaf; each use adds. */
static void matmul_adds_gradients_into_leaves_of_any_layout(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *a = leaf(ctx, 1, DL_SHAPE(2, 3, 4), layout);
        dl_tensor *b = leaf(ctx, 2, DL_SHAPE(4, 5), layout);
        dl_tensor *one = dl_expand(make_tensor(ctx, DL_F64, DL_SHAPE(1), 1), DL_SHAPE(30));
        for (int use = 0; use < 2; use++)
            dl_backward(dl_matmul(dl_reshape(dl_matmul(a, b), DL_SHAPE(30)), one));
        expect_ok(ctx);
        dl_tensor *ones = dl_expand(make_tensor(ctx, DL_F64, DL_SHAPE(1), 2), DL_SHAPE(2, 3, 5));
        dl_tensor *da = dl_matmul(ones, dl_transpose(dl_detach(b), 0, 1));
        dl_tensor *at = dl_transpose(dl_reshape(dl_detach(a), DL_SHAPE(6, 4)), 0, 1);
        assert_tensors_close(dl_grad(a), da, 1e-14);
        assert_tensors_close(dl_grad(b), dl_matmul(at, dl_reshape(ones, DL_SHAPE(6, 5))), 1e-14);
    }
}

static void matmul_stores_a_gradient_as_its_operand_is_stored(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F64, 1, DL_SHAPE(6, 4));
    dl_tensor *b = leaf(ctx, 2, DL_SHAPE(4, 5), LAYOUT_COLUMNS);
    dl_tensor *y = dl_matmul(a, b), *g = NULL;
    dl_tensor *seed = random_tensor(ctx, DL_F64, 3, DL_SHAPE(6, 5));
    assert_int_equal(dl_gradients(&y, &seed, 1, &b, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_int_equal(dl_tensor_stride(g, 0), 1);
    assert_int_equal(dl_tensor_stride(g, 1), 4);
    assert_tensors_close(g, dl_matmul(dl_transpose(a, 0, 1), seed), 1e-14);
}

static void matmul_refuses_shapes_that_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_tensor *b = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 5));
    assert_null(dl_matmul(a, b));
    expect_error(ctx, DL_ESHAPE, "matmul: [2, 3] x [4, 5]: inner sizes are 3 and 4");
    assert_null(dl_matmul(a, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2))));
    expect_error(ctx, DL_ESHAPE, "matmul: [2, 3] x [2]: inner sizes are 3 and 2");
    dl_tensor *one = dl_squeeze(random_tensor(ctx, DL_F32, 1, DL_SHAPE(1)), 0);
    assert_null(dl_matmul(a, one));
    expect_error(ctx, DL_ESHAPE, "matmul: [2, 3] x [], wanted at least one axis each");
    a = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 2, 3));
    b = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 3, 2));
    assert_null(dl_matmul(a, b));
    expect_error(ctx, DL_ESHAPE,
                 "matmul: leading axes of [2, 2, 3] and [3, 3, 2] do not broadcast: 2 and 3");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(matmul_is_right_for_every_pair_of_layouts),
        with_ctx(matmul_is_right_for_broadcast_batches),
        with_ctx(matmul_gives_the_shapes_of_numpy),
        with_ctx(matmul_of_no_inner_size_is_zero),
        with_ctx(matmul_lets_nan_pass),
        with_ctx(matmul_adds_gradients_into_leaves_of_any_layout),
        with_ctx(matmul_stores_a_gradient_as_its_operand_is_stored),
        with_ctx(matmul_refuses_shapes_that_do_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
