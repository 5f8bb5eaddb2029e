#include "support/pool_check.h"
#include <math.h>

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
    CASE_WITH(SLIDE(2, K(3, 2), .stride = {1, 2}, .padding = {2, 1}, .dilation = {2, 1}), "dilated",
              IN(1, 2, 6, 4)),
    CASE_WITH(SLIDE(2, K(2), .stride = {3}), "with gaps", IN(1, 2, 5, 7)),
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

/* The value alone, of the operation that gives the index too. */
static dl_tensor *value_of_two(dl_tensor *const *in, int32_t n, void *user)
{
    dl_tensor *index = NULL;
    (void)n;
    return pool(in[0], POOL_MAX, user, &index);
}

static void maxpool_is_that_of_the_textbook(void **state)
{
    for (int32_t axes = 1; axes <= 3; axes++)
        pool_compare_grid(*state, POOL_MAX, axes, 0);
}

static void maxpool_takes_the_first_of_equals_and_the_last_nan(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 2, 8), 1, 1, NAN, 5, -INFINITY,
                               -INFINITY, NAN, 2, 1, 0, 7, NAN, -INFINITY, -INFINITY, 2, NAN);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *y = NULL, *index = NULL, *t = with_layout(x, layout);
        dl_grad_track(t, 1);
        assert_int_equal(dl_maxpool2d_index(t, DL_KERNEL(2), NULL, &y, &index), DL_OK);
        assert_values(y, 1, NAN, -INFINITY, NAN);
        assert_values(index, 0, 11, 4, 15);
        dl_backward(dl_sum(y, NULL, 0, 0));
        assert_values(dl_grad(t), 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1);
        expect_ok(ctx);
    }
}

static void maxpool_adds_up_gradients_of_windows_that_share_their_maximum(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 5), 1, 2, 9, 4, 3);
    dl_grad_track(x, 1);
    dl_backward(dl_sum(dl_maxpool1d(x, DL_KERNEL(3), &(dl_pool_opts){.stride = {1}}), NULL, 0, 0));
    assert_values(dl_grad(x), 0, 0, 3, 0, 0);
    expect_ok(ctx);
}

static void maxpool_gives_only_what_is_asked_for(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 2, 4, 4)), *y = NULL, *index = NULL;
    const int32_t mark = dl_scope_begin(ctx);
    const int64_t live = dl_ctx_live(ctx);
    assert_int_equal(dl_maxpool2d_index(x, DL_KERNEL(2), NULL, NULL, &index), DL_OK);
    assert_int_equal(dl_maxpool2d_index(x, DL_KERNEL(2), NULL, &y, NULL), DL_OK);
    assert_int_equal(dl_ctx_live(ctx) - live, 4); /* two tensors, with their memory */
    assert_non_null(y);
    assert_non_null(index);
    dl_scope_end(ctx, mark);
    assert_int_equal(dl_maxpool2d_index(NULL, DL_KERNEL(2), NULL, &y, &index), DL_EINVAL);
    assert_null(y);
    assert_null(index);
}

static void maxpool_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5)), *y = x, *index = x;
    const struct {
        int32_t kernel[3];
        dl_pool_opts o;
        dl_status status;
        const char *message;
    } wrong[] = {
        {{5}, NONE, DL_ESHAPE, "maxpool2d: the input is [2, 3, 4, 5]; a kernel of 5"},
        {{3}, {.dilation = {3}}, DL_ESHAPE, "maxpool2d: the input is [2, 3, 4, 5]; a kernel of 3"},
        {{2}, {.dilation = {-1}}, DL_EINVAL, "maxpool2d: dilation is -1 along spatial axis 0"},
        {{2}, {.stride = {1, -2}}, DL_EINVAL, "maxpool2d: stride is -2 along spatial axis 1"},
        {{2},
         {.padding = {2}, .dilation = {2}},
         DL_EINVAL,
         "maxpool2d: padding is 2 along spatial axis 0, wanted at most half of the window, which "
         "spans 3"},
        {{2}, {.exclude_padding = 1}, DL_EINVAL, "maxpool2d: exclude_padding is 1, wanted 0"},
        {{2}, {.divisor = 2}, DL_EINVAL, "maxpool2d: divisor is 2, wanted 0"},
        {{2}, {.ceil_mode = -1}, DL_EINVAL, "maxpool2d: ceil_mode is -1, wanted 0 or 1"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_maxpool2d(x, wrong[i].kernel, &wrong[i].o));
        expect_error(ctx, wrong[i].status, wrong[i].message);
        assert_int_equal(dl_maxpool2d_index(x, wrong[i].kernel, &wrong[i].o, &y, &index),
                         wrong[i].status);
        assert_null(y);
        assert_null(index);
        expect_error(ctx, wrong[i].status, wrong[i].message);
    }
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 1, 2));
    assert_null(dl_maxpool1d(x, DL_KERNEL(2), &(dl_pool_opts){.padding = {2}, .dilation = {4}}));
    expect_error(ctx, DL_ESHAPE,
                 "maxpool1d: the input is [1, 1, 2]; along spatial axis 0 a window with dilation 4 "
                 "has padding alone");
    assert_null(dl_maxpool2d(x, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_ESHAPE, "maxpool2d: the input is [1, 1, 2], wanted [N, C, H, W]");
    dl_meta_enable(ctx, 1);
    x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1, 1, INT64_C(1) << 31)));
    dl_meta_enable(ctx, 0);
    assert_null(dl_maxpool1d(x, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_ELIMIT, "maxpool1d: the input is [1, 1, 2147483648], planes have at most");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(maxpool_is_that_of_the_textbook),
        with_ctx(maxpool_takes_the_first_of_equals_and_the_last_nan),
        with_ctx(maxpool_adds_up_gradients_of_windows_that_share_their_maximum),
        with_ctx(maxpool_gives_only_what_is_asked_for),
        with_ctx(maxpool_refuses_what_does_not_fit),
    };
    const op_case *const cases[] = {cases1, cases2, cases3};
    const int32_t n[] = {OP_LENGTH(cases1), OP_LENGTH(cases2), OP_LENGTH(cases3)};
    const char *const name[] = {"maxpool1d", "maxpool2d", "maxpool3d"};
    const char *const record[] = {"maxpool1d_index", "maxpool2d_index", "maxpool3d_index"};
    int failed = 0;
    for (int i = 0; i < 3; i++) {
        const op_test alone = {name[i], pool_max, cases[i], n[i], .flags = OP_KEEPS_LAYOUT};
        const op_test two = {name[i], value_of_two, cases[i], n[i], OP_KEEPS_LAYOUT, record[i], 0};
        failed += op_main(&alone, more, i == 0 ? OP_LENGTH(more) : 0);
        failed += op_main(&two, NULL, 0);
    }
    return failed;
}
