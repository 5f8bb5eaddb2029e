#include <float.h>
#include <math.h>
#include "support/op_check.h"

OP_UNARY(isfinite)

static const op_case cases[] = {
    CASE("a matrix", IN(3, 4)),
    CASE("a scalar", IN_SCALAR(-2, 2)),
    CASE("labels", INDEX(DL_I32, 9, 3, 4)),
    CASE("nothing", IN(0, 4)),
    LARGE_CASE("many", IN(3, 70001)),
};
static const op_test test = {"isfinite", call_isfinite, OP_CASES(cases),
                             .flags = OP_NO_GRADIENT | OP_ANY_DTYPE | OP_KEEPS_LAYOUT};

static void isfinite_finds_nan_and_infinities(void **state)
{
    dl_ctx *ctx = *state;
    const double v[] = {NAN, 1, INFINITY, -0.0, -INFINITY, 0x1p-149, FLT_MAX, -FLT_MAX};
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++)
        assert_values(dl_isfinite(tensor_of(ctx, dt, v, DL_SHAPE(8))), 0, 1, 0, 1, 0, 1, 1, 1);
}

static void isfinite_is_true_for_every_integer(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_I32; dt <= DL_BOOL; dt++) {
        dl_tensor *y = dl_isfinite(make_tensor(ctx, dt, DL_SHAPE(3), -INFINITY, 0, INFINITY));
        assert_int_equal(dl_tensor_dtype(y), DL_BOOL);
        assert_values(y, 1, 1, 1);
    }
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(isfinite_finds_nan_and_infinities),
        with_ctx(isfinite_is_true_for_every_integer),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
