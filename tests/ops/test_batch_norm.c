#include <math.h>
#include <stdlib.h>
#include "support/op_check.h"

typedef struct options {
    double eps;
    int32_t statistics; /* y + mean + var */
} options;

static dl_tensor *along(dl_tensor *t, const dl_tensor *x)
{
    const int64_t dims[OP_DIMS] = {dl_tensor_dim(x, 1), 1, 1, 1, 1, 1};
    return t ? dl_reshape(t, dims, dl_tensor_ndim(x) - 1) : NULL;
}

static dl_tensor *call_batch_norm(dl_tensor *const *in, int32_t n, void *user)
{
    const options *o = user;
    dl_tensor *mean, *var;
    if (!o->statistics)
        return dl_batch_norm(in[0], n > 1 ? in[1] : NULL, n > 2 ? in[2] : NULL, o->eps, NULL, NULL);
    dl_tensor *y =
        dl_batch_norm(in[0], n > 1 ? in[1] : NULL, n > 2 ? in[2] : NULL, o->eps, &mean, &var);
    return y ? dl_add(y, dl_add(along(mean, in[0]), along(var, in[0]))) : NULL;
}

static options plain = {.eps = 0.5}, all = {.eps = 0.25, .statistics = 1};
static const op_case cases[] = {
    CASE_WITH(&plain, "rows", IN(5, 3), IN(3), IN(3)),
    CASE_WITH(&plain, "without weight and bias", IN(4, 3)),
    CASE_WITH(&plain, "with weight alone", IN(4, 3), IN(3)),
    CASE_WITH(&plain, "lines", IN(3, 2, 4), IN(2), IN(2)),
    CASE_WITH(&plain, "pictures", IN(2, 3, 2, 2), IN(3), IN(3)),
    CASE_WITH(&plain, "volumes", IN(2, 2, 2, 1, 2), IN(2), IN(2)),
    CASE_WITH(&plain, "one example", IN(1, 3, 5), IN(3), IN(3)),
    CASE_WITH(&plain, "one channel", IN(6, 1), IN(1), IN(1)),
    CASE_WITH(&plain, "one channel of lines", IN(2, 1, 20), IN(1), IN(1)),
    CASE_WITH(&plain, "no channels", IN(3, 0), IN(0), IN(0)),
    CASE_WITH(&all, "statistics too", IN(5, 3), IN(3), IN(3)),
    CASE_WITH(&all, "statistics of pictures", IN(2, 3, 2, 2)),
    LARGE_CASE_WITH(&plain, "many rows", IN(3001, 70), IN(70), IN(70)),
    LARGE_CASE_WITH(&all, "many pixels", IN(3, 5, 101, 67), IN(5), IN(5)),
};
static const op_test test = {"batch_norm", call_batch_norm, OP_CASES(cases),
                             .flags = OP_KEEPS_LAYOUT, .f32 = 4e-6};

static void batch_norm_gives_biased_statistics_and_normalises_with_them(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 1, 10, 3, 30), *mean, *var;
    dl_tensor *w = make_tensor(ctx, DL_F64, DL_SHAPE(2), 2, 1);
    dl_tensor *b = make_tensor(ctx, DL_F64, DL_SHAPE(2), 0, 7);
    dl_tensor *y = dl_batch_norm(x, w, b, 0, &mean, &var);
    assert_values(mean, 2, 20);
    assert_values(var, 1, 100);
    assert_values(y, -2, 6, 2, 8);
}

/* Layouts, and which operand has which, give the same bits. */
static void batch_norm_does_not_depend_on_the_layout_of_memory(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t shapes[][4] = {{3, 5, 7, 4}, {40, 3, 1, 1}, {2, 1, 9, 9}, {1, 70, 3, 2}};
    for (int s = 0; s < 4; s++)
        for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
            dl_tensor *x = random_tensor(ctx, dt, 1, shapes[s], 4), *first[2] = {NULL};
            dl_tensor *dy = random_tensor(ctx, dt, 2, shapes[s], 4);
            for (int i = 0; i < LAYOUTS; i++)
                for (int j = 0; j < LAYOUTS; j++) {
                    dl_tensor *a = with_layout(x, i), *g = with_layout(dy, j), *dx;
                    dl_grad_track(a, 1);
                    dl_tensor *y = dl_batch_norm(a, NULL, NULL, 1e-5, NULL, NULL);
                    assert_int_equal(dl_gradients(&y, &g, 1, &a, 1, DL_GRAPH_RELEASE, &dx), DL_OK);
                    if (i + j == 0) {
                        first[0] = y;
                        first[1] = dx;
                    }
                    /* Axes within a channel are walked as they lie: other orders of the sums. */
                    if (i == LAYOUT_ROWS || i == LAYOUT_LAST) {
                        assert_same_bits(y, first[0]);
                        assert_same_bits(dx, first[1]);
                    } else {
                        assert_tensors_close(y, first[0], dt == DL_F32 ? 1e-5 : 1e-13);
                        assert_tensors_close(dx, first[1], dt == DL_F32 ? 1e-5 : 1e-13);
                    }
                }
        }
}

