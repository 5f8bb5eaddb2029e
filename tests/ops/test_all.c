#include "support/over.h"

/* Of floats that are not 0 but for one: dl_all wants bool. */
static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return dl_all(dl_cast(in[0], DL_BOOL), o->axes, o->n, o->keep);
}

static const op_case cases[] = {OVER_CASES(-2.0, 2.0)};
static const op_test test = {"all", call, OP_CASES(cases), .flags = OP_NO_GRADIENT | OP_ANY_DTYPE};

static void all_is_its_truth_table(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_BOOL, DL_SHAPE(3, 2), 0, 0, 0, 1, 1, 1);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *y = dl_all(with_layout(x, layout), (int32_t[]){1}, 1, 0);
        assert_int_equal(dl_tensor_dtype(y), DL_BOOL);
        assert_values(y, 0, 0, 1);
    }
    assert_values(dl_all(x, NULL, 0, 0), 0);
}

static void all_of_nothing_is_true(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_BOOL, DL_SHAPE(2, 0)));
    assert_values(dl_all(x, (int32_t[]){1}, 1, 0), 1, 1);
    assert_values(dl_all(x, NULL, 0, 0), 1);
}

static void all_refuses_what_is_not_bool(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_all(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)), NULL, 0, 0));
    expect_error(ctx, DL_EDTYPE, "all: operand 0 is f32, it wants bool");
    dl_tensor *x = random_tensor(ctx, DL_BOOL, 1, DL_SHAPE(2));
    assert_null(dl_all(x, (int32_t[]){1}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "all: axis is 1, wanted -1 to 0");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(all_is_its_truth_table),
        with_ctx(all_of_nothing_is_true),
        with_ctx(all_refuses_what_is_not_bool),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
