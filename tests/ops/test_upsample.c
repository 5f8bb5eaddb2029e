#include <math.h>
#include <stdlib.h>
#include "dl/conv.h"
#include "support/op_check.h"

static dl_tensor *upsample(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_upsample(in[0], user);
}

#define UP(...) (&(dl_upsample_opts){__VA_ARGS__})
#define LINEAR .mode = DL_UPSAMPLE_LINEAR
static const op_case cases[] = {
    CASE_WITH(UP(.sizes = {7}), "a line", IN(2, 3, 4)),
    CASE_WITH(UP(.sizes = {3}, .mode = DL_UPSAMPLE_NEAREST_EXACT), "fewer", IN(1, 2, 7)),
    CASE_WITH(UP(.scale = {2}), "twice", IN(2, 2, 2, 3)),
    CASE_WITH(UP(.scale = {2}, LINEAR), "twice, linear", IN(2, 2, 3, 2)),
    CASE_WITH(UP(.sizes = {2, 7}, LINEAR), "less and more", IN(1, 2, 5, 3)),
    CASE_WITH(UP(.sizes = {5, 1}, LINEAR, .align_corners = 1), "corners", IN(1, 2, 3, 4)),
    CASE_WITH(UP(.sizes = {DL_OFF}, LINEAR), "as they are", IN(2, 3, 3, 4)),
    CASE_WITH(UP(.scale = {1.7, 0.6}, LINEAR), "factors", IN(1, 2, 4, 5)),
    CASE_WITH(UP(.sizes = {3, 5, 2}, LINEAR), "volumes", IN(1, 2, 2, 3, 3)),
    CASE_WITH(UP(.scale = {1.5}), "volumes, nearest", IN(1, 1, 2, 3, 2)),
    CASE_WITH(UP(.scale = {2}, LINEAR), "nothing", IN(0, 2, 3, 4)),
    CASE_WITH(UP(.scale = {2}), "no channels", IN(2, 0, 3, 4)),
    LARGE_CASE_WITH(UP(.scale = {2}, LINEAR), "many", IN(2, 66, 20, 21)),
    LARGE_CASE_WITH(UP(.sizes = {40, 61}, LINEAR), "few channels", IN(9, 3, 90, 90)),
};
static const op_test test = {"upsample", upsample, OP_CASES(cases), .flags = OP_KEEPS_LAYOUT};

/* ---- the textbook ---------------------------------------------------------------------------- */

/* How much of element i is in place o of one axis. */
static double share(const dl_upsample_opts *o, int64_t size, int64_t places, double scale,
                    int64_t place, int64_t i)
{
    double apart = scale > 0 ? 1 / scale : (double)size / (double)places, at = 0;
    if (o->align_corners)
        apart = places > 1 ? (double)(size - 1) / (double)(places - 1) : 0;
    if (o->mode == DL_UPSAMPLE_LINEAR && size == places)
        apart = 1;
    if (o->mode == DL_UPSAMPLE_LINEAR) {
        at = o->align_corners ? (double)place * apart : ((double)place + 0.5) * apart - 0.5;
        at = fmin(fmax(at, 0), (double)(size - 1));
        return fmax(0, 1 - fabs(at - (double)i));
    }
    at = (double)place * apart + (o->mode == DL_UPSAMPLE_NEAREST_EXACT ? apart / 2 : 0);
    return fmin(floor(at + 1e-9), (double)(size - 1)) == (double)i;
}

/* Every element, for every place; x is [1, 1, h, w] and y its result. */
static void compare(dl_tensor *x, const dl_upsample_opts *o, double scale)
{
    dl_tensor *y = dl_upsample(x, o);
    expect_ok(x->base.ctx);
    const int64_t h = x->dims[2], w = x->dims[3], oh = y->dims[2], ow = y->dims[3];
    double *v = values_of(x), *want = calloc((size_t)(oh * ow), sizeof *want);
    for (int64_t p = 0; p < oh * ow; p++)
        for (int64_t i = 0; i < h * w; i++)
            want[p] += v[i] * share(o, h, oh, scale, p / ow, i / w) *
                       share(o, w, ow, scale, p % ow, i % w);
    assert_close(y, want, oh * ow, 1e-12);
    free(want);
    free(v);
}

static void upsample_is_that_of_the_textbook(void **state)
{
    dl_ctx *ctx = *state;
    for (int64_t h = 1; h < 8; h += 2)
        for (int64_t to = 1; to < 13; to++)
            for (int32_t mode = 0; mode <= DL_UPSAMPLE_LINEAR; mode++) {
                const int32_t mark = dl_scope_begin(ctx);
                dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(1, 1, h, 4));
                compare(x, UP(.sizes = {to, 13 - to}, .mode = mode), 0);
                if (mode == DL_UPSAMPLE_LINEAR)
                    compare(x, UP(.sizes = {to}, .mode = mode, .align_corners = 1), 0);
                const double scale = 0.95 + 0.25 * (double)to;
                compare(x, UP(.scale = {scale}, .mode = mode), scale);
                compare(x, UP(.scale = {scale}, .mode = mode, .recompute_scale = 1), 0);
                dl_scope_end(ctx, mark);
            }
}

