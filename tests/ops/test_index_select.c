#include "support/op_check.h"

static dl_tensor *index_select(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_index_select(in[0], *(const int32_t *)user, in[1]);
}

static int32_t first = 0, second = 1, last = -1;
static const op_case cases[] = {
    CASE_WITH(&first, "rows", IN(3, 4), INDEX(DL_I64, 3, 5)),
    CASE_WITH(&last, "columns", IN(3, 4), INDEX(DL_I32, 4, 6)),
    CASE_WITH(&second, "the middle", IN(2, 3, 4), INDEX(DL_U8, 3, 2)),
    CASE_WITH(&first, "a vector", IN(5), INDEX(DL_I64, 5, 7)),
    CASE_WITH(&first, "no index", IN(3, 4), INDEX(DL_I64, 3, 0)),
    CASE_WITH(&first, "empty rows", IN(3, 0), INDEX(DL_I64, 3, 2)),
    CASE_WITH(&first, "an empty table", IN(0, 3), INDEX(DL_I64, 3, 0)),
    LARGE_CASE_WITH(&first, "an embedding", IN(300, 130), INDEX(DL_I64, 300, 700)),
    LARGE_CASE_WITH(&second, "many columns", IN(300, 70), INDEX(DL_I32, 70, 190)),
    LARGE_CASE_WITH(&first, "a long vector", IN(1000), INDEX(DL_I64, 1000, 70001)),
};
static const op_test test = {"index_select", index_select, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void index_select_takes_every_type_in_any_layout(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *i = make_tensor(ctx, DL_I64, DL_SHAPE(3), 1, 0, 1);
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *x = with_layout(make_tensor(ctx, dt, DL_SHAPE(2, 2), 0, 1, 1, 1), layout);
            dl_tensor *y = dl_index_select(x, 0, i);
            assert_int_equal(dl_tensor_dtype(y), dt);
            assert_values(y, 1, 1, 0, 1, 1, 1);
            assert_values(dl_index_select(x, 1, i), 1, 0, 1, 1, 1, 1);
        }
}

/* 1e8 + 1 is 1e8 in f32: another order would give another sum. */
static void index_select_adds_gradients_in_the_order_of_the_indexes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), 0, 0), *g = NULL;
    dl_tensor *i = make_tensor(ctx, DL_I64, DL_SHAPE(6), 0, 1, 0, 0, 1, 1);
    dl_tensor *seed = make_tensor(ctx, DL_F32, DL_SHAPE(6, 1), 1e8, 1, 1, -1e8, 1e8, -1e8);
    dl_grad_track(x, 1);
    dl_tensor *y = dl_index_select(x, 0, i);
    assert_int_equal(dl_gradients(&y, &seed, 1, &x, 1, DL_GRAPH_RETAIN, &g), DL_OK);
    assert_values(g, 0, 0);
    seed = make_tensor(ctx, DL_F32, DL_SHAPE(6, 1), 1e8, 1e8, -1e8, 1, -1e8, 1);
    assert_int_equal(dl_gradients(&y, &seed, 1, &x, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_values(g, 1, 1);
}

static void index_select_refuses_an_index_that_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_null(dl_index_select(x, 0, make_tensor(ctx, DL_I64, DL_SHAPE(1, 2), 0, 1)));
    expect_error(ctx, DL_ESHAPE, "index_select: the index is [1, 2], it wants one axis");
    assert_null(dl_index_select(x, 0, make_tensor(ctx, DL_BOOL, DL_SHAPE(2), 0, 1)));
    expect_error(ctx, DL_EDTYPE, "index_select: the index is bool, it wants i32, i64 or u8");
    assert_null(dl_index_select(x, 0, make_tensor(ctx, DL_U8, DL_SHAPE(3), 0, 1, 200)));
    expect_error(ctx, DL_EINVAL, "index_select: the index at [2] is 200, wanted 0 to 1");
    assert_null(dl_index_select(x, -3, make_tensor(ctx, DL_U8, DL_SHAPE(1), 0)));
    expect_error(ctx, DL_ESHAPE, "index_select: axis is -3, wanted -2 to 1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(index_select_takes_every_type_in_any_layout),
        with_ctx(index_select_adds_gradients_in_the_order_of_the_indexes),
        with_ctx(index_select_refuses_an_index_that_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
