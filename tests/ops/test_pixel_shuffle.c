#include <stdlib.h>
#include "dl/conv.h"
#include "support/op_check.h"

static dl_tensor *shuffle(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_pixel_shuffle(in[0], *(const int32_t *)user);
}

static dl_tensor *unshuffle(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_pixel_unshuffle(in[0], *(const int32_t *)user);
}

#define R(r) (&(int32_t){r})
static const op_case cases[] = {
    CASE_WITH(R(2), "by two", IN(2, 8, 2, 3)),    CASE_WITH(R(3), "by three", IN(1, 9, 3, 6)),
    CASE_WITH(R(1), "by one", IN(2, 3, 2, 4)),    CASE_WITH(R(2), "nothing", IN(0, 4, 2, 4)),
    CASE_WITH(R(2), "no places", IN(2, 4, 0, 4)), LARGE_CASE_WITH(R(2), "many", IN(3, 64, 30, 31)),
};
static const op_case back_cases[] = {
    CASE_WITH(R(2), "by two", IN(2, 2, 4, 6)),        CASE_WITH(R(3), "by three", IN(1, 1, 9, 6)),
    CASE_WITH(R(1), "by one", IN(2, 3, 2, 4)),        CASE_WITH(R(2), "nothing", IN(2, 0, 2, 4)),
    LARGE_CASE_WITH(R(2), "many", IN(3, 16, 60, 62)),
};
enum { FLAGS = OP_KEEPS_LAYOUT | OP_ANY_DTYPE };
static const op_test test = {"pixel_shuffle", shuffle, OP_CASES(cases), .flags = FLAGS};
static const op_test back = {"pixel_unshuffle", unshuffle, OP_CASES(back_cases), .flags = FLAGS};

static void pixel_shuffle_is_that_of_the_paper(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 2, C = 2, H = 3, W = 2, R = 3 };
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(N, C * R * R, H, W));
    double *v = values_of(x), want[N * C * R * R * H * W];
    int64_t n = 0;
    for (int plane = 0; plane < N * C; plane++)
        for (int h = 0; h < H * R; h++)
            for (int w = 0; w < W * R; w++)
                want[n++] = v[((plane * R * R + R * (h % R) + w % R) * H + h / R) * W + w / R];
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *y = dl_pixel_shuffle(with_layout(x, layout), R);
        assert_shape(y, N, C, H * R, W * R);
        assert_close(y, want, n, 0);
        assert_same_bits(dl_pixel_unshuffle(y, R), x);
    }
    free(v);
}

static void pixel_shuffle_keeps_layout_and_takes_any_element_type(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_U8, 1, DL_SHAPE(2, 8, 3, 5));
    dl_tensor *y = dl_pixel_shuffle(with_layout(x, LAYOUT_LAST), 2);
    assert_int_equal(dl_tensor_dtype(y), DL_U8);
    assert_int_equal(dl_tensor_stride(y, 1), 1);
    assert_same_bits(y, dl_pixel_shuffle(x, 2));
    assert_int_equal(dl_tensor_stride(dl_pixel_unshuffle(y, 2), 1), 1);
}

static void pixel_shuffle_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 6, 4, 5));
    assert_null(dl_pixel_shuffle(x, 2));
    expect_error(ctx, DL_ESHAPE,
                 "pixel_shuffle: the input is [2, 6, 4, 5], 4 does not divide its channels");
    assert_null(dl_pixel_unshuffle(x, 2));
    expect_error(ctx, DL_ESHAPE,
                 "pixel_unshuffle: the input is [2, 6, 4, 5], 2 does not divide its sizes");
    assert_null(dl_pixel_unshuffle(x, 5));
    expect_error(ctx, DL_ESHAPE, "5 does not divide its sizes");
    assert_null(dl_pixel_shuffle(x, 0));
    expect_error(ctx, DL_EINVAL, "pixel_shuffle: the factor is 0, wanted 1 or more");
    assert_null(dl_pixel_unshuffle(x, -2));
    expect_error(ctx, DL_EINVAL, "pixel_unshuffle: the factor is -2, wanted 1 or more");
    x = dl_reshape(x, DL_SHAPE(12, 4, 5));
    assert_null(dl_pixel_shuffle(x, 1));
    expect_error(ctx, DL_ESHAPE, "pixel_shuffle: the input is [12, 4, 5], wanted [N, C, H, W]");
    dl_meta_enable(ctx, 1);
    x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(0, 0, INT64_C(1) << 60, 1)));
    dl_tensor *wide =
        dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(0, INT64_C(1) << 60, 0, 0)));
    dl_meta_enable(ctx, 0);
    assert_null(dl_pixel_shuffle(x, 1 << 20));
    expect_error(ctx, DL_ELIMIT, "pixel_shuffle: the input is [0, 0, 1152921504606846976, 1]");
    assert_null(dl_pixel_unshuffle(wide, 1 << 20));
    expect_error(ctx, DL_ELIMIT, "pixel_unshuffle: the input is [0, 1152921504606846976, 0, 0]");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(pixel_shuffle_is_that_of_the_paper),
        with_ctx(pixel_shuffle_keeps_layout_and_takes_any_element_type),
        with_ctx(pixel_shuffle_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more)) + op_main(&back, NULL, 0);
}
