#include "dl/conv.h"
#include "support/op_check.h"

static dl_tensor *unpool(dl_tensor *const *in, int32_t n, void *user)
{
    const int64_t *sizes = user; /* with the rank behind them */
    (void)n;
    return sizes[3] == 1   ? dl_max_unpool1d(in[0], in[1], sizes)
           : sizes[3] == 2 ? dl_max_unpool2d(in[0], in[1], sizes)
                           : dl_max_unpool3d(in[0], in[1], sizes);
}

#define TO1(a) ((int64_t[]){a, 0, 0, 1})
#define TO2(a, b) ((int64_t[]){a, b, 0, 2})
#define TO3(a, b, c) ((int64_t[]){a, b, c, 3})
static const op_case cases1[] = {
    CASE_WITH(TO1(9), "lines", IN(2, 3, 4), INDEX(DL_I64, 9, 2, 3, 4)),
    CASE_WITH(TO1(2), "many to one place", IN(1, 2, 5), INDEX(DL_I32, 2, 1, 2, 5)),
    CASE_WITH(TO1(4), "nothing", IN(0, 2, 5), INDEX(DL_I64, 4, 0, 2, 5)),
    LARGE_CASE_WITH(TO1(90), "many", IN(90, 60, 30), INDEX(DL_I64, 90, 90, 60, 30)),
};
static const op_case cases2[] = {
    CASE_WITH(TO2(4, 5), "pictures", IN(2, 3, 2, 2), INDEX(DL_I64, 20, 2, 3, 2, 2)),
    CASE_WITH(TO2(3, 0), "squares, by bytes", IN(1, 2, 2, 3), INDEX(DL_U8, 9, 1, 2, 2, 3)),
    CASE_WITH(TO2(1, 2), "nothing", IN(2, 0, 2, 3), INDEX(DL_I64, 2, 2, 0, 2, 3)),
};
static const op_case cases3[] = {
    CASE_WITH(TO3(2, 3, 4), "volumes", IN(1, 2, 2, 1, 3), INDEX(DL_I64, 24, 1, 2, 2, 1, 3)),
    CASE_WITH(TO3(2, 0, 0), "nothing", IN(0, 2, 2, 1, 3), INDEX(DL_I64, 8, 0, 2, 2, 1, 3)),
};

/* Pooled and put back: the maxima where they were, and nothing else. */
static void max_unpool_brings_maxima_back(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *x = random_tensor(ctx, DL_F32, 3, DL_SHAPE(2, 3, 6, 7)), *y, *index;
        dl_maxpool2d_index(with_layout(x, layout), DL_KERNEL(2), NULL, &y, &index);
        dl_tensor *back = dl_max_unpool2d(y, index, DL_SIZES(6, 7));
        assert_same_bits(dl_maxpool2d(dl_abs(back), DL_KERNEL(2), NULL), dl_abs(y));
        dl_tensor *same = dl_cast(dl_eq(back, x), DL_F32), *zero = dl_eq(back, dl_sub(x, x));
        assert_values(dl_sum(same, NULL, 0, 0), 2 * 3 * 3 * 3);
        assert_values(dl_sum(dl_cast(zero, DL_F32), NULL, 0, 0), 2 * 3 * (6 * 7 - 3 * 3));
        expect_ok(ctx);
    }
}

/* The index of pooling is where gather finds the maximum, too. */
static void max_unpool_is_the_other_way_round_of_gather(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 3, DL_SHAPE(2, 3, 5, 6)), *y, *index;
    const dl_pool_opts o = {.stride = {2}, .padding = {1}};
    dl_maxpool2d_index(x, DL_KERNEL(3), &o, &y, &index);
    dl_tensor *flat = dl_reshape(index, DL_SHAPE(2, 3, 9));
    dl_tensor *found = dl_gather(dl_reshape(x, DL_SHAPE(2, 3, 30)), 2, flat);
    assert_same_bits(dl_reshape(found, DL_SHAPE(2, 3, 3, 3)), y);
    dl_tensor *back = dl_reshape(dl_max_unpool2d(y, index, DL_SIZES(5, 6)), DL_SHAPE(2, 3, 30));
    assert_same_bits(dl_gather(back, 2, flat), found);
}

static void max_unpool_keeps_the_last_of_several(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 4), 1, 2, 3, 4);
    dl_tensor *index = make_tensor(ctx, DL_I32, DL_SHAPE(1, 1, 4), 2, 0, 2, 0);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_max_unpool1d(x, index, DL_SIZES(3));
    assert_values(y, 4, 0, 3);
    dl_backward(dl_sum(y, NULL, 0, 0));
    assert_values(dl_grad(x), 0, 0, 1, 1);
}

static void max_unpool_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 2));
    dl_tensor *index = make_tensor(ctx, DL_I64, DL_SHAPE(1, 1, 2), 0, 3);
    assert_null(dl_max_unpool1d(x, index, DL_SIZES(3)));
    expect_error(ctx, DL_EINVAL, "max_unpool: the index at [0, 0, 1] is 3, wanted 0 to 2");
    index = make_tensor(ctx, DL_I64, DL_SHAPE(1, 1, 2), -1, 1);
    assert_null(dl_max_unpool1d(x, index, DL_SIZES(3)));
    expect_error(ctx, DL_EINVAL, "max_unpool: the index at [0, 0, 0] is -1");
    assert_null(dl_max_unpool1d(x, index, NULL));
    expect_error(ctx, DL_EINVAL, "max_unpool1d: size is 0 along spatial axis 0, wanted 1 or more");
    assert_null(dl_max_unpool1d(x, index, DL_SIZES(-1)));
    expect_error(ctx, DL_EINVAL, "max_unpool1d: size is -1 along spatial axis 0, wanted 1 or more");
    assert_null(dl_max_unpool2d(x, index, DL_SIZES(3)));
    expect_error(ctx, DL_ESHAPE, "max_unpool2d: x is [1, 1, 2], wanted [N, C, H, W]");
    index = make_tensor(ctx, DL_I64, DL_SHAPE(1, 2, 1), 0, 0);
    assert_null(dl_max_unpool1d(x, index, DL_SIZES(3)));
    expect_error(ctx, DL_ESHAPE, "max_unpool1d: x is [1, 1, 2] and the index is [1, 2, 1]");
    assert_null(dl_max_unpool1d(x, x, DL_SIZES(3)));
    expect_error(ctx, DL_EDTYPE, "max_unpool: the index is f32, it wants i32, i64 or u8");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(max_unpool_brings_maxima_back),
        with_ctx(max_unpool_is_the_other_way_round_of_gather),
        with_ctx(max_unpool_keeps_the_last_of_several),
        with_ctx(max_unpool_refuses_what_does_not_fit),
    };
    const op_case *const cases[] = {cases1, cases2, cases3};
    const int32_t n[] = {OP_LENGTH(cases1), OP_LENGTH(cases2), OP_LENGTH(cases3)};
    const char *const record[] = {"max_unpool1d", "max_unpool2d", "max_unpool3d"};
    int failed = 0;
    for (int i = 0; i < 3; i++) {
        const op_test test = {"max_unpool", unpool,          cases[i],
                              n[i],         OP_KEEPS_LAYOUT, .record = record[i]};
        failed += op_main(&test, more, i == 0 ? OP_LENGTH(more) : 0);
    }
    return failed;
}
