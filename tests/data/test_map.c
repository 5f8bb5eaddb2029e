/* Examples passed through a function. */
#include "support/support.h"
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support/numbers.h"

typedef struct mapping {
    atomic_int calls, released, strangers;
    pthread_t owner;
    int32_t fails; /* what the function returns for example 3 */
    int32_t waits; /* 1: on the owner's thread it waits until another one was there */
} mapping;

static const dl_field pair = {.name = "pair", .dtype = DL_F64, .ndim = 2, .dims = {2, 2}};

/* "x" and "i" become pair = {{x0, x1}, {i, low bits of key}}. */
static int32_t widen(int64_t i, uint64_t key, const void *const *in, void *const *out, void *user)
{
    mapping *m = user;
    const float *x = in[0];
    double *y = out[0];
    atomic_fetch_add(&m->calls, 1);
    atomic_fetch_add(&m->strangers, !pthread_equal(pthread_self(), m->owner));
    for (int ms = 0; m->waits && atomic_load(&m->strangers) == 0 && ms < 20000; ms++)
        usleep(1000);
    y[0] = (double)x[0];
    y[1] = (double)x[1];
    y[2] = (double)*(const int64_t *)in[1];
    y[3] = (double)(key >> 40);
    return i == 3 ? m->fails : 0;
}

static int32_t negate(int64_t i, uint64_t key, const void *const *in, void *const *out, void *user)
{
    (void)i;
    (void)key;
    (void)user;
    const float *x = in[0];
    float *y = out[0];
    y[0] = -x[0];
    y[1] = -x[1];
    *(int64_t *)out[1] = -*(const int64_t *)in[1];
    return 0;
}

static void release(void *user)
{
    atomic_fetch_add(&((mapping *)user)->released, 1);
}

static mapping fresh(void)
{
    return (mapping){.owner = pthread_self()};
}

static void examples_pass_through_the_function(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    mapping m = fresh();
    numbers_init(&s, 5, 1);
    dl_dataset *d = dl_dataset_map(numbers_dataset(ctx, &s), &pair, 1, widen, &m, release, 1);
    assert_int_equal(dl_dataset_size(d), 5);
    assert_int_equal(dl_dataset_field_count(d), 1);
    assert_string_equal(dl_dataset_field_name(d, 0), "pair");
    dl_tensor *got;
    assert_int_equal(dl_dataset_get(d, 4, (uint64_t)9 << 40, &got, 1), DL_OK);
    assert_shape(got, 2, 2);
    assert_values(got, 4, 9, 4, 9);
    dl_dataset_drop(d);
    assert_int_equal(atomic_load(&m.released), 1);
    assert_int_equal(atomic_load(&s.freed), 1);
}

static void without_fields_of_its_own_it_has_those_of_inner(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 5, 1);
    dl_dataset *d = dl_dataset_map(numbers_dataset(ctx, &s), NULL, 0, negate, NULL, NULL, 0);
    assert_string_equal(dl_dataset_field_name(d, 1), "i");
    dl_tensor *got[2];
    assert_int_equal(dl_dataset_get(d, 2, 0, got, 2), DL_OK);
    assert_values(got[0], -2, 0);
    assert_values(got[1], -2);
    dl_dataset_drop(d);
}

/* Maps of a map, read by more threads than there is room for at once. */
static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    uint64_t first = 0;
    for (int32_t threads = 1; threads <= 4; threads++)
        for (int32_t workers = 0; workers <= 9; workers += 3) {
            dl_ctx *ctx = make_ctx(threads);
            numbers s;
            mapping m = fresh();
            numbers_init(&s, 200, 1);
            s.slow = 1;
            dl_dataset *d =
                dl_dataset_map(numbers_dataset(ctx, &s), NULL, 0, negate, NULL, NULL, 1);
            d = dl_dataset_map(d, NULL, 0, negate, &m, release, workers != 3);
            dl_loader *l =
                dl_loader_new(d, &(dl_loader_opts){.batch = 16, .shuffle = 1, .workers = workers});
            dl_dataset_drop(d);
            uint64_t got = loader_digest(l, 2);
            first = first ? first : got;
            assert_int_equal(got, first);
            dl_loader_drop(l);
            end_ctx(ctx);
        }
}

