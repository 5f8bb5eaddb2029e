#include "support/order.h"

typedef struct which {
    int64_t k;
    int32_t axis, smallest;
} which;

/* The values, recorded. */
static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const which *o = user;
    dl_tensor *value = NULL;
    (void)n;
    dl_topk(in[0], o->k, o->axis, o->smallest, &value, NULL);
    return value;
}

static const op_case cases[] = {
    CASE_WITH((&(which){2, 1, 0}), "the greatest two", IN(3, 4)),
    CASE_WITH((&(which){2, 0, 1}), "the least of the first axis", IN(3, 4)),
    CASE_WITH((&(which){3, -2, 0}), "all of the middle", IN(2, 3, 4)),
    CASE_WITH((&(which){0, 1, 0}), "none", IN(3, 4)),
    CASE_WITH((&(which){2, 0, 0}), "no rows", IN(4, 0)),
    LARGE_CASE_WITH((&(which){5, 1, 0}), "long rows", IN(3, 70001)),
    LARGE_CASE_WITH((&(which){30, 0, 1}), "many columns", IN(300, 200)),
};
static const op_test test = {"topk", call, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void topk_is_the_definition_for_any_type_and_k(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t ks[] = {1, 2, 7, 16, 17, 31, 100, 250, 600};
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int i = 0; i < OP_LENGTH(ks); i++)
            for (int32_t smallest = 0; smallest < 2; smallest++) {
                const int32_t mark = dl_scope_begin(ctx);
                dl_tensor *x = order_rows(ctx, dt, 2, 600, 11), *value, *index;
                assert_int_equal(dl_topk(x, ks[i], 1, smallest, &value, &index), DL_OK);
                assert_int_equal(dl_tensor_dtype(value), dt);
                expect_order(x, !smallest, ks[i], value, index);
                dl_scope_end(ctx, mark);
            }
    expect_ok(ctx);
}

/* Every element enters, so what was chosen is cut down again and again. */
static void topk_is_right_when_each_element_beats_those_before(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_give(dl_tensor_arange(ctx, DL_F32, 0, 5000, 1)), *value, *index;
    dl_topk(x, 3, 0, 0, &value, &index);
    assert_values(value, 4999, 4998, 4997);
    assert_values(index, 4999, 4998, 4997);
    dl_topk(dl_scale(x, 0), 3, 0, 0, &value, &index);
    assert_values(index, 0, 1, 2);
    expect_ok(ctx);
}

static void topk_of_a_nan_and_equal_elements(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(5), 2, NAN, 7, 2, 7), *value, *index;
    dl_topk(x, 3, 0, 0, &value, &index);
    assert_values(value, NAN, 7, 7);
    assert_values(index, 1, 2, 4);
    dl_topk(x, 3, 0, 1, &value, &index);
    assert_values(value, 2, 2, 7);
    assert_values(index, 0, 3, 2);
    expect_ok(ctx);
}

static void topk_refuses_a_k_that_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3)), *value = x, *index = x;
    assert_int_equal(dl_topk(x, 4, 0, 0, &value, &index), DL_EINVAL);
    assert_null(value);
    assert_null(index);
    expect_error(ctx, DL_EINVAL, "topk: k is 4, wanted 0 to 3");
    assert_int_equal(dl_topk(x, -1, 0, 0, &value, &index), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "topk: k is -1, wanted 0 to 3");
    assert_int_equal(dl_topk(x, 1, 1, 0, &value, &index), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "topk: axis is 1, wanted -1 to 0");
    assert_int_equal(dl_topk(NULL, 1, 0, 0, &value, &index), DL_EINVAL);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(topk_is_the_definition_for_any_type_and_k),
        with_ctx(topk_is_right_when_each_element_beats_those_before),
        with_ctx(topk_of_a_nan_and_equal_elements),
        with_ctx(topk_refuses_a_k_that_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
