/* Threads that load ahead. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "support/support.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "data/loader.h"
#include "support/numbers.h"
#include "support/tsan.h"

static dl_loader *loader(dl_ctx *ctx, numbers *s, int32_t workers)
{
    dl_dataset *d = numbers_dataset(ctx, s);
    dl_loader *l =
        dl_loader_new(d, &(dl_loader_opts){.batch = 7, .shuffle = 1, .workers = workers});
    dl_dataset_drop(d);
    return l;
}

static void any_number_of_workers_gives_the_same_batches(void **state)
{
    (void)state;
    static const int32_t workers[] = {0, 1, 2, 5, 64, DL_OFF};
    uint64_t first = 0;
    for (int32_t threads = 1; threads <= 4; threads += 3)
        for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
            dl_ctx *ctx = make_ctx(threads);
            numbers s;
            numbers_init(&s, 500, 1);
            dl_loader *l = loader(ctx, &s, workers[w]);
            uint64_t h = loader_digest(l, 3);
            assert_int_equal(dl__crew_threads(l->crew), workers[w] > 0 ? workers[w] : 0);
            assert_int_equal(atomic_load(&s.reads), 3 * 500);
            if (workers[w] == 0)
                assert_true(threads > 1 || atomic_load(&s.strangers) == 0);
            dl_loader_drop(l);
            if (!first)
                first = h;
            assert_true(h == first);
            end_ctx(ctx);
        }
}

/* One batch ahead of a caller that computes; and with it, when it waits for the first. */
static void a_worker_loads_ahead_and_the_caller_helps_when_it_waits(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 1000, 1);
    s.slow = 500;
    dl_dataset *d = numbers_dataset(ctx, &s);
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = 250, .workers = 1});
    dl_dataset_drop(d);
    dl_tensor *field[2];
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    for (int ms = 0; atomic_load(&s.reads) < 500 && ms < 20000; ms++)
        usleep(1000);
    usleep(10000);
    assert_int_equal(atomic_load(&s.reads), 500); /* no further than there is room for */
    assert_in_range(atomic_load(&s.strangers), 251, 496);
    dl_loader_drop(l);
}

/* Of an epoch the caller reads at most the first batch, for which it must wait; the rest is there
 * when it has done with the batch before. */
static void one_worker_does_the_reading_while_the_caller_computes(void **state)
{
    (void)state;
    enum { N = 400, BATCH = 40 };
    dl_ctx *ctx = make_ctx(1);
    numbers s;
    numbers_init(&s, N, 1);
    dl_dataset *d = numbers_dataset(ctx, &s);
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = BATCH, .workers = 1});
    dl_dataset_drop(d);
    dl_tensor *field[2];
    for (int b = 1; b <= N / BATCH; b++) {
        assert_int_equal(dl_loader_next(l, field, 2), 1);
        const int ahead = (b + 1) * BATCH < N ? (b + 1) * BATCH : N;
        for (int ms = 0; atomic_load(&s.reads) < ahead && ms < 20000; ms++)
            usleep(1000); /* computes */
        assert_true(atomic_load(&s.reads) >= ahead);
    }
    assert_int_equal(atomic_load(&s.reads), N);
    assert_in_range(atomic_load(&s.strangers), N - BATCH, N);
    dl_loader_drop(l);
    end_ctx(ctx);
}

static void a_dataset_of_one_thread_is_read_on_the_callers(void **state)
{
    dl_ctx *ctx = *state;
    uint64_t h[2];
    for (int threads = 0; threads < 2; threads++) {
        numbers s;
        numbers_init(&s, 100, threads);
        dl_loader *l = loader(ctx, &s, 3);
        h[threads] = loader_digest(l, 1);
        if (!threads)
            assert_int_equal(atomic_load(&s.strangers), 0);
        dl_loader_drop(l);
    }
    assert_true(h[0] == h[1]);
    numbers s;
    numbers_init(&s, 100, 0);
    dl_dataset *d = dl_dataset_subset(numbers_dataset(ctx, &s), (int64_t[]){1, 2, 3}, 3);
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.workers = 3}); /* what it wraps counts */
    loader_digest(l, 1);
    assert_int_equal(atomic_load(&s.strangers), 0);
    dl_loader_drop(l);
    dl_dataset_drop(d);
}

static void a_failed_example_is_the_same_for_any_number_of_workers(void **state)
{
    dl_ctx *ctx = *state;
    for (int32_t workers = 0; workers < 4; workers++) {
        numbers s;
        numbers_init(&s, 100, 1);
        atomic_store(&s.broken, 31);
        dl_loader *l = loader(ctx, &s, workers);
        dl_tensor *field[2];
        int64_t good = 0;
        while (dl_loader_next(l, field, 2) == 1)
            good++;
        assert_int_equal(good, dl_loader_position(l));
        expect_error(ctx, DL_EIO, "dataset numbers: example 31: the disk is on fire");
        assert_int_equal(dl_loader_seek(l, 0, good + 1), DL_OK); /* passes over that batch */
        while (dl_loader_next(l, field, 2) == 1)
            good++;
        expect_ok(ctx);
        assert_int_equal(good, dl_loader_batches(l) - 1);
        atomic_store(&s.broken, -1);
        assert_int_equal(dl_loader_next(l, field, 2), 1);
        dl_loader_drop(l);
    }
}

