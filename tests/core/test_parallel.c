/* The thread pool, the floating-point mode and the count of cores. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "core/ctx.h"
#include "core/parallel.h"
#include "support/tsan.h"

enum { MANY = 10007 };

/* valgrind keeps only a part of the floating-point mode, and runs one thread at a time. */
#ifdef DL_UNDER_VALGRIND
#define NEEDS_A_REAL_CPU() skip()
#else
#define NEEDS_A_REAL_CPU() (void)0
#endif

static dl_ctx *context(int threads)
{
    dl_ctx_opts o = {.threads = threads};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    return ctx;
}

static void count(void *arg, int64_t i)
{
    ((unsigned char *)arg)[i]++;
}

static int every_item_once(dl_ctx *ctx, int64_t n)
{
    unsigned char *seen = calloc((size_t)n + 1, 1);
    if (!seen)
        return 0;
    dl__parallel(ctx, n, count, seen);
    int ok = seen[n] == 0;
    for (int64_t i = 0; i < n; i++)
        ok &= seen[i] == 1;
    free(seen);
    return ok;
}

static void each_item_runs_once_for_any_number_of_threads_and_items(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 3, 4, 7, 16};
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        dl_ctx *ctx = context(threads[t]);
        for (int64_t n = 0; n < 70; n++)
            assert_true(every_item_once(ctx, n));
        for (int round = 0; round < 50; round++)
            assert_true(every_item_once(ctx, MANY));
        assert_true(dl__pool_threads() >= threads[t] - 1);
        dl_ctx_drop(ctx);
    }
    assert_true(every_item_once(NULL, 10));
}

struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all;
    int here, wanted;
};

static void meet(void *arg, int64_t i)
{
    struct meeting *m = arg;
    (void)i;
    pthread_mutex_lock(&m->lock);
    if (++m->here == m->wanted)
        pthread_cond_broadcast(&m->all);
    while (m->here < m->wanted)
        pthread_cond_wait(&m->all, &m->lock);
    pthread_mutex_unlock(&m->lock);
}

static void the_share_really_runs_at_the_same_time(void **state)
{
    (void)state;
    for (int threads = 2; threads <= 5; threads++) {
        dl_ctx *ctx = context(threads);
        struct meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, threads};
        dl__parallel(ctx, threads, meet, &m); /* would never return with fewer threads */
        assert_int_equal(m.here, threads);
        dl_ctx_drop(ctx);
    }
}

static void sleeping_threads_wake_up(void **state)
{
    (void)state;
    dl_ctx *ctx = context(3);
    for (int i = 0; i < 20; i++) {
        struct timespec t = {0, 2000000};
        nanosleep(&t, NULL);
        struct meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 3};
        dl__parallel(ctx, 3, meet, &m);
    }
    dl_ctx_drop(ctx);
}

struct rest {
    atomic_int done;
    int64_t n;
};

