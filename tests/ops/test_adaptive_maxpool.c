#include "support/pool_check.h"

static const op_case cases1[] = {
    CASE_WITH(ADAPT(1, 3), "that do not divide", IN(2, 3, 7)),
    CASE_WITH(ADAPT(1, 5), "more than there are", IN(1, 2, 3)),
    CASE_WITH(ADAPT(1, 3), "nothing", IN(0, 2, 7)),
    LARGE_CASE_WITH(ADAPT(1, 32), "many", IN(3, 70, 501)),
};
static const op_case cases2[] = {
    CASE_WITH(ADAPT(2, 2), "squares", IN(2, 3, 4, 4)),
    CASE_WITH(ADAPT(2, 3, DL_OFF), "one axis alone", IN(2, 2, 5, 3)),
    CASE_WITH(ADAPT(2, DL_OFF, 2), "the other", IN(1, 2, 3, 5)),
    CASE_WITH(ADAPT(2, 1), "one place", IN(1, 2, 3, 3)),
    CASE_WITH(ADAPT(2, 1), "nothing", IN(2, 0, 3, 3)),
    LARGE_CASE_WITH(ADAPT(2, 7, 6), "many", IN(3, 66, 30, 29)),
    LARGE_CASE_WITH(ADAPT(2, 32), "few channels", IN(9, 3, 90, 96)),
};
static const op_case cases3[] = {
    CASE_WITH(ADAPT(3, 2), "cubes", IN(1, 2, 3, 3, 4)),
    CASE_WITH(ADAPT(3, 1, 2, 3), "unequal axes", IN(1, 2, 2, 4, 4)),
    CASE_WITH(ADAPT(3, 2), "nothing", IN(0, 2, 2, 2, 2)),
    LARGE_CASE_WITH(ADAPT(3, 5), "many", IN(2, 9, 12, 14, 13)),
};

/* The value alone, of the operation that gives the index too. */
static dl_tensor *value_of_two(dl_tensor *const *in, int32_t n, void *user)
{
    dl_tensor *index = NULL;
    (void)n;
    return pool(in[0], POOL_MAX, user, &index);
}

static void adaptive_maxpool_is_that_of_the_textbook(void **state)
{
    for (int32_t axes = 1; axes <= 3; axes++)
        pool_compare_grid(*state, POOL_MAX, axes, 1);
}

static void adaptive_maxpool_leaves_axes_without_a_size(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5));
    assert_same_bits(dl_adaptive_maxpool2d(x, NULL), x);
    assert_same_bits(dl_adaptive_maxpool2d(x, DL_SIZES(0)), x);
    assert_same_bits(dl_adaptive_maxpool2d(x, DL_SIZES(DL_OFF)), x);
    assert_shape(dl_adaptive_maxpool2d(x, DL_SIZES(DL_OFF, 2)), 2, 3, 4, 2);
    assert_shape(dl_adaptive_maxpool2d(x, DL_SIZES(0, 2)), 2, 3, 4, 2);
    assert_shape(dl_adaptive_maxpool2d(x, DL_SIZES(3)), 2, 3, 3, 3);
    assert_shape(dl_adaptive_maxpool2d(x, DL_SIZES(3, DL_OFF)), 2, 3, 3, 5);
}

static void adaptive_maxpool_refuses_what_it_cannot_share_out(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5));
    assert_null(dl_adaptive_maxpool2d(x, DL_SIZES(2, -3)));
    expect_error(
        ctx, DL_EINVAL,
        "adaptive_maxpool2d: size is -3 along spatial axis 1, wanted 1 or more, or DL_OFF");
    assert_null(dl_adaptive_maxpool1d(x, DL_SIZES(2)));
    expect_error(ctx, DL_ESHAPE, "adaptive_maxpool1d: the input is [2, 3, 4, 5], wanted [N, C, L]");
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 0));
    assert_null(dl_adaptive_maxpool2d(x, DL_SIZES(2)));
    expect_error(ctx, DL_ESHAPE,
                 "adaptive_maxpool2d: the input is [2, 3, 4, 0], without elements to pool");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(adaptive_maxpool_is_that_of_the_textbook),
        with_ctx(adaptive_maxpool_leaves_axes_without_a_size),
        with_ctx(adaptive_maxpool_refuses_what_it_cannot_share_out),
    };
    const op_case *const cases[] = {cases1, cases2, cases3};
    const int32_t n[] = {OP_LENGTH(cases1), OP_LENGTH(cases2), OP_LENGTH(cases3)};
    const char *const name[] = {"adaptive_maxpool1d", "adaptive_maxpool2d", "adaptive_maxpool3d"};
    const char *const record[] = {"adaptive_maxpool1d_index", "adaptive_maxpool2d_index",
                                  "adaptive_maxpool3d_index"};
    int failed = 0;
    for (int i = 0; i < 3; i++) {
        const op_test alone = {name[i], pool_max, cases[i], n[i], .flags = OP_KEEPS_LAYOUT};
        failed += op_main(&alone, more, i == 0 ? OP_LENGTH(more) : 0);
        const op_test two = {name[i], value_of_two, cases[i], n[i], OP_KEEPS_LAYOUT, record[i], 0};
        failed += op_main(&two, NULL, 0);
    }
    return failed;
}