static void a_loader_may_go_with_batches_in_flight(void **state)
{
    dl_ctx *ctx = *state;
    for (int i = 0; i < 20; i++) {
        numbers s;
        numbers_init(&s, 500, 1);
        s.slow = i % 4 * 30;
        dl_loader *l = loader(ctx, &s, 1 + i % 5);
        dl_tensor *field[2];
        for (int k = 0; k < i; k++)
            assert_int_equal(dl_loader_next(l, field, 2), 1);
        dl_loader_drop(l);
        assert_int_equal(atomic_load(&s.freed), 1);
    }
}

static void *drop(void *l)
{
    dl_loader_drop(l);
    return NULL;
}

static void a_loader_may_be_dropped_by_another_thread(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 500, 1);
    dl_loader *l = loader(ctx, &s, 3);
    dl_tensor *field[2];
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, drop, l), 0);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&s.freed), 1);
}

static void seeking_forgets_what_was_loaded_ahead(void **state)
{
    dl_ctx *ctx = *state;
    numbers s, t;
    numbers_init(&s, 500, 1);
    numbers_init(&t, 500, 1);
    s.slow = 20;
    dl_loader *l = loader(ctx, &s, 3), *plain = loader(ctx, &t, 0);
    dl_tensor *field[2], *want[2];
    for (int64_t i = 0; i < 30; i++) {
        int64_t epoch = i * 5 % 3, position = i * 29 % 70;
        assert_int_equal(dl_loader_seek(l, epoch, position), DL_OK);
        assert_int_equal(dl_loader_seek(plain, epoch, position), DL_OK);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(dl_loader_next(l, field, 2), 1);
            assert_int_equal(dl_loader_next(plain, want, 2), 1);
            assert_same_bits(field[0], want[0]);
        }
    }
    dl_loader_drop(l);
    dl_loader_drop(plain);
}

static void cancelling_stops_loading_at_the_next_batch(void **state)
{
    dl_ctx *ctx = *state;
    numbers s;
    numbers_init(&s, 500, 1);
    dl_loader *l = loader(ctx, &s, 2);
    dl_tensor *field[2];
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    dl_ctx_cancel(ctx);
    assert_int_equal(dl_loader_next(l, field, 2), DL_EUSER);
    expect_error(ctx, DL_EUSER, "cancelled");
    assert_int_equal(dl_loader_next(l, field, 2), 1);
    assert_int_equal(dl_loader_position(l), 2);
    dl_loader_drop(l);
}

static void threads_that_cannot_be_made_are_done_without(void **state)
{
    dl_ctx *ctx = *state;
    uint64_t h[4];
    for (int32_t fail = 0; fail < 4; fail++) {
        numbers s;
        numbers_init(&s, 200, 1);
        dl__crew_fail(fail);
        dl_loader *l = loader(ctx, &s, 3);
        dl__crew_fail(0);
        assert_int_equal(dl__crew_threads(l->crew), fail ? fail - 1 : 3);
        h[fail] = loader_digest(l, 2);
        assert_true(h[fail] == h[0]);
        dl_loader_drop(l);
    }
    expect_ok(ctx);
}

static void a_forked_child_goes_on_without_the_threads(void **state)
{
    dl_ctx *ctx = *state;
    if (TSAN)
        skip();
    numbers s, t;
    numbers_init(&s, 500, 1);
    numbers_init(&t, 500, 1);
    s.slow = 50;
    dl_loader *l = loader(ctx, &s, 3), *plain = loader(ctx, &t, 0);
    dl_tensor *field[2], *want[2];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(dl_loader_next(l, field, 2), 1);
        pid_t child = fork(); /* while batches are being filled */
        assert_true(child >= 0);
        if (child == 0) {
            alarm(60);
            int ok = dl_loader_seek(plain, 0, i + 1) == DL_OK;
            while (ok && dl_loader_next(l, field, 2) == 1)
                ok = dl_loader_next(plain, want, 2) == 1 &&
                     memcmp(dl_tensor_data(field[0]), dl_tensor_data(want[0]),
                            (size_t)dl_tensor_count(want[0]) * sizeof(float)) == 0;
            ok = ok && dl_loader_position(l) == 0 && dl_ctx_status(ctx) == DL_OK;
            dl_loader_drop(l);
            _exit(ok ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    dl_loader_drop(l);
    dl_loader_drop(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers_gives_the_same_batches),
        with_ctx(a_worker_loads_ahead_and_the_caller_helps_when_it_waits),
        cmocka_unit_test(one_worker_does_the_reading_while_the_caller_computes),
        with_ctx(a_dataset_of_one_thread_is_read_on_the_callers),
        with_ctx(a_failed_example_is_the_same_for_any_number_of_workers),
        with_ctx(a_loader_may_go_with_batches_in_flight),
        with_ctx(a_loader_may_be_dropped_by_another_thread),
        with_ctx(seeking_forgets_what_was_loaded_ahead),
        with_ctx(cancelling_stops_loading_at_the_next_batch),
        with_ctx(threads_that_cannot_be_made_are_done_without),
        with_ctx(a_forked_child_goes_on_without_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
