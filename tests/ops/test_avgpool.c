#include "ops/pooling.h"
#include "support/pool_check.h"

extern const dl_op dl__op_avgpool;

static const op_case cases1[] = {
    CASE_WITH(WINDOWS(1, K(2)), "pairs", IN(2, 3, 6)),
    CASE_WITH(SLIDE(1, K(3), .stride = {2}, .padding = {1}, .ceil_mode = 1), "over the end",
              IN(1, 2, 6)),
    CASE_WITH(SLIDE(1, K(3), .stride = {1}, .padding = {1}), "nothing", IN(0, 2, 4)),
    LARGE_CASE_WITH(SLIDE(1, K(3), .stride = {2}, .padding = {1}), "many", IN(3, 70, 501)),
};
static const op_case cases2[] = {
    CASE_WITH(WINDOWS(2, K(2)), "squares", IN(2, 3, 4, 4)),
    CASE_WITH(SLIDE(2, K(3), .stride = {2}, .padding = {1}), "over one another", IN(2, 2, 5, 4)),
    CASE_WITH(SLIDE(2, K(3, 2), .stride = {2, 1}, .padding = {1, DL_OFF}, .ceil_mode = 1,
                    .exclude_padding = 1),
              "without the padding", IN(1, 2, 6, 4)),
    CASE_WITH(SLIDE(2, K(2), .stride = {3}, .divisor = 3), "a divisor, and gaps", IN(1, 2, 5, 7)),
    CASE_WITH(SLIDE(2, K(2), .stride = {1}), "nothing", IN(2, 0, 3, 3)),
    LARGE_CASE_WITH(SLIDE(2, K(3), .stride = {2}, .padding = {1}), "many", IN(3, 66, 30, 29)),
    LARGE_CASE_WITH(WINDOWS(2, K(2)), "few channels", IN(9, 3, 90, 90)),
};
static const op_case cases3[] = {
    CASE_WITH(WINDOWS(3, K(2)), "cubes", IN(1, 2, 2, 4, 4)),
    CASE_WITH(SLIDE(3, K(1, 3, 2), .stride = {1, 2, 1}, .padding = {DL_OFF, 1, 1}), "unequal axes",
              IN(1, 2, 2, 4, 3)),
    CASE_WITH(WINDOWS(3, K(2)), "nothing", IN(0, 2, 2, 2, 2)),
    LARGE_CASE_WITH(SLIDE(3, K(2), .stride = {1}), "many", IN(2, 9, 12, 14, 13)),
};

static void avgpool_is_that_of_the_textbook(void **state)
{
    for (int32_t axes = 1; axes <= 3; axes++)
        pool_compare_grid(*state, POOL_AVERAGE, axes, 0);
}

static void avgpool_divides_by_what_the_options_say(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 4), 12, 24, 36, 48);
    dl_pool_opts o = {.stride = {2}, .padding = {1}};
    assert_values(dl_avgpool1d(x, DL_KERNEL(3), &o), 12, 36);
    o.exclude_padding = 1;
    assert_values(dl_avgpool1d(x, DL_KERNEL(3), &o), 18, 36);
    o.divisor = 2;
    assert_values(dl_avgpool1d(x, DL_KERNEL(3), &o), 18, 54);
    o = (dl_pool_opts){.stride = {3}, .ceil_mode = 1};
    assert_values(dl_avgpool1d(x, DL_KERNEL(3), &o), 24, 48);
}

static void avgpool_of_many_elements_keeps_all_digits(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t dims[] = {1, 9, 300000};
    dl_tensor *x = dl_add_scalar(random_tensor(ctx, DL_F64, 3, dims, 3), 2);
    dl_tensor *narrow = dl_cast(x, DL_F32), *wide = dl_cast(narrow, DL_F64);
    dl_tensor *y = dl_avgpool1d(narrow, DL_KERNEL(300000), NULL);
    assert_same_bits(y, dl_cast(dl_avgpool1d(wide, DL_KERNEL(300000), NULL), DL_F32));
}

static void avgpool_keeps_the_layout_and_the_bits(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 20, 7, 6));
    dl_pool_opts o = {.stride = {2}, .padding = {1}};
    dl_tensor *rows = dl_avgpool2d(x, DL_KERNEL(3), &o);
    dl_tensor *last = dl_avgpool2d(with_layout(x, LAYOUT_LAST), DL_KERNEL(3), &o);
    assert_same_bits(rows, last);
    assert_int_equal(dl_tensor_stride(rows, 3), 1);
    assert_int_equal(dl_tensor_stride(last, 1), 1);
}

static void avgpool_lets_nan_and_infinity_pass(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x =
        make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 6), 1, __builtin_nan(""), 1, __builtin_inf(), 2, 4);
    assert_values(dl_avgpool1d(x, DL_KERNEL(2), NULL), __builtin_nan(""), __builtin_inf(), 3);
}

