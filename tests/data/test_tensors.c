/* Datasets over tensors. */
#include "support/support.h"
#include <stdlib.h>
#include "dl/data.h"

static void examples_are_elements_of_the_first_axis(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, 2, 3, 4, 5, 6);
    dl_tensor *y = make_tensor(ctx, DL_I64, DL_SHAPE(3), 7, 8, 9);
    dl_tensor *field[2] = {x, y}, *got[2];
    dl_dataset *d = dl_dataset_tensors(field, 2);
    assert_int_equal(dl_dataset_size(d), 3);
    assert_int_equal(dl_dataset_field_count(d), 2);
    assert_string_equal(dl_dataset_field_name(d, 1), "1");
    assert_null(dl_dataset_field_name(d, 2));
    assert_null(dl_dataset_field_name(d, -1));
    assert_ptr_equal(dl_dataset_ctx(d), ctx);
    assert_int_equal(dl_dataset_get(d, 1, 0, got, 2), DL_OK);
    assert_shape(got[0], 2);
    assert_values(got[0], 3, 4);
    assert_int_equal(dl_tensor_ndim(got[1]), 0);
    assert_values(got[1], 8);
    got[1] = x;
    assert_int_equal(dl_dataset_get(d, 2, 0, got, 1), DL_OK); /* fewer fields than there are */
    assert_values(got[0], 5, 6);
    assert_ptr_equal(got[1], x);
    dl_dataset_drop(d);
}

static void every_type_and_layout_is_read(void **state)
{
    dl_ctx *ctx = *state;
    static const dl_dtype types[] = {DL_F32, DL_F64, DL_I32, DL_I64, DL_U8, DL_BOOL};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            dl_tensor *x = random_tensor(ctx, types[t], 5, DL_SHAPE(4, 3, 2));
            dl_tensor *laid = with_layout(x, layout), *got;
            dl_dataset *d = dl_dataset_tensors(&laid, 1);
            for (int64_t i = 0; i < 4; i++) {
                assert_int_equal(dl_dataset_get(d, i, 0, &got, 1), DL_OK);
                double *want = values_of(x);
                assert_close(got, want + 6 * i, 6, 0);
                free(want);
            }
            dl_dataset_drop(d);
        }
}

static void a_dataset_keeps_its_tensors(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2), *got;
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    dl_scope_end(ctx, mark);
    assert_int_equal(dl_dataset_get(d, 1, 0, &got, 1), DL_OK);
    assert_values(got, 2);
    assert_ptr_equal(dl_dataset_keep(d), d);
    dl_dataset_drop(d);
    dl_dataset_drop(d);
}

static void examples_are_data_while_new_tensors_are_meta(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = with_layout(random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 4)), LAYOUT_COLUMNS), *got;
    dl_meta_enable(ctx, 1);
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    assert_int_equal(dl_dataset_get(d, 2, 0, &got, 1), DL_OK);
    dl_meta_enable(ctx, 0);
    assert_false(dl_tensor_meta(got));
    dl_dataset_drop(d);
}

static void wrong_fields_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_ctx *other = make_ctx(1);
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    dl_tensor *y = make_tensor(ctx, DL_F32, DL_SHAPE(3), 1, 2, 3);
    dl_tensor *scalar = dl_tensor_give(dl_tensor_full(ctx, DL_F32, 1, NULL, 0));
    dl_tensor *foreign = make_tensor(other, DL_F32, DL_SHAPE(2), 1, 2);
    dl_meta_enable(ctx, 1);
    dl_tensor *meta = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(2)));
    dl_meta_enable(ctx, 0);
    dl_tensor *const bad[] = {scalar, foreign, meta, NULL};
    for (int i = 0; i < 4; i++) {
        dl_tensor *field[2] = {x, bad[i]};
        assert_null(dl_dataset_tensors(field, 2));
        expect_error(ctx, DL_EINVAL, "field 1");
    }
    dl_tensor *uneven[2] = {x, y};
    assert_null(dl_dataset_tensors(uneven, 2));
    expect_error(ctx, DL_ESHAPE, "field 1 has 3 examples, field 0 has 2");
    dl_tensor *many[17];
    for (int i = 0; i < 17; i++)
        many[i] = x;
    assert_null(dl_dataset_tensors(many, 17));
    expect_error(ctx, DL_EINVAL, "17 fields, at most 16");
    dl_dataset *d = dl_dataset_tensors(many, 16);
    assert_non_null(d);
    dl_dataset_drop(d);
    assert_null(dl_dataset_tensors(NULL, 1));
    assert_null(dl_dataset_tensors(&x, 0));
    end_ctx(other);
}

static void wrong_questions_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2), *got[2] = {x, x};
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    assert_int_equal(dl_dataset_get(d, 2, 0, got, 1), DL_EINVAL);
    assert_null(got[0]);
    expect_error(ctx, DL_EINVAL, "example 2");
    assert_int_equal(dl_dataset_get(d, -1, 0, got, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "example -1");
    assert_int_equal(dl_dataset_get(d, 0, 0, got, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "2 fields");
    assert_int_equal(dl_dataset_get(NULL, 0, 0, got, 1), DL_EINVAL);
    assert_int_equal(dl_dataset_get(d, 0, 0, NULL, 1), DL_EINVAL);
    assert_int_equal(dl_dataset_size(NULL), -1);
    assert_int_equal(dl_dataset_field_count(NULL), -1);
    assert_null(dl_dataset_field_name(NULL, 0));
    assert_null(dl_dataset_ctx(NULL));
    assert_null(dl_dataset_keep(NULL));
    dl_dataset_drop(NULL);
    dl_dataset_drop(d);
}

static dl_status make_and_get(dl_ctx *ctx, void *user)
{
    dl_tensor *const *x = user;
    dl_tensor *got[2];
    dl_dataset *d = dl_dataset_tensors(x, 2);
    dl_status status = d ? dl_dataset_get(d, 0, 0, got, 2) : dl_ctx_status(ctx);
    dl_dataset_drop(d);
    return status;
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x[2] = {random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3)), NULL};
    x[1] = with_layout(x[0], LAYOUT_COLUMNS);
    assert_true(fault_loop(ctx, make_and_get, NULL, x) > 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(examples_are_elements_of_the_first_axis),
        with_ctx(every_type_and_layout_is_read),
        with_ctx(a_dataset_keeps_its_tensors),
        with_ctx(examples_are_data_while_new_tensors_are_meta),
        with_ctx(wrong_fields_are_refused),
        with_ctx(wrong_questions_are_refused),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
