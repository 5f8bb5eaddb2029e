#include "dl/conv.h"
#include "support/op_check.h"

typedef struct folding {
    int64_t sizes[3];
    int32_t axes, kernel[3];
    dl_patch_opts o;
} folding;

static dl_tensor *fold(dl_tensor *const *in, int32_t n, void *user)
{
    const folding *f = user;
    (void)n;
    return dl_fold(in[0], f->sizes, f->axes, f->kernel, &f->o);
}

#define K(...)                                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define FOLD(size, n, kernels, ...)                                                                \
    (&(folding){.sizes = size, .axes = n, .kernel = kernels, .o = {__VA_ARGS__}})
static const op_case cases[] = {
    CASE_WITH(FOLD(K(5), 1, K(3), .stride = {0}), "a line", IN(2, 6, 3)),
    CASE_WITH(FOLD(K(3, 4), 2, K(2), .stride = {0}), "squares", IN(2, 8, 6)),
    CASE_WITH(FOLD(K(4, 3), 2, K(3, 2), .stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}),
              "all", IN(1, 12, 10)),
    CASE_WITH(FOLD(K(2, 3), 2, K(2), .padding = {1}, .padding_end = {DL_OFF, 2}),
              "padding at one end", IN(1, 8, 10)),
    CASE_WITH(FOLD(K(5, 5), 2, K(2), .stride = {3}), "with gaps", IN(1, 4, 4)),
    CASE_WITH(FOLD(K(2, 2, 3), 3, K(2, 1, 2), .padding = {1, 0, DL_OFF}), "volumes", IN(1, 8, 24)),
    CASE_WITH(FOLD(K(3, 4), 2, K(2), .stride = {0}), "no examples", IN(0, 8, 6)),
    CASE_WITH(FOLD(K(3, 4), 2, K(2), .stride = {0}), "no channels", IN(2, 0, 6)),
    LARGE_CASE_WITH(FOLD(K(40, 41), 2, K(3), .padding = {1}), "many", IN(4, 180, 1640)),
};
static const op_test test = {"fold", fold, OP_CASES(cases), .flags = 0};

static void fold_adds_up_what_overlaps(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *y = make_tensor(ctx, DL_F32, DL_SHAPE(1, 2, 3), 1, 2, 3, 10, 20, 30);
    assert_values(dl_fold(y, DL_SHAPE(4), DL_KERNEL(2), NULL), 1, 12, 23, 30);
    const dl_patch_opts pad = {.padding = {1}, .stride = {2}};
    assert_values(dl_fold(y, DL_SHAPE(4), DL_KERNEL(2), &pad), 10, 2, 20, 3);
    const dl_patch_opts apart = {.stride = {3}};
    assert_values(dl_fold(y, DL_SHAPE(9), DL_KERNEL(2), &apart), 1, 10, 0, 2, 20, 0, 3, 30, 0);
}

/* Unfolded and folded, each element comes as often as windows have it. */
static void fold_of_unfolded_ones_counts_windows(void **state)
{
    dl_ctx *ctx = *state;
    const dl_patch_opts o = {.padding = {1}};
    dl_tensor *x = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1, 1, 3, 4)));
    dl_tensor *y = dl_fold(dl_unfold(x, DL_KERNEL(3), &o), DL_SHAPE(3, 4), DL_KERNEL(3), &o);
    assert_shape(y, 1, 1, 3, 4);
    assert_values(y, 4, 6, 6, 4, 6, 9, 9, 6, 4, 6, 6, 4);
}

/* <unfold(x), y> = <x, fold(y)>, for any strides of y. */
static void fold_is_the_adjoint_of_unfold(void **state)
{
    dl_ctx *ctx = *state;
    const dl_patch_opts o = {.stride = {2, 1}, .padding = {1}, .dilation = {1, 2}};
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3, 5, 4));
    dl_tensor *columns = dl_unfold(x, DL_KERNEL(2, 3), &o);
    dl_tensor *y = random_tensor(ctx, DL_F64, 2, columns->dims, 3), *first = NULL;
    const double a = dl_tensor_item(dl_sum(dl_mul(columns, y), NULL, 0, 0));
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *back = dl_fold(with_layout(y, layout), DL_SHAPE(5, 4), DL_KERNEL(2, 3), &o);
        const double b = dl_tensor_item(dl_sum(dl_mul(x, back), NULL, 0, 0));
        assert_true(a - b < 1e-12 && b - a < 1e-12);
        first = first ? first : back;
        assert_same_bits(first, back);
    }
}

static void fold_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *y = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 8, 6));
    assert_null(dl_fold(y, DL_SHAPE(3, 4), DL_KERNEL(3), NULL));
    expect_error(ctx, DL_ESHAPE, "fold: the columns are [2, 8, 6], wanted [N, C * 9, 2]");
    assert_null(dl_fold(y, DL_SHAPE(4, 4), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_ESHAPE, "fold: the columns are [2, 8, 6], wanted [N, C * 4, 9]");
    assert_null(dl_fold(dl_reshape(y, DL_SHAPE(16, 6)), DL_SHAPE(3, 4), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_ESHAPE, "fold: the columns are [16, 6], wanted [N, C * 4, 6]");
    assert_null(dl_fold(y, DL_SHAPE(3, 4), DL_KERNEL(2, 5), NULL));
    expect_error(ctx, DL_ESHAPE, "fold: a kernel of 5 has no places in 4 along spatial axis 1");
    assert_null(dl_fold(y, DL_SHAPE(3, 0), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "fold: size is 0 along spatial axis 1, wanted 1 or more");
    assert_null(dl_fold(y, DL_SHAPE(-3), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "fold: size is -3 along spatial axis 0");
    assert_null(dl_fold(y, DL_SHAPE(1, 1, 3, 4), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "fold: 4 sizes, wanted 1 to 3");
    assert_null(dl_fold(y, NULL, 2, DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL, "fold: 0 sizes, wanted 1 to 3");
    assert_null(dl_fold(y, DL_SHAPE(3, 4), NULL, NULL));
    expect_error(ctx, DL_EINVAL, "fold: kernel is 0 along spatial axis 0");
    assert_null(
        dl_fold(y, DL_SHAPE(3, 4), DL_KERNEL(2), &(dl_patch_opts){.reserved = {0, 0, 0, 1}}));
    expect_error(ctx, DL_EINVAL, "fold: ");
    const int64_t huge = INT64_MAX / 8;
    assert_null(dl_fold(y, DL_SHAPE(huge, huge), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_ESHAPE,
                 "fold: the columns are [2, 8, 6], the sizes give more places than fit 64 bits");
    assert_null(dl_fold(y, DL_SHAPE(INT64_MAX / 2, 4), DL_KERNEL(2), NULL));
    expect_error(ctx, DL_EINVAL,
                 "fold: size is 4611686018427387903 along spatial axis 0, wanted at most 2^61");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(fold_adds_up_what_overlaps),
        with_ctx(fold_of_unfolded_ones_counts_windows),
        with_ctx(fold_is_the_adjoint_of_unfold),
        with_ctx(fold_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
