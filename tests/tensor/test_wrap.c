#include <string.h>
#include "support.h"

static void count_call(void *user)
{
    ++*(int *)user;
}

static void wrap_borrows_without_copying(void **state)
{
    double x[] = {1, 2, 3, 4, 5, 6};
    int calls = 0;
    dl_tensor *t =
        dl_tensor_wrap(*state, DL_F64, x, (const int64_t[]){2, 3}, NULL, 2, count_call, &calls);
    assert_ptr_equal(dl_tensor_data(t), x);
    x[4] = 50;
    assert_values(t, 1, 2, 3, 4, 50, 6);
    assert_int_equal(dl_tensor_fill(t, 7), DL_OK);
    assert_true(x[5] == 7);
    dl_tensor_keep(t);
    dl_tensor_drop(t);
    assert_int_equal(calls, 0);
    dl_tensor_drop(t);
    assert_int_equal(calls, 1);
}

static void any_strides_work(void **state)
{
    int32_t x[] = {0, 1, 2, 3, 4, 5};
    const int64_t dims[] = {3, 2};
    dl_tensor *t =
        dl_tensor_wrap(*state, DL_I32, x + 5, dims, (const int64_t[]){-2, -1}, 2, NULL, NULL);
    assert_values(t, 5, 4, 3, 2, 1, 0);
    assert_ptr_equal(dl_tensor_data(t), x + 5);
    dl_tensor_drop(t);
    t = dl_tensor_wrap(*state, DL_I32, x, dims, (const int64_t[]){1, 3}, 2, NULL, NULL);
    assert_values(t, 0, 3, 1, 4, 2, 5);
    dl_tensor_drop(t);
    t = dl_tensor_wrap(*state, DL_I32, x + 3, dims, (const int64_t[]){0, 0}, 2, NULL, NULL);
    assert_values(t, 3, 3, 3, 3, 3, 3);
    dl_tensor_drop(t);
}

static void the_last_tensor_over_the_memory_releases_it(void **state)
{
    float x[4] = {1, 2, 3, 4};
    int calls = 0;
    dl_tensor *t =
        dl_tensor_wrap(*state, DL_F32, x, (const int64_t[]){4}, NULL, 1, count_call, &calls);
    dl__shape s = dl__tensor_shape(t);
    dl_tensor *view = dl__tensor_over(*state, &s, t->storage);
    dl_tensor_drop(t);
    assert_int_equal(calls, 0);
    assert_values(view, 1, 2, 3, 4);
    dl_tensor_drop(view);
    assert_int_equal(calls, 1);
}

static void release_is_called_when_wrap_fails(void **state)
{
    dl_ctx *ctx = *state;
    _Alignas(8) char x[16] = {0};
    int calls = 0;
    const int64_t dims[] = {2}, far[] = {INT64_MAX / 2}, back[] = {INT64_MIN},
                  low[] = {-1 - INT64_MAX / 8};
    assert_null(dl_tensor_wrap(ctx, DL_F32, x + 1, dims, NULL, 1, count_call, &calls));
    expect_error(ctx, DL_EINVAL, "wrap: data is not aligned to the 4 bytes of a f32");
    assert_null(dl_tensor_wrap(ctx, DL_F32, NULL, dims, NULL, 1, count_call, &calls));
    expect_error(ctx, DL_EINVAL, "wrap: data is NULL, wanted 2 elements");
    assert_null(dl_tensor_wrap(ctx, DL_F32, x, dims, far, 1, count_call, &calls));
    expect_error(ctx, DL_EINVAL, "leave the address space");
    assert_null(dl_tensor_wrap(ctx, DL_F32, x, dims, back, 1, count_call, &calls));
    expect_error(ctx, DL_EINVAL, "leave the address space");
    assert_null(dl_tensor_wrap(ctx, DL_U8, x, dims, low, 1, count_call, &calls));
    expect_error(ctx, DL_EINVAL, "leave the address space");
    assert_null(dl_tensor_wrap(ctx, DL_F32, x, dims, NULL, 9, count_call, &calls));
    expect_error(ctx, DL_ESHAPE, "wrap: ndim is 9");
    assert_null(dl_tensor_wrap(ctx, DL_BF16, x, dims, NULL, 1, count_call, &calls));
    expect_error(ctx, DL_EUNSUPPORTED, "bf16");
    assert_null(dl_tensor_wrap(NULL, DL_F32, x, dims, NULL, 1, count_call, &calls));
    dl_fail(ctx, DL_EUSER, "test: first");
    assert_null(dl_tensor_wrap(ctx, DL_F32, x, dims, NULL, 1, count_call, &calls));
    expect_error(ctx, DL_EUSER, "first");
    assert_null(dl_tensor_wrap(ctx, DL_F32, NULL, dims, NULL, 1, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_int_equal(calls, 9);
}

static void an_empty_wrap_needs_no_data(void **state)
{
    dl_tensor *t = dl_tensor_wrap(*state, DL_F64, NULL, (const int64_t[]){0, 3},
                                  (const int64_t[]){INT64_MAX, INT64_MIN}, 2, NULL, NULL);
    assert_non_null(dl_tensor_data(t));
    assert_int_equal(dl_tensor_count(t), 0);
    assert_int_equal(dl_tensor_stride(t, 0), 3); /* arithmetic on what was given would overflow */
    assert_int_equal(dl_tensor_stride(t, 1), 1);
    dl_tensor_drop(t);
}

static void strides_without_data_are_checked_too(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t dims[] = {2, 3}, far[] = {INT64_MAX / 2, INT64_MAX / 2}, back[] = {INT64_MIN, 1},
                  fine[] = {-1, 2};
    dl_meta_enable(ctx, 1);
    assert_null(dl_tensor_wrap(ctx, DL_U8, NULL, dims, far, 2, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "leave the address space");
    assert_null(dl_tensor_wrap(ctx, DL_U8, NULL, dims, back, 2, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "leave the address space");
    dl_tensor *t = dl_tensor_wrap(ctx, DL_U8, NULL, dims, fine, 2, NULL, NULL);
    assert_int_equal(dl_tensor_stride(t, 0), -1);
    assert_int_equal(dl_tensor_meta(t), 1);
    dl_tensor_drop(t);
    dl_meta_enable(ctx, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(wrap_borrows_without_copying),
        with_ctx(any_strides_work),
        with_ctx(the_last_tensor_over_the_memory_releases_it),
        with_ctx(release_is_called_when_wrap_fails),
        with_ctx(an_empty_wrap_needs_no_data),
        with_ctx(strides_without_data_are_checked_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
