#include "support/op_check.h"

static dl_tensor *one_hot(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_one_hot(in[0], 5, *(const dl_dtype *)user);
}

static dl_dtype f32 = DL_F32, i64 = DL_I64, flag = DL_BOOL;
static const op_case cases[] = {
    CASE_WITH(&f32, "labels", INDEX(DL_I64, 5, 7)),
    CASE_WITH(&f32, "a matrix", INDEX(DL_I32, 5, 2, 3)),
    CASE_WITH(&flag, "bytes", INDEX(DL_U8, 5, 2, 3)),
    CASE_WITH(&i64, "one label", {OP_INDEX, DL_I64, 0, {0}, 0, 5}),
    CASE_WITH(&f32, "nothing", INDEX(DL_I64, 5, 0)),
    LARGE_CASE_WITH(&f32, "many", INDEX(DL_I64, 5, 20001)),
};
static const op_test test = {"one_hot", one_hot, OP_CASES(cases),
                             .flags = OP_NO_GRADIENT | OP_ANY_DTYPE};

static void one_hot_makes_every_type(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *labels = make_tensor(ctx, DL_U8, DL_SHAPE(2), 2, 0);
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++) {
        dl_tensor *y = dl_one_hot(labels, 3, dt);
        assert_int_equal(dl_tensor_dtype(y), dt);
        assert_shape(y, 2, 3);
        assert_values(y, 0, 0, 1, 1, 0, 0);
    }
    assert_shape(dl_one_hot(random_tensor(ctx, DL_I32, 1, DL_SHAPE(0)), 0, DL_F32), 0, 0);
    expect_ok(ctx);
}

static void one_hot_refuses_what_is_no_label(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *labels = make_tensor(ctx, DL_I32, DL_SHAPE(2, 2), 0, 1, 5, 2);
    dl_tensor *full =
        dl_tensor_give(dl_tensor_zeros(ctx, DL_I32, DL_SHAPE(1, 1, 1, 1, 1, 1, 1, 1)));
    assert_null(dl_one_hot(labels, 5, DL_F32));
    expect_error(ctx, DL_EINVAL, "one_hot: the index at [1, 0] is 5, wanted 0 to 4");
    assert_null(dl_one_hot(dl_cast(labels, DL_F32), 5, DL_F32));
    expect_error(ctx, DL_EDTYPE, "one_hot: the index is f32, it wants i32, i64 or u8");
    assert_null(dl_one_hot(labels, -1, DL_F32));
    expect_error(ctx, DL_EINVAL, "one_hot: n is -1, wanted 0 or more");
    assert_null(dl_one_hot(labels, 0, DL_F32));
    expect_error(ctx, DL_EINVAL,
                 "one_hot: the index at [0, 0] is 0, but there is nothing to index");
    assert_null(dl_one_hot(labels, 6, 99));
    expect_error(ctx, DL_EDTYPE, "wanted f32, f64, i32, i64, u8 or bool");
    assert_null(dl_one_hot(labels, 6, DL_BF16));
    expect_error(ctx, DL_EUNSUPPORTED, "one_hot: bf16");
    assert_null(dl_one_hot(full, 6, DL_F32));
    expect_error(ctx, DL_ELIMIT, "one_hot: the labels have 8 axes, there is no room for another");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(one_hot_makes_every_type),
        with_ctx(one_hot_refuses_what_is_no_label),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
