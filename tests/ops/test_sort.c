#include "support/order.h"

/* The values, recorded. */
static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const int32_t *o = user;
    dl_tensor *value = NULL;
    (void)n;
    dl_sort(in[0], o[0], o[1], &value, NULL);
    return value;
}

static const op_case cases[] = {
    CASE_WITH(((int32_t[]){1, 0}), "the last", IN(3, 4)),
    CASE_WITH(((int32_t[]){0, 1}), "the first, descending", IN(3, 4)),
    CASE_WITH(((int32_t[]){-2, 0}), "the middle", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){0, 0}), "one element", IN(1)),
    CASE_WITH(((int32_t[]){1, 0}), "rows of nothing", IN(3, 0)),
    CASE_WITH(((int32_t[]){0, 0}), "no rows", IN(4, 0)),
    LARGE_CASE_WITH(((int32_t[]){1, 0}), "long rows", IN(3, 70001)),
    LARGE_CASE_WITH(((int32_t[]){0, 1}), "many columns", IN(300, 200)),
};
static const op_test test = {"sort", call, OP_CASES(cases),
                             .flags = OP_ANY_DTYPE | OP_KEEPS_LAYOUT};

static void sort_is_the_definition_for_any_type_and_length(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t lengths[] = {1, 2, 3, 15, 16, 17, 33, 100, 191, 192, 193, 700};
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int i = 0; i < OP_LENGTH(lengths); i++)
            for (int32_t descending = 0; descending < 2; descending++) {
                const int32_t mark = dl_scope_begin(ctx);
                dl_tensor *x = order_rows(ctx, dt, 3, lengths[i], 7), *value, *index;
                assert_int_equal(dl_sort(x, 1, descending, &value, &index), DL_OK);
                assert_int_equal(dl_tensor_dtype(value), dt);
                assert_int_equal(dl_tensor_dtype(index), DL_I64);
                expect_order(x, descending, lengths[i], value, index);
                dl_scope_end(ctx, mark);
            }
    expect_ok(ctx);
}

static void sort_takes_any_layout_and_axis(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = order_rows(ctx, DL_F64, 6, 40, 3), *value, *index;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *t = with_layout(x, layout);
        dl_sort(t, -1, 1, &value, &index);
        expect_order(x, 1, 40, value, index);
        dl_sort(dl_transpose(t, 0, 1), 0, 1, &value, &index);
        expect_order(x, 1, 40, dl_transpose(value, 0, 1), dl_transpose(index, 0, 1));
    }
    expect_ok(ctx);
}

static void sort_is_the_same_when_sorted_already_or_backwards(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = order_rows(ctx, DL_F32, 2, 1000, 5), *once, *again;
    dl_sort(x, 1, 0, &once, NULL);
    dl_sort(once, 1, 0, &again, NULL);
    assert_same_bits(once, again);
    dl_sort(dl_slice(once, 1, -1, INT64_MIN, -1), 1, 0, &again, NULL);
    assert_values(dl_sum(dl_cast(dl_slice(again, 1, 0, 100, 1), DL_BOOL), NULL, 0, 0), 200);
    expect_ok(ctx);
}

static void sort_gives_the_gradient_back_to_the_places(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(4), 3, 1, 2, 1), *value, *index;
    dl_grad_track(x, 1);
    dl_sort(x, 0, 0, &value, &index);
    assert_values(index, 1, 3, 2, 0);
    dl_backward(
        dl_sum(dl_mul(value, make_tensor(ctx, DL_F64, DL_SHAPE(4), 1, 10, 100, 1000)), NULL, 0, 0));
    assert_values(dl_grad(x), 1000, 1, 100, 10);
    expect_ok(ctx);
}

static void sort_gives_only_what_is_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I64, DL_SHAPE(3), 5, -9, 7), *index;
    assert_int_equal(dl_sort(x, 0, 0, NULL, &index), DL_OK);
    assert_values(index, 1, 0, 2);
    assert_int_equal(dl_sort(x, 0, 0, NULL, NULL), DL_OK);
}

static void sort_fails_with_both_results_null(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3)), *value = x, *index = x;
    assert_int_equal(dl_sort(x, 1, 0, &value, &index), DL_ESHAPE);
    assert_null(value);
    assert_null(index);
    expect_error(ctx, DL_ESHAPE, "sort: axis is 1, wanted -1 to 0");
    assert_int_equal(dl_sort(NULL, 0, 0, &value, &index), DL_EINVAL);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(sort_is_the_definition_for_any_type_and_length),
        with_ctx(sort_takes_any_layout_and_axis),
        with_ctx(sort_is_the_same_when_sorted_already_or_backwards),
        with_ctx(sort_gives_the_gradient_back_to_the_places),
        with_ctx(sort_gives_only_what_is_asked_for),
        with_ctx(sort_fails_with_both_results_null),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
