#include "support/pool_check.h"
#include <math.h>

typedef struct powers {
    double p;
    pooling window;
} powers;
#define POWER(p, ...) (&(powers){p, {__VA_ARGS__}})

static dl_tensor *lppool(dl_tensor *const *in, int32_t n, void *user)
{
    const powers *u = user;
    const pooling *w = &u->window;
    (void)n;
    return w->axes == 1   ? dl_lppool1d(in[0], u->p, w->kernel, &w->o)
           : w->axes == 2 ? dl_lppool2d(in[0], u->p, w->kernel, &w->o)
                          : dl_lppool3d(in[0], u->p, w->kernel, &w->o);
}

static const op_case cases1[] = {
    CASE_WITH(POWER(2, .axes = 1, .kernel = {2}), "pairs", IN(2, 3, 6)),
    CASE_WITH(POWER(1, .axes = 1, .kernel = {3}, .o.stride = {1}), "sums", IN(1, 2, 6)),
    CASE_WITH(POWER(2.5, .axes = 1, .kernel = {3}, .o = {.stride = {2}, .ceil_mode = 1}),
              "over the end", IN_RANGE(0.25, 2, 1, 2, 6)),
    CASE_WITH(POWER(2, .axes = 1, .kernel = {2}), "nothing", IN(0, 3, 6)),
    LARGE_CASE_WITH(POWER(2, .axes = 1, .kernel = {3}), "many", IN(3, 70, 501)),
};
static const op_case cases2[] = {
    CASE_WITH(POWER(2, .axes = 2, .kernel = {2}), "squares", IN(2, 3, 4, 4)),
    CASE_WITH(POWER(3, .axes = 2, .kernel = {3, 2}, .o.stride = {2, 1}), "over one another",
              IN_RANGE(0.25, 2, 2, 2, 5, 4)),
    CASE_WITH(POWER(4, .axes = 2, .kernel = {2}), "nothing", IN(2, 0, 4, 4)),
    LARGE_CASE_WITH(POWER(2, .axes = 2, .kernel = {2}), "many", IN(3, 33, 30, 29)),
};
static const op_case cases3[] = {
    CASE_WITH(POWER(2, .axes = 3, .kernel = {2}), "cubes", IN(1, 2, 2, 4, 4)),
    CASE_WITH(POWER(0.5, .axes = 3, .kernel = {1, 2, 2}, .o.stride = {1}), "half powers",
              IN_RANGE(0.25, 2, 1, 2, 2, 3, 3)),
    CASE_WITH(POWER(2, .axes = 3, .kernel = {2}), "nothing", IN(0, 2, 2, 2, 2)),
};

static void lppool_follows_pytorch_where_there_is_no_root(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(1, 1, 6), -1, 2, -2, 1, 3, 4);
    assert_values(dl_lppool1d(x, 1, DL_KERNEL(2), NULL), 1, -1, 7);
    assert_close(dl_lppool1d(x, 2, DL_KERNEL(2), NULL), ((const double[]){sqrt(5), sqrt(5), 5}), 3,
                 1e-15);
    assert_close(dl_lppool1d(x, 3, DL_KERNEL(2), NULL), ((const double[]){cbrt(7), NAN, cbrt(91)}),
                 3, 1e-15);
    assert_close(dl_lppool1d(x, 1.5, DL_KERNEL(2), NULL),
                 ((const double[]){NAN, NAN, pow(pow(3, 1.5) + 8, 1 / 1.5)}), 3, 1e-15);
}

/* A window that reaches over the end counts as a whole one. */
static void lppool_scales_up_what_is_left_of_a_window(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(1, 1, 5), 1, 1, 1, 1, 2);
    dl_tensor *y = dl_lppool1d(x, 2, DL_KERNEL(4), &(dl_pool_opts){.ceil_mode = 1});
    assert_values(y, 2, 4);
}

static void lppool_has_no_gradient_where_the_sum_is_0(void **state)
{
    dl_ctx *ctx = *state;
    for (int p = 1; p <= 4; p++) {
        dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(1, 1, 4), 0, 0, 0, 2);
        dl_grad_track(x, 1);
        dl_backward(dl_sum(dl_lppool1d(x, p, DL_KERNEL(2), NULL), NULL, 0, 0));
        expect_ok(ctx);
        assert_close(dl_grad(x),
                     (p == 1 ? (const double[]){1, 1, 1, 1} : (const double[]){0, 0, 0, 1}), 4,
                     1e-15);
    }
}

static void lppool_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5));
    const double wrong[] = {0, -2, INFINITY, NAN};
    for (int i = 0; i < 4; i++) {
        assert_null(dl_lppool2d(x, wrong[i], DL_KERNEL(2), NULL));
        expect_error(ctx, DL_EINVAL, "wanted a finite number above 0");
    }
    assert_null(dl_lppool2d(x, -2, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "lppool2d: p is -2");
    assert_null(dl_lppool2d(x, 2, DL_KERNEL(3), &(dl_pool_opts){.padding = {1}}));
    expect_error(ctx, DL_EINVAL, "lppool2d: padding is 1 along spatial axis 0, wanted 0");
    assert_null(dl_lppool2d(x, 2, DL_KERNEL(3), &(dl_pool_opts){.divisor = 1}));
    expect_error(ctx, DL_EINVAL, "lppool2d: divisor is 1, wanted 0");
    assert_null(dl_lppool2d(x, 2, DL_KERNEL(2), &(dl_pool_opts){.dilation = {2}}));
    expect_error(ctx, DL_EINVAL, "lppool2d: dilation is 2");
    assert_null(dl_lppool2d(x, 2, DL_KERNEL(5), NULL));
    expect_error(ctx, DL_ESHAPE, "lppool2d: the input is [2, 3, 4, 5]; a kernel of 5");
    dl_tensor *volume = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5, 1));
    assert_null(dl_lppool3d(volume, 2, DL_KERNEL(INT32_MAX), NULL));
    expect_error(ctx, DL_ESHAPE, "lppool3d: the input is [2, 3, 4, 5, 1]; a kernel of 2147483647");
    assert_null(dl_lppool1d(x, 2, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_ESHAPE, "lppool1d: the input is [2, 3, 4, 5], wanted [N, C, L]");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(lppool_follows_pytorch_where_there_is_no_root),
        with_ctx(lppool_scales_up_what_is_left_of_a_window),
        with_ctx(lppool_has_no_gradient_where_the_sum_is_0),
        with_ctx(lppool_refuses_what_does_not_fit),
    };
    const op_test test1 = {"lppool1d", lppool, OP_CASES(cases1), .flags = OP_KEEPS_LAYOUT};
    const op_test test2 = {"lppool2d", lppool, OP_CASES(cases2), .flags = OP_KEEPS_LAYOUT};
    const op_test test3 = {"lppool3d", lppool, OP_CASES(cases3), .flags = OP_KEEPS_LAYOUT};
    return op_main(&test1, more, OP_LENGTH(more)) + op_main(&test2, NULL, 0) +
           op_main(&test3, NULL, 0);
}
