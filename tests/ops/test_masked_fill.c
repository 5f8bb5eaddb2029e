#include <math.h>
#include "support/op_check.h"

static dl_tensor *masked_fill(dl_tensor *const *in, int32_t n, void *user)
{
    const double *value = user;
    (void)n;
    return dl_masked_fill(in[0], in[1], *value);
}

#define MASK(...) INDEX(DL_BOOL, 2, __VA_ARGS__)
static double half = 0.5;
static const op_case cases[] = {
    CASE_WITH(&half, "a matrix", IN(3, 4), MASK(3, 4)),
    CASE_WITH(&half, "columns", IN(3, 4), MASK(4)),
    CASE_WITH(&half, "rows", IN(3, 4), MASK(3, 1)),
    CASE_WITH(&half, "a scalar", IN_SCALAR(-2, 2), {OP_INDEX, DL_BOOL, 0, {0}, 0, 2}),
    CASE_WITH(&half, "nothing", IN(0, 4), MASK(4)),
    LARGE_CASE_WITH(&half, "many", IN(3, 70001), MASK(3, 70001)),
};
static const op_test test = {"masked_fill", masked_fill, OP_CASES(cases),
                             .flags = OP_ANY_DTYPE | OP_KEEPS_LAYOUT};

static void masked_fill_converts_its_number_as_cast_does(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *mask = make_tensor(ctx, DL_BOOL, DL_SHAPE(2), 1, 0);
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++) {
        dl_tensor *y = dl_masked_fill(make_tensor(ctx, dt, DL_SHAPE(2), 0, 1), mask, 1.75);
        assert_int_equal(dl_tensor_dtype(y), dt);
        if (dt <= DL_F64)
            assert_values(y, 1.75, 1);
        else
            assert_values(y, 1, 1);
    }
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 0, 1);
    assert_values(dl_masked_fill(x, mask, -INFINITY), -INFINITY, 1);
    assert_values(dl_masked_fill(x, mask, NAN), NAN, 1);
    assert_values(dl_masked_fill(make_tensor(ctx, DL_U8, DL_SHAPE(2), 0, 1), mask, 1e9), 255, 1);
}

static void masked_fill_refuses_a_mask_that_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    assert_null(dl_masked_fill(x, random_tensor(ctx, DL_BOOL, 1, DL_SHAPE(2, 3)), 0));
    expect_error(ctx, DL_ESHAPE, "masked_fill: mask [2, 3] does not broadcast to [3]");
    assert_null(dl_masked_fill(x, x, 0));
    expect_error(ctx, DL_EDTYPE, "masked_fill: the condition is f32, it wants bool");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(masked_fill_converts_its_number_as_cast_does),
        with_ctx(masked_fill_refuses_a_mask_that_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
