/* The facts that all convolutions share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/conv_check.h"

static const conv_pair *pair;

/* [n, channels, size..] with sizes 6, 7, 5 behind. */
static dl_tensor *input(dl_ctx *ctx, dl_dtype dt, uint64_t seed, int64_t n, int64_t channels)
{
    const int64_t dims[5] = {n, channels, 6, 7, 5};
    return random_tensor(ctx, dt, seed, dims, 2 + pair->axes);
}

/* Of the shape [outputs, channels, kernel..], or with the two the other way round; the kernel is 3,
 * 2, 2. */
static dl_tensor *weight(dl_ctx *ctx, dl_dtype dt, uint64_t seed, int64_t outputs, int64_t channels)
{
    int64_t dims[5] = {outputs, channels, 3, 2, 2};
    if (pair->transposed) {
        dims[0] = channels;
        dims[1] = outputs;
    }
    return random_tensor(ctx, dt, seed, dims, 2 + pair->axes);
}

/* dl_flip along all spatial axes, by hand. */
static dl_tensor *flipped(dl_tensor *w)
{
    const int32_t axes[] = {2, 3, 4};
    return dl_flip(w, axes, dl_tensor_ndim(w) - 2);
}

/* The textbook's convolution: y[p] = sum over k of w[k] x[p - k], here of one example and one
 * channel, written out along the last axis and with places of whole kernels only. */
static double convolved(const double *x, const double *w, const int64_t size[3],
                        const int64_t kernel[3], const int64_t p[3])
{
    double sum = 0;
    for (int64_t a = 0; a < kernel[0]; a++)
        for (int64_t b = 0; b < kernel[1]; b++)
            for (int64_t c = 0; c < kernel[2]; c++)
                sum += w[(a * kernel[1] + b) * kernel[2] + c] *
                       x[((p[0] - a) * size[1] + p[1] - b) * size[2] + p[2] - c];
    return sum;
}

static void is_the_textbook_convolution_with_a_flipped_kernel(void **state)
{
    dl_ctx *ctx = *state;
    if (pair->transposed)
        return;
    dl_tensor *x = input(ctx, DL_F64, 1, 1, 1), *w = weight(ctx, DL_F64, 2, 1, 1);
    double *xs = values_of(x), *ws = values_of(w), want[6 * 7 * 5];
    int64_t size[3] = {1, 1, 1}, kernel[3] = {1, 1, 1}, p[3], n = 0;
    for (int32_t k = 0; k < pair->axes; k++) {
        size[3 - pair->axes + k] = dl_tensor_dim(x, 2 + k);
        kernel[3 - pair->axes + k] = dl_tensor_dim(w, 2 + k);
    }
    for (p[0] = kernel[0] - 1; p[0] < size[0]; p[0]++)
        for (p[1] = kernel[1] - 1; p[1] < size[1]; p[1]++)
            for (p[2] = kernel[2] - 1; p[2] < size[2]; p[2]++)
                want[n++] = convolved(xs, ws, size, kernel, p);
    assert_close(pair->op(x, flipped(w), NULL, NULL), want, n, 1e-14);
    free(xs);
    free(ws);
}

static void is_linear_in_each_operand(void **state)
{
    dl_ctx *ctx = *state;
    const dl_conv_opts o = {.stride = {2}, .padding = {1}, .groups = 2};
    dl_tensor *x1 = input(ctx, DL_F64, 1, 2, 4), *x2 = input(ctx, DL_F64, 2, 2, 4);
    const int64_t outputs = pair->transposed ? 3 : 6, channels = pair->transposed ? 4 : 2;
    dl_tensor *w1 = weight(ctx, DL_F64, 3, outputs, channels);
    dl_tensor *w2 = weight(ctx, DL_F64, 4, outputs, channels);
    assert_tensors_close(
        pair->op(dl_add(dl_scale(x1, 2), x2), w1, NULL, &o),
        dl_add(dl_scale(pair->op(x1, w1, NULL, &o), 2), pair->op(x2, w1, NULL, &o)), 1e-13);
    assert_tensors_close(
        pair->op(x1, dl_add(dl_scale(w1, 2), w2), NULL, &o),
        dl_add(dl_scale(pair->op(x1, w1, NULL, &o), 2), pair->op(x1, w2, NULL, &o)), 1e-13);
}

static double dot(dl_tensor *a, dl_tensor *b)
{
    return dl_tensor_item(dl_sum(dl_mul(a, b), NULL, 0, 0));
}

