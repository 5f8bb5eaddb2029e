#include <fenv.h>
#include <math.h>
#include <string.h>
#include "support.h"

static const dl_dtype types[] = {DL_F32, DL_F64, DL_I32, DL_I64, DL_U8, DL_BOOL};
enum { TYPES = 6 };

static void zeros_ones_and_full_hold_their_value_in_every_type(void **state)
{
    dl_ctx *ctx = *state;
    for (int i = 0; i < TYPES; i++) {
        dl_tensor *z = dl_tensor_give(dl_tensor_zeros(ctx, types[i], DL_SHAPE(2, 3)));
        dl_tensor *o = dl_tensor_give(dl_tensor_ones(ctx, types[i], DL_SHAPE(4)));
        dl_tensor *f = dl_tensor_give(dl_tensor_full(ctx, types[i], 7, DL_SHAPE(2)));
        assert_shape(z, 2, 3);
        assert_int_equal(dl_tensor_dtype(z), types[i]);
        assert_values(z, 0, 0, 0, 0, 0, 0);
        assert_values(o, 1, 1, 1, 1);
        double seven = types[i] == DL_BOOL ? 1 : 7;
        assert_values(f, seven, seven);
    }
}

static void full_rounds_as_a_cast_does(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        dl_dtype dtype;
        double value, wanted;
    } c[] = {{DL_I32, 2.9, 2},
             {DL_I32, -2.9, -2},
             {DL_I32, 1e20, 2147483647},
             {DL_I32, -1e20, -2147483648.0},
             {DL_I64, 1e300, 9223372036854775807.0},
             {DL_U8, -3, 0},
             {DL_U8, 300, 255},
             {DL_I32, NAN, 0},
             {DL_BOOL, 0.25, 1},
             {DL_BOOL, NAN, 1},
             {DL_F32, 0.1, (double)0.1f},
             {DL_F32, 1e300, INFINITY}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        dl_tensor *t = dl_tensor_full(ctx, c[i].dtype, c[i].value, DL_SHAPE(1));
        assert_true(dl_tensor_item(t) == c[i].wanted);
        dl_tensor_drop(t);
    }
}

static void a_tensor_without_axes_has_one_element(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = dl_tensor_full(ctx, DL_F64, 2.5, NULL, 0);
    assert_int_equal(dl_tensor_ndim(t), 0);
    assert_int_equal(dl_tensor_count(t), 1);
    assert_true(dl_tensor_item(t) == 2.5);
    dl_tensor_drop(t);
}

static void empty_tensors_are_fine(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(3, 0, 2));
    assert_int_equal(dl_tensor_count(t), 0);
    assert_int_equal(dl_tensor_contiguous(t), 1);
    assert_non_null(dl_tensor_data(t));
    assert_int_equal(dl_tensor_get(t, NULL, 0), DL_OK);
    assert_int_equal(dl_tensor_set(t, NULL, 0), DL_OK);
    assert_int_equal(dl_tensor_fill(t, 1), DL_OK);
    dl_tensor_drop(t);
}

static void arange_counts_as_numpy_does(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = dl_tensor_give(dl_tensor_arange(ctx, DL_F64, 0, 1, 0.25));
    assert_values(t, 0, 0.25, 0.5, 0.75);
    t = dl_tensor_give(dl_tensor_arange(ctx, DL_I64, 5, -1, -2));
    assert_values(t, 5, 3, 1);
    t = dl_tensor_give(dl_tensor_arange(ctx, DL_I32, 3, 3, 1));
    assert_int_equal(dl_tensor_count(t), 0);
    t = dl_tensor_give(dl_tensor_arange(ctx, DL_I32, 3, 0, 1));
    assert_int_equal(dl_tensor_count(t), 0);
    /* ceil((2.3 - 1) / 0.1) is 13 in exact numbers, and 13 in doubles too */
    t = dl_tensor_give(dl_tensor_arange(ctx, DL_F32, 1, 2.3, 0.1));
    assert_int_equal(dl_tensor_count(t), 13);
    t = dl_tensor_give(dl_tensor_arange(ctx, DL_I64, 0, 1000, 1));
    const int64_t *v = dl_tensor_data(t);
    for (int64_t i = 0; i < 1000; i++)
        assert_int_equal(v[i], i);
}