static void upsample_gives_known_values(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 3), 0, 8, 4);
    assert_values(dl_upsample(x, UP(.scale = {2})), 0, 0, 8, 8, 4, 4);
    assert_values(dl_upsample(x, UP(.sizes = {2})), 0, 8);
    assert_values(dl_upsample(x, UP(.sizes = {2}, .mode = DL_UPSAMPLE_NEAREST_EXACT)), 0, 4);
    assert_values(dl_upsample(x, UP(.scale = {2}, LINEAR)), 0, 2, 6, 7, 5, 4);
    assert_values(dl_upsample(x, UP(.sizes = {5}, LINEAR, .align_corners = 1)), 0, 4, 8, 6, 4);
    assert_values(dl_upsample(x, UP(.sizes = {1}, LINEAR, .align_corners = 1)), 0);
    assert_values(dl_upsample(x, UP(.sizes = {1}, LINEAR)), 8);
    /* 2.5: floor(7.5) places, 0.4 or 3 / 7 apart. */
    assert_values(dl_upsample(x, UP(.scale = {2.5})), 0, 0, 0, 8, 8, 4, 4);
    assert_values(dl_upsample(x, UP(.scale = {2.5}, .recompute_scale = 1)), 0, 0, 0, 8, 8, 4, 4);
    assert_values(dl_upsample(x, UP(.scale = {1.3})), 0, 0, 8);
    assert_values(dl_upsample(x, UP(.scale = {1.3}, .recompute_scale = 1)), 0, 8, 4);
    assert_values(dl_upsample(x, UP(.scale = {1.3}, LINEAR)), 0, 8, 4);
}

static void upsample_keeps_the_layout_and_the_bits(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 20, 7, 6));
    const dl_upsample_opts o = {.sizes = {9, 4}, LINEAR};
    dl_tensor *rows = dl_upsample(x, &o), *last = dl_upsample(with_layout(x, LAYOUT_LAST), &o);
    assert_same_bits(rows, last);
    assert_int_equal(dl_tensor_stride(rows, 3), 1);
    assert_int_equal(dl_tensor_stride(last, 1), 1);
}

/* What has no weight is not read; NaN and infinities come through where it has. */
static void upsample_reads_only_what_has_a_weight(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 3), 1, __builtin_inf(), 2);
    assert_values(dl_upsample(x, UP(.sizes = {5}, LINEAR, .align_corners = 1)), 1, __builtin_inf(),
                  __builtin_inf(), __builtin_inf(), 2);
    assert_values(dl_upsample(x, UP(.sizes = {2}, LINEAR, .align_corners = 1)), 1, 2);
    x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 1, 2), 1, __builtin_nan(""));
    assert_values(dl_upsample(x, UP(.sizes = {3}, LINEAR)), 1, __builtin_nan(""),
                  __builtin_nan(""));
}

static void upsample_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 5));
    const struct {
        dl_upsample_opts o;
        dl_status status;
        const char *message;
    } wrong[] = {
        {{.mode = 0}, DL_EINVAL, "upsample: wanted sizes or a scale"},
        {{.sizes = {0, 2}}, DL_EINVAL, "upsample: wanted sizes or a scale, from the first axis"},
        {{.scale = {0, 2}}, DL_EINVAL, "upsample: wanted sizes or a scale, from the first axis"},
        {{.sizes = {2}, .scale = {2}}, DL_EINVAL, "sizes or a scale, from the first axis on, not"},
        {{.sizes = {2, -2}}, DL_EINVAL, "upsample: size is -2 along spatial axis 1"},
        {{.scale = {-1}}, DL_EINVAL, "upsample: scale is -1 along spatial axis 0"},
        {{.scale = {1, HUGE_VAL}}, DL_EINVAL, "upsample: scale is inf along spatial axis 1"},
        {{.sizes = {2}, .mode = 3}, DL_EINVAL, "upsample: mode is 3, wanted one of DL_UPSAMPLE_*"},
        {{.sizes = {2}, .mode = -1}, DL_EINVAL, "upsample: mode is -1"},
        {{.sizes = {2}, .align_corners = 1},
         DL_EINVAL,
         "upsample: align_corners is 1, wanted 0: it is for linear modes"},
        {{.sizes = {2}, .align_corners = 2, LINEAR},
         DL_EINVAL,
         "upsample: align_corners is 2, wanted 0 or 1"},
        {{.sizes = {2}, .recompute_scale = 1},
         DL_EINVAL,
         "upsample: recompute_scale is 1, wanted 0: there is no scale"},
        {{.scale = {2}, .recompute_scale = -1}, DL_EINVAL, "recompute_scale is -1, wanted 0 or 1"},
        {{.sizes = {2}, .reserved = {1}}, DL_EINVAL, "upsample: "},
        {{.scale = {0.21}},
         DL_ESHAPE,
         "upsample: the input is [2, 3, 4, 5], 4 elements become 0 along spatial axis 0"},
        {{.scale = {1e30}}, DL_ELIMIT, "upsample: the input is [2, 3, 4, 5], the result too large"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_upsample(x, &wrong[i].o));
        expect_error(ctx, wrong[i].status, wrong[i].message);
    }
    assert_null(dl_upsample(x, NULL));
    expect_error(ctx, DL_EINVAL, "upsample: wanted sizes or a scale");
    assert_null(dl_upsample(dl_reshape(x, DL_SHAPE(6, 20)), UP(.scale = {2})));
    expect_error(ctx, DL_ESHAPE, "upsample: the input is [6, 20], wanted [N, C, ..]");
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 0, 5));
    assert_null(dl_upsample(x, UP(.sizes = {2})));
    expect_error(ctx, DL_ESHAPE, "0 elements become 2 along spatial axis 0");
}

int main(void)
{
    const struct CMUnitTest more[] = {
        with_ctx(upsample_is_that_of_the_textbook),
        with_ctx(upsample_gives_known_values),
        with_ctx(upsample_keeps_the_layout_and_the_bits),
        with_ctx(upsample_reads_only_what_has_a_weight),
        with_ctx(upsample_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
