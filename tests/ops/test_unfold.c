#include <stdlib.h>
#include "dl/conv.h"
#include "support/op_check.h"

typedef struct window {
    int32_t kernel[3];
    dl_patch_opts o;
} window;

static dl_tensor *unfold(dl_tensor *const *in, int32_t n, void *user)
{
    const window *w = user;
    (void)n;
    return dl_unfold(in[0], w->kernel, &w->o);
}

#define K(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define WINDOW(kernels, ...) (&(window){.kernel = kernels, .o = {__VA_ARGS__}})
static const op_case cases[] = {
    CASE_WITH(WINDOW(K(3), .stride = {0}), "a line", IN(2, 3, 5)),
    CASE_WITH(WINDOW(K(2), .stride = {0}), "squares", IN(2, 2, 3, 4)),
    CASE_WITH(WINDOW(K(3, 2), .stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}), "all",
              IN(1, 2, 4, 3)),
    CASE_WITH(WINDOW(K(2), .padding = {1}, .padding_end = {DL_OFF, 2}), "padding at one end",
              IN(1, 2, 2, 3)),
    CASE_WITH(WINDOW(K(2), .stride = {3}), "with gaps", IN(1, 1, 5, 5)),
    CASE_WITH(WINDOW(K(2, 1, 2), .padding = {1, 0, DL_OFF}), "volumes", IN(1, 2, 2, 2, 3)),
    CASE_WITH(WINDOW(K(2), .stride = {0}), "no examples", IN(0, 2, 3, 4)),
    CASE_WITH(WINDOW(K(2), .stride = {0}), "no channels", IN(2, 0, 3, 4)),
    LARGE_CASE_WITH(WINDOW(K(3), .padding = {1}), "many", IN(4, 20, 40, 41)),
};
static const op_test test = {"unfold", unfold, OP_CASES(cases), .flags = 0};

/* Pictures, by an index at a time. */
static void unfold_is_that_of_the_textbook(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 2, C = 3, H = 5, W = 6, KH = 3, KW = 2, OH = 3, OW = 4 };
    const dl_patch_opts o = {.stride = {2, 1}, .padding = {1, DL_OFF}, .dilation = {1, 2}};
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(N, C, H, W));
    double *v = values_of(x), want[N * C * KH * KW * OH * OW];
    int64_t n = 0;
    for (int row = 0; row < N * C * KH * KW; row++)
        for (int oh = 0; oh < OH; oh++)
            for (int ow = 0; ow < OW; ow++) {
                const int plane = row / KW / KH, h = oh * 2 - 1 + row / KW % KH;
                const int w = ow + row % KW * 2;
                want[n++] = h < 0 || h >= H ? 0 : v[(plane * H + h) * W + w];
            }
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *y = dl_unfold(with_layout(x, layout), DL_KERNEL(KH, KW), &o);
        assert_shape(y, N, C * KH * KW, OH * OW);
        assert_close(y, want, n, 0);
    }
    free(v);
}

/* Convolution is a product of its weights with the columns. */
static void unfold_makes_convolution_a_product(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3, 6, 5));
    dl_tensor *w = random_tensor(ctx, DL_F64, 2, DL_SHAPE(4, 3, 3, 2));
    const dl_patch_opts p = {.stride = {2}, .padding = {1}};
    const dl_conv_opts c = {.stride = {2}, .padding = {1}};
    dl_tensor *columns = dl_unfold(x, DL_KERNEL(3, 2), &p);
    dl_tensor *y = dl_matmul(dl_reshape(w, DL_SHAPE(4, 18)), columns);
    assert_tensors_close(dl_reshape(y, DL_SHAPE(2, 4, 3, 3)), dl_conv2d(x, w, NULL, &c), 1e-14);
}

static void unfold_keeps_channels_last(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5));
    dl_tensor *rows = dl_unfold(x, DL_KERNEL(2), NULL);
    dl_tensor *last = dl_unfold(with_layout(x, LAYOUT_LAST), DL_KERNEL(2), NULL);
    assert_int_equal(dl_tensor_stride(rows, 2), 1);
    assert_int_equal(dl_tensor_stride(last, 1), 1);
    assert_same_bits(rows, last);
    const dl_patch_opts o = {.stride = {0}};
    assert_int_equal(dl_tensor_stride(dl_fold(last, DL_SHAPE(4, 5), DL_KERNEL(2), &o), 1), 1);
    assert_int_equal(dl_tensor_stride(dl_fold(rows, DL_SHAPE(4, 5), DL_KERNEL(2), &o), 3), 1);
}

static void unfold_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5));
    const struct {
        window w;
        dl_status status;
        const char *message;
    } wrong[] = {
        {{{5}, .o = {.stride = {0}}},
         DL_ESHAPE,
         "unfold: the input is [2, 3, 4, 5]; a kernel of 5"},
        {{{0}, .o = {.stride = {0}}}, DL_EINVAL, "unfold: kernel is 0 along spatial axis 0"},
        {{{2}, .o = {.stride = {1, -1}}}, DL_EINVAL, "unfold: stride is -1 along spatial axis 1"},
        {{{2}, .o = {.padding = {-2}}}, DL_EINVAL, "unfold: padding is -2 along spatial axis 0"},
        {{{2}, .o = {.padding_end = {-2}}}, DL_EINVAL, "unfold: padding_end is -2"},
        {{{2}, .o = {.dilation = {-1}}}, DL_EINVAL, "unfold: dilation is -1"},
        {{{2}, .o = {.reserved = {0, 1}}}, DL_EINVAL, "unfold: "},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_unfold(x, wrong[i].w.kernel, &wrong[i].w.o));
        expect_error(ctx, wrong[i].status, wrong[i].message);
    }
    assert_null(dl_unfold(x, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "unfold: kernel is 0");
    assert_null(dl_unfold(dl_reshape(x, DL_SHAPE(6, 20)), DL_KERNEL(1), NULL));
    expect_error(ctx, DL_ESHAPE, "unfold: the input is [6, 20], wanted [N, C, ..]");
    assert_null(dl_unfold(dl_reshape(x, DL_SHAPE(1, 2, 3, 1, 4, 5)), DL_KERNEL(1), NULL));
    expect_error(ctx, DL_ESHAPE, "unfold: the input is [1, 2, 3, 1, 4, 5], wanted [N, C, ..]");
    dl_meta_enable(ctx, 1);
    x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1, INT64_C(1) << 40, 1 << 20)));
    dl_meta_enable(ctx, 0);
    assert_null(dl_unfold(x, DL_KERNEL(1 << 30), &(dl_patch_opts){.padding = {1 << 30}}));
    expect_error(ctx, DL_ELIMIT, "unfold: the input is [1, 1099511627776, 1048576]");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(unfold_is_that_of_the_textbook),
        with_ctx(unfold_makes_convolution_a_product),
        with_ctx(unfold_keeps_channels_last),
        with_ctx(unfold_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
