#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "support.h"

static void blocks_are_aligned_and_their_own(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 300 };
    unsigned char *p[N];
    for (size_t i = 0; i < N; i++) {
        p[i] = dl__alloc(ctx, i * i);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % DL__ALIGN, 0);
        memset(p[i], (int)(i & 255), i * i);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < i * i; k++)
            assert_int_equal(p[i][k], i & 255);
        dl__free(p[i]);
    }
    dl__free(NULL);
}

static void live_and_peak_bytes_are_counted(void **state)
{
    dl_ctx *ctx = *state;
    int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    void *a = dl__alloc(ctx, 100000), *b = dl__alloc(ctx, 50000);
    int64_t live = dl_ctx_bytes(ctx, DL_BYTES_LIVE) - before;
    assert_in_range(live, 150000, 150000 * 17 / 16 + 256); /* at most a sixteenth is lost */
    dl__free(a);
    assert_in_range(dl_ctx_bytes(ctx, DL_BYTES_LIVE) - before, 50000, 50000 * 17 / 16 + 128);
    assert_in_range(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before, 150000, 150000 * 17 / 16 + 256);
    dl__free(b);
    assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), before);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_SYSTEM) >= 150000);
    dl_ctx_trim(ctx);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_SYSTEM) == before);
}

static void a_freed_block_serves_the_next_of_its_size(void **state)
{
    dl_ctx *ctx = *state;
    dl__free(dl__alloc(ctx, 12345));
    long long takes = ctx->memory.takes;
    for (int i = 0; i < 100; i++)
        dl__free(dl__alloc(ctx, 12345));
    assert_true(ctx->memory.takes == takes);
}

static void calloc_clears_reused_memory(void **state)
{
    dl_ctx *ctx = *state;
    unsigned char *p = dl__alloc(ctx, 1000);
    memset(p, 0xff, 1000);
    dl__free(p);
    unsigned char *q = dl__calloc(ctx, 1000);
    assert_ptr_equal(q, p);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(q[i], 0);
    dl__free(q);
}

static void realloc_keeps_what_was_there(void **state)
{
    dl_ctx *ctx = *state;
    char *p = dl__realloc(ctx, NULL, 10);
    memcpy(p, "unchanged", 10);
    p = dl__realloc(ctx, p, 100000);
    assert_string_equal(p, "unchanged");
    dl__memory_fail(ctx, 1, 0);
    assert_null(dl__realloc(ctx, p, 1000000));
    expect_error(ctx, DL_ENOMEM, "memory: 1000000 bytes could not be had");
    assert_string_equal(p, "unchanged");
    assert_ptr_equal(dl__realloc(ctx, p, 5), p);
    dl__free(p);
    p = dl__strdup(ctx, "copy");
    assert_string_equal(p, "copy");
    dl__free(p);
}

static void sizes_beyond_reason_are_out_of_memory(void **state)
{
    dl_ctx *ctx = *state;
    static const size_t size[] = {SIZE_MAX,        SIZE_MAX - 63,   SIZE_MAX - 64,  SIZE_MAX / 2,
                                  (size_t)1 << 62, (size_t)1 << 61, (size_t)1 << 56};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        assert_null(dl__alloc(ctx, size[i]));
        expect_error(ctx, DL_ENOMEM, "memory");
    }
}

/* Takes, fills and frees blocks of 64 KiB to 2 MiB, about 20 at a time. */
static int32_t come_and_go(dl_ctx *ctx, int rounds)
{
    enum { N = 20 };
    void *held[N] = {NULL};
    uint32_t r = 7;
    int32_t refused = 0;
    for (int i = 0; i < rounds; i++) {
        r = r * 1664525u + 1013904223u;
        size_t k = (r >> 8) % N, bytes = 65536 + (r >> 10) % 2000000;
        dl__free(held[k]);
        held[k] = dl__alloc(ctx, bytes);
        if (held[k]) {
            memset(held[k], 1, bytes);
        } else {
            expect_error(ctx, DL_ELIMIT, "memory: ");
            refused++;
        }
        if (ctx->opts.memory_limit)
            assert_true(dl_ctx_bytes(ctx, DL_BYTES_SYSTEM) <= ctx->opts.memory_limit);
    }
    for (int k = 0; k < N; k++)
        dl__free(held[k]);
    return refused;
}