static void avgpool_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5));
    const struct {
        int32_t kernel[3];
        dl_pool_opts o;
        dl_status status;
        const char *message;
    } wrong[] = {
        {{5}, NONE, DL_ESHAPE, "avgpool2d: the input is [2, 3, 4, 5]; a kernel of 5"},
        {{0}, NONE, DL_EINVAL, "avgpool2d: kernel is 0 along spatial axis 0, wanted 1 or more"},
        {{2, -1}, NONE, DL_EINVAL, "avgpool2d: kernel is -1 along spatial axis 1"},
        {{2}, {.stride = {1, -2}}, DL_EINVAL, "avgpool2d: stride is -2 along spatial axis 1"},
        {{2}, {.padding = {-2}}, DL_EINVAL, "avgpool2d: padding is -2 along spatial axis 0"},
        {{3},
         {.padding = {1, 2}},
         DL_EINVAL,
         "avgpool2d: padding is 2 along spatial axis 1, wanted at most half of the window, which "
         "spans 3"},
        {{2},
         {.dilation = {2}},
         DL_EINVAL,
         "avgpool2d: dilation is 2 along spatial axis 0, wanted "
         "1"},
        {{2}, {.ceil_mode = 2}, DL_EINVAL, "avgpool2d: ceil_mode is 2, wanted 0 or 1"},
        {{2},
         {.exclude_padding = -1},
         DL_EINVAL,
         "avgpool2d: exclude_padding is -1, wanted 0 or "
         "1"},
        {{2}, {.divisor = -1}, DL_EINVAL, "avgpool2d: divisor is -1, wanted 0 or more"},
        {{2}, {.reserved = {1}}, DL_EINVAL, "avgpool2d: "},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_avgpool2d(x, wrong[i].kernel, &wrong[i].o));
        expect_error(ctx, wrong[i].status, wrong[i].message);
    }
    assert_null(dl_avgpool2d(x, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "avgpool2d: kernel is 0");
    assert_null(dl_avgpool1d(x, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_ESHAPE, "avgpool1d: the input is [2, 3, 4, 5], wanted [N, C, L]");
    assert_null(dl_avgpool3d(x, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_ESHAPE, "avgpool3d: the input is [2, 3, 4, 5], wanted [N, C, D, H, W]");
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 0, 5));
    assert_null(dl_avgpool2d(x, DL_KERNEL(1), NULL));
    expect_error(ctx, DL_ESHAPE, "avgpool2d: the input is [2, 3, 0, 5]");
}

/* Its kernel spans more elements than an integer counts; x is one of them. */
static void avgpool_divides_by_windows_that_are_mostly_padding(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(1, 1, 1, 1, 1), 3);
    const dl_pool_opts o = {.padding = {INT32_MAX / 2}};
    const double side = INT32_MAX - 1;
    dl_grad_track(x, 1);
    dl_tensor *y = dl_avgpool3d(x, DL_KERNEL(INT32_MAX - 1), &o);
    assert_values(y, 3 / (side * side * side));
    assert_int_equal(dl_backward(y), DL_OK);
    assert_values(dl_grad(x), 1 / (side * side * side));
}

/* A call may come from a file. */
static void avgpool_believes_no_attributes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5)), *y;
    dl__pool_attrs good;
    assert_true(dl__pool_sliding(x, DL__POOL_AVG, 2, DL_KERNEL(2), NULL, &good));
    assert_int_equal(dl_apply(&dl__op_avgpool, &x, 1, &good, &y, 1), DL_OK);
#define LIE(change)                                                                                \
    {                                                                                              \
        dl__pool_attrs a = good;                                                                   \
        change;                                                                                    \
        assert_int_equal(dl_apply(&dl__op_avgpool, &x, 1, &a, &y, 1), DL_EINVAL);                  \
        expect_error(ctx, DL_EINVAL, "avgpool");                                                   \
    }
    LIE(a.family = 3)
    LIE(a.family = -1)
    LIE(a.kind = 2)
    LIE(a.family = DL__POOL_LP; a.kind = DL__POOL_ADAPTIVE)
    LIE(a.kind = DL__POOL_ADAPTIVE; a.places[2] = -1)
    LIE(a.kind = DL__POOL_ADAPTIVE; a.places[0] = 2)
    LIE(a.kind = DL__POOL_ADAPTIVE; a.w.dilation[2] = 2)
    LIE(a.w.axes = 4)
    LIE(a.w.kernel[1] = 0)
    LIE(a.w.stride[2] = 0)
    LIE(a.w.dilation[2] = 2)
    LIE(a.w.before[1] = 1)
    LIE(a.w.before[1] = a.w.after[1] = -1)
    LIE(a.w.before[1] = a.w.after[1] = 2)
    LIE(a.ceil_mode = 2)
    LIE(a.exclude_padding = -1)
    LIE(a.divisor = -2)
    LIE(a.wide = 4)
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(avgpool_is_that_of_the_textbook),
        with_ctx(avgpool_divides_by_what_the_options_say),
        with_ctx(avgpool_of_many_elements_keeps_all_digits),
        with_ctx(avgpool_keeps_the_layout_and_the_bits),
        with_ctx(avgpool_lets_nan_and_infinity_pass),
        with_ctx(avgpool_divides_by_windows_that_are_mostly_padding),
        with_ctx(avgpool_believes_no_attributes),
        with_ctx(avgpool_refuses_what_does_not_fit),
    };
    const op_test test1 = {"avgpool1d", pool_average, OP_CASES(cases1), .flags = OP_KEEPS_LAYOUT};
    const op_test test2 = {"avgpool2d", pool_average, OP_CASES(cases2), .flags = OP_KEEPS_LAYOUT};
    const op_test test3 = {"avgpool3d", pool_average, OP_CASES(cases3), .flags = OP_KEEPS_LAYOUT};
    return op_main(&test1, more, OP_LENGTH(more)) + op_main(&test2, NULL, 0) +
           op_main(&test3, NULL, 0);
}
