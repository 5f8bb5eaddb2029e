/* Datasets one after the other. */
#include "support/support.h"
#include "support/numbers.h"

static void examples_follow_one_another(void **state)
{
    dl_ctx *ctx = *state;
    numbers a, b, none;
    numbers_init(&a, 3, 1);
    numbers_init(&b, 2, 1);
    numbers_init(&none, 0, 1);
    dl_dataset *x = numbers_dataset(ctx, &a), *y = numbers_dataset(ctx, &b);
    dl_dataset *z = numbers_dataset(ctx, &none);
    dl_dataset *d = dl_dataset_concat((dl_dataset *const[]){z, x, z, z, y, x, z}, 7);
    dl_dataset_drop(x);
    dl_dataset_drop(y);
    dl_dataset_drop(z);
    assert_int_equal(dl_dataset_size(d), 8);
    assert_string_equal(dl_dataset_field_name(d, 1), "i");
    static const int64_t wanted[8] = {0, 1, 2, 0, 1, 0, 1, 2};
    dl_tensor *got[2];
    for (int i = 0; i < 8; i++) {
        assert_int_equal(dl_dataset_get(d, i, 0, got, 2), DL_OK);
        assert_values(got[1], (double)wanted[i]);
    }
    atomic_store(&b.broken, 1);
    assert_int_equal(dl_dataset_get(d, 4, 0, got, 2), DL_EIO);
    expect_error(ctx, DL_EIO, "concat: example 4: dataset numbers: example 1: the disk is on fire");
    assert_int_equal(atomic_load(&a.freed), 0);
    dl_dataset_drop(d);
    assert_int_equal(atomic_load(&a.freed) + atomic_load(&b.freed) + atomic_load(&none.freed), 3);
}

static void nothing_and_nothing_is_nothing(void **state)
{
    dl_ctx *ctx = *state;
    numbers none;
    numbers_init(&none, 0, 1);
    dl_dataset *z = numbers_dataset(ctx, &none);
    dl_dataset *d = dl_dataset_concat((dl_dataset *const[]){z, z}, 2);
    assert_int_equal(dl_dataset_size(d), 0);
    dl_dataset_drop(d);
    dl_dataset_drop(z);
}

static void one_part_that_wants_the_callers_thread_is_enough(void **state)
{
    dl_ctx *ctx = *state;
    numbers a, b;
    numbers_init(&a, 30, 1);
    numbers_init(&b, 30, 0);
    dl_dataset *x = numbers_dataset(ctx, &a), *y = numbers_dataset(ctx, &b);
    dl_dataset *d = dl_dataset_concat((dl_dataset *const[]){x, y}, 2);
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = 7, .workers = 3});
    loader_digest(l, 1);
    assert_int_equal(atomic_load(&a.strangers) + atomic_load(&b.strangers), 0);
    assert_int_equal(atomic_load(&a.reads), 30);
    dl_loader_drop(l);
    dl_dataset_drop(d);
    dl_dataset_drop(x);
    dl_dataset_drop(y);
}

static dl_dataset *of(dl_ctx *ctx, dl_dtype dt, int64_t rows, int64_t columns, int32_t n)
{
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, dt, DL_SHAPE(rows, columns)));
    return dl_dataset_tensors((dl_tensor *const[]){t, t}, n);
}

static void fields_that_differ_are_refused_by_name(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *a = of(ctx, DL_F32, 3, 4, 1), *wide = of(ctx, DL_F32, 3, 5, 1);
    dl_dataset *fine = of(ctx, DL_F64, 3, 4, 1), *two = of(ctx, DL_F32, 3, 4, 2);
    assert_null(dl_dataset_concat((dl_dataset *const[]){a, a, wide}, 3));
    expect_error(ctx, DL_ESHAPE, "field \"0\" is [5] in dataset 2, it is [4] in the first");
    assert_null(dl_dataset_concat((dl_dataset *const[]){a, fine}, 2));
    expect_error(ctx, DL_EDTYPE, "field \"0\" is f64 in dataset 1, it is f32 in the first");
    assert_null(dl_dataset_concat((dl_dataset *const[]){a, two}, 2));
    expect_error(ctx, DL_ESHAPE, "dataset 1 has 2 fields, the first has 1");
    assert_null(dl_dataset_concat((dl_dataset *const[]){a, NULL}, 2));
    expect_error(ctx, DL_EINVAL, "dataset 1 is NULL");
    dl_ctx *other = make_ctx(1);
    dl_dataset *foreign = of(other, DL_F32, 3, 4, 1);
    assert_null(dl_dataset_concat((dl_dataset *const[]){a, foreign}, 2));
    expect_error(ctx, DL_EINVAL, "dataset 1 is of another context");
    assert_null(dl_dataset_concat(NULL, 1));
    assert_null(dl_dataset_concat(&a, 0));
    dl_dataset_drop(foreign);
    dl_dataset_drop(a);
    dl_dataset_drop(wide);
    dl_dataset_drop(fine);
    dl_dataset_drop(two);
    end_ctx(other);
}

static dl_status concat(dl_ctx *ctx, void *user)
{
    dl_dataset *d = user;
    dl_dataset_drop(dl_dataset_concat((dl_dataset *const[]){d, d}, 2));
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    check_dataset_faults(*state, concat, 5, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(examples_follow_one_another),
        with_ctx(nothing_and_nothing_is_nothing),
        with_ctx(one_part_that_wants_the_callers_thread_is_enough),
        with_ctx(fields_that_differ_are_refused_by_name),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