/* A common offset of a million, with f32's 24 bits: what x itself has lost is all that is lost. */
static void a_large_offset_costs_no_digits(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = LAYOUT_ROWS; layout <= LAYOUT_LAST; layout += LAYOUT_LAST) {
        dl_tensor *x = random_tensor(ctx, DL_F32, 3, DL_SHAPE(64, 8, 33)), *mean, *var, *far_mean;
        x = dl_cast(dl_add_scalar(x, 1e6), DL_F32); /* multiples of 1/16 */
        dl_tensor *near = dl_add_scalar(dl_cast(x, DL_F64), -1e6), *near_var;
        dl_tensor *wanted = dl_batch_norm(near, NULL, NULL, 1e-5, &mean, &near_var);
        dl_tensor *y = dl_batch_norm(with_layout(x, layout), NULL, NULL, 1e-5, &far_mean, &var);
        assert_tensors_close(dl_cast(y, DL_F64), wanted, 1e-6);
        assert_tensors_close(dl_cast(var, DL_F64), near_var, 1e-6);
        dl_tensor *z = dl_add_scalar(dl_cast(x, DL_F64), 1e9 - 1e6);
        assert_tensors_close(dl_batch_norm(z, NULL, NULL, 1e-5, NULL, NULL), wanted, 1e-6);
    }
}

static void nan_stays_in_its_channel(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 3), NAN, 1, INFINITY, 2, 3, 4), *mean, *var;
    double *y = values_of(dl_batch_norm(x, NULL, NULL, 0, &mean, &var));
    assert_true(isnan(y[0]) && isnan(y[3]) && isnan(y[2]) && isnan(y[5]));
    assert_true(y[1] == -1 && y[4] == 1);
    free(y);
    assert_values(mean, NAN, 2, INFINITY);
    assert_values(var, NAN, 1, NAN);
}

static void a_mean_is_infinite_wherever_the_infinity_stands(void **state)
{
    static const dl_dtype types[] = {DL_F32, DL_F64};
    dl_ctx *ctx = *state;
    for (int k = 0; k < 2; k++) {
        dl_tensor *x = make_tensor(ctx, types[k], DL_SHAPE(3, 4), INFINITY, 1, -INFINITY, INFINITY,
                                   2, INFINITY, 3, 4, 5, 6, 7, -INFINITY);
        dl_tensor *mean, *var;
        assert_non_null(dl_batch_norm(x, NULL, NULL, 1e-5, &mean, &var));
        assert_values(mean, INFINITY, INFINITY, -INFINITY, NAN);
        assert_values(var, NAN, NAN, NAN, NAN);
    }
}

static void batch_norm_wants_two_values_of_a_channel(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *mean = NULL, *var = NULL;
    assert_null(dl_batch_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3)), NULL, NULL, 1e-5,
                              &mean, &var));
    expect_error(ctx, DL_ESHAPE,
                 "batch_norm: the input is [1, 3], which has 1 values for each channel");
    assert_null(mean);
    assert_null(var);
    assert_null(dl_batch_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(0, 3, 2)), NULL, NULL, 1e-5,
                              NULL, NULL));
    expect_error(ctx, DL_ESHAPE, "which has 0 values for each channel");
    assert_non_null(dl_batch_norm(random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3, 2)), NULL, NULL,
                                  1e-5, NULL, NULL));
}

static void batch_norm_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3));
    dl_tensor *w = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    assert_null(dl_batch_norm(w, NULL, NULL, 1e-5, NULL, NULL));
    expect_error(ctx, DL_ESHAPE, "batch_norm: the input is [4], wanted [N, C, ..]");
    assert_null(dl_batch_norm(x, w, NULL, 1e-5, NULL, NULL));
    expect_error(ctx, DL_ESHAPE, "batch_norm: weight is [4], the input wants [3]");
    assert_null(dl_batch_norm(x, NULL, x, 1e-5, NULL, NULL));
    expect_error(ctx, DL_ESHAPE, "batch_norm: bias is [4, 3], the input wants [3]");
    const double eps[] = {-1e-5, NAN, INFINITY};
    for (int i = 0; i < 3; i++) {
        assert_null(dl_batch_norm(x, NULL, NULL, eps[i], NULL, NULL));
        expect_error(ctx, DL_EINVAL, "batch_norm: eps is ");
    }
}

/* Results that nobody asked for do not stay in the scope. */
static void only_what_was_asked_for_is_left_in_the_scope(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(5, 3)), *var;
    int64_t before = dl_ctx_live(ctx);
    assert_non_null(dl_relu(x));
    int64_t one = dl_ctx_live(ctx) - before;
    assert_non_null(dl_batch_norm(x, NULL, NULL, 1e-5, NULL, NULL));
    assert_int_equal(dl_ctx_live(ctx), before + 2 * one);
    assert_non_null(dl_batch_norm(x, NULL, NULL, 1e-5, NULL, &var));
    assert_int_equal(dl_ctx_live(ctx), before + 4 * one);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(batch_norm_gives_biased_statistics_and_normalises_with_them),
        with_ctx(batch_norm_does_not_depend_on_the_layout_of_memory),
        with_ctx(a_large_offset_costs_no_digits),
        with_ctx(nan_stays_in_its_channel),
        with_ctx(a_mean_is_infinite_wherever_the_infinity_stands),
        with_ctx(batch_norm_wants_two_values_of_a_channel),
        with_ctx(batch_norm_refuses_what_does_not_fit),
        with_ctx(only_what_was_asked_for_is_left_in_the_scope),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
