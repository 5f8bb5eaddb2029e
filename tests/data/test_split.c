/* Two random parts of a dataset. */
#include "support/support.h"
#include <math.h>
#include <string.h>
#include "support/numbers.h"

enum { N = 101 };

static int64_t at(dl_dataset *d, int64_t i)
{
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, i, 0, got, 2), DL_OK);
    return (int64_t)dl_tensor_item(got[1]);
}

/* Marks the examples of a part, which must rise; counts them. */
static int64_t mark(dl_dataset *part, char *seen)
{
    int64_t last = -1;
    for (int64_t i = 0; i < dl_dataset_size(part); i++) {
        int64_t k = at(part, i);
        assert_true(k > last);
        last = k;
        seen[k]++;
    }
    return dl_dataset_size(part);
}

static void the_parts_are_disjoint_and_complete(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, N, 1);
    dl_dataset *d = numbers_dataset(ctx, &s), *a, *b;
    static const double fraction[] = {0, 0.1, 1.0 / 3, 0.5, 0.999, 1};
    static const int64_t first[] = {0, 10, 34, 50, 101, 101}; /* 50.5 goes to the even number */
    for (int f = 0; f < 6; f++) {
        char seen[N] = {0};
        assert_int_equal(dl_dataset_split(d, fraction[f], 3, &a, &b), DL_OK);
        assert_int_equal(mark(a, seen), first[f]);
        assert_int_equal(mark(b, seen), N - first[f]);
        for (int i = 0; i < N; i++)
            assert_int_equal(seen[i], 1);
        dl_dataset_drop(a);
        dl_dataset_drop(b);
    }
    assert_int_equal(atomic_load(&s.freed), 0);
    dl_dataset_drop(d);
    assert_int_equal(atomic_load(&s.freed), 1);
}

static void the_choice_depends_on_seed_and_size_alone(void **state)
{
    dl_ctx *ctx = *state;
    dl_ctx_opts o = {.seed = 999, .threads = 1};
    dl_ctx *other = dl_ctx_new(&o);
    numbers s, t;
    numbers_init(&s, 20, 1);
    numbers_init(&t, 20, 0);
    dl_dataset *d = numbers_dataset(ctx, &s), *e = numbers_dataset(other, &t), *a, *b, *c, *f;
    static const int64_t golden[] = {6, 7, 13, 14, 16, 19};
    assert_int_equal(dl_dataset_split(d, 0.3, 7, &a, &b), DL_OK);
    assert_int_equal(dl_dataset_split(e, 0.3, 7, &c, &f), DL_OK);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(at(a, i), golden[i]);
        assert_int_equal(at(c, i), golden[i]);
    }
    dl_dataset_drop(c);
    dl_dataset_drop(f);
    dl_dataset_drop(e);
    char one[20] = {0}, two[20] = {0};
    mark(a, one);
    dl_dataset_drop(a);
    dl_dataset_drop(b);
    assert_int_equal(dl_dataset_split(d, 0.3, 8, &a, &b), DL_OK);
    mark(a, two);
    assert_memory_not_equal(one, two, 20);
    dl_dataset_drop(a);
    dl_dataset_drop(b);
    dl_dataset_drop(d);
    end_ctx(other);
}

static void a_wrong_fraction_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 20, 1);
    dl_dataset *d = numbers_dataset(ctx, &s), *a = d, *b = d;
    static const double bad[] = {-0.1, 1.5, (double)NAN, (double)INFINITY};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(dl_dataset_split(d, bad[i], 7, &a, &b), DL_EINVAL);
        assert_null(a);
        assert_null(b);
        expect_error(ctx, DL_EINVAL, "fraction is");
    }
    assert_int_equal(dl_dataset_split(NULL, 0.5, 7, &a, &b), DL_EINVAL);
    assert_int_equal(dl_dataset_split(d, 0.5, 7, NULL, &b), DL_EINVAL);
    assert_int_equal(dl_dataset_split(d, 0.5, 7, &a, NULL), DL_EINVAL);
    dl_dataset_drop(d);
}

static dl_status split(dl_ctx *ctx, void *user)
{
    dl_dataset *a, *b;
    dl_status status = dl_dataset_split(user, 0.5, 1, &a, &b);
    assert_int_equal(status, dl_ctx_status(ctx));
    assert_true(status == DL_OK || (!a && !b));
    dl_dataset_drop(a);
    dl_dataset_drop(b);
    return status;
}

static void any_allocation_may_fail(void **state)
{
    check_dataset_faults(*state, split, 10, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(the_parts_are_disjoint_and_complete),
        with_ctx(the_choice_depends_on_seed_and_size_alone),
        with_ctx(a_wrong_fraction_is_refused),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
