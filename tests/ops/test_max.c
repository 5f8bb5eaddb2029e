#include <math.h>
#include "support/op_check.h"

typedef struct over {
    int32_t n, axes[4], keep;
} over;

static dl_tensor *max_over(dl_tensor *const *in, int32_t n, void *user)
{
    const over *o = user;
    (void)n;
    return dl_max(in[0], o->axes, o->n, o->keep);
}

static const op_case cases[] = {
    CASE_WITH((&(over){0}), "all", IN(3, 4)),
    CASE_WITH((&(over){0, .keep = 1}), "all, kept", IN(3, 4)),
    CASE_WITH((&(over){1, {1}, 0}), "the last", IN(3, 4)),
    CASE_WITH((&(over){1, {0}, 0}), "the first", IN(3, 4)),
    CASE_WITH((&(over){1, {1}, 1}), "the middle, kept", IN(2, 3, 4)),
    CASE_WITH((&(over){2, {0, 2}, 0}), "around the middle", IN(2, 3, 4)),
    CASE_WITH((&(over){2, {2, 3}, 1}), "a plane", IN(2, 3, 2, 2)),
    CASE_WITH((&(over){0}), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH((&(over){1, {1}, 0}), "to nothing", IN(0, 4)),
    LARGE_CASE_WITH((&(over){0}), "many", IN(3, 70001)),
    LARGE_CASE_WITH((&(over){2, {0, 2}, 0}), "many, interleaved", IN(40, 30, 50)),
};
static const op_test test = {"max", max_over, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void max_works_on_all_types(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *x = with_layout(make_tensor(ctx, dt, DL_SHAPE(2, 2), 0, 1, 0, 0), layout);
            dl_tensor *y = dl_max(x, (int32_t[]){1}, 1, 0);
            assert_int_equal(dl_tensor_dtype(y), dt);
            assert_values(y, 1, 0);
        }
    assert_values(dl_max(make_tensor(ctx, DL_I32, DL_SHAPE(3), -5, -2, -7), NULL, 0, 0), -2);
}

static void max_lets_nan_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3, 2), 1, NAN, NAN, 9, -INFINITY, -INFINITY);
    assert_values(dl_max(x, (int32_t[]){1}, 1, 0), NAN, NAN, -INFINITY);
}

static dl_tensor *gradient(dl_tensor *x, const int32_t *axes, int32_t n)
{
    dl_tensor *y = dl_max(x, axes, n, 0), *g = NULL;
    dl_tensor *seed = dl_expand(make_tensor(dl_tensor_ctx(x), DL_F64, DL_SHAPE(1), 1), DL_SHAPE(2));
    dl_gradients(&y, n ? &seed : NULL, 1, &x, 1, DL_GRAPH_RELEASE, &g);
    return g;
}

/* First in logical order, also where memory runs another way and the axes lie apart. */
static void max_gives_the_gradient_to_the_first_of_equals(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *x =
            with_layout(make_tensor(ctx, DL_F64, DL_SHAPE(2, 3), 0, 7, 1, 7, 2, 2), layout);
        dl_grad_track(x, 1);
        assert_values(gradient(x, NULL, 0), 0, 1, 0, 0, 0, 0);
        assert_values(gradient(x, (int32_t[]){1}, 1), 0, 1, 0, 1, 0, 0);
        x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2, 2), 0, 5, 5, 1, 5, 0, 5, 5);
        x = with_layout(x, layout);
        dl_grad_track(x, 1);
        assert_values(gradient(x, (int32_t[]){2, 0}, 2), 0, 1, 1, 0, 0, 0, 0, 0);
    }
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, NAN, NAN);
    dl_grad_track(x, 1);
    assert_values(gradient(x, NULL, 0), 0, 1, 0);
    expect_ok(ctx);
}

static void max_adds_its_gradient_to_what_collected_before(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 4, 3);
    dl_grad_track(x, 1);
    dl_backward(dl_max(x, NULL, 0, 0));
    dl_backward(dl_max(x, NULL, 0, 0));
    dl_backward(dl_max(dl_select(x, 0, 0), NULL, 0, 0));
    expect_ok(ctx);
    assert_values(dl_grad(x), 0, 1, 2, 0);
}

static void max_works_on_eight_axes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 1, 2, 3, 1, 2, 2, 2)), *g = NULL;
    const int32_t order[] = {7, 0, 6, 1, 5, 2, 4, 3}, axes[] = {0, 2, 4, 6}, back[] = {1, 2, 5, 7};
    dl_grad_track(x, 1);
    dl_tensor *y = dl_max(dl_permute(x, order, 8), axes, 4, 0); /* over axes 7, 6, 5, 4 of x */
    assert_shape(y, 2, 1, 2, 3);
    assert_same_bits(y, dl_max(x, (int32_t[]){4, 5, 6, 7}, 4, 0));
    dl_tensor *total = dl_sum(y, NULL, 0, 0);
    assert_int_equal(dl_gradients(&total, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_values(dl_sum(g, NULL, 0, 0), 12);
    assert_same_bits(dl_sum(dl_mul(g, dl_detach(x)), (int32_t[]){4, 5, 6, 7}, 4, 0), dl_detach(y));
    y = dl_max(x, back, 4, 1);
    assert_shape(y, 2, 1, 1, 3, 1, 1, 2, 1);
    expect_ok(ctx);
}

static void max_of_no_elements_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_max(random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 0)), (int32_t[]){1}, 1, 0));
    expect_error(ctx, DL_ESHAPE, "max: [3, 0] has no elements along its axes");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(max_works_on_all_types),
        with_ctx(max_lets_nan_pass),
        with_ctx(max_gives_the_gradient_to_the_first_of_equals),
        with_ctx(max_adds_its_gradient_to_what_collected_before),
        with_ctx(max_works_on_eight_axes),
        with_ctx(max_of_no_elements_is_refused),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
