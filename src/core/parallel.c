/* The pool: made at first use, grown to the largest share asked for, never torn down (its threads
 * sleep, and the library is linked with -z nodelete).
 *
 * One call at a time owns the pool (`busy`); whoever finds it busy, a nested call included, does
 * its work alone. The items are cut into chunks and the chunks into one part for each thread, so
 * that a thread meets the same items at each call; who is done with his part takes chunks of the
 * parts of others. So nothing waits for a thread that is late, but for the chunk that it is at.
 *
 * A thread of the pool has a seat, and the word `job` in it says how things stand:
 *
 *     NULL      nothing to do            &taken    at work on the owner's job
 *     &parked   asleep, wake it          other     the job that the owner, from his stack, offers
 *
 * The thread takes an offer with a compare-and-swap, and the owner takes back in the same way what
 * was not taken until all chunks were. Then he waits for those at work; so no thread can look at a
 * job that is gone. Who waits, thread or owner, spins for a short time and then sleeps.
 *
 * A child of fork has none of the threads: the handler resets the pool, and a thread that forked
 * from within a task finds its job on the copy of its owner's stack, and then ends. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include "core/clock.h"
#include "core/ctx.h"
#include "core/env.h"
#include "core/parallel.h"

enum {
    STACK = 256 * 1024, /* our tasks and BLAS need little                                       */
    THREADS_MAX = 1024,
    SPIN_US = 50, /* how long to wait before sleeping; waking takes as long                     */
    SPIN_US_MAX = 1000000,
    PAUSES = 32,        /* between two looks at the clock, about a microsecond                */
    LOST_NS = 5 * 1000, /* more between two looks: somebody else had the core                 */
    CHUNKS = 16,        /* of a part: the last that is waited for is a small piece of the work */
    PATIENCE = 256      /* calls before another try after a thread could not be made          */
};

typedef struct job {
    dl__task task;
    void *arg;
    int64_t n, chunks;
    int32_t parts;
    int64_t spin; /* nanoseconds that a thread waits for more after it */
} job;

/* Seat 0 is the owner's, of which only the part is used. */
typedef struct seat {
    _Alignas(128) _Atomic(job *) job; /* threads do not meet in a cache line, or its neighbour */
    atomic_llong next;                /* the first chunk of the part that nobody has taken     */
    int64_t end;
    pthread_mutex_t lock;
    pthread_cond_t wake;
} seat;

static seat seats[THREADS_MAX];
static job taken, parked; /* only their addresses matter */

