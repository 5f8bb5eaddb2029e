/* Large blocks: cutting, joining, giving back. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "core/arena.h"
#include "support.h"

enum { MIB = 1 << 20, KIB = 1 << 10 };

static unsigned char *bytes_of(dl__memory_block *b)
{
    return (unsigned char *)b + DL__HEADER;
}

static dl__memory_block *take(dl__arena *a, size_t total)
{
    dl__memory_block *b = dl__arena_take(a, total, LLONG_MAX);
    if (!b && dl__arena_grow(a, total, LLONG_MAX))
        b = dl__arena_take(a, total, LLONG_MAX);
    assert_non_null(b);
    assert_int_equal((uintptr_t)b % 64, 0);
    assert_in_range(b->total, total, total + total / 16);
    return b;
}

static void end(dl__arena *a)
{
    dl__arena_trim(a);
    assert_null(a->regions);
    assert_true(a->system == 0);
}

static void blocks_are_their_own_whatever_is_taken_and_given(void **state)
{
    (void)state;
    enum { N = 64, ROUNDS = 4000 };
    static dl__arena a;
    dl__memory_block *held[N] = {NULL};
    size_t live = 0;
    uint32_t r = 1;
    for (int i = 0; i < ROUNDS; i++) {
        r = r * 1664525u + 1013904223u;
        size_t k = r >> 8 & (N - 1), total = 64 * KIB + ((r >> 14) % 9000) * 64;
        if (held[k]) {
            const unsigned char *p = bytes_of(held[k]);
            for (size_t j = 0; j < held[k]->total - DL__HEADER; j += 4001)
                assert_int_equal(p[j], k);
            assert_int_equal(p[held[k]->total - DL__HEADER - 1], k);
            live -= held[k]->total;
            dl__arena_give(&a, held[k]);
            held[k] = NULL;
        } else {
            held[k] = take(&a, total);
            live += held[k]->total;
            memset(bytes_of(held[k]), (int)k, held[k]->total - DL__HEADER);
        }
        if (i % 500 == 499)
            dl__arena_trim(&a);
        assert_true(a.system >= (long long)live);
        assert_true(a.system <= 64 * MIB); /* at most 32 blocks of 600 KiB, twice over */
    }
    for (int k = 0; k < N; k++)
        if (held[k])
            dl__arena_give(&a, held[k]);
    end(&a);
}

static void neighbours_are_joined_in_any_order(void **state)
{
    (void)state;
    static const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static dl__arena a;
    dl__memory_block *first = take(&a, MIB);
    dl__arena_give(&a, first);
    for (int i = 0; i < 6; i++) {
        dl__memory_block *b[3];
        for (int k = 0; k < 3; k++)
            b[k] = take(&a, 300 * KIB);
        assert_ptr_equal(b[0], first); /* the block of 1 MiB is cut up */
        assert_ptr_equal((char *)b[1] + b[1]->total, b[2]);
        for (int k = 0; k < 3; k++)
            dl__arena_give(&a, b[order[i][k]]);
        dl__memory_block *whole = take(&a, MIB);
        assert_ptr_equal(whole, first);
        dl__arena_give(&a, whole);
    }
    assert_true(a.system == 2 * MIB);
    end(&a);
}

static void the_smallest_block_that_will_do_is_taken(void **state)
{
    (void)state;
    static dl__arena a;
    static const size_t size[] = {900 * KIB, 70 * KIB, 640 * KIB, 70 * KIB, 660 * KIB, 70 * KIB};
    dl__memory_block *b[6];
    assert_true(dl__arena_grow(&a, 4 * MIB, LLONG_MAX));
    for (int i = 0; i < 6; i++)
        b[i] = take(&a, size[i]);
    for (int i = 0; i < 6; i += 2)
        dl__arena_give(&a, b[i]);
    assert_ptr_equal(take(&a, 650 * KIB), b[4]);
    assert_ptr_equal(take(&a, 630 * KIB), b[2]);
    assert_ptr_equal(take(&a, 600 * KIB), b[0]);
    for (int i = 0; i < 6; i++)
        dl__arena_give(&a, b[i]);
    end(&a);
}

static void trimming_gives_pages_of_free_blocks_back(void **state)
{
    (void)state;
    static dl__arena a;
    dl__memory_block *low = take(&a, 5 * MIB), *used = take(&a, 100 * KIB);
    memset(bytes_of(low), 1, low->total - DL__HEADER);
    memset(bytes_of(used), 2, used->total - DL__HEADER);
    dl__arena_give(&a, low);
    const long long before = a.system;
    dl__arena_trim(&a);
    assert_true(a.system < before - 4 * MIB && a.system >= (long long)used->total);
    assert_null(dl__arena_take(&a, 3 * MIB, 2 * MIB)); /* it would take 3 MiB of the system */
    assert_ptr_equal(take(&a, 3 * MIB), low);
    assert_int_equal(bytes_of(low)[1 * MIB], 0); /* a new page */
    assert_int_equal(bytes_of(used)[50 * KIB], 2);
    assert_true(a.system >= 3 * MIB && a.system < 4 * MIB);
    dl__arena_give(&a, low);
    dl__arena_give(&a, take(&a, 4 * MIB)); /* more than what was given back joins with */
    dl__arena_give(&a, used);
    end(&a);
}

static void a_region_takes_no_more_than_there_is_room_for(void **state)
{
    (void)state;
    static dl__arena a;
    assert_false(dl__arena_grow(&a, 100 * KIB, 100 * KIB));
    assert_true(a.system == 0);
    assert_true(dl__arena_grow(&a, 100 * KIB, 110 * KIB));
    assert_in_range(a.system, 100 * KIB, 110 * KIB);
    assert_non_null(dl__arena_take(&a, 100 * KIB, 0)); /* it is there */
    assert_null(dl__arena_take(&a, 100 * KIB, LLONG_MAX));
    assert_false(dl__arena_grow(&a, (size_t)1 << 57, LLONG_MAX)); /* no system has that */
    dl__arena_give(&a, (dl__memory_block *)(void *)((char *)a.regions + DL__HEADER));
    end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_their_own_whatever_is_taken_and_given),
        cmocka_unit_test(neighbours_are_joined_in_any_order),
        cmocka_unit_test(the_smallest_block_that_will_do_is_taken),
        cmocka_unit_test(trimming_gives_pages_of_free_blocks_back),
        cmocka_unit_test(a_region_takes_no_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