/* <op(x), y> = <x, adjoint(y)>, with the same weights. */
static void is_the_adjoint_of_its_pair(void **state)
{
    dl_ctx *ctx = *state;
    /* Sizes 7 - 2 and so on are whole numbers of strides here, so that shapes go there and back. */
    const dl_conv_opts o = {.stride = {1}, .padding = {1, 0}, .dilation = {2, 1}, .groups = 2};
    dl_tensor *x = input(ctx, DL_F64, 1, 2, 4);
    dl_tensor *w = weight(ctx, DL_F64, 2, pair->transposed ? 3 : 6, pair->transposed ? 4 : 2);
    dl_tensor *there = pair->op(x, w, NULL, &o);
    expect_ok(ctx);
    dl_tensor *y = random_tensor(ctx, DL_F64, 3, there->dims, there->ndim);
    dl_tensor *back = pair->adjoint(y, w, NULL, &o);
    expect_ok(ctx);
    const double a = dot(there, y), b = dot(x, back);
    assert_true(a - b < 1e-11 && b - a < 1e-11);
}

/* An example has the same bits first or last; not on every processor in BLAS, whose kernels for
 * those without AVX add up the last rows in another order. */
static void sees_each_example_by_itself(void **state)
{
    dl_ctx *ctx = *state;
    ctx->opts.engine = DL_ENGINE_PLAIN; /* before the first operation chooses one */
    const dl_conv_opts o = {.stride = {2}, .padding = {1}};
    dl_tensor *x = input(ctx, DL_F32, 1, 7, 5), *w = weight(ctx, DL_F32, 2, 6, 5);
    dl_tensor *y = pair->op(x, w, NULL, &o);
    const int32_t first[] = {0};
    assert_same_bits(dl_flip(y, first, 1), pair->op(dl_flip(x, first, 1), w, NULL, &o));
    for (int64_t i = 0; i < 7; i += 3)
        assert_tensors_close(dl_slice(y, 0, i, i + 1, 1),
                             pair->op(dl_slice(x, 0, i, i + 1, 1), w, NULL, &o), 1e-6);
}

static void without_channels_is_the_bias(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = input(ctx, DL_F32, 1, 2, 0), *w = weight(ctx, DL_F32, 2, 3, 0);
    dl_tensor *y = pair->op(x, w, make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, 2, 3), NULL);
    expect_ok(ctx);
    assert_true(dl__real_of(dl__element(y, 0), DL_F32) == 1);
    assert_true(dl__real_of(dl__element(y, dl_tensor_count(y) - 1), DL_F32) == 3);
}

static void gives_channels_innermost_in_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *y = pair->op(input(ctx, DL_F32, 1, 2, 3), weight(ctx, DL_F32, 2, 4, 3), NULL, NULL);
    assert_int_equal(dl_tensor_stride(y, 1), 1);
    assert_int_equal(dl_tensor_stride(y, -1), 4);
}

static void expect(dl_ctx *ctx, dl_tensor *y, dl_status code, const char *what)
{
    char part[200];
    assert_null(y);
    snprintf(part, sizeof part, "%s: %s", pair->name, what);
    expect_error(ctx, code, part);
}

static void refuses_shapes_that_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = input(ctx, DL_F32, 1, 2, 3), *w = weight(ctx, DL_F32, 2, 6, 4);
    dl_tensor *good = weight(ctx, DL_F32, 2, 6, 3), *flat = dl_reshape(x, DL_SHAPE(2, -1));
    expect(ctx, pair->op(x, w, NULL, NULL), DL_ESHAPE,
           pair->transposed ? "the input has 3 channels, the weight wants 4"
                            : "the input has 3 channels, the weight wants 4 (groups 1)");
    expect(ctx, pair->op(x, good, random_tensor(ctx, DL_F32, 1, DL_SHAPE(5)), NULL), DL_ESHAPE,
           "the bias is [5], wanted [6]");
    expect(ctx, pair->op(x, good, random_tensor(ctx, DL_F32, 1, DL_SHAPE(6, 1)), NULL), DL_ESHAPE,
           "the bias is [6, 1], wanted [6]");
    expect(ctx, pair->op(flat, good, NULL, NULL), DL_ESHAPE, "the input is [2, ");
    expect(ctx, pair->op(x, flat, NULL, NULL), DL_ESHAPE, "the weight is [2, ");
    expect(ctx, pair->op(x, good, NULL, CONV(.groups = 5)), DL_ESHAPE,
           "5 groups do not divide the");
    expect(ctx, pair->op(x, dl_cast(good, DL_F64), NULL, NULL), DL_EDTYPE,
           "operands are f32 and f64, wanted one type");
    if (pair->transposed) {
        expect(ctx, pair->op(x, good, NULL, CONV(.padding = {9})), DL_ESHAPE, "6 places along");
        return;
    }
    expect(ctx, pair->op(x, good, NULL, CONV(.dilation = {3})), DL_ESHAPE, "the input is [2, 3, 6");
    expect(ctx, pair->op(x, good, NULL, CONV(.dilation = {4})), DL_ESHAPE, "the input is [2, 3, 6");
}