static long page_faults(void)
{
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    return now.ru_minflt;
}

static void large_blocks_of_any_size_are_made_of_what_was_there(void **state)
{
    dl_ctx *ctx = *state;
    if (!DL__ARENA)
        skip();
    come_and_go(ctx, 300);
    const long long takes = ctx->memory.takes;
    const long faults = page_faults();
    come_and_go(ctx, 300);
    assert_true(ctx->memory.takes <= takes + 1);
    assert_true(page_faults() - faults < 600); /* of 300 MB, which have 75000 pages */
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_SYSTEM) < 3 * dl_ctx_bytes(ctx, DL_BYTES_PEAK) / 2);
    int64_t live = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    void *small = dl__alloc(ctx, 100000), *large = dl__alloc(ctx, 30000000);
    int64_t both = dl_ctx_bytes(ctx, DL_BYTES_LIVE) - live;
    assert_in_range(both, 30100000, 30100000 * 17LL / 16);
    dl__free(large); /* the small one stays; what is around it goes back all the same */
    dl_ctx_trim(ctx);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_SYSTEM) < 1000000);
    dl__free(small);
}

static void large_blocks_keep_to_the_limit(void **state)
{
    (void)state;
    const dl_ctx_opts opts = {.memory_limit = 12 << 20, .threads = 1};
    dl_ctx *ctx = dl_ctx_new(&opts);
    int32_t refused = come_and_go(ctx, 2000);
    assert_in_range(refused, 100, 1900);
    void *most = dl__alloc(ctx, 11 << 20); /* the rest is not in the way */
    assert_non_null(most);
    dl__free(most);
    end_ctx(ctx);
}

static void the_limit_holds_and_the_cache_makes_room(void **state)
{
    (void)state;
    const dl_ctx_opts opts = {.memory_limit = 1 << 20};
    dl_ctx *ctx = dl_ctx_new(&opts);
    void *a = dl__alloc(ctx, 600000);
    assert_non_null(a);
    assert_null(dl__alloc(ctx, 600000));
    expect_error(ctx, DL_ELIMIT, "exceed the limit of 1048576");
    dl__free(a);
    a = dl__alloc(ctx, 700000); /* what was cached goes back first */
    assert_non_null(a);
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_SYSTEM) <= 1 << 20);
    dl__free(a);
    end_ctx(ctx);
}

/* An allocator that counts, checks what comes back, and can be told to fail. */
typedef struct counter {
    long long live, calls, fail_at;
} counter;

static void *counting(void *user, void *p, size_t bytes, size_t align)
{
    counter *c = user;
    if (bytes == 0) {
        c->live--;
        free(p);
        return NULL;
    }
    assert_null(p);
    assert_int_equal(align, DL__ALIGN);
    if (++c->calls == c->fail_at)
        return NULL;
    void *q = NULL;
    if (posix_memalign(&q, align, bytes))
        return NULL;
    memset(q, 0xa5, bytes);
    c->live++;
    return q;
}

static void everything_goes_through_the_callers_allocator(void **state)
{
    (void)state;
    counter c = {0};
    const dl_ctx_opts opts = {.alloc = counting, .alloc_user = &c, .threads = 1};
    dl_ctx *ctx = dl_ctx_new(&opts);
    dl_tensor *t = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1000));
    assert_true(c.live >= 4); /* context, tensor, storage, data */
    dl_tensor_drop(t);
    dl_ctx_trim(ctx);
    long long least = c.live;
    assert_true(least <= 2);
    c.fail_at = c.calls + 1;
    t = dl_tensor_ones(ctx, DL_F32, DL_SHAPE(1000)); /* a second try, after the trim, succeeds */
    assert_non_null(t);
    dl_tensor_drop(t);
    dl_ctx_drop(ctx);
    assert_int_equal(c.live, 0);
}

