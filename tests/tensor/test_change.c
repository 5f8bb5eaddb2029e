#include <stdlib.h>
#include <string.h>
#include "support.h"

static unsigned long long version(const dl_tensor *t)
{
    return atomic_load(&t->storage->version);
}

static void set_fill_copy_and_edit_change_values_and_version(void **state)
{
    dl_ctx *ctx = *state;
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *t = with_layout(random_tensor(ctx, DL_F32, 5, DL_SHAPE(2, 3)), layout);
        unsigned long long before = version(t);
        const float v[] = {1, 2, 3, 4, 5, 6};
        assert_int_equal(dl_tensor_set(t, v, sizeof v), DL_OK);
        assert_values(t, 1, 2, 3, 4, 5, 6);
        assert_true(version(t) == before + 1);
        assert_int_equal(dl_tensor_fill(t, 2), DL_OK);
        assert_values(t, 2, 2, 2, 2, 2, 2);
        assert_true(version(t) == before + 2);
        dl_tensor *src = random_tensor(ctx, DL_F32, 9, DL_SHAPE(2, 3));
        assert_int_equal(dl_tensor_copy(t, src), DL_OK);
        assert_same_bits(t, src);
        assert_true(version(t) == before + 3);
        float *p = dl_tensor_edit(t);
        p[0] = 42;
        assert_true(version(t) == before + 4);
        float first[6];
        assert_int_equal(dl_tensor_get(t, first, sizeof first), DL_OK);
        assert_true(first[0] == 42);
    }
}

/* A tensor over part of t's memory. */
static dl_tensor *view(const dl_tensor *t, int64_t offset, int64_t stride, int64_t n)
{
    dl__shape s = {.dtype = t->dtype, .ndim = 1, .dims = {n}, .strides = {stride}};
    s.offset = t->offset + offset;
    return dl_tensor_give(dl__tensor_over(t->base.ctx, &s, t->storage));
}

static void copying_within_the_same_memory_reads_before_it_writes(void **state)
{
    dl_tensor *t = make_tensor(*state, DL_I32, DL_SHAPE(6), 0, 1, 2, 3, 4, 5);
    assert_int_equal(dl_tensor_copy(view(t, 1, 1, 5), view(t, 0, 1, 5)), DL_OK);
    assert_values(t, 0, 0, 1, 2, 3, 4);
    assert_int_equal(dl_tensor_copy(t, view(t, 5, -1, 6)), DL_OK);
    assert_values(t, 4, 3, 2, 1, 0, 0);
    assert_int_equal(dl_tensor_set(view(t, 5, -1, 6), dl_tensor_data(t), 24), DL_OK);
    assert_values(t, 0, 0, 1, 2, 3, 4);
}

static void views_share_the_version(void **state)
{
    dl_tensor *t = make_tensor(*state, DL_F32, DL_SHAPE(4), 1, 2, 3, 4);
    unsigned long long before = version(t);
    assert_int_equal(dl_tensor_fill(view(t, 2, 1, 2), 9), DL_OK);
    assert_true(version(t) == before + 1);
    assert_values(t, 1, 2, 9, 9);
}

static void set_makes_bools_zero_or_one(void **state)
{
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(*state, DL_BOOL, DL_SHAPE(3)));
    assert_int_equal(dl_tensor_set(t, (const unsigned char[]){7, 0, 1}, 3), DL_OK);
    assert_memory_equal(dl_tensor_data(t), ((const unsigned char[]){1, 0, 1}), 3);
}

static void what_does_not_fit_is_refused(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), 1, 2);
    unsigned long long before = version(t);
    assert_int_equal(dl_tensor_set(t, "", 3), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "set: the buffer has 3 bytes, wanted 8");
    assert_int_equal(dl_tensor_set(t, NULL, 8), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "set: the buffer is NULL");
    assert_int_equal(dl_tensor_copy(t, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "copy: the source is NULL");
    assert_int_equal(dl_tensor_copy(t, make_tensor(ctx, DL_F64, DL_SHAPE(2, 1), 1, 2)), DL_EDTYPE);
    expect_error(ctx, DL_EDTYPE, "copy: the source is f64, wanted f32");
    assert_int_equal(dl_tensor_copy(t, make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2)), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "copy: the source is [2], wanted [2, 1]");
    assert_int_equal(dl_tensor_copy(t, make_tensor(other, DL_F32, DL_SHAPE(2, 1), 1, 2)),
                     DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "another context");
    assert_true(version(t) == before);
    assert_values(t, 1, 2);
    end_ctx(other);
}

