#include "support/logical_check.h"
#include <stdio.h>

static const logical_check *check;

/* The error is status, and its message this one of the operation. */
static void expect_said(dl_ctx *ctx, dl_status status, const char *what)
{
    char message[128];
    snprintf(message, sizeof message, "%s: %s", check->name, what);
    expect_error(ctx, status, message);
}

/* ---- of two operands ------------------------------------------------------------------------- */

static dl_tensor *call_two(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return check->two(in[0], in[1]);
}

#define FLAGS(...) INDEX(DL_BOOL, 2, __VA_ARGS__)
static const op_case cases[] = {
    CASE("matrices", FLAGS(3, 4), FLAGS(3, 4)),
    CASE("a row for each column", FLAGS(3, 1), FLAGS(1, 4)),
    CASE("nothing", FLAGS(0, 4), FLAGS(4)),
    LARGE_CASE("many", FLAGS(3, 70001), FLAGS(70001)),
};

static void is_true_to_its_name(void **state)
{
    dl_ctx *ctx = *state;
    uint8_t bytes[] = {0, 4};
    dl_tensor *a = make_tensor(ctx, DL_BOOL, DL_SHAPE(2, 1), 0, 1);
    dl_tensor *b = dl_tensor_wrap(ctx, DL_BOOL, bytes, (int64_t[]){2}, NULL, 1, NULL, NULL);
    assert_values(check->two(a, b), check->none, check->one, check->one, check->both);
    dl_tensor_drop(b);
}

static void wants_bool(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_BOOL, DL_SHAPE(2), 0, 1);
    assert_null(check->two(a, make_tensor(ctx, DL_U8, DL_SHAPE(2), 0, 1)));
    expect_said(ctx, DL_EDTYPE, "operand 1 is u8, it wants bool");
    assert_null(check->two(a, make_tensor(ctx, DL_BOOL, DL_SHAPE(3), 0, 1, 1)));
    expect_said(ctx, DL_ESHAPE, "shapes [2] and [3] do not broadcast");
}

int logical_main(const logical_check *c)
{
    static const op_fact facts[] = {OP_FACT(is_true_to_its_name), OP_FACT(wants_bool)};
    const op_test test = {c->name, call_two, OP_CASES(cases),
                          .flags = OP_NO_GRADIENT | OP_ANY_DTYPE | OP_KEEPS_LAYOUT};
    check = c;
    return op_main_with(&test, facts, OP_LENGTH(facts), NULL, 0);
}

/* ---- along axes ------------------------------------------------------------------------------ */

/* Of floats that are not 0 but for one: the operation wants bool. */
static dl_tensor *call_over(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return check->over(dl_cast(in[0], DL_BOOL), o->axes, o->n, o->keep);
}

static const op_case over_cases[] = {OVER_CASES(-2.0, 2.0)};

static void is_its_truth_table(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_BOOL, DL_SHAPE(3, 2), 0, 0, 0, 1, 1, 1);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *y = check->over(with_layout(x, layout), (int32_t[]){1}, 1, 0);
        assert_int_equal(dl_tensor_dtype(y), DL_BOOL);
        assert_values(y, check->none, check->one, check->both);
    }
    assert_values(check->over(x, NULL, 0, 0), check->one);
}

static void of_nothing_is_the_value_that_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_BOOL, DL_SHAPE(2, 0)));
    assert_values(check->over(x, (int32_t[]){1}, 1, 0), check->nothing, check->nothing);
    assert_values(check->over(x, NULL, 0, 0), check->nothing);
}

static void refuses_what_is_not_bool(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(check->over(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)), NULL, 0, 0));
    expect_said(ctx, DL_EDTYPE, "operand 0 is f32, it wants bool");
    dl_tensor *x = random_tensor(ctx, DL_BOOL, 1, DL_SHAPE(2));
    assert_null(check->over(x, (int32_t[]){1}, 1, 0));
    expect_said(ctx, DL_ESHAPE, "axis is 1, wanted -1 to 0");
}

int logical_over_main(const logical_check *c)
{
    static const op_fact facts[] = {
        OP_FACT(is_its_truth_table),
        OP_FACT(of_nothing_is_the_value_that_changes_nothing),
        OP_FACT(refuses_what_is_not_bool),
    };
    const op_test test = {c->name, call_over, OP_CASES(over_cases),
                          .flags = OP_NO_GRADIENT | OP_ANY_DTYPE};
    check = c;
    return op_main_with(&test, facts, OP_LENGTH(facts), NULL, 0);
}
