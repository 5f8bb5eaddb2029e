/* Room for examples that several threads read. */
#include "data/rooms.h"
#include <sys/wait.h>
#include <unistd.h>
#include "core/parallel.h"
#include "support/support.h"
#include "support/tsan.h"

enum { READERS = 4, BYTES = 256, TIMES = 2000 };

typedef struct job {
    dl__rooms rooms;
    atomic_int wrong;
} job;

/* Has a room for itself: nobody else writes to it meanwhile. */
static void *read_some(void *arg)
{
    job *j = arg;
    for (int i = 0; i < TIMES; i++) {
        volatile char *room = dl__room_take(&j->rooms);
        const char mine = (char)(i ^ (int)(uintptr_t)&mine);
        room[0] = room[BYTES - 1] = mine;
        sched_yield();
        if (room[0] != mine || room[BYTES - 1] != mine)
            atomic_fetch_add(&j->wrong, 1);
        dl__room_give(&j->rooms, (char *)(uintptr_t)room);
    }
    return NULL;
}

static int read_at_once(job *j)
{
    pthread_t reader[READERS];
    int n = 0;
    while (n < READERS && pthread_create(&reader[n], NULL, read_some, j) == 0)
        n++;
    for (int i = 0; i < n; i++)
        pthread_join(reader[i], NULL);
    return n == READERS && atomic_load(&j->wrong) == 0;
}

static void each_reader_has_one_for_itself(void **state)
{
    dl_ctx *ctx = *state;
    for (int32_t threads = 0; threads < 2; threads++) {
        job j = {.wrong = 0};
        assert_int_equal(dl__rooms_begin(&j.rooms, ctx, "it", BYTES, threads), DL_OK);
        assert_true(read_at_once(&j));
        assert_int_equal(j.rooms.n_free, j.rooms.n);
        dl__rooms_end(&j.rooms);
    }
}

/* A loader has threads of its own: those of the context do not tell how many there are. */
static void there_is_one_for_each_core_whatever_the_context_may_use(void **state)
{
    (void)state;
    dl_ctx *ctx = make_ctx(1);
    dl__rooms r;
    assert_int_equal(dl__rooms_begin(&r, ctx, "it", BYTES, 1), DL_OK);
    assert_int_equal(r.n, dl__cores() < DL__ROOMS - 1 ? 1 + dl__cores() : DL__ROOMS);
    dl__rooms_end(&r);
    assert_int_equal(dl__rooms_begin(&r, ctx, "it", BYTES, 0), DL_OK);
    assert_int_equal(r.n, 1);
    dl__rooms_end(&r);
    end_ctx(ctx);
}

/* Rooms that others held when the process forked, and the lock, are those of nobody in the child,
 * whose threads may be many from the start. */
static void threads_of_a_child_begin_anew(void **state)
{
    dl_ctx *ctx = *state;
    if (TSAN)
        skip();
    job j = {.wrong = 0};
    assert_int_equal(dl__rooms_begin(&j.rooms, ctx, "it", BYTES, 1), DL_OK);
    char *held = dl__room_take(&j.rooms);
    for (int i = 0; i < 10; i++) {
        pthread_mutex_lock(&j.rooms.lock);
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            _exit(read_at_once(&j) && j.rooms.n_free == j.rooms.n ? 0 : 1);
        }
        pthread_mutex_unlock(&j.rooms.lock);
        int how = 1;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_int_equal(how, 0);
    }
    dl__room_give(&j.rooms, held);
    dl__rooms_end(&j.rooms);
}

static void more_than_there_can_be_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl__rooms r;
    size_t at = 1;
    assert_int_equal(dl__room_add(&at, 3, 5), 1);
    assert_true(at % 64 == 0 && at >= 16);
    assert_int_equal(dl__room_add(&at, SIZE_MAX / 2, 3), 0);
    assert_int_equal(dl__room_add(&at, SIZE_MAX - 8, 1), 0);
    assert_int_equal(dl__rooms_begin(&r, ctx, "it", SIZE_MAX / 2, 1), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "it: an example of 9223372036854775807 bytes is too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(each_reader_has_one_for_itself),
        cmocka_unit_test(there_is_one_for_each_core_whatever_the_context_may_use),
        with_ctx(threads_of_a_child_begin_anew),
        with_ctx(more_than_there_can_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
