#include <math.h>
#include "support.h"

static void count_call(void *user)
{
    ++*(int *)user;
}

static void meta_tensors_have_a_shape_and_take_no_memory(void **state)
{
    dl_ctx *ctx = *state;
    int64_t bytes = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    assert_int_equal(dl_meta_enable(ctx, 1), 0);
    dl_tensor *t = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1 << 20, 1 << 20));
    assert_int_equal(dl_meta_enable(ctx, 0), 1);
    assert_shape(t, 1 << 20, 1 << 20);
    assert_int_equal(dl_tensor_meta(t), 1);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_LIVE) - bytes < 4096);
    dl_tensor_drop(t);
    assert_int_equal(dl_meta_enable(NULL, 1), DL_EINVAL);
}

static void every_constructor_obeys(void **state)
{
    dl_ctx *ctx = *state;
    int calls = 0;
    float x[2] = {1, 2};
    dl_tensor *real = make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2);
    dl_meta_enable(ctx, 1);
    dl_tensor *t[] = {
        dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2)),
        dl_tensor_full(ctx, DL_F32, 3, DL_SHAPE(2)),
        dl_tensor_arange(ctx, DL_F32, 0, 2, 1),
        dl_tensor_eye(ctx, DL_F32, 1, 2),
        dl_tensor_rand(ctx, DL_F32, 0, 1, DL_SHAPE(2)),
        dl_tensor_randn(ctx, DL_F32, DL_SHAPE(2)),
        dl_tensor_randint(ctx, DL_I32, 0, 9, DL_SHAPE(2)),
        dl_tensor_permutation(ctx, 2),
        dl_tensor_from(ctx, DL_F32, x, DL_SHAPE(2)),
        dl_tensor_from(ctx, DL_F32, NULL, DL_SHAPE(2)),
        dl_tensor_wrap(ctx, DL_F32, x, (const int64_t[]){2}, NULL, 1, count_call, &calls),
        dl_tensor_to(ctx, real),
    };
    dl_meta_enable(ctx, 0);
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        assert_int_equal(dl_tensor_meta(t[i]), 1);
        assert_int_equal(dl_tensor_count(t[i]), 2);
        dl_tensor_drop(t[i]);
    }
    assert_int_equal(calls, 1);
}

static void reading_and_changing_meta_tensors_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    float v = 0;
    dl_tensor *real = make_tensor(ctx, DL_F32, DL_SHAPE(1), 1);
    dl_meta_enable(ctx, 1);
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1)));
    dl_meta_enable(ctx, 0);
    assert_null(dl_tensor_data(t));
    expect_error(ctx, DL_ESTATE, "data: the tensor is meta");
    assert_true(isnan(dl_tensor_item(t)));
    expect_error(ctx, DL_ESTATE, "item: the tensor is meta");
    assert_int_equal(dl_tensor_get(t, &v, sizeof v), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "get");
    assert_int_equal(dl_tensor_set(t, &v, sizeof v), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "set");
    assert_int_equal(dl_tensor_fill(t, 1), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "fill");
    assert_int_equal(dl_tensor_copy(t, real), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "copy");
    assert_int_equal(dl_tensor_copy(real, t), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "copy: the source is meta");
    assert_null(dl_tensor_edit(t));
    expect_error(ctx, DL_ESTATE, "edit");
    assert_int_equal(dl_tensor_print(t, NULL, 0, NULL), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "print");
    dl_tensor *copy = dl_tensor_give(dl_tensor_to(ctx, t));
    assert_int_equal(dl_tensor_meta(copy), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(meta_tensors_have_a_shape_and_take_no_memory),
        with_ctx(every_constructor_obeys),
        with_ctx(reading_and_changing_meta_tensors_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