static void a_function_without_threads_runs_on_the_callers(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    for (int32_t threads = 0; threads < 2; threads++) {
        mapping m = fresh();
        numbers_init(&s, 100, 1);
        m.waits = threads; /* or the caller may have read all before a thread of the loader began */
        dl_dataset *d =
            dl_dataset_map(numbers_dataset(ctx, &s), &pair, 1, widen, &m, release, threads);
        dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = 10, .workers = 3});
        dl_tensor *got;
        for (int b = 0; b < 10; b++)
            assert_int_equal(dl_loader_next(l, &got, 1), 1);
        assert_int_equal(atomic_load(&m.calls), 100);
        assert_int_equal(atomic_load(&m.strangers) > 0, threads);
        dl_loader_drop(l);
        dl_dataset_drop(d);
    }
}

static void a_failure_is_named(void **state)
{
    dl_ctx *ctx = *state;
    static const struct {
        int32_t returned;
        dl_status status;
    } cases[] = {{1, DL_EUSER}, {DL_EFORMAT, DL_EFORMAT}};
    for (int k = 0; k < 2; k++) {
        numbers s;
        mapping m = fresh();
        numbers_init(&s, 5, 1);
        m.fails = cases[k].returned;
        dl_dataset *d = dl_dataset_map(numbers_dataset(ctx, &s), &pair, 1, widen, &m, NULL, 0);
        dl_tensor *got;
        assert_int_equal(dl_dataset_get(d, 3, 0, &got, 1), cases[k].status);
        char text[64];
        snprintf(text, sizeof text, "map: example 3: the function returned %d",
                 (int)cases[k].returned);
        expect_error(ctx, cases[k].status, text);
        atomic_store(&s.broken, 2);
        assert_int_equal(dl_dataset_get(d, 2, 0, &got, 1), DL_EIO);
        expect_error(ctx, DL_EIO, "dataset numbers: example 2: the disk is on fire");
        assert_int_equal(atomic_load(&m.calls), 1);
        dl_dataset_drop(d);
    }
}

static void a_child_process_can_read_on(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 64, 1);
    s.slow = 200;
    dl_dataset *d = dl_dataset_map(numbers_dataset(ctx, &s), NULL, 0, negate, NULL, NULL, 1);
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = 8, .workers = 4});
    dl_tensor *got[2];
    assert_int_equal(dl_loader_next(l, got, 2), 1);
    pid_t child = fork();
    if (child == 0) {
        int good = 1;
        for (int b = 1; b < 8; b++)
            good &= dl_loader_next(l, got, 2) == 1;
        _exit(good ? 0 : 1);
    }
    int how = 1;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    dl_loader_drop(l);
    dl_dataset_drop(d);
}

static void wrong_arguments_are_refused_and_all_is_given_back(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    mapping m = fresh();
    numbers_init(&s, 5, 1);
    assert_null(dl_dataset_map(numbers_dataset(ctx, &s), NULL, 0, NULL, &m, release, 0));
    expect_error(ctx, DL_EINVAL, "dataset_map: the function is NULL");
    assert_null(dl_dataset_map(numbers_dataset(ctx, &s), NULL, 1, negate, &m, release, 0));
    expect_error(ctx, DL_EINVAL, "fields are NULL");
    assert_null(dl_dataset_map(numbers_dataset(ctx, &s), &pair, -1, negate, &m, release, 0));
    expect_error(ctx, DL_EINVAL, "-1 fields");
    assert_null(dl_dataset_map(NULL, NULL, 0, negate, &m, release, 0));
    assert_int_equal(atomic_load(&m.released), 4);
    assert_int_equal(atomic_load(&s.freed), 3);
}

static dl_status map(dl_ctx *ctx, void *user)
{
    dl_dataset_drop(dl_dataset_map(dl_dataset_keep(user), &pair, 1, widen, NULL, NULL, 1));
    return dl_ctx_status(ctx);
}

static void any_allocation_may_fail(void **state)
{
    check_dataset_faults(*state, map, 5, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(examples_pass_through_the_function),
        with_ctx(without_fields_of_its_own_it_has_those_of_inner),
        cmocka_unit_test(results_do_not_depend_on_threads),
        with_ctx(a_function_without_threads_runs_on_the_callers),
        with_ctx(a_failure_is_named),
        with_ctx(a_child_process_can_read_on),
        with_ctx(wrong_arguments_are_refused_and_all_is_given_back),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