static void ranges_do_not_depend_on_the_rounding_of_the_host(void **state)
{
    dl_ctx *ctx = *state;
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int64_t i = 1; i < 100; i++) {
        const double stop = (double)i / 10;
        dl_tensor *want = dl_tensor_arange(ctx, DL_F32, 0, stop, 0.1);
        for (size_t k = 0; k < sizeof modes / sizeof *modes; k++) {
            fesetround(modes[k]);
            dl_tensor *t = dl_tensor_arange(ctx, DL_F32, 0, stop, 0.1);
            fesetround(FE_TONEAREST);
            assert_same_bits(t, want);
            dl_tensor_drop(t);
        }
        dl_tensor_drop(want);
    }
}

static void arange_refuses_steps_and_ranges_without_an_end(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_tensor_arange(ctx, DL_F32, 0, 1, 0));
    expect_error(ctx, DL_EINVAL, "arange: from 0 to 1 in steps of 0");
    assert_null(dl_tensor_arange(ctx, DL_F32, 0, INFINITY, 1));
    expect_error(ctx, DL_EINVAL, "finite");
    assert_null(dl_tensor_arange(ctx, DL_F32, 0, 1, NAN));
    expect_error(ctx, DL_EINVAL, "finite");
    assert_null(dl_tensor_arange(ctx, DL_F32, 0, 1e300, 1e-300));
    expect_error(ctx, DL_ELIMIT, "2^53");
}

static void eye_has_ones_on_its_diagonal(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = dl_tensor_give(dl_tensor_eye(ctx, DL_F32, 2, 3));
    assert_shape(t, 2, 3);
    assert_values(t, 1, 0, 0, 0, 1, 0);
    t = dl_tensor_give(dl_tensor_eye(ctx, DL_BOOL, 3, 2));
    assert_values(t, 1, 0, 0, 1, 0, 0);
    t = dl_tensor_give(dl_tensor_eye(ctx, DL_I64, 0, 2));
    assert_shape(t, 0, 2);
}

static void from_copies_data_of_any_alignment(void **state)
{
    dl_ctx *ctx = *state;
    char raw[1 + 4 * sizeof(double)];
    const double v[] = {1.5, -2, 3, 4};
    memcpy(raw + 1, v, sizeof v);
    dl_tensor *t = dl_tensor_give(dl_tensor_from(ctx, DL_F64, raw + 1, DL_SHAPE(2, 2)));
    memset(raw, 0, sizeof raw);
    assert_values(t, 1.5, -2, 3, 4);
    const unsigned char b[] = {0, 2, 1, 255};
    t = dl_tensor_give(dl_tensor_from(ctx, DL_BOOL, b, DL_SHAPE(4)));
    assert_memory_equal(dl_tensor_data(t), ((const unsigned char[]){0, 1, 1, 1}), 4);
    assert_null(dl_tensor_from(ctx, DL_F32, NULL, DL_SHAPE(2)));
    expect_error(ctx, DL_EINVAL, "from: data is NULL, wanted 2 elements");
}

static void to_brings_a_row_major_copy_into_another_context(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *a = with_layout(random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4, 5)), layout);
        dl_tensor *b = dl_tensor_give(dl_tensor_to(other, a));
        assert_ptr_equal(dl_tensor_ctx(b), other);
        assert_int_equal(dl_tensor_contiguous(b), 1);
        assert_same_bits(b, a);
    }
    assert_null(dl_tensor_to(other, NULL));
    end_ctx(other);
}

