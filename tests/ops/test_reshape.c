#include "support/op_check.h"

typedef struct shape {
    int32_t ndim;
    int64_t dims[8];
} shape;

static dl_tensor *reshape(dl_tensor *const *in, int32_t n, void *user)
{
    const shape *s = user;
    (void)n;
    return dl_reshape(in[0], s->dims, s->ndim);
}

static const op_case cases[] = {
    CASE_WITH((&(shape){3, {2, 3, 4}}), "other sizes", IN(4, 6)),
    CASE_WITH((&(shape){1, {-1}}), "to a vector", IN(2, 3, 4)),
    CASE_WITH((&(shape){2, {6, -1}}), "what is left", IN(2, 3, 4)),
    CASE_WITH((&(shape){5, {1, 3, 1, 4, 1}}), "sizes of 1", IN(3, 4)),
    CASE_WITH((&(shape){0, {0}}), "to a scalar", IN(1, 1)),
    CASE_WITH((&(shape){2, {1, -1}}), "from a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH((&(shape){3, {2, -1, 3}}), "nothing", IN(0, 4)),
};
static const op_test test = {"reshape", reshape, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static int is_view(const dl_tensor *y, const dl_tensor *x)
{
    return dl_tensor_data(y) == dl_tensor_data(x);
}

static void reshape_copies_only_where_strides_cannot_say_the_shape(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I32, DL_SHAPE(2, 3), 1, 2, 3, 4, 5, 6);
    assert_true(is_view(dl_reshape(x, DL_SHAPE(3, 2)), x));
    dl_tensor *turned = dl_transpose(x, 0, 1);
    dl_tensor *y = dl_reshape(turned, DL_SHAPE(6));
    assert_false(is_view(y, x));
    assert_values(y, 1, 4, 2, 5, 3, 6);
    assert_true(is_view(dl_reshape(turned, DL_SHAPE(3, 1, 2, 1)), x));
    y = dl_reshape(dl_slice(x, 1, 0, 2, 1), DL_SHAPE(2, 2, 1));
    assert_true(is_view(y, x));
    assert_values(y, 1, 2, 4, 5);
    assert_false(is_view(dl_reshape(dl_slice(x, 1, 0, 2, 1), DL_SHAPE(4)), x));
    expect_ok(ctx);
}

static void reshape_splits_and_merges_axes_of_strided_views(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(4, 6, 5));
    dl_tensor *turned = dl_permute(x, (int32_t[]){2, 0, 1}, 3); /* [5, 4, 6], inner two adjacent */
    dl_tensor *y = dl_reshape(turned, DL_SHAPE(5, 3, 8));
    assert_true(is_view(y, x));
    assert_same_bits(y, dl_reshape(dl_contiguous(turned), DL_SHAPE(5, 3, 8)));
    dl_tensor *thin = dl_slice(x, 2, 0, 1, 1); /* [4, 6, 1] */
    y = dl_reshape(thin, DL_SHAPE(2, 12));
    assert_true(is_view(y, x));
    assert_same_bits(y, dl_reshape(dl_contiguous(thin), DL_SHAPE(2, 12)));
    dl_tensor *same = dl_expand(dl_slice(x, 2, 0, 1, 1), DL_SHAPE(4, 6, 4));
    y = dl_reshape(same, DL_SHAPE(24, 2, 2));
    assert_true(is_view(y, x));
    assert_same_bits(y, dl_reshape(dl_contiguous(same), DL_SHAPE(24, 2, 2)));
    expect_ok(ctx);
}

static void reshape_refuses_shapes_that_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_reshape(x, DL_SHAPE(4, 2)));
    expect_error(ctx, DL_ESHAPE, "reshape: [2, 3] has 6 elements, [4, 2] wants 8");
    assert_null(dl_reshape(x, DL_SHAPE(4, -1)));
    expect_error(ctx, DL_ESHAPE, "reshape: [2, 3] has 6 elements, [4, -1] wants a multiple of 4");
    assert_null(dl_reshape(x, DL_SHAPE(100, -1)));
    expect_error(ctx, DL_ESHAPE,
                 "reshape: [2, 3] has 6 elements, [100, -1] wants a multiple of 100");
    assert_null(dl_reshape(x, DL_SHAPE(-1, -1)));
    expect_error(ctx, DL_ESHAPE, "reshape: [2, 3] to [-1, -1]: more than one -1");
    assert_null(dl_reshape(x, DL_SHAPE(-2, -3)));
    expect_error(ctx, DL_ESHAPE, "reshape: [2, 3] to [-2, -3]: a size is negative");
    assert_null(dl_reshape(x, DL_SHAPE(INT64_MAX, 3)));
    expect_error(ctx, DL_ESHAPE, "too many elements");
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(0, 3));
    assert_null(dl_reshape(x, DL_SHAPE(0, -1)));
    expect_error(ctx, DL_ESHAPE, "beside a size of 0, -1 could be anything");
    assert_null(dl_reshape(x, NULL, 1));
    expect_error(ctx, DL_EINVAL, "reshape: shape is NULL");
    assert_null(dl_reshape(x, (int64_t[]){1}, -1));
    expect_error(ctx, DL_ESHAPE, "reshape: ndim is -1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(reshape_copies_only_where_strides_cannot_say_the_shape),
        with_ctx(reshape_splits_and_merges_axes_of_strided_views),
        with_ctx(reshape_refuses_shapes_that_do_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
