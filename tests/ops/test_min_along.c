#include <math.h>
#include "support/op_check.h"

/* The value alone, recorded. */
static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const int32_t *o = user;
    dl_tensor *value = NULL;
    (void)n;
    dl_min_along(in[0], o[0], o[1], &value, NULL);
    return value;
}

static const op_case cases[] = {
    CASE_WITH(((int32_t[]){1, 0}), "the last", IN(3, 4)),
    CASE_WITH(((int32_t[]){0, 1}), "the first, kept", IN(3, 4)),
    CASE_WITH(((int32_t[]){-2, 0}), "the middle", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){1, 0}), "to nothing", IN(0, 4)),
    LARGE_CASE_WITH(((int32_t[]){1, 0}), "many", IN(3, 70001)),
};
static const op_test test = {"min_along", call, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void min_along_gives_what_min_and_argmin_give(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 5, 6)), *value, *index;
    for (int layout = 0; layout < LAYOUTS; layout++)
        for (int32_t axis = 0; axis < 3; axis++) {
            dl_tensor *t = with_layout(x, layout);
            assert_int_equal(dl_min_along(t, axis, 1, &value, &index), DL_OK);
            assert_same_bits(value, dl_min(t, &axis, 1, 1));
            assert_same_bits(index, dl_argmin(t, axis, 1));
        }
    expect_ok(ctx);
}

static void min_along_names_the_first_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 3), 1, NAN, NAN, -2, -3, -3);
    dl_tensor *value, *index;
    dl_grad_track(x, 1);
    assert_int_equal(dl_min_along(x, 1, 0, &value, &index), DL_OK);
    assert_values(value, NAN, -3);
    assert_values(index, 1, 1);
    assert_int_equal(dl_tensor_dtype(index), DL_I64);
    dl_backward(dl_sum(value, NULL, 0, 0));
    assert_values(dl_grad(x), 0, 1, 0, 0, 1, 0);
    expect_ok(ctx);
}

static void min_along_gives_only_what_is_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I32, DL_SHAPE(3), 1, 5, 3), *value = NULL, *index = NULL;
    const int32_t mark = dl_scope_begin(ctx);
    const int64_t live = dl_ctx_live(ctx);
    assert_int_equal(dl_min_along(x, 0, 0, NULL, &index), DL_OK);
    assert_int_equal(dl_min_along(x, 0, 0, &value, NULL), DL_OK);
    assert_int_equal(dl_ctx_live(ctx) - live, 4); /* two tensors, with their memory */
    assert_values(index, 0);
    assert_values(value, 1);
    dl_scope_end(ctx, mark);
}

static void min_along_fails_with_both_results_null(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 0)), *value = x, *index = x;
    assert_int_equal(dl_min_along(x, 1, 0, &value, &index), DL_ESHAPE);
    assert_null(value);
    assert_null(index);
    expect_error(ctx, DL_ESHAPE, "min_along: [3, 0] has no elements along its axes");
    assert_int_equal(dl_min_along(x, 2, 0, &value, &index), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "min_along: axis is 2, wanted -2 to 1");
    assert_int_equal(dl_min_along(NULL, 0, 0, &value, &index), DL_EINVAL);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(min_along_gives_what_min_and_argmin_give),
        with_ctx(min_along_names_the_first_nan),
        with_ctx(min_along_gives_only_what_is_asked_for),
        with_ctx(min_along_fails_with_both_results_null),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