static struct {
    atomic_int busy;    /* the owner's flag; the plain members are the owner's             */
    atomic_uint forks;  /* counts resets; a thread of an older pool leaves                 */
    atomic_int threads; /* in seats 1 to threads                                           */
    atomic_int fail;
    int32_t cores;
    int64_t spin;   /* of a call with no more threads than cores                       */
    int wait;       /* calls until another try to make threads                         */
    int registered; /* the fork handler is in place                                    */
    pthread_mutex_t lock;
    pthread_cond_t done;
    atomic_int owner_sleeps;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

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

/* Waits while the word is `value`, for about ns of the time that the thread really runs. 1 when it
 * has changed. */
static int spin(_Atomic(job *) *word, const job *value, int64_t ns)
{
    int64_t last = 0;
    do {
        for (int i = 0; i < PAUSES; i++) {
            if (atomic_load(word) != value)
                return 1;
            if (ns == 0)
                return 0;
            pause_briefly();
        }
        int64_t now = dl__nanoseconds(), gone = last ? now - last : 0;
        ns -= gone < LOST_NS ? gone : LOST_NS;
        last = now;
    } while (ns > 0);
    return 0;
}

/* Where piece i begins when n things are cut into equal pieces; the first ones are larger by 1. */
static int64_t cut(int64_t n, int64_t pieces, int64_t i)
{
    int64_t rest = n % pieces;
    return n / pieces * i + (i < rest ? i : rest);
}

static void run_chunk(const job *j, int64_t chunk)
{
    int64_t end = cut(j->n, j->chunks, chunk + 1);
    for (int64_t i = cut(j->n, j->chunks, chunk); i < end; i++)
        j->task(j->arg, i);
}

/* Takes chunks until none is left: of the part of a seat, and then of the others. */
static void drain(const job *j, int32_t own)
{
    for (int32_t k = own; k < own + j->parts; k++) {
        seat *s = &seats[k < j->parts ? k : k - j->parts];
        while (atomic_load_explicit(&s->next, memory_order_relaxed) < s->end) {
            int64_t chunk = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
            if (chunk < s->end)
                run_chunk(j, chunk);
        }
    }
}

/* Sleeps until something is offered, unless something is. */
static void park(seat *s)
{
    job *none = NULL;
    pthread_mutex_lock(&s->lock);
    if (atomic_compare_exchange_strong(&s->job, &none, &parked))
        while (atomic_load(&s->job) == &parked)
            pthread_cond_wait(&s->wake, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static void offer(seat *s, job *j)
{
    if (atomic_exchange(&s->job, j) != &parked)
        return;
    pthread_mutex_lock(&s->lock); /* it waits by now */
    pthread_mutex_unlock(&s->lock);
    pthread_cond_signal(&s->wake);
}

/* Waits for an offer and takes it. */
static job *accept_job(seat *s, int64_t ns)
{
    for (;;) {
        if (!spin(&s->job, NULL, ns))
            park(s);
        job *j = atomic_load(&s->job);
        if (j && atomic_compare_exchange_strong(&s->job, &j, &taken))
            return j;
    }
}

static void *serve(void *arg)
{
    seat *s = arg;
    unsigned born = atomic_load(&pool.forks);
    int64_t ns = 0;
    (void)dl__fpmode_enter(); /* a thread inherits its creator's mode */
    for (;;) {
        job *j = accept_job(s, ns);
        ns = j->spin;
        drain(j, (int32_t)(s - seats));
        if (atomic_load(&pool.forks) != born)
            return NULL; /* the task forked, and this is the child */
        atomic_store(&s->job, NULL);
        if (atomic_load(&pool.owner_sleeps)) {
            pthread_mutex_lock(&pool.lock);
            pthread_cond_signal(&pool.done);
            pthread_mutex_unlock(&pool.lock);
        }
    }
    return NULL;
}

/* Nothing in the child can hold a lock or wait: its only thread is the one that called fork. */
static void reset_in_child(void)
{
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.done, NULL);
    for (int i = 1; i <= atomic_load(&pool.threads); i++)
        atomic_store(&seats[i].job, NULL);
    atomic_store(&pool.threads, 0);
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

/* Makes the detached thread of a seat; 1 on success. */
static int make_thread(seat *s)
{
    if (atomic_load(&pool.fail) > 0 && atomic_fetch_sub(&pool.fail, 1) == 1)
        return 0;
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0)
        return 0;
    pthread_t thread;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK);
    int rc = pthread_create(&thread, &attr, serve, s);
    pthread_attr_destroy(&attr);
    if (rc == EINVAL && pthread_attr_init(&attr) == 0) { /* the host's thread-local data is large */
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        rc = pthread_create(&thread, &attr, serve, s);
        pthread_attr_destroy(&attr);
    }
    return rc == 0;
}

/* DL_SPIN_US in nanoseconds; the default if it is no number of microseconds up to a second. */
static int64_t spin_time(void)
{
    const char *text = dl__env("DL_SPIN_US");
    int64_t us = 0;
    for (const char *c = text ? text : "x"; *c; c++) {
        us = us * 10 + (*c - '0');
        if (*c < '0' || *c > '9' || us > SPIN_US_MAX)
            return SPIN_US * 1000;
    }
    return us * 1000;
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
    while (have < want && make_thread(&seats[have + 1]))
        have++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pool.wait = have < want ? PATIENCE : 0;
    pool.cores = dl__cores();
    pool.spin = spin_time();
    atomic_store(&pool.threads, have);
}

static int someone_is_at_work(const job *j)
{
    for (int32_t i = 1; i < j->parts; i++)
        if (atomic_load(&seats[i].job) == &taken)
            return 1;
    return 0;
}

/* Takes back what nobody took, and waits for the others. */
static void finish(job *j)
{
    for (int32_t i = 1; i < j->parts; i++) {
        job *mine = atomic_load(&seats[i].job);
        if (mine == j)
            atomic_compare_exchange_strong(&seats[i].job, &mine, NULL);
    }
    for (int32_t i = 1; i < j->parts; i++)
        if (!spin(&seats[i].job, &taken, j->spin))
            break;
    if (!someone_is_at_work(j))
        return;
    pthread_mutex_lock(&pool.lock);
    atomic_store(&pool.owner_sleeps, 1);
    while (someone_is_at_work(j))
        pthread_cond_wait(&pool.done, &pool.lock);
    atomic_store(&pool.owner_sleeps, 0);
    pthread_mutex_unlock(&pool.lock);
}

/* Runs j with the first j->parts - 1 threads of the pool. */
static void run_together(job *j)
{
    j->chunks = (int64_t)j->parts * CHUNKS;
    j->chunks = j->n < j->chunks ? j->n : j->chunks;
    j->spin = j->parts <= pool.cores ? pool.spin : 0; /* or who spins takes the time of who works */
    for (int32_t i = 0; i < j->parts; i++) {
        atomic_store_explicit(&seats[i].next, cut(j->chunks, j->parts, i), memory_order_relaxed);
        seats[i].end = cut(j->chunks, j->parts, i + 1);
    }
    for (int32_t i = 1; i < j->parts; i++)
        offer(&seats[i], j);
    drain(j, 0);
    finish(j);
}

static int share(const dl_ctx *ctx)
{
    int threads = ctx ? ctx->opts.threads : 1;
    if (threads <= 0)
        threads = dl__cores();
    return threads < THREADS_MAX ? threads : THREADS_MAX;
}

/* 1 when the pool is now the caller's. */
static int own_pool(void)
{
    return !atomic_load_explicit(&pool.busy, memory_order_relaxed) &&
           atomic_exchange(&pool.busy, 1) == 0;
}

void dl__parallel(dl_ctx *ctx, int64_t n, dl__task task, void *arg)
{
    if (n <= 0)
        return;
    dl__fpmode mode = dl__fpmode_enter();
    int threads = n > 1 ? share(ctx) : 1;
    threads = n < threads ? (int)n : threads;
    int owner = threads > 1 && own_pool(), others = 0;
    if (owner) {
        grow(threads - 1);
        others = atomic_load(&pool.threads);
        others = others < threads - 1 ? others : threads - 1;
    }
    if (others > 0) {
        run_together(&(job){.task = task, .arg = arg, .n = n, .parts = others + 1});
    } else {
        for (int64_t i = 0; i < n; i++)
            task(arg, i);
    }
    if (owner)
        atomic_store(&pool.busy, 0);
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
