#include "support/extreme_check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "support/over.h"

static const extreme_check *check;

/* The values of t for the greatest; for the least with the other sign, of types without one
 * subtracted from 1. Without history. */
static dl_tensor *turned(const dl_tensor *t)
{
    double *v = values_of(t);
    const int has_sign = t->dtype != DL_U8 && t->dtype != DL_BOOL;
    for (int64_t i = 0; i < dl_tensor_count(t) && check->sign < 0; i++)
        v[i] = has_sign ? -v[i] : 1 - v[i];
    dl_tensor *other = tensor_of(t->base.ctx, t->dtype, v, t->dims, t->ndim);
    free(v);
    return other;
}
#define make_turned(ctx, dtype, shape, ...)                                                        \
    turned(tensor_of(ctx, dtype, (const double[]){__VA_ARGS__}, shape))
/* The same of one value. */
static double turn(double v)
{
    return check->sign * v;
}

/* The error is status, and its message this one of the operation. */
static void expect_said(dl_ctx *ctx, dl_status status, const char *what)
{
    char message[128];
    snprintf(message, sizeof message, "%s: %s", check->name, what);
    expect_error(ctx, status, message);
}

static int run(const extreme_check *c, const op_test *test, const op_fact *facts, int32_t n_facts)
{
    check = c;
    return op_main_with(test, facts, n_facts, NULL, 0);
}

/* ---- of two ---------------------------------------------------------------------------------- */

static dl_tensor *call_of_two(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return check->of_two(in[0], in[1]);
}

static const op_case of_two_cases[] = {
    CASE("matrices", IN(3, 4), IN_RANGE(-1.9, 2.1, 3, 4)),
    CASE("a row for each column", IN(3, 1), IN(1, 4)),
    CASE("a scalar", IN(2, 5), IN_SCALAR(-1, 2)),
    CASE("nothing", IN(0, 4), IN(4)),
    LARGE_CASE("many", IN(3, 70001), IN(3, 70001)),
};

static void lets_nan_win(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        dl_tensor *a = make_turned(ctx, dt, DL_SHAPE(5), 1, 3, NAN, 1, -INFINITY);
        dl_tensor *b = make_turned(ctx, dt, DL_SHAPE(5), 2, -3, 1, NAN, INFINITY);
        assert_values(check->of_two(a, b), turn(2), turn(3), NAN, NAN, turn(INFINITY));
    }
}

static void shares_the_gradient_of_equals(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_turned(ctx, DL_F32, DL_SHAPE(4), 1, 2, -3, 5);
    dl_tensor *b = make_turned(ctx, DL_F32, DL_SHAPE(4), 2, 2, -2, -5);
    dl_grad_track(a, 1);
    dl_grad_track(b, 1);
    dl_backward(dl_sum(check->of_two(a, b), NULL, 0, 0));
    expect_ok(ctx);
    assert_values(dl_grad(a), 0, 0.5, 0, 1);
    assert_values(dl_grad(b), 1, 0.5, 1, 0);
}

static void gives_both_the_gradient_where_one_is_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = make_tensor(ctx, DL_F64, DL_SHAPE(2), NAN, 1);
    dl_tensor *b = make_tensor(ctx, DL_F64, DL_SHAPE(2), 1, NAN);
    dl_grad_track(a, 1);
    dl_grad_track(b, 1);
    dl_backward(dl_sum(check->of_two(a, b), NULL, 0, 0));
    assert_values(dl_grad(a), 1, 1);
    assert_values(dl_grad(b), 1, 1);
}

int extreme_of_two_main(const extreme_check *c)
{
    static const op_fact facts[] = {
        OP_FACT(lets_nan_win),
        OP_FACT(shares_the_gradient_of_equals),
        OP_FACT(gives_both_the_gradient_where_one_is_nan),
    };
    const op_test test = {c->name, call_of_two, OP_CASES(of_two_cases), .flags = OP_KEEPS_LAYOUT};
    return run(c, &test, facts, OP_LENGTH(facts));
}

