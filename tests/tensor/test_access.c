#include <math.h>
#include <string.h>
#include "support.h"

static void accessors_tell_the_shape(void **state)
{
    dl_tensor *t = with_layout(random_tensor(*state, DL_I32, 1, DL_SHAPE(2, 3, 4)), LAYOUT_COLUMNS);
    assert_ptr_equal(dl_tensor_ctx(t), *state);
    assert_int_equal(dl_tensor_ndim(t), 3);
    assert_int_equal(dl_tensor_dim(t, 0), 2);
    assert_int_equal(dl_tensor_dim(t, -1), 4);
    assert_int_equal(dl_tensor_dim(t, -3), 2);
    assert_int_equal(dl_tensor_dim(t, 3), -1);
    assert_int_equal(dl_tensor_dim(t, -4), -1);
    assert_int_equal(dl_tensor_stride(t, 0), 1);
    assert_int_equal(dl_tensor_stride(t, 1), 2);
    assert_int_equal(dl_tensor_stride(t, -1), 6);
    assert_int_equal(dl_tensor_stride(t, 3), 0);
    assert_int_equal(dl_tensor_count(t), 24);
    assert_int_equal(dl_tensor_contiguous(t), 0);
    assert_int_equal(dl_tensor_meta(t), 0);
}

static void contiguous_ignores_the_strides_of_single_elements(void **state)
{
    float x[6] = {0};
    const int64_t strides[] = {77, 3, -5, 1};
    dl_tensor *t =
        dl_tensor_wrap(*state, DL_F32, x, (const int64_t[]){1, 2, 1, 3}, strides, 4, NULL, NULL);
    assert_int_equal(dl_tensor_contiguous(t), 1);
    dl_tensor_drop(t);
    t = dl_tensor_wrap(*state, DL_F32, x, (const int64_t[]){2, 2}, (const int64_t[]){3, 1}, 2, NULL,
                       NULL);
    assert_int_equal(dl_tensor_contiguous(t), 0);
    dl_tensor_drop(t);
}

static void get_gives_logical_order_for_every_layout_and_type(void **state)
{
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++) {
        dl_tensor *t = random_tensor(*state, dt, 3, DL_SHAPE(3, 5, 2, 7));
        size_t bytes = 210 * dl_dtype_size(dt);
        for (int layout = 0; layout < LAYOUTS; layout++) {
            char raw[1 + 210 * 8];
            raw[bytes + 1 < sizeof raw ? bytes + 1 : 0] = 'x';
            dl_tensor *l = with_layout(t, layout);
            assert_int_equal(dl_tensor_get(l, raw + 1, bytes), DL_OK); /* unaligned on purpose */
            assert_memory_equal(raw + 1, dl_tensor_data(t), bytes);
        }
    }
}

static void get_refuses_a_buffer_of_the_wrong_size(void **state)
{
    dl_tensor *t = make_tensor(*state, DL_F32, DL_SHAPE(3), 1, 2, 3);
    float v[4];
    assert_int_equal(dl_tensor_get(t, v, sizeof v), DL_EINVAL);
    expect_error(*state, DL_EINVAL, "get: the buffer has 16 bytes, wanted 12");
    assert_int_equal(dl_tensor_get(t, NULL, 12), DL_EINVAL);
    expect_error(*state, DL_EINVAL, "get: the buffer is NULL");
}

static void item_reads_the_only_element_of_any_type(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++)
        assert_true(dl_tensor_item(make_tensor(ctx, dt, DL_SHAPE(1, 1), 1)) == 1);
    assert_true(dl_tensor_item(make_tensor(ctx, DL_I32, DL_SHAPE(1), -7)) == -7);
    assert_true(isnan(dl_tensor_item(make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2))));
    expect_error(ctx, DL_ESHAPE, "item: the tensor has 2 elements");
    assert_true(isnan(dl_tensor_item(NULL)));
}

static void null_is_refused_quietly(void **state)
{
    (void)state;
    char v[1];
    assert_null(dl_tensor_ctx(NULL));
    assert_int_equal(dl_tensor_dtype(NULL), -1);
    assert_int_equal(dl_tensor_ndim(NULL), -1);
    assert_int_equal(dl_tensor_dim(NULL, 0), -1);
    assert_int_equal(dl_tensor_stride(NULL, 0), 0);
    assert_int_equal(dl_tensor_count(NULL), -1);
    assert_int_equal(dl_tensor_contiguous(NULL), 0);
    assert_int_equal(dl_tensor_meta(NULL), 0);
    assert_null(dl_tensor_data(NULL));
    assert_int_equal(dl_tensor_get(NULL, v, 1), DL_EINVAL);
    assert_null(dl_tensor_keep(NULL));
    assert_null(dl_tensor_take(NULL));
    assert_null(dl_tensor_give(NULL));
    dl_tensor_drop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(accessors_tell_the_shape),
        with_ctx(contiguous_ignores_the_strides_of_single_elements),
        with_ctx(get_gives_logical_order_for_every_layout_and_type),
        with_ctx(get_refuses_a_buffer_of_the_wrong_size),
        with_ctx(item_reads_the_only_element_of_any_type),
        cmocka_unit_test(null_is_refused_quietly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
