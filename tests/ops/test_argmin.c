#include <math.h>
#include "support/op_check.h"

static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const int32_t *o = user;
    (void)n;
    return dl_argmin(in[0], o[0], o[1]);
}

static const op_case cases[] = {
    CASE_WITH(((int32_t[]){1, 0}), "the last", IN(3, 4)),
    CASE_WITH(((int32_t[]){0, 0}), "the first", IN(3, 4)),
    CASE_WITH(((int32_t[]){-2, 1}), "the middle, kept", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){0, 0}), "a vector", IN(5)),
    CASE_WITH(((int32_t[]){0, 0}), "an axis of size 1", IN(1, 4)),
    CASE_WITH(((int32_t[]){1, 0}), "to nothing", IN(0, 4)),
    LARGE_CASE_WITH(((int32_t[]){1, 0}), "many", IN(3, 70001)),
    LARGE_CASE_WITH(((int32_t[]){0, 0}), "many rows", IN(3000, 20)),
};
static const op_test test = {"argmin", call, OP_CASES(cases),
                             .flags = OP_NO_GRADIENT | OP_ANY_DTYPE};

static void argmin_is_the_first_of_equals_and_a_nan_wins(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 3), 3, 1, 1, NAN, 9, NAN, INFINITY,
                                   INFINITY, INFINITY);
        dl_tensor *y = dl_argmin(with_layout(x, layout), 1, 0);
        assert_int_equal(dl_tensor_dtype(y), DL_I64);
        assert_values(y, 1, 0, 0);
    }
    expect_ok(ctx);
}

static void argmin_works_on_all_types(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        assert_values(dl_argmin(make_tensor(ctx, dt, DL_SHAPE(2, 2), 0, 1, 1, 0), 0, 1), 0, 1);
}

static void argmin_refuses_what_has_no_minimum(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 0));
    assert_null(dl_argmin(x, 1, 0));
    expect_error(ctx, DL_ESHAPE, "argmin: [3, 0] has no elements along its axes");
    assert_null(dl_argmin(x, 2, 0));
    expect_error(ctx, DL_ESHAPE, "argmin: axis is 2, wanted -2 to 1");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(argmin_is_the_first_of_equals_and_a_nan_wins),
        with_ctx(argmin_works_on_all_types),
        with_ctx(argmin_refuses_what_has_no_minimum),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
