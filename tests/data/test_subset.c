/* Some examples of another dataset. */
#include "support/support.h"
#include "support/numbers.h"

static int64_t at(dl_dataset *d, int64_t i)
{
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, i, 0, got, 2), DL_OK);
    return (int64_t)dl_tensor_item(got[1]);
}

static void a_subset_has_the_examples_asked_for_in_their_order(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 10, 1);
    int64_t index[] = {7, 0, 7, 3};
    dl_dataset *d = dl_dataset_subset(numbers_dataset(ctx, &s), index, 4);
    index[0] = 1; /* copied */
    assert_int_equal(dl_dataset_size(d), 4);
    assert_string_equal(dl_dataset_field_name(d, 1), "i");
    static const int64_t want[] = {7, 0, 7, 3};
    for (int i = 0; i < 4; i++)
        assert_int_equal(at(d, i), want[i]);
    dl_dataset_drop(d);
    assert_int_equal(atomic_load(&s.freed), 1);
}

static void a_subset_of_a_subset_is_a_subset(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 10, 1);
    dl_dataset *d = dl_dataset_subset(numbers_dataset(ctx, &s), (int64_t[]){9, 8, 7}, 3);
    d = dl_dataset_subset(d, (int64_t[]){2, 0}, 2);
    assert_int_equal(at(d, 0), 7);
    assert_int_equal(at(d, 1), 9);
    atomic_store(&s.broken, 9);
    dl_tensor *got;
    assert_int_equal(dl_dataset_get(d, 1, 0, &got, 1), DL_EIO);
    expect_error(ctx, DL_EIO,
                 "dataset subset: example 1: dataset subset: example 0: dataset numbers: "
                 "example 9: the disk is on fire");
    dl_dataset_drop(d);
}

static void a_subset_may_be_empty(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 10, 1);
    dl_dataset *d = dl_dataset_subset(numbers_dataset(ctx, &s), NULL, 0);
    assert_int_equal(dl_dataset_size(d), 0);
    dl_dataset_drop(d);
}

static void a_bad_index_is_refused_and_the_inner_dataset_goes(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 10, 1);
    assert_null(dl_dataset_subset(numbers_dataset(ctx, &s), (int64_t[]){1, 10}, 2));
    expect_error(ctx, DL_EINVAL, "index 10 at position 1, the dataset has 10 examples");
    assert_null(dl_dataset_subset(numbers_dataset(ctx, &s), (int64_t[]){-1}, 1));
    expect_error(ctx, DL_EINVAL, "index -1 at position 0");
    assert_null(dl_dataset_subset(numbers_dataset(ctx, &s), NULL, 1));
    expect_error(ctx, DL_EINVAL, "NULL");
    assert_null(dl_dataset_subset(numbers_dataset(ctx, &s), (int64_t[]){1}, -1));
    expect_error(ctx, DL_EINVAL, "-1 indices");
    assert_int_equal(atomic_load(&s.freed), 4);
    dl_dataset *d = numbers_dataset(ctx, &s);
    dl_fail(ctx, DL_EUSER, "standing");
    assert_null(dl_dataset_subset(d, (int64_t[]){1}, 1));
    expect_error(ctx, DL_EUSER, "standing");
    assert_int_equal(atomic_load(&s.freed), 5);
    assert_null(dl_dataset_subset(NULL, (int64_t[]){1}, 1));
}

static dl_status make(dl_ctx *ctx, void *user)
{
    dl_dataset *d = dl_dataset_subset(dl_dataset_keep(user), (int64_t[]){1, 2}, 2);
    dl_dataset_drop(d);
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    check_dataset_faults(*state, make, 10, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_subset_has_the_examples_asked_for_in_their_order),
        with_ctx(a_subset_of_a_subset_is_a_subset),
        with_ctx(a_subset_may_be_empty),
        with_ctx(a_bad_index_is_refused_and_the_inner_dataset_goes),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