static void writing_through_elements_that_overlap_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    float x[4] = {1, 2, 3, 4};
    dl_tensor *t = dl_tensor_wrap(ctx, DL_F32, x, (const int64_t[]){2, 2}, (const int64_t[]){0, 1},
                                  2, NULL, NULL);
    assert_values(t, 1, 2, 1, 2);
    assert_int_equal(dl_tensor_fill(t, 0), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "fill: elements of the tensor share memory");
    assert_null(dl_tensor_edit(t));
    expect_error(ctx, DL_ESTATE, "edit");
    assert_int_equal(dl_tensor_set(t, x, sizeof x), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "set");
    assert_true(x[0] == 1 && x[1] == 2);
    dl_tensor_drop(t);
}

/* Compares dl__overlaps with marking every element, for all small shapes and strides. */
static void overlaps_is_exact(void **state)
{
    (void)state;
    for (int64_t code = 0; code < 3 * 3 * 3 * 13 * 13 * 13; code++) {
        int64_t c = code;
        dl_tensor t = {.ndim = 3};
        for (int i = 0; i < 3; i++, c /= 3)
            t.dims[i] = c % 3 + 1;
        for (int i = 0; i < 3; i++, c /= 13)
            t.strides[i] = c % 13 - 6;
        unsigned char seen[80] = {0};
        int twice = 0;
        for (int64_t i = 0; i < t.dims[0] * t.dims[1] * t.dims[2]; i++) {
            int64_t a = i / t.dims[2], at = 40;
            at += i % t.dims[2] * t.strides[2] + a % t.dims[1] * t.strides[1] +
                  a / t.dims[1] * t.strides[0];
            twice |= seen[at]++;
        }
        assert_int_equal(dl__overlaps(&t), twice != 0);
    }
}

static void recorded_tensors_are_not_changed_but_tracked_leaves_are(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(1), 1);
    t->history = dl__object_new(ctx, sizeof(dl__object), NULL);
    assert_int_equal(dl_tensor_fill(t, 2), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "fill: an operation made the tensor while recording");
    t->leaf = 1;
    assert_int_equal(dl_tensor_fill(t, 2), DL_OK);
    assert_values(t, 2);
}

static void nothing_changes_while_an_error_stands(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = make_tensor(ctx, DL_F32, DL_SHAPE(1), 1);
    float v = 3;
    dl_fail(ctx, DL_EUSER, "test: first");
    assert_int_equal(dl_tensor_set(t, &v, sizeof v), DL_EUSER);
    assert_int_equal(dl_tensor_fill(t, 2), DL_EUSER);
    assert_int_equal(dl_tensor_copy(t, t), DL_EUSER);
    assert_null(dl_tensor_edit(t));
    dl_ctx_clear(ctx);
    assert_values(t, 1);
    assert_int_equal(dl_tensor_set(NULL, &v, sizeof v), DL_EINVAL);
    assert_int_equal(dl_tensor_copy(NULL, t), DL_EINVAL);
    assert_int_equal(dl_tensor_fill(NULL, 0), DL_EINVAL);
    assert_null(dl_tensor_edit(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(set_fill_copy_and_edit_change_values_and_version),
        with_ctx(copying_within_the_same_memory_reads_before_it_writes),
        with_ctx(views_share_the_version),
        with_ctx(set_makes_bools_zero_or_one),
        with_ctx(what_does_not_fit_is_refused),
        with_ctx(writing_through_elements_that_overlap_is_refused),
        cmocka_unit_test(overlaps_is_exact),
        with_ctx(recorded_tensors_are_not_changed_but_tracked_leaves_are),
        with_ctx(nothing_changes_while_an_error_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