static void refuses_options_without_meaning(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = input(ctx, DL_F32, 1, 2, 3), *w = weight(ctx, DL_F32, 2, 6, 3);
#define REFUSED(what, ...) expect(ctx, pair->op(x, w, NULL, CONV(__VA_ARGS__)), DL_EINVAL, what)
    REFUSED("stride is -1 along spatial axis 0", .stride = {-1});
    REFUSED("dilation is -2 along spatial axis 0", .dilation = {-2});
    REFUSED("padding is -3 along spatial axis 0", .padding = {-3});
    REFUSED("padding_end is -4 along spatial axis 0", .padding_end = {-4});
    REFUSED("groups is -1, wanted 1 or more", .groups = -1);
    REFUSED("mode is 1, wanted DL_PAD_ZEROS", .mode = DL_PAD_CONSTANT);
    REFUSED("mode is -1", .mode = -1);
    REFUSED("same is 2, wanted 0 or 1", .same = 2);
    REFUSED("a reserved option is set", .reserved = {0, 1});
    if (pair->transposed) {
        REFUSED("same is 1, which a transposed convolution has not", .same = 1);
        REFUSED("mode is not DL_PAD_ZEROS, which a transposed", .mode = DL_PAD_REFLECT);
        REFUSED("output_padding is 2 along spatial axis 0", .output_padding = {2}, .stride = {2});
        REFUSED("output_padding is -2", .output_padding = {-2});
        return;
    }
    REFUSED("same computes the padding", .same = 1, .padding = {1});
    REFUSED("same computes the padding", .same = 1, .padding_end = {0, 1});
    REFUSED("output_padding is set", .output_padding = {1}, .stride = {2});
    assert_null(pair->op(x, w, NULL, CONV(.mode = DL_PAD_REFLECT, .padding = {6})));
    expect_error(ctx, DL_ESHAPE, "pad: ");
}

static void takes_nothing_for_what_is_missing(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = input(ctx, DL_F32, 1, 2, 3);
    assert_null(pair->op(NULL, NULL, NULL, NULL));
    assert_null(pair->op(x, NULL, NULL, NULL));
    expect_ok(ctx);
}

/* On meta tensors: shapes, and no memory. */
static void of_a_huge_picture_costs_nothing_on_meta(void **state)
{
    dl_ctx *ctx = *state;
    int64_t xs[5] = {1 << 20, 1 << 10, 300, 200, 100}, ws[5] = {1 << 10, 1 << 10, 5, 4, 3};
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    dl_meta_enable(ctx, 1);
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, xs, 2 + pair->axes));
    dl_tensor *w = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, ws, 2 + pair->axes));
    dl_meta_enable(ctx, 0);
    dl_grad_track(w, 1);
    dl_tensor *y = pair->op(x, w, NULL, CONV(.padding = {1}));
    expect_ok(ctx);
    assert_int_equal(dl_tensor_dim(y, 2), pair->transposed ? 302 : 298);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before < 1 << 16);
}

static void refuses_a_result_that_cannot_be_counted(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t xs[5] = {1 << 20, 1, 1 << 20, 1 << 10, 1 << 10}, ws[5] = {1, 1, 1, 1, 1};
    if (!pair->transposed)
        return;
    dl_meta_enable(ctx, 1);
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, xs, 2 + pair->axes));
    dl_tensor *w = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, ws, 2 + pair->axes));
    dl_meta_enable(ctx, 0);
    assert_null(pair->op(x, w, NULL, CONV(.stride = {INT32_MAX})));
    assert_int_equal(dl_ctx_status(ctx), DL_ELIMIT);
    dl_ctx_clear(ctx);
}

int conv_main(const op_test *test, const conv_pair *p)
{
    static const op_fact facts[] = {
        OP_FACT(is_the_textbook_convolution_with_a_flipped_kernel),
        OP_FACT(is_linear_in_each_operand),
        OP_FACT(is_the_adjoint_of_its_pair),
        OP_FACT(sees_each_example_by_itself),
        OP_FACT(without_channels_is_the_bias),
        OP_FACT(gives_channels_innermost_in_memory),
        OP_FACT(refuses_shapes_that_do_not_fit),
        OP_FACT(refuses_options_without_meaning),
        OP_FACT(takes_nothing_for_what_is_missing),
        OP_FACT(of_a_huge_picture_costs_nothing_on_meta),
        OP_FACT(refuses_a_result_that_cannot_be_counted),
    };
    pair = p;
    return op_main_with(test, facts, OP_LENGTH(facts), NULL, 0);
}
