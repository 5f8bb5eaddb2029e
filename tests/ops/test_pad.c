#include "support/op_check.h"

typedef struct padding {
    int32_t mode;
    int64_t pads[6];
} padding;

static dl_tensor *pad(dl_tensor *const *in, int32_t n, void *user)
{
    const padding *p = user;
    (void)n;
    return dl_pad(in[0], p->pads, in[0] ? 2 * dl_tensor_ndim(in[0]) : 0, p->mode, 0.5);
}

#define PAD(mode, ...) (&(padding){DL_PAD_##mode, {__VA_ARGS__}})
static const op_case cases[] = {
    CASE_WITH(PAD(ZEROS, 1, 2, 0, 1), "zeros", IN(3, 4)),
    CASE_WITH(PAD(CONSTANT, 1, 0, 2, 2), "a constant", IN(3, 4)),
    CASE_WITH(PAD(CONSTANT, -1, 2, 2, -3), "constants and cuts", IN(3, 4)),
    CASE_WITH(PAD(REFLECT, 2, 1, 3, 3), "reflected", IN(3, 4)),
    CASE_WITH(PAD(REFLECT, 0, 0, 1, 2, 1, 1), "a reflected plane", IN(2, 3, 4)),
    CASE_WITH(PAD(REFLECT, -1, 1, 2, -1), "reflected and cut", IN(3, 4)),
    CASE_WITH(PAD(REPLICATE, 2, 1, 5, 3), "replicated", IN(3, 2)),
    CASE_WITH(PAD(REPLICATE, 2, -2, -1, 3), "replicated and cut", IN(3, 4)),
    CASE_WITH(PAD(CIRCULAR, 2, 3, 1, 0), "circular", IN(3, 4)),
    CASE_WITH(PAD(CIRCULAR, -1, 2, 1, 1, 0, 3), "circular and cut", IN(3, 2, 4)),
    CASE_WITH(PAD(ZEROS, -1, -1, 0, -2), "cut alone", IN(3, 4)),
    CASE_WITH(PAD(REFLECT, 0, 0, 0, 0), "not at all", IN(3, 4)),
    CASE_WITH(PAD(CONSTANT, 0), "a scalar", IN_SCALAR(-2, 2)),
    CASE_WITH(PAD(CONSTANT, 1, 1, 0, 0), "around nothing", IN(0, 4)),
    CASE_WITH(PAD(REPLICATE, 0, 0, 1, 1), "nothing", IN(0, 4)),
    CASE_WITH(PAD(ZEROS, -1, -2, 0, 1), "all cut", IN(3, 4)),
    LARGE_CASE_WITH(PAD(REFLECT, 0, 0, 5, 5, 9, 9), "many", IN(3, 170, 150)),
    LARGE_CASE_WITH(PAD(REPLICATE, 5, 5, 9, 9), "many replicated", IN(170, 150)),
};
static const op_test test = {"pad", pad, OP_CASES(cases), .flags = OP_ANY_DTYPE};

static void pad_has_five_modes(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t two[] = {2, 2};
    for (dl_dtype dt = DL_F32; dt < DL_BOOL; dt++) {
        dl_tensor *x = make_tensor(ctx, dt, DL_SHAPE(3), 1, 2, 3);
        assert_values(dl_pad(x, two, 2, DL_PAD_ZEROS, 9), 0, 0, 1, 2, 3, 0, 0);
        assert_values(dl_pad(x, two, 2, DL_PAD_CONSTANT, 9), 9, 9, 1, 2, 3, 9, 9);
        assert_values(dl_pad(x, two, 2, DL_PAD_REFLECT, 9), 3, 2, 1, 2, 3, 2, 1);
        assert_values(dl_pad(x, two, 2, DL_PAD_REPLICATE, 9), 1, 1, 1, 2, 3, 3, 3);
        assert_values(dl_pad(x, two, 2, DL_PAD_CIRCULAR, 9), 2, 3, 1, 2, 3, 1, 2);
        assert_int_equal(dl_tensor_dtype(dl_pad(x, two, 2, DL_PAD_REFLECT, 0)), dt);
    }
    dl_tensor *flag = make_tensor(ctx, DL_BOOL, DL_SHAPE(1), 0);
    assert_values(dl_pad(flag, two, 2, DL_PAD_CONSTANT, 0.25), 1, 1, 0, 1, 1);
}