/* ---- over axes ------------------------------------------------------------------------------- */

static dl_tensor *call_over(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return check->over(in[0], o->axes, o->n, o->keep);
}

static const op_case over_cases[] = {
    OVER_CASES(-2.0, 2.0),
    CASE_WITH((&(over){1, {1}, 1}), "the second, kept", IN(2, 3, 4)),
    CASE_WITH((&(over){2, {2, 3}, 1}), "a plane", IN(2, 3, 2, 2)),
    CASE_WITH((&(over){0}), "a scalar", IN_SCALAR(-2, 2)),
    LARGE_CASE_WITH((&(over){0}), "many", IN(3, 70001)),
};

static void works_on_all_types(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *x = make_turned(ctx, dt, DL_SHAPE(2, 2), 0, 1, 0, 0);
            dl_tensor *y = check->over(with_layout(x, layout), (int32_t[]){1}, 1, 0);
            assert_int_equal(dl_tensor_dtype(y), dt);
            assert_same_bits(y, make_turned(ctx, dt, DL_SHAPE(2), 1, 0));
        }
    dl_tensor *x = make_turned(ctx, DL_I32, DL_SHAPE(3), -5, -2, -7);
    assert_values(check->over(x, NULL, 0, 0), turn(-2));
    x = make_turned(ctx, DL_I32, DL_SHAPE(3), 5, 9, 7);
    assert_values(check->over(x, NULL, 0, 0), turn(9));
}

static void lets_nan_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_turned(ctx, DL_F64, DL_SHAPE(3, 2), 1, NAN, NAN, 9, -INFINITY, -INFINITY);
    assert_values(check->over(x, (int32_t[]){1}, 1, 0), NAN, NAN, turn(-INFINITY));
}

static dl_tensor *gradient(dl_tensor *x, const int32_t *axes, int32_t n)
{
    dl_tensor *y = check->over(x, axes, n, 0), *g = NULL;
    dl_tensor *seed = dl_expand(make_tensor(dl_tensor_ctx(x), DL_F64, DL_SHAPE(1), 1), DL_SHAPE(2));
    dl_gradients(&y, n ? &seed : NULL, 1, &x, 1, DL_GRAPH_RELEASE, &g);
    return g;
}

/* First in logical order, also where memory runs another way and the axes lie apart. */
static void gives_the_gradient_to_the_first_of_equals(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *x =
            with_layout(make_turned(ctx, DL_F64, DL_SHAPE(2, 3), 0, 7, 1, 7, 2, 2), layout);
        dl_grad_track(x, 1);
        assert_values(gradient(x, NULL, 0), 0, 1, 0, 0, 0, 0);
        assert_values(gradient(x, (int32_t[]){1}, 1), 0, 1, 0, 1, 0, 0);
        x = make_turned(ctx, DL_F64, DL_SHAPE(2, 2, 2), 0, 5, 5, 1, 5, 0, 5, 5);
        x = with_layout(x, layout);
        dl_grad_track(x, 1);
        assert_values(gradient(x, (int32_t[]){2, 0}, 2), 0, 1, 1, 0, 0, 0, 0, 0);
    }
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, NAN, NAN);
    dl_grad_track(x, 1);
    assert_values(gradient(x, NULL, 0), 0, 1, 0);
    expect_ok(ctx);
}

static void adds_its_gradient_to_what_collected_before(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_turned(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 4, 3);
    dl_grad_track(x, 1);
    dl_backward(check->over(x, NULL, 0, 0));
    dl_backward(check->over(x, NULL, 0, 0));
    dl_backward(check->over(dl_select(x, 0, 0), NULL, 0, 0));
    expect_ok(ctx);
    assert_values(dl_grad(x), 0, 1, 2, 0);
}