static double seconds(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The first item waits for all others, those of its own part included. */
static void wait_for_the_rest(void *arg, int64_t i)
{
    struct rest *r = arg;
    if (i == 0)
        for (double begin = seconds(CLOCK_MONOTONIC); atomic_load(&r->done) < r->n - 1;)
            if (sched_yield() || seconds(CLOCK_MONOTONIC) - begin > 20)
                return;
    atomic_fetch_add(&r->done, 1);
}

static void a_thread_that_is_done_takes_the_work_of_a_slow_one(void **state)
{
    (void)state;
    for (int threads = 2; threads <= 4; threads++) {
        dl_ctx *ctx = context(threads);
        struct rest r = {.n = 4 * threads};
        dl__parallel(ctx, r.n, wait_for_the_rest, &r);
        assert_int_equal(r.done, r.n);
        dl_ctx_drop(ctx);
    }
}

static void nap(double length)
{
    struct timespec t = {(time_t)length, (long)((length - (double)(time_t)length) * 1e9)};
    nanosleep(&t, NULL);
}

static void a_pool_without_work_uses_no_time(void **state)
{
    (void)state;
    dl_ctx *ctx = context(2);
    for (int i = 0; i < 100; i++)
        assert_true(every_item_once(ctx, 100));
    nap(0.1);
    double before = seconds(CLOCK_PROCESS_CPUTIME_ID);
    nap(0.3);
    assert_true(seconds(CLOCK_PROCESS_CPUTIME_ID) - before < 0.03);
    dl_ctx_drop(ctx);
}

static void count_slowly(void *arg, int64_t i)
{
    volatile double *sum = arg;
    double x = (double)i;
    for (int k = 0; k < 3000; k++)
        x = x * 0.999 + 1;
    sum[8 * i] = x;
}

/* Time of the process for the same work, and time that passes. */
static void take_times(dl_ctx *ctx, double *sum, double *used, double *passed)
{
    double u = seconds(CLOCK_PROCESS_CPUTIME_ID), p = seconds(CLOCK_MONOTONIC);
    dl__parallel(ctx, 256, count_slowly, sum);
    *used = seconds(CLOCK_PROCESS_CPUTIME_ID) - u;
    *passed = seconds(CLOCK_MONOTONIC) - p;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What two threads use together is not changed by what else the machine does; how much faster they
 * are is, so that is only printed. */
static void two_threads_use_hardly_more_time_than_one(void **state)
{
    (void)state;
    NEEDS_A_REAL_CPU();
    enum { ROUNDS = 41 };
    double cost[ROUNDS], faster[ROUNDS];
    double *sum = calloc(256 * 8, sizeof *sum);
    dl_ctx *one = context(1), *two = context(2);
    assert_non_null(sum);
    for (int r = 0; r < ROUNDS; r++) {
        double used[2], passed[2];
        take_times(one, sum, &used[0], &passed[0]);
        take_times(two, sum, &used[1], &passed[1]);
        cost[r] = used[1] / used[0];
        faster[r] = passed[0] / passed[1];
    }
    qsort(cost, ROUNDS, sizeof *cost, by_value);
    qsort(faster, ROUNDS, sizeof *faster, by_value);
    printf("two threads: %.2f times as fast, %.2f times the time\n", faster[ROUNDS / 2],
           cost[ROUNDS / 2]);
    assert_true(cost[ROUNDS / 4] < 1.2);
    free(sum);
    dl_ctx_drop(one);
    dl_ctx_drop(two);
}

struct nest {
    dl_ctx *ctx;
    unsigned char seen[16][64];
};

static void nest(void *arg, int64_t i)
{
    struct nest *n = arg;
    dl__parallel(n->ctx, 64, count, n->seen[i]);
}

static void nested_calls_run_inline(void **state)
{
    (void)state;
    static struct nest n;
    memset(&n, 0, sizeof n);
    n.ctx = context(4);
    for (int round = 0; round < 100; round++)
        dl__parallel(n.ctx, 16, nest, &n);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 64; j++)
            assert_int_equal(n.seen[i][j], 100);
    dl_ctx_drop(n.ctx);
}

static void *hosted(void *arg)
{
    dl_ctx *ctx = context(3);
    int ok = 1;
    for (int i = 0; i < 50; i++)
        ok &= every_item_once(ctx, 500 + i);
    dl_ctx_drop(ctx);
    *(int *)arg = ok;
    return NULL;
}

static void sixty_four_host_threads_call_at_once(void **state)
{
    (void)state;
    pthread_t host[64];
    int ok[64] = {0};
    for (int i = 0; i < 64; i++)
        assert_int_equal(pthread_create(&host[i], NULL, hosted, &ok[i]), 0);
    for (int i = 0; i < 64; i++)
        pthread_join(host[i], NULL);
    for (int i = 0; i < 64; i++)
        assert_true(ok[i]);
}

static void failing_to_make_a_thread_only_means_fewer_threads(void **state)
{
    (void)state;
    int before = dl__pool_threads();
    dl_ctx *ctx = context(before + 4);
    dl__pool_fail(2); /* the first new thread is made, the second is not */
    assert_true(every_item_once(ctx, MANY));
    assert_int_equal(dl__pool_threads(), before + 1);
    assert_int_equal(dl_ctx_status(ctx), DL_OK);
    for (int i = 0; i < 400; i++)
        assert_true(every_item_once(ctx, 100));
    assert_int_equal(dl__pool_threads(), before + 3); /* it tries again after a while */
    dl_ctx_drop(ctx);
}

/* How double arithmetic rounds now. fegetround asks the x87 unit, which nobody here uses. */
static int rounding(void)
{
    volatile double one = 1.0, tiny = 0x1p-60, up = one + tiny, down = -one - tiny, in = one - tiny;
    if (up > 1.0)
        return FE_UPWARD;
    if (down < -1.0)
        return FE_DOWNWARD;
    return in < 1.0 ? FE_TOWARDZERO : FE_TONEAREST;
}

struct masks {
    struct meeting meeting;
    sigset_t set[2];
    int round[2];
};

static void look_around(void *arg, int64_t i)
{
    struct masks *m = arg;
    meet(&m->meeting, i);
    pthread_sigmask(SIG_SETMASK, NULL, &m->set[i]);
    m->round[i] = rounding();
}

static void pool_threads_block_signals_and_round_to_nearest(void **state)
{
    (void)state;
    NEEDS_A_REAL_CPU();
    struct masks m = {.meeting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 2}};
    fesetround(FE_UPWARD);
    dl_ctx *ctx = context(dl__pool_threads() + 2); /* one new thread, made while rounding upward */
    dl__parallel(ctx, 1, count, (unsigned char[1]){0});
    assert_true(every_item_once(ctx, 1000));
    dl_ctx_drop(ctx);
    ctx = context(2);
    dl__parallel(ctx, 2, look_around, &m);
    assert_int_equal(rounding(), FE_UPWARD);
    fesetround(FE_TONEAREST);
    int blocked = sigismember(&m.set[0], SIGINT) + sigismember(&m.set[1], SIGINT);
    assert_int_equal(blocked, 1); /* in the pool's thread, not in ours */
    assert_false(sigismember(&m.set[0], SIGSEGV) || sigismember(&m.set[1], SIGSEGV));
    assert_int_equal(m.round[0], FE_TONEAREST);
    assert_int_equal(m.round[1], FE_TONEAREST);
    dl_ctx_drop(ctx);
}