static void a_block_of_the_callers_allocator_serves_what_is_an_eighth_smaller(void **state)
{
    (void)state;
    counter c = {0};
    const dl_ctx_opts opts = {.alloc = counting, .alloc_user = &c, .threads = 1};
    dl_ctx *ctx = dl_ctx_new(&opts);
    dl__free(dl__alloc(ctx, 1000000));
    long long calls = c.calls;
    dl__free(dl__alloc(ctx, 930000));
    assert_true(c.calls == calls);
    dl__free(dl__alloc(ctx, 800000)); /* half would be lost if any block served */
    assert_true(c.calls == calls + 1);
    dl__free(dl__alloc(ctx, 1100000));
    assert_true(c.calls == calls + 2);
    dl_ctx_drop(ctx);
    assert_int_equal(c.live, 0);
}

static void a_context_that_cannot_be_made_leaves_nothing(void **state)
{
    (void)state;
    dl_ctx *ctx = NULL;
    int failed = 0;
    for (long long k = 1; !ctx; k++) {
        counter c = {.fail_at = k};
        const dl_ctx_opts opts = {.alloc = counting, .alloc_user = &c, .threads = 1};
        ctx = dl_ctx_new(&opts);
        if (!ctx) {
            assert_int_equal(c.live, 0);
            failed++;
            continue;
        }
        dl_ctx_drop(ctx);
        assert_int_equal(c.live, 0);
    }
    assert_true(failed >= 1);
}

enum { BLOCKS = 20000 };

static void *give_back(void *user)
{
    void **p = user;
    for (int i = 0; i < BLOCKS; i++)
        dl__free(p[i]);
    return NULL;
}

static void blocks_come_back_from_other_threads(void **state)
{
    dl_ctx *ctx = *state;
    enum { THREADS = 4 };
    void **p = calloc(THREADS * BLOCKS, sizeof *p);
    pthread_t thread[THREADS];
    int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    for (int i = 0; i < THREADS * BLOCKS; i++)
        assert_non_null(p[i] = dl__alloc(ctx, 40));
    long long takes = ctx->memory.takes;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, give_back, p + i * BLOCKS), 0);
    for (int i = 0; i < BLOCKS; i++) /* meanwhile the owner goes on */
        dl__free(dl__alloc(ctx, 40));
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), before);
    takes = ctx->memory.takes;
    for (int i = 0; i < THREADS * BLOCKS; i++)
        assert_non_null(p[i] = dl__alloc(ctx, 40));
    assert_true(ctx->memory.takes == takes);
    for (int i = 0; i < THREADS * BLOCKS; i++)
        dl__free(p[i]);
    free(p);
}

static void injected_failures_hit_the_wanted_allocation(void **state)
{
    dl_ctx *ctx = *state;
    dl__memory_fail(ctx, 2, 0);
    void *a = dl__alloc(ctx, 1);
    assert_non_null(a);
    assert_null(dl__alloc(ctx, 1));
    expect_error(ctx, DL_ENOMEM, "memory");
    void *b = dl__alloc(ctx, 1);
    assert_non_null(b);
    dl__memory_fail(ctx, 1, 1);
    for (int i = 0; i < 3; i++)
        assert_null(dl__alloc(ctx, 1));
    dl__memory_fail(ctx, 0, 0);
    expect_error(ctx, DL_ENOMEM, "memory");
    dl__free(a);
    dl__free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(blocks_are_aligned_and_their_own),
        with_ctx(live_and_peak_bytes_are_counted),
        with_ctx(a_freed_block_serves_the_next_of_its_size),
        with_ctx(calloc_clears_reused_memory),
        with_ctx(realloc_keeps_what_was_there),
        with_ctx(sizes_beyond_reason_are_out_of_memory),
        with_ctx(large_blocks_of_any_size_are_made_of_what_was_there),
        cmocka_unit_test(large_blocks_keep_to_the_limit),
        cmocka_unit_test(the_limit_holds_and_the_cache_makes_room),
        cmocka_unit_test(everything_goes_through_the_callers_allocator),
        cmocka_unit_test(a_block_of_the_callers_allocator_serves_what_is_an_eighth_smaller),
        cmocka_unit_test(a_context_that_cannot_be_made_leaves_nothing),
        with_ctx(blocks_come_back_from_other_threads),
        with_ctx(injected_failures_hit_the_wanted_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
