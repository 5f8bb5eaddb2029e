#include "support/local_check.h"
#include <stdio.h>
#include <string.h>

static const local_pair *pair;

enum { N = 2, C = 3, O = 4 };

/* [N, C, 6, 5], or a line. */
static dl_tensor *input(dl_ctx *ctx)
{
    return random_tensor(ctx, DL_F64, 1, (const int64_t[]){N, C, 6, 5}, 2 + pair->axes);
}

/* [O, channels, 3, 2], or a line. */
static dl_tensor *weight(dl_ctx *ctx, uint64_t seed, int64_t channels)
{
    return random_tensor(ctx, DL_F64, seed, (const int64_t[]){O, channels, 3, 2}, 2 + pair->axes);
}

/* w at each of the places of y. */
static dl_tensor *repeated(dl_tensor *w, const dl_tensor *y)
{
    int64_t dims[8];
    const int32_t axes = pair->axes;
    memcpy(dims, w->dims, sizeof *dims * (size_t)w->ndim);
    for (int32_t k = 0; k < axes; k++)
        w = dl_unsqueeze(w, w->ndim);
    memcpy(dims + 2 + axes, y->dims + 2, sizeof *dims * (size_t)axes);
    return dl_expand(w, dims, 2 + 2 * axes);
}

/* Options, each with its convolution. */
static const dl_conv_opts options[] = {
    {.stride = {0}},
    {.stride = {2}, .padding = {1}},
    {.padding = {2, 1}, .padding_end = {DL_OFF, 1}, .dilation = {2, 1}},
    {.same = 1},
    {.same = 1, .stride = {2}, .mode = DL_PAD_REPLICATE},
    {.padding = {1}, .mode = DL_PAD_REFLECT},
    {.padding = {1}, .mode = DL_PAD_CIRCULAR},
};

static void is_convolution_where_all_places_have_one_weight(void **state)
{
    dl_ctx *ctx = *state;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        dl_tensor *x = input(ctx), *w = weight(ctx, 2, C);
        dl_tensor *want = pair->shared(x, w, NULL, &options[i]);
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *own = with_layout(repeated(w, want), layout);
            dl_tensor *y = pair->op(with_layout(x, layout), own, NULL, &options[i]);
            expect_ok(ctx);
            assert_tensors_close(y, want, 1e-13);
            assert_int_equal(dl_tensor_stride(y, 1), 1);
        }
    }
}

/* t where the last axes are place p, kept as sizes of 1. */
static dl_tensor *at(dl_tensor *t, const int64_t *p)
{
    for (int32_t k = 0; k < pair->axes; k++) {
        const int32_t axis = t->ndim - pair->axes + k;
        t = dl_slice(t, axis, p[k], p[k] + 1, 1);
    }
    return t;
}

/* The weights of place p as those of a convolution, of whose result place p is compared. */
static void has_weights_of_its_own_at_each_place(void **state)
{
    dl_ctx *ctx = *state;
    const dl_conv_opts o = {.stride = {2, 1}, .padding = {1}};
    dl_tensor *x = input(ctx);
    dl_tensor *form = pair->shared(x, weight(ctx, 2, C), NULL, &o);
    int64_t dims[8] = {O, C, 3, 2, 0, 0}, p[2] = {0, 0};
    memcpy(dims + 2 + pair->axes, form->dims + 2, sizeof *dims * (size_t)pair->axes);
    dl_tensor *w = random_tensor(ctx, DL_F64, 3, dims, 2 + 2 * pair->axes);
    dl_tensor *b = random_tensor(ctx, DL_F64, 4,
                                 (const int64_t[]){O, form->dims[2], form->dims[form->ndim - 1]},
                                 1 + pair->axes);
    dl_tensor *y = pair->op(x, w, b, &o);
    const int64_t columns = pair->axes > 1 ? form->dims[3] : 1;
    for (int64_t i = 0; i < form->dims[2] * columns; i++) {
        p[0] = i / columns;
        p[1] = i % columns;
        dl_tensor *own = dl_reshape(at(w, p), (const int64_t[]){O, C, 3, 2}, 2 + pair->axes);
        dl_tensor *bias = dl_reshape(at(b, p), DL_SHAPE(O));
        assert_tensors_close(at(y, p), at(pair->shared(x, own, bias, &o), p), 1e-13);
    }
}

static void expect(dl_ctx *ctx, dl_tensor *y, dl_status code, const char *what)
{
    char part[200];
    assert_null(y);
    snprintf(part, sizeof part, "%s: %s", pair->name, what);
    expect_error(ctx, code, part);
}

static void refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = input(ctx), *small = weight(ctx, 2, C);
    dl_tensor *form = pair->shared(x, small, NULL, NULL), *w = repeated(small, form);
    expect(ctx, pair->op(x, small, NULL, NULL), DL_ESHAPE, "the weight is [4, 3, 3");
    expect(ctx, pair->op(dl_reshape(x, DL_SHAPE(N, -1)), w, NULL, NULL), DL_ESHAPE,
           "the input is [2, ");
    expect(ctx, pair->op(x, repeated(weight(ctx, 2, 2), form), NULL, NULL), DL_ESHAPE,
           "the input has 3 channels, the weight wants 2");
    expect(ctx, pair->op(x, w, NULL, CONV(.padding = {1})), DL_ESHAPE, "the weight is [4, 3, 3");
    expect(ctx, pair->op(x, w, random_tensor(ctx, DL_F64, 1, DL_SHAPE(O)), NULL), DL_ESHAPE,
           "the bias is [4], wanted [4] and places [");
    expect(ctx, pair->op(x, w, NULL, CONV(.dilation = {3})), DL_ESHAPE,
           "a kernel of 3 has no places in ");
    expect(ctx, pair->op(x, w, NULL, CONV(.groups = 3)), DL_EINVAL, "groups is 3, wanted 1");
    expect(ctx, pair->op(x, w, NULL, CONV(.stride = {-1})), DL_EINVAL, "stride is -1");
    expect(ctx, pair->op(x, w, NULL, CONV(.output_padding = {1})), DL_EINVAL,
           "output_padding is set");
    expect(ctx, pair->op(x, w, NULL, CONV(.reserved = {1})), DL_EINVAL, "a reserved option is set");
    assert_null(pair->op(x, NULL, NULL, NULL));
    assert_null(pair->op(NULL, w, NULL, NULL));
    expect_ok(ctx);
}

int local_main(const op_test *test, const local_pair *p)
{
    static const op_fact facts[] = {
        OP_FACT(is_convolution_where_all_places_have_one_weight),
        OP_FACT(has_weights_of_its_own_at_each_place),
        OP_FACT(refuses_what_does_not_fit),
    };
    pair = p;
    return op_main_with(test, facts, OP_LENGTH(facts), NULL, 0);
}