static void the_mode_of_the_host_comes_back(void **state)
{
    (void)state;
    NEEDS_A_REAL_CPU();
    static const int rounds[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST};
    for (size_t i = 0; i < 4; i++) {
        fesetround(rounds[i]);
        feclearexcept(FE_ALL_EXCEPT);
        dl__fpmode outer = dl__fpmode_enter();
        assert_int_equal(rounding(), FE_TONEAREST);
        dl__fpmode inner = dl__fpmode_enter();
        volatile double third = 1.0, three = 3.0;
        third = third / three;
        dl__fpmode_leave(inner);
        assert_int_equal(rounding(), FE_TONEAREST);
        dl__fpmode_leave(outer);
        assert_false(fetestexcept(FE_INEXACT));
        assert_int_equal(rounding(), rounds[i]);
    }
}

/* Waits for a child at most 20 seconds; its exit status, or -1. */
static int outcome(pid_t child)
{
    for (int i = 0; i < 2000; i++) {
        int status;
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        struct timespec t = {0, 10000000};
        nanosleep(&t, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return -1;
}

static void a_child_makes_a_pool_of_its_own(void **state)
{
    (void)state;
    if (TSAN)
        skip();
    dl_ctx *ctx = context(3);
    assert_true(every_item_once(ctx, MANY));
    pid_t child = fork();
    if (child == 0) {
        int ok = dl__pool_threads() == 0 && every_item_once(ctx, MANY);
        struct meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 3};
        dl__parallel(ctx, 3, meet, &m);
        _exit(ok && dl__pool_threads() == 2 ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(outcome(child), 0);
    assert_true(every_item_once(ctx, MANY));
    dl_ctx_drop(ctx);
}

/* In a child, which reads the environment again: what the pool uses after a call in a tenth of a
 * second, or until it has used `mark` seconds. */
static double time_used_after_a_call(dl_ctx *ctx, const char *spin, double mark)
{
    struct meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 2};
    setenv("DL_SPIN_US", spin, 1);
    dl__parallel(ctx, 2, meet, &m);
    double before = seconds(CLOCK_PROCESS_CPUTIME_ID), used = 0;
    for (int i = 0; used < mark && i < (mark < 1 ? 5000 : 50); i++) {
        nap(0.002);
        used = seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
    }
    return used;
}

static void dl_spin_us_says_how_long_threads_wait_awake(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double mark; /* more than 1: it uses next to nothing */
    } set[] = {{"0", 2}, {"20", 2}, {"-1", 2}, {"soon", 2}, {"1000001", 2}, {"400000", 0.2}};
    if (TSAN || dl__cores() < 2)
        skip();
    dl_ctx *ctx = context(2);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) {
        pid_t child = fork();
        if (child == 0) {
            double used = time_used_after_a_call(ctx, set[i].text, set[i].mark);
            _exit(set[i].mark > 1 ? used > 0.03 : used < set[i].mark);
        }
        assert_true(child > 0);
        assert_int_equal(outcome(child), 0);
    }
    dl_ctx_drop(ctx);
}

static atomic_int stop;