static void shapes_that_cannot_be_are_refused_with_their_numbers(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t nine[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_null(dl_tensor_zeros(ctx, DL_F32, nine, 9));
    expect_error(ctx, DL_ESHAPE, "zeros: ndim is 9, wanted 0 to 8");
    assert_null(dl_tensor_zeros(ctx, DL_F32, nine, -1));
    expect_error(ctx, DL_ESHAPE, "ndim is -1");
    assert_null(dl_tensor_zeros(ctx, DL_F32, nine, INT32_MAX));
    expect_error(ctx, DL_ESHAPE, "ndim is 2147483647");
    assert_null(dl_tensor_ones(ctx, DL_F32, NULL, 2));
    expect_error(ctx, DL_EINVAL, "ones: shape is NULL");
    assert_null(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2, -3)));
    expect_error(ctx, DL_ESHAPE, "ones: shape is [2, -3], dimension 1 is negative");
    assert_null(dl_tensor_zeros(ctx, DL_U8, DL_SHAPE((int64_t)1 << 32, (int64_t)1 << 32)));
    expect_error(ctx, DL_ELIMIT, "[4294967296, 4294967296]");
    assert_null(dl_tensor_zeros(ctx, DL_F64, DL_SHAPE((int64_t)1 << 60)));
    expect_error(ctx, DL_ELIMIT, "more bytes");
    assert_null(dl_tensor_zeros(ctx, DL_F64, DL_SHAPE(0, (int64_t)1 << 60)));
    expect_error(ctx, DL_ELIMIT, "more bytes");
    assert_null(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE((int64_t)1 << 58)));
    expect_error(ctx, DL_ENOMEM, "memory");
}

static void unknown_types_and_bf16_are_refused_by_name(void **state)
{
    dl_ctx *ctx = *state;
    assert_null(dl_tensor_zeros(ctx, DL_BF16, DL_SHAPE(2)));
    expect_error(ctx, DL_EUNSUPPORTED, "bf16");
    assert_null(dl_tensor_zeros(ctx, 7, DL_SHAPE(2)));
    expect_error(ctx, DL_EDTYPE, "dtype is 7");
    assert_null(dl_tensor_from(ctx, -1, "", DL_SHAPE(0)));
    expect_error(ctx, DL_EDTYPE, "dtype is -1");
}

static void null_context_gives_null(void **state)
{
    (void)state;
    assert_null(dl_tensor_zeros(NULL, DL_F32, DL_SHAPE(1)));
    assert_null(dl_tensor_ones(NULL, DL_F32, DL_SHAPE(1)));
    assert_null(dl_tensor_full(NULL, DL_F32, 1, DL_SHAPE(1)));
    assert_null(dl_tensor_arange(NULL, DL_F32, 0, 1, 1));
    assert_null(dl_tensor_eye(NULL, DL_F32, 1, 1));
    assert_null(dl_tensor_from(NULL, DL_F32, "", DL_SHAPE(0)));
    assert_null(dl_tensor_to(NULL, NULL));
}

static void nothing_is_made_while_an_error_stands(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    dl_fail(ctx, DL_EUSER, "test: first");
    assert_null(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
    assert_null(dl_tensor_arange(ctx, DL_F32, 0, 1, 0));
    assert_null(dl_tensor_eye(ctx, DL_F32, -1, 1));
    assert_null(dl_tensor_from(ctx, DL_F32, NULL, DL_SHAPE(1)));
    assert_null(dl_tensor_to(ctx, t));
    /* looking still works */
    float v[2];
    assert_int_equal(dl_tensor_get(t, v, sizeof v), DL_OK);
    assert_non_null(dl_tensor_data(t));
    assert_int_equal(dl_tensor_dim(t, 0), 2);
    dl_tensor_drop(dl_tensor_keep(t));
    expect_error(ctx, DL_EUSER, "test: first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(zeros_ones_and_full_hold_their_value_in_every_type),
        with_ctx(full_rounds_as_a_cast_does),
        with_ctx(a_tensor_without_axes_has_one_element),
        with_ctx(empty_tensors_are_fine),
        with_ctx(arange_counts_as_numpy_does),
        with_ctx(ranges_do_not_depend_on_the_rounding_of_the_host),
        with_ctx(arange_refuses_steps_and_ranges_without_an_end),
        with_ctx(eye_has_ones_on_its_diagonal),
        with_ctx(from_copies_data_of_any_alignment),
        with_ctx(to_brings_a_row_major_copy_into_another_context),
        with_ctx(shapes_that_cannot_be_are_refused_with_their_numbers),
        with_ctx(unknown_types_and_bf16_are_refused_by_name),
        cmocka_unit_test(null_context_gives_null),
        with_ctx(nothing_is_made_while_an_error_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
