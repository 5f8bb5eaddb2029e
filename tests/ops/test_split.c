#include "support/op_check.h"

typedef struct pieces {
    int32_t axis, n, which; /* -1: the product of the first and the last */
    int64_t sizes[4];
} pieces;

static dl_tensor *split(dl_tensor *const *in, int32_t n, void *user)
{
    const pieces *p = user;
    dl_tensor *out[4];
    (void)n;
    if (dl_split(in[0], p->axis, p->sizes, p->n, out) != DL_OK)
        return NULL;
    return p->which < 0 ? dl_mul(out[0], out[p->n - 1]) : out[p->which];
}

static const op_case cases[] = {
    CASE_WITH((&(pieces){1, 3, 1, {1, 2, 1}}), "a piece of columns", IN(3, 4)),
    CASE_WITH((&(pieces){-1, 2, -1, {2, 2}}), "two halves", IN(2, 3, 4)),
    CASE_WITH((&(pieces){0, 3, -1, {2, 1, 2}}), "rows", IN(5, 3)),
    CASE_WITH((&(pieces){0, 1, 0, {3}}), "all", IN(3, 2)),
    CASE_WITH((&(pieces){0, 2, 1, {3, 0}}), "an empty piece", IN(3, 2)),
    CASE_WITH((&(pieces){0, 1, 0, {0}}), "nothing", IN(0, 2)),
};
static const op_test test = {"split", split, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void split_gives_views(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I32, DL_SHAPE(5), 0, 1, 2, 3, 4), *out[3];
    assert_int_equal(dl_split(x, 0, (int64_t[]){2, 0, 3}, 3, out), DL_OK);
    assert_values(out[0], 0, 1);
    assert_shape(out[1], 0);
    assert_values(out[2], 2, 3, 4);
    dl_tensor_fill(out[2], 9);
    assert_values(x, 0, 1, 9, 9, 9);
}

static void expect_refusal(dl_ctx *ctx, dl_status status, const char *text, dl_status got,
                           dl_tensor *const *out)
{
    assert_int_equal(got, status);
    expect_error(ctx, status, text);
    assert_null(out[0]);
    assert_null(out[1]);
}

static void split_refuses_sizes_that_are_not_the_axis(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 5)), *out[2] = {x, x};
    const int64_t few[] = {2, 2}, negative[] = {7, -2}, huge[] = {INT64_MAX, INT64_MAX};
    expect_refusal(ctx, DL_ESHAPE, "split: the sizes add up to 4, axis 1 of [2, 5] has 5",
                   dl_split(x, 1, few, 2, out), out);
    out[0] = out[1] = x;
    expect_refusal(ctx, DL_EINVAL, "split: size 1 is -2, wanted 0 or more",
                   dl_split(x, 1, negative, 2, out), out);
    expect_refusal(ctx, DL_ESHAPE, "split: the sizes add up to more than axis 1 of [2, 5]",
                   dl_split(x, 1, huge, 2, out), out);
    expect_refusal(ctx, DL_ESHAPE, "split: axis is 2, wanted -2 to 1", dl_split(x, 2, few, 2, out),
                   out);
    expect_refusal(ctx, DL_EINVAL, "split: there are no sizes, wanted one or more pieces",
                   dl_split(x, 1, few, 0, out), out);
    expect_refusal(ctx, DL_EINVAL, "split: sizes or out is NULL", dl_split(x, 1, NULL, 2, out),
                   out);
    expect_refusal(ctx, DL_EINVAL, "split: sizes or out is NULL", dl_split(x, 1, few, 2, NULL),
                   out);
    out[0] = x;
    assert_int_equal(dl_split(NULL, 1, few, 2, out), DL_EINVAL);
    assert_null(out[0]);
    dl_fail_text(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_split(x, 1, few, 2, out), DL_EUSER);
    dl_ctx_clear(ctx);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(split_gives_views),
        with_ctx(split_refuses_sizes_that_are_not_the_axis),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
