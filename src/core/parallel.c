/* The pool: made at first use, grown to the largest share asked for, never torn down (its threads
 * sleep, and the library is linked with -z nodelete).
 *
 * One call at a time owns the pool (`busy`); whoever finds it busy, a nested call included, does
 * its work alone. The owner puts its job on its own stack and opens the `gate`, one atomic word:
 *
 *     bit 31 open | bits 16..30 free seats | bits 0..15 threads inside
 *
 * A thread enters with a compare-and-swap that takes a seat, so it is counted before it reads the
 * job; the owner shuts the gate and waits until nobody is inside before its job goes away. Threads
 * that find no work spin for a short while, then sleep; the pair (sleepers, gate) is sequentially
 * consistent, so either the sleeper sees the open gate or the owner sees the sleeper.
 *
 * A child of fork has none of the threads: the handler resets the pool, and a thread that forked
 * from within a task finds its job on its own stack and the gate shut. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include "core/ctx.h"
#include "core/parallel.h"

enum {
    STACK = 256 * 1024, /* our tasks and BLAS need little                                      */
    THREADS_MAX = 1024,
    SPINS = 2000,  /* pauses before sleeping, about 30 microseconds                             */
    RANGES = 4,    /* ranges per thread, so that a slow thread does not hold up the rest        */
    PATIENCE = 256 /* calls before another try after a thread could not be made                */
};
#define OPEN 0x80000000u
#define SEAT 0x00010000u
#define SEATS 0x7fff0000u
#define INSIDE 0x0000ffffu

typedef struct job {
    dl__task task;
    void *arg;
    int64_t n, range;  /* a range is this many items */
    atomic_llong next; /* the first range that nobody has taken */
} job;

static struct {
    atomic_int busy; /* the owner's flag; the plain members are the owner's                 */
    job *job;        /* read by threads inside                                              */
    atomic_uint gate;
    atomic_uint forks; /* counts resets; a thread of an older pool leaves                   */
    atomic_int threads, spins, fail;
    int wait;       /* calls until another try to make threads                             */
    int registered; /* the fork handler is in place                                         */
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    atomic_int sleepers; /* threads asleep on work                                          */
    atomic_int owner_sleeps;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .work = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}

/* Takes ranges until none is left. */
static void drain(job *j)
{
    for (;;) {
        int64_t range = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
        int64_t first = range * j->range;
        if (first >= j->n)
            return;
        int64_t end = j->n - first < j->range ? j->n : first + j->range;
        for (int64_t i = first; i < end; i++)
            j->task(j->arg, i);
    }
}

static int has_seat(unsigned gate)
{
    return (gate & OPEN) && (gate & SEATS);
}

/* Takes a seat if there is one. */
static int enter(void)
{
    unsigned gate = atomic_load(&pool.gate);
    while (has_seat(gate))
        if (atomic_compare_exchange_weak(&pool.gate, &gate, gate - SEAT + 1))
            return 1;
    return 0;
}

/* Counts the thread out; the last one wakes the owner. */
static void leave(void)
{
    unsigned before = atomic_fetch_sub(&pool.gate, 1);
    if ((before & INSIDE) == 1 && atomic_load(&pool.owner_sleeps)) {
        pthread_mutex_lock(&pool.lock);
        pthread_cond_signal(&pool.done);
        pthread_mutex_unlock(&pool.lock);
    }
}

static void sleep_until_work(void)
{
    pthread_mutex_lock(&pool.lock);
    atomic_fetch_add(&pool.sleepers, 1);
    while (!has_seat(atomic_load(&pool.gate)))
        pthread_cond_wait(&pool.work, &pool.lock);
    atomic_fetch_sub(&pool.sleepers, 1);
    pthread_mutex_unlock(&pool.lock);
}

static void *serve(void *unused)
{
    (void)unused;
    unsigned born = atomic_load(&pool.forks);
    int spun = 0;
    (void)dl__fpmode_enter(); /* a thread inherits its creator's mode */
    for (;;) {
        if (enter()) {
            drain(pool.job);
            if (atomic_load(&pool.forks) != born)
                return NULL;                     /* the task forked, and this is the child */
            atomic_fetch_and(&pool.gate, ~OPEN); /* no range is left: keep others out */
            leave();
            spun = 0;
        } else if (spun++ < atomic_load_explicit(&pool.spins, memory_order_relaxed)) {
            pause_briefly();
        } else {
            sleep_until_work();
            spun = 0;
        }
    }
    return NULL;
}

