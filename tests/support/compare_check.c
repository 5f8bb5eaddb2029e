#include "support/compare_check.h"
#include <math.h>
#include "support/op_check.h"

static const compare_check *check;

static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return check->compare(in[0], in[1]);
}

static const op_case cases[] = {
    CASE("matrices", IN(3, 4), IN(3, 4)),
    CASE("a row for each column", IN(3, 1), IN(1, 4)),
    CASE("a scalar", IN(2, 5), IN_SCALAR(-2, 2)),
    CASE("integers", INDEX(DL_I32, 3, 4, 5), INDEX(DL_I32, 3, 4, 5)),
    CASE("long integers", INDEX(DL_I64, 3, 4, 5), INDEX(DL_I64, 3, 5)),
    CASE("bytes", INDEX(DL_U8, 3, 4, 5), INDEX(DL_U8, 3, 4, 1)),
    CASE("flags", INDEX(DL_BOOL, 2, 4, 5), INDEX(DL_BOOL, 2, 4, 5)),
    CASE("nothing", IN(0, 4), IN(4)),
    LARGE_CASE("many", IN(3, 70001), IN(3, 70001)),
};

static void compares_every_type(void **state)
{
    dl_ctx *ctx = *state;
    const int equal = check->equal, less = check->less, greater = check->greater;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++) {
        const double big = dt == DL_BOOL ? 1 : 7;
        dl_tensor *a = make_tensor(ctx, dt, DL_SHAPE(3), big, 0, big);
        dl_tensor *b = make_tensor(ctx, dt, DL_SHAPE(3), big, big, 0), *y = check->compare(a, b);
        assert_int_equal(dl_tensor_dtype(y), DL_BOOL);
        assert_values(y, equal, less, greater);
        for (int layout = 0; layout < LAYOUTS; layout++)
            assert_values(check->compare(with_layout(a, layout), b), equal, less, greater);
    }
}

static void treats_nan_as_ieee_754_does(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F32, DL_SHAPE(4), 1, 2, INFINITY, NAN);
    dl_tensor *b = tensor_of(ctx, DL_F32, (const double[]){2}, NULL, 0);
    assert_values(check->compare(a, b), check->less, check->equal, check->greater,
                  check->unordered);
    a = make_tensor(ctx, DL_F64, DL_SHAPE(3), NAN, -INFINITY, -0.0);
    b = make_tensor(ctx, DL_F64, DL_SHAPE(3), NAN, 0, 0);
    assert_values(check->compare(a, b), check->unordered, check->less, check->equal);
}

static void reads_any_byte_but_0_as_true(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t bytes[] = {2, 1, 0, 5};
    dl_tensor *a = dl_tensor_wrap(ctx, DL_BOOL, bytes, (int64_t[]){4}, NULL, 1, NULL, NULL);
    dl_tensor *b = make_tensor(ctx, DL_BOOL, DL_SHAPE(4), 1, 1, 0, 1);
    assert_same_bits(check->compare(a, b), check->compare(b, b));
    dl_tensor_drop(a);
}

int compare_main(const compare_check *c)
{
    static const op_fact facts[] = {
        OP_FACT(compares_every_type),
        OP_FACT(treats_nan_as_ieee_754_does),
        OP_FACT(reads_any_byte_but_0_as_true),
    };
    const op_test test = {c->name, call, OP_CASES(cases),
                          .flags = OP_NO_GRADIENT | OP_ANY_DTYPE | OP_KEEPS_LAYOUT};
    check = c;
    return op_main_with(&test, facts, OP_LENGTH(facts), NULL, 0);
}
