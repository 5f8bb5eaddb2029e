#include "support/op_check.h"

typedef struct shape {
    int32_t ndim;
    int64_t dims[8];
} shape;

static dl_tensor *expand(dl_tensor *const *in, int32_t n, void *user)
{
    const shape *s = user;
    (void)n;
    return dl_expand(in[0], s->dims, s->ndim);
}

static const op_case cases[] = {
    CASE_WITH((&(shape){2, {4, 3}}), "rows repeated", IN(1, 3)),
    CASE_WITH((&(shape){2, {-1, 2}}), "columns repeated", IN(3, 1)),
    CASE_WITH((&(shape){4, {3, 2, 2, 3}}), "new axes", IN(2, 1)),
    CASE_WITH((&(shape){2, {2, 3}}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH((&(shape){2, {-1, -1}}), "nothing to do", IN(2, 3)),
    CASE_WITH((&(shape){2, {0, 3}}), "to nothing", IN(1, 3)),
    CASE_WITH((&(shape){3, {2, 0, 3}}), "of nothing", IN(0, 3)),
};
static const op_test test = {"expand", expand, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void expand_is_a_view_with_strides_of_zero(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_U8, DL_SHAPE(2, 1), 1, 2);
    dl_tensor *y = dl_expand(x, DL_SHAPE(2, 2, 3));
    assert_shape(y, 2, 2, 3);
    assert_values(y, 1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2);
    assert_ptr_equal(dl_tensor_data(y), dl_tensor_data(x));
    assert_int_equal(dl_tensor_stride(y, 0), 0);
    assert_int_equal(dl_tensor_stride(y, 2), 0);
}

static void expand_refuses_shapes_that_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_expand(x, DL_SHAPE(2, 4)));
    expect_error(ctx, DL_ESHAPE, "expand: [2, 3] to [2, 4]: axis 1 has size 3, wanted 4 or 1");
    assert_null(dl_expand(x, DL_SHAPE(3)));
    expect_error(ctx, DL_ESHAPE, "expand: [2, 3] to [3], wanted at least 2 axes");
    assert_null(dl_expand(x, DL_SHAPE(-1, 2, 3)));
    expect_error(ctx, DL_ESHAPE, "axis 0 wants a size of 0 or more, it is new");
    assert_null(dl_expand(x, DL_SHAPE(-2, 3)));
    expect_error(ctx, DL_ESHAPE, "axis 0 wants a size of 0 or more, or -1");
    assert_null(dl_expand(x, DL_SHAPE(1, 1, 1, 1, 1, 1, 1, 2, 3)));
    expect_error(ctx, DL_ESHAPE, "expand: ndim is 9, wanted 0 to 8");
    assert_null(dl_expand(x, NULL, 2));
    expect_error(ctx, DL_EINVAL, "expand: shape is NULL");
    assert_null(dl_expand(x, DL_SHAPE(INT64_MAX, 2, 3)));
    expect_error(ctx, DL_ELIMIT, "expand: [2, 3] to [9223372036854775807, 2, 3] has more elements");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(expand_is_a_view_with_strides_of_zero),
        with_ctx(expand_refuses_shapes_that_do_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