/* Nothing in the child can hold the lock or wait: its only thread is the one that called fork. */
static void reset_in_child(void)
{
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.work, NULL);
    pthread_cond_init(&pool.done, NULL);
    atomic_store(&pool.gate, 0);
    atomic_store(&pool.threads, 0);
    atomic_store(&pool.sleepers, 0);
    atomic_store(&pool.owner_sleeps, 0);
    atomic_fetch_add(&pool.forks, 1);
    pool.wait = 0;
    atomic_store(&pool.busy, 0);
}

/* Signals are for the host's threads. Those a fault raises stay open, or a crash handler of the
 * host would not see a fault here. */
void dl__block_signals(sigset_t *old)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, old);
}

/* Makes one detached thread; 1 on success. */
static int make_thread(void)
{
    if (atomic_load(&pool.fail) > 0 && atomic_fetch_sub(&pool.fail, 1) == 1)
        return 0;
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0)
        return 0;
    pthread_t thread;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK);
    int rc = pthread_create(&thread, &attr, serve, NULL);
    pthread_attr_destroy(&attr);
    if (rc == EINVAL && pthread_attr_init(&attr) == 0) { /* the host's thread-local data is large */
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        rc = pthread_create(&thread, &attr, serve, NULL);
        pthread_attr_destroy(&attr);
    }
    return rc == 0;
}

/* Sees to it that the pool has `want` threads, as far as the system gives them. */
static void grow(int want)
{
    int have = atomic_load(&pool.threads);
    if (have >= want)
        return;
    if (pool.wait > 0) {
        pool.wait--;
        return;
    }
    if (!pool.registered) {
        if (pthread_atfork(NULL, NULL, reset_in_child) != 0)
            return; /* without it a child could hang, so no threads */
        pool.registered = 1;
    }
    sigset_t old;
    dl__block_signals(&old);
    while (have < want && make_thread())
        have++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pool.wait = have < want ? PATIENCE : 0;
    atomic_store(&pool.threads, have);
    /* More threads than cores: spinning would take the time of one that works. */
    atomic_store(&pool.spins, have < dl__cores() ? SPINS : 0);
}

static void open_gate(job *j, int seats)
{
    pool.job = j;
    atomic_store(&pool.gate, OPEN | SEAT * (unsigned)seats);
    int sleepers = atomic_load(&pool.sleepers);
    if (sleepers == 0)
        return;
    pthread_mutex_lock(&pool.lock);
    for (int i = 0; i < sleepers && i < seats; i++)
        pthread_cond_signal(&pool.work);
    pthread_mutex_unlock(&pool.lock);
}

static void close_gate(void)
{
    atomic_fetch_and(&pool.gate, ~OPEN);
    for (int i = atomic_load(&pool.spins); i > 0 && (atomic_load(&pool.gate) & INSIDE); i--)
        pause_briefly();
    if (!(atomic_load(&pool.gate) & INSIDE))
        return;
    pthread_mutex_lock(&pool.lock);
    atomic_store(&pool.owner_sleeps, 1);
    while (atomic_load(&pool.gate) & INSIDE)
        pthread_cond_wait(&pool.done, &pool.lock);
    atomic_store(&pool.owner_sleeps, 0);
    pthread_mutex_unlock(&pool.lock);
}

static int share(const dl_ctx *ctx)
{
    int threads = ctx ? ctx->opts.threads : 1;
    if (threads <= 0)
        threads = dl__cores();
    return threads < THREADS_MAX ? threads : THREADS_MAX;
}

void dl__parallel(dl_ctx *ctx, int64_t n, dl__task task, void *arg)
{
    if (n <= 0)
        return;
    dl__fpmode mode = dl__fpmode_enter();
    job j = {.task = task, .arg = arg, .n = n, .range = n};
    int threads = n > 1 ? share(ctx) : 1;
    threads = n < threads ? (int)n : threads;
    if (threads > 1 && atomic_exchange(&pool.busy, 1) == 0) {
        grow(threads - 1);
        int seats = atomic_load(&pool.threads);
        seats = seats < threads - 1 ? seats : threads - 1;
        int64_t parts = (int64_t)(seats + 1) * RANGES;
        j.range = seats > 0 && n > parts ? n / parts : seats > 0 ? 1 : n;
        if (seats > 0)
            open_gate(&j, seats);
        drain(&j);
        if (seats > 0)
            close_gate();
        atomic_store(&pool.busy, 0);
    } else {
        drain(&j);
    }
    dl__fpmode_leave(mode);
}

int32_t dl__pool_threads(void)
{
    return atomic_load(&pool.threads);
}

void dl__pool_fail(int32_t n)
{
    atomic_store(&pool.fail, n);
}
