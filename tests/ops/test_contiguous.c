#include "support/op_check.h"

/* Of an operand that is not row-major. */
static dl_tensor *contiguous(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_contiguous(dl_transpose(in[0], 0, -1));
}

static const op_case cases[] = {
    CASE("a matrix", IN(3, 4)), CASE("three axes", IN(2, 3, 4)),  CASE("one element", IN(1)),
    CASE("nothing", IN(0, 4)),  LARGE_CASE("many", IN(300, 400)),
};
static const op_test test = {"contiguous", contiguous, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void contiguous_gives_a_row_major_tensor_itself(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    assert_ptr_equal(dl_contiguous(x), x);
}

static void contiguous_gives_a_result_that_outlives_its_operand(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2)); /* owned by no scope */
    dl_tensor *y = dl_contiguous(x);
    dl_tensor_drop(x);
    assert_values(y, 1, 1);
}

static void contiguous_copies_other_layouts(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = LAYOUT_COLUMNS; layout < LAYOUTS; layout++) {
        dl_tensor *x = with_layout(random_tensor(ctx, DL_I64, 1, DL_SHAPE(2, 3, 4)), layout);
        dl_tensor *y = dl_contiguous(x);
        assert_true(dl_tensor_contiguous(y));
        assert_same_bits(y, x);
    }
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(contiguous_gives_a_row_major_tensor_itself),
        with_ctx(contiguous_gives_a_result_that_outlives_its_operand),
        with_ctx(contiguous_copies_other_layouts),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
