#include "support/op_check.h"

static dl_tensor *scatter_add(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_scatter_add(in[0], *(const int32_t *)user, in[1], in[2]);
}

static int32_t first = 0, second = 1, last = -1;
static const op_case cases[] = {
    CASE_WITH(&first, "rows", IN(3, 4), INDEX(DL_I64, 3, 5, 4), IN(5, 4)),
    CASE_WITH(&last, "columns", IN(3, 4), INDEX(DL_I32, 4, 3, 6), IN(3, 6)),
    CASE_WITH(&second, "the middle", IN(2, 3, 4), INDEX(DL_U8, 3, 2, 2, 4), IN(2, 2, 4)),
    CASE_WITH(&first, "a smaller index", IN(3, 4), INDEX(DL_I64, 3, 6, 2), IN(6, 2)),
    CASE_WITH(&first, "into a fixed x", FIXED(5), INDEX(DL_I64, 5, 7), IN(7)),
    CASE_WITH(&first, "no index", IN(3, 4), INDEX(DL_I64, 3, 0, 4), IN(0, 4)),
    CASE_WITH(&first, "nothing", IN(3, 0), INDEX(DL_I64, 3, 2, 0), IN(2, 0)),
    LARGE_CASE_WITH(&first, "many rows", IN(30, 170), INDEX(DL_I64, 30, 500, 170), IN(500, 170)),
    LARGE_CASE_WITH(&second, "many columns", IN(300, 70), INDEX(DL_I32, 70, 300, 90), IN(300, 90)),
};
static const op_test test = {"scatter_add", scatter_add, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

static void scatter_add_counts_in_every_type_that_adds(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *i = make_tensor(ctx, DL_I64, DL_SHAPE(5), 1, 0, 1, 1, 2);
    for (dl_dtype dt = DL_F32; dt < DL_BOOL; dt++) {
        dl_tensor *x = make_tensor(ctx, dt, DL_SHAPE(4), 5, 0, 0, 7);
        dl_tensor *one = make_tensor(ctx, dt, DL_SHAPE(5), 1, 1, 1, 1, 1);
        for (int layout = 0; layout < LAYOUTS; layout++)
            assert_values(dl_scatter_add(with_layout(x, layout), 0, with_layout(i, layout), one), 6,
                          3, 1, 7);
        assert_values(x, 5, 0, 0, 7);
    }
    dl_tensor *most = make_tensor(ctx, DL_I32, DL_SHAPE(1), 2147483647);
    dl_tensor *byte = make_tensor(ctx, DL_U8, DL_SHAPE(1), 255);
    i = make_tensor(ctx, DL_U8, DL_SHAPE(1), 0);
    assert_values(dl_scatter_add(most, 0, i, most), -2);
    assert_values(dl_scatter_add(byte, 0, i, byte), 254);
}

static void scatter_add_adds_in_the_order_of_the_indexes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1), 1);
    dl_tensor *i = make_tensor(ctx, DL_I64, DL_SHAPE(3, 1), 0, 0, 0);
    assert_values(dl_scatter_add(x, 0, i, make_tensor(ctx, DL_F32, DL_SHAPE(3, 1), 1e8, 1, -1e8)),
                  0);
    assert_values(dl_scatter_add(x, 0, i, make_tensor(ctx, DL_F32, DL_SHAPE(3, 1), 1e8, -1e8, 1)),
                  1);
}

static void scatter_add_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_tensor *i = make_tensor(ctx, DL_I64, DL_SHAPE(1, 3), 0, 1, 0);
    dl_tensor *flag = random_tensor(ctx, DL_BOOL, 1, DL_SHAPE(2, 3));
    assert_null(dl_scatter_add(x, 0, i, x));
    expect_error(ctx, DL_ESHAPE,
                 "scatter_add: the index is [1, 3] and src is [2, 3], wanted one shape");
    assert_null(dl_scatter_add(x, 0, i, dl_cast(x, DL_F64)));
    expect_error(ctx, DL_EDTYPE, "scatter_add: operands are f32 and f64");
    assert_null(dl_scatter_add(flag, 0, i, flag));
    expect_error(ctx, DL_EDTYPE, "scatter_add: x is bool, which cannot be added");
    assert_null(dl_scatter_add(x, 0, x, x));
    expect_error(ctx, DL_EDTYPE, "scatter_add: the index is f32, it wants i32, i64 or u8");
    assert_null(dl_scatter_add(x, 0, dl_expand(i, DL_SHAPE(1, 1, 3)), x));
    expect_error(ctx, DL_ESHAPE, "scatter_add: the index is [1, 1, 3] and x is [2, 3]");
    dl_tensor *row = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3));
    assert_null(dl_scatter_add(x, 0, make_tensor(ctx, DL_I32, DL_SHAPE(1, 3), 0, 1, 2), row));
    expect_error(ctx, DL_EINVAL, "scatter_add: the index at [0, 2] is 2, wanted 0 to 1");
    assert_null(dl_scatter_add(x, 5, i, row));
    expect_error(ctx, DL_ESHAPE, "scatter_add: axis is 5, wanted -2 to 1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(scatter_add_counts_in_every_type_that_adds),
        with_ctx(scatter_add_adds_in_the_order_of_the_indexes),
        with_ctx(scatter_add_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