static void *keep_busy(void *arg)
{
    (void)arg;
    dl_ctx *ctx = context(3);
    while (!atomic_load(&stop))
        every_item_once(ctx, 5000);
    dl_ctx_drop(ctx);
    return NULL;
}

static void a_fork_in_the_middle_of_another_threads_call_does_not_hang_the_child(void **state)
{
    (void)state;
    if (TSAN)
        skip();
    pthread_t other;
    dl_ctx *ctx = context(3);
    atomic_store(&stop, 0);
    assert_int_equal(pthread_create(&other, NULL, keep_busy, NULL), 0);
    int good = 0;
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        if (child == 0) {
            unsigned char seen[100] = {0}; /* no malloc: another thread may have held its lock */
            dl__parallel(ctx, 100, count, seen);
            for (int j = 0; j < 100; j++)
                if (seen[j] != 1)
                    _exit(1);
            _exit(0);
        }
        assert_true(child > 0);
        good += outcome(child) == 0;
    }
    atomic_store(&stop, 1);
    pthread_join(other, NULL);
    dl_ctx_drop(ctx);
    assert_int_equal(good, 40);
}

static void write_text(const char *dir, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void the_quota_of_the_control_group_counts(void **state)
{
    (void)state;
    char root[] = "/tmp/dl_cgroup_XXXXXX", path[300];
    assert_non_null(mkdtemp(root));
    const char *v2 = "0::/a/b\n", *v1 = "9:memory:/x\n4:cpu,cpuacct:/x\n1:name=systemd:/\n";
    assert_int_equal(dl__quota_cores(v2, root), INT32_MAX);
    snprintf(path, sizeof path, "%s/a", root);
    mkdir(path, 0700);
    write_text(path, "cpu.max", "350000 100000\n");
    assert_int_equal(dl__quota_cores(v2, root), 3); /* of the group around it, rounded down */
    snprintf(path, sizeof path, "%s/a/b", root);
    mkdir(path, 0700);
    write_text(path, "cpu.max", "max 100000\n");
    assert_int_equal(dl__quota_cores(v2, root), 3);
    write_text(path, "cpu.max", "50000 100000\n");
    assert_int_equal(dl__quota_cores(v2, root), 1); /* half a core is one thread */
    assert_int_equal(dl__quota_cores("0::/elsewhere\n", root), INT32_MAX);
    snprintf(path, sizeof path, "%s/cpu,cpuacct", root);
    mkdir(path, 0700);
    write_text(path, "cpu.cfs_period_us", "100000\n");
    write_text(path, "cpu.cfs_quota_us", "-1\n");
    assert_int_equal(dl__quota_cores(v1, root), INT32_MAX);
    write_text(path, "cpu.cfs_quota_us", "200000\n");
    assert_int_equal(dl__quota_cores(v1, root), 2);
    assert_int_equal(dl__quota_cores("garbage\n:\n::\n4:cpu\n", root), INT32_MAX);
    snprintf(path, sizeof path, "rm -r %s", root);
    assert_int_equal(system(path), 0);
}

static void the_affinity_mask_counts(void **state)
{
    (void)state;
    cpu_set_t old, one;
    assert_int_equal(sched_getaffinity(0, sizeof old, &old), 0);
    assert_true(dl__cores() >= 1 && dl__cores() <= CPU_COUNT(&old));
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &old))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(dl__cores(), 1);
    sched_setaffinity(0, sizeof old, &old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_runs_once_for_any_number_of_threads_and_items),
        cmocka_unit_test(the_share_really_runs_at_the_same_time),
        cmocka_unit_test(sleeping_threads_wake_up),
        cmocka_unit_test(a_thread_that_is_done_takes_the_work_of_a_slow_one),
        cmocka_unit_test(a_pool_without_work_uses_no_time),
        cmocka_unit_test(two_threads_use_hardly_more_time_than_one),
        cmocka_unit_test(nested_calls_run_inline),
        cmocka_unit_test(sixty_four_host_threads_call_at_once),
        cmocka_unit_test(failing_to_make_a_thread_only_means_fewer_threads),
        cmocka_unit_test(pool_threads_block_signals_and_round_to_nearest),
        cmocka_unit_test(the_mode_of_the_host_comes_back),
        cmocka_unit_test(a_child_makes_a_pool_of_its_own),
        cmocka_unit_test(dl_spin_us_says_how_long_threads_wait_awake),
        cmocka_unit_test(a_fork_in_the_middle_of_another_threads_call_does_not_hang_the_child),
        cmocka_unit_test(the_quota_of_the_control_group_counts),
        cmocka_unit_test(the_affinity_mask_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