static void works_on_eight_axes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 1, 2, 3, 1, 2, 2, 2)), *g = NULL;
    const int32_t order[] = {7, 0, 6, 1, 5, 2, 4, 3}, axes[] = {0, 2, 4, 6}, back[] = {1, 2, 5, 7};
    const int32_t last[] = {4, 5, 6, 7};
    dl_grad_track(x, 1);
    dl_tensor *y = check->over(dl_permute(x, order, 8), axes, 4, 0); /* axes 7, 6, 5, 4 of x */
    assert_shape(y, 2, 1, 2, 3);
    assert_same_bits(y, check->over(x, last, 4, 0));
    dl_tensor *total = dl_sum(y, NULL, 0, 0);
    assert_int_equal(dl_gradients(&total, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_values(dl_sum(g, NULL, 0, 0), 12);
    assert_same_bits(dl_sum(dl_mul(g, dl_detach(x)), last, 4, 0), dl_detach(y));
    y = check->over(x, back, 4, 1);
    assert_shape(y, 2, 1, 1, 3, 1, 1, 2, 1);
    expect_ok(ctx);
}

static void of_no_elements_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 0));
    assert_null(check->over(x, (int32_t[]){1}, 1, 0));
    expect_said(ctx, DL_ESHAPE, "[3, 0] has no elements along its axes");
}

int extreme_over_main(const extreme_check *c)
{
    static const op_fact facts[] = {
        OP_FACT(works_on_all_types),
        OP_FACT(lets_nan_pass),
        OP_FACT(gives_the_gradient_to_the_first_of_equals),
        OP_FACT(adds_its_gradient_to_what_collected_before),
        OP_FACT(works_on_eight_axes),
        OP_FACT(of_no_elements_is_refused),
    };
    const op_test test = {c->name, call_over, OP_CASES(over_cases), .flags = OP_ANY_DTYPE};
    return run(c, &test, facts, OP_LENGTH(facts));
}

/* ---- where along an axis --------------------------------------------------------------------- */

static dl_tensor *call_place(dl_tensor *const *in, int32_t n, void *user)
{
    const int32_t *o = user;
    (void)n;
    return check->place(in[0], o[0], o[1]);
}

static const op_case place_cases[] = {
    CASE_WITH(((int32_t[]){1, 0}), "the last", IN(3, 4)),
    CASE_WITH(((int32_t[]){0, 0}), "the first", IN(3, 4)),
    CASE_WITH(((int32_t[]){-2, 1}), "the middle, kept", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){0, 0}), "a vector", IN(5)),
    CASE_WITH(((int32_t[]){0, 0}), "an axis of size 1", IN(1, 4)),
    CASE_WITH(((int32_t[]){1, 0}), "to nothing", IN(0, 4)),
    LARGE_CASE_WITH(((int32_t[]){1, 0}), "many", IN(3, 70001)),
    LARGE_CASE_WITH(((int32_t[]){0, 0}), "many rows", IN(3000, 20)),
};

static void is_the_first_of_equals_and_a_nan_wins(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *x = make_turned(ctx, DL_F32, DL_SHAPE(3, 3), 1, 3, 3, NAN, 9, NAN, -INFINITY,
                                   -INFINITY, -INFINITY);
        dl_tensor *y = check->place(with_layout(x, layout), 1, 0);
        assert_int_equal(dl_tensor_dtype(y), DL_I64);
        assert_values(y, 1, 0, 0);
    }
    expect_ok(ctx);
}

static void is_found_in_all_types(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        assert_values(check->place(make_turned(ctx, dt, DL_SHAPE(2, 2), 0, 1, 1, 0), 0, 1), 1, 0);
}

static void refuses_what_has_none(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 0));
    assert_null(check->place(x, 1, 0));
    expect_said(ctx, DL_ESHAPE, "[3, 0] has no elements along its axes");
    assert_null(check->place(x, 2, 0));
    expect_said(ctx, DL_ESHAPE, "axis is 2, wanted -2 to 1");
}

int extreme_place_main(const extreme_check *c)
{
    static const op_fact facts[] = {
        OP_FACT(is_the_first_of_equals_and_a_nan_wins),
        OP_FACT(is_found_in_all_types),
        OP_FACT(refuses_what_has_none),
    };
    const op_test test = {c->name, call_place, OP_CASES(place_cases),
                          .flags = OP_NO_GRADIENT | OP_ANY_DTYPE};
    return run(c, &test, facts, OP_LENGTH(facts));
}