static void pad_fills_the_corners(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 3, 4);
    const int64_t one[] = {1, 1, 1, 1};
    assert_values(dl_pad(x, one, 4, DL_PAD_CIRCULAR, 0), 4, 3, 4, 3, 2, 1, 2, 1, 4, 3, 4, 3, 2, 1,
                  2, 1);
    assert_values(dl_pad(x, one, 4, DL_PAD_REPLICATE, 0), 1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3,
                  4, 4);
    assert_values(dl_pad(x, one, 4, DL_PAD_CONSTANT, 7), 7, 7, 7, 7, 7, 1, 2, 7, 7, 3, 4, 7, 7, 7,
                  7, 7);
}

static void pad_cuts_before_it_adds(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_I32, DL_SHAPE(4), 1, 2, 3, 4);
    const int64_t p[] = {-1, 2};
    assert_values(dl_pad(x, p, 2, DL_PAD_ZEROS, 0), 2, 3, 4, 0, 0);
    assert_values(dl_pad(x, p, 2, DL_PAD_REFLECT, 0), 2, 3, 4, 3, 2);
    assert_values(dl_pad(x, p, 2, DL_PAD_CIRCULAR, 0), 2, 3, 4, 2, 3);
}

static void pad_keeps_the_layout_of_x(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = with_layout(random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4)), LAYOUT_LAST);
    dl_tensor *y = dl_pad(x, (int64_t[]){0, 0, 0, 0, 1, 1}, 6, DL_PAD_ZEROS, 0);
    assert_shape(y, 2, 3, 6);
    assert_int_equal(dl_tensor_stride(y, 1), 1);
    assert_int_equal(dl_tensor_stride(y, 2), 3);
}

static void pad_refuses_what_does_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    const int64_t reflect[] = {0, 0, 3, 0}, circular[] = {0, 0, 0, 4}, cut[] = {0, 0, -2, -2};
    const int64_t far[] = {INT64_MIN, INT64_MAX, 0, 0}, huge[] = {INT64_MAX, 1, 0, 0};
    const int64_t gone[] = {-2, 1, 0, 0}, wide[] = {(int64_t)1 << 40, 0, (int64_t)1 << 40, 0};
    assert_null(dl_pad(x, reflect, 4, DL_PAD_REFLECT, 0));
    expect_error(ctx, DL_ESHAPE, "pad: pads 3 and 0 of axis 1 of [2, 3], reflect pads at most 2");
    assert_null(dl_pad(x, circular, 4, DL_PAD_CIRCULAR, 0));
    expect_error(ctx, DL_ESHAPE, "pad: pads 0 and 4 of axis 1 of [2, 3], circular pads at most 3");
    assert_null(dl_pad(x, gone, 4, DL_PAD_REPLICATE, 0));
    expect_error(ctx, DL_ESHAPE,
                 "pad: pads -2 and 1 of axis 0 of [2, 3], replicate pads at most 0");
    assert_null(dl_pad(x, gone, 4, DL_PAD_REFLECT, 0));
    expect_error(ctx, DL_ESHAPE, "reflect pads at most 0");
    assert_null(dl_pad(x, cut, 4, DL_PAD_ZEROS, 0));
    expect_error(ctx, DL_ESHAPE, "pad: pads -2 and -2 cut more than axis 1 of [2, 3] has");
    assert_null(dl_pad(x, far, 4, DL_PAD_ZEROS, 0));
    expect_error(ctx, DL_ESHAPE, "cut more than axis 0 of [2, 3] has");
    assert_null(dl_pad(x, huge, 4, DL_PAD_ZEROS, 0));
    expect_error(ctx, DL_ELIMIT, "pad: axis 0 grows out of 64 bits");
    for (int32_t i = 0; i < 2; i++) { /* strides that overflow, kept and row-major */
        assert_null(dl_pad(i ? dl_flip(x, NULL, 0) : x, wide, 4, DL_PAD_ZEROS, 0));
        expect_error(ctx, DL_ELIMIT, "of f32 has more bytes than can be counted");
    }
    assert_null(dl_pad(x, cut, 2, DL_PAD_ZEROS, 0));
    expect_error(ctx, DL_EINVAL, "pad: 2 pads for [2, 3], wanted 4: before and after each axis");
    assert_null(dl_pad(x, NULL, 4, DL_PAD_ZEROS, 0));
    expect_error(ctx, DL_EINVAL, "pad: pads is NULL, wanted 4 numbers");
    assert_null(dl_pad(x, gone, 4, 5, 0));
    expect_error(ctx, DL_EINVAL, "pad: mode is 5, wanted DL_PAD_ZEROS to DL_PAD_CIRCULAR");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(pad_has_five_modes),
        with_ctx(pad_fills_the_corners),
        with_ctx(pad_cuts_before_it_adds),
        with_ctx(pad_keeps_the_layout_of_x),
        with_ctx(pad_refuses_what_does_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