/* ---- both ------------------------------------------------------------------------------------ */

/* The value alone, recorded. */
static dl_tensor *call_along(dl_tensor *const *in, int32_t n, void *user)
{
    const int32_t *o = user;
    dl_tensor *value = NULL;
    (void)n;
    check->along(in[0], o[0], o[1], &value, NULL);
    return value;
}

static const op_case along_cases[] = {
    CASE_WITH(((int32_t[]){1, 0}), "the last", IN(3, 4)),
    CASE_WITH(((int32_t[]){0, 1}), "the first, kept", IN(3, 4)),
    CASE_WITH(((int32_t[]){-2, 0}), "the middle", IN(2, 3, 4)),
    CASE_WITH(((int32_t[]){1, 0}), "to nothing", IN(0, 4)),
    LARGE_CASE_WITH(((int32_t[]){1, 0}), "many", IN(3, 70001)),
};

static void gives_what_value_and_place_alone_give(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 5, 6)), *value, *index;
    for (int layout = 0; layout < LAYOUTS; layout++)
        for (int32_t axis = 0; axis < 3; axis++) {
            dl_tensor *t = with_layout(x, layout);
            assert_int_equal(check->along(t, axis, 1, &value, &index), DL_OK);
            assert_same_bits(value, check->over(t, &axis, 1, 1));
            assert_same_bits(index, check->place(t, axis, 1));
        }
    expect_ok(ctx);
}

static void names_the_first_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_turned(ctx, DL_F64, DL_SHAPE(2, 3), 1, NAN, NAN, 2, 3, 3), *value, *index;
    dl_grad_track(x, 1);
    assert_int_equal(check->along(x, 1, 0, &value, &index), DL_OK);
    assert_values(value, NAN, turn(3));
    assert_values(index, 1, 1);
    assert_int_equal(dl_tensor_dtype(index), DL_I64);
    dl_backward(dl_sum(value, NULL, 0, 0));
    assert_values(dl_grad(x), 0, 1, 0, 0, 1, 0);
    expect_ok(ctx);
}

static void gives_only_what_is_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_turned(ctx, DL_I32, DL_SHAPE(3), 1, 5, 3), *value = NULL, *index = NULL;
    const int32_t mark = dl_scope_begin(ctx);
    const int64_t live = dl_ctx_live(ctx);
    assert_int_equal(check->along(x, 0, 0, NULL, &index), DL_OK);
    assert_int_equal(check->along(x, 0, 0, &value, NULL), DL_OK);
    assert_int_equal(dl_ctx_live(ctx) - live, 4); /* two tensors, with their memory */
    assert_values(index, 1);
    assert_values(value, turn(5));
    dl_scope_end(ctx, mark);
}

static void fails_with_both_results_null(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 0)), *value = x, *index = x;
    assert_int_equal(check->along(x, 1, 0, &value, &index), DL_ESHAPE);
    assert_null(value);
    assert_null(index);
    expect_said(ctx, DL_ESHAPE, "[3, 0] has no elements along its axes");
    assert_int_equal(check->along(x, 2, 0, &value, &index), DL_ESHAPE);
    expect_said(ctx, DL_ESHAPE, "axis is 2, wanted -2 to 1");
    assert_int_equal(check->along(NULL, 0, 0, &value, &index), DL_EINVAL);
}

int extreme_along_main(const extreme_check *c)
{
    static const op_fact facts[] = {
        OP_FACT(gives_what_value_and_place_alone_give),
        OP_FACT(names_the_first_nan),
        OP_FACT(gives_only_what_is_asked_for),
        OP_FACT(fails_with_both_results_null),
    };
    const op_test test = {c->name, call_along, OP_CASES(along_cases), .flags = OP_ANY_DTYPE};
    return run(c, &test, facts, OP_LENGTH(facts));
}
