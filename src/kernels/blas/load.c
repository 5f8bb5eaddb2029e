/* Finding OpenBLAS. It is opened at first use and not linked, because a linked one can end the
 * process before main when threads are short. Then it is set to one thread per call: the threads
 * are our pool's, and its bits change with its number of threads. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include "core/env.h"
#include "kernels/blas/blas.h"

#if !defined(DL_BLAS_NONE)

dl__cblas dl__cblas_calls;

/* One thread per call is what keeps the bits. A count that belongs to the host is not changed. */
static const char *set_to_one_thread(int ours)
{
    const dl__cblas *b = &dl__cblas_calls;
    if (b->config && strstr(b->config(), "USE64BITINT"))
        return "it was built for 64-bit integers";
    if (!b->parallel)
        return NULL;          /* not OpenBLAS: BLIS, the reference, ... */
    if (b->parallel() == 0) { /* built without threads means without locks */
        dl__blas_gate_limit(1);
        return ours ? NULL : "the host uses the serial build, which cannot be shared";
    }
    if (!b->get_threads || !b->set_threads)
        return "its number of threads cannot be asked for";
    if (ours) {
        b->set_threads(1);
        /* Each of its threads takes a buffer as it begins, and would loop for ever if memory became
         * short before that. They are never used: wait for them now, and let them go. */
        if (b->end_threads)
            b->end_threads();
    }
    return b->get_threads() == 1 ? NULL : "the host uses it with more than one thread";
}

#if defined(DL_BLAS_LINK)

#define WEAK __attribute__((weak))
void cblas_sgemm(int, int, int, int, int, int, float, const float *, int, const float *, int, float,
                 float *, int);
void cblas_dgemm(int, int, int, int, int, int, double, const double *, int, const double *, int,
                 double, double *, int);
void cblas_sgemv(int, int, int, int, float, const float *, int, const float *, int, float, float *,
                 int);
void cblas_dgemv(int, int, int, int, double, const double *, int, const double *, int, double,
                 double *, int);
WEAK char *openblas_get_corename(void);
WEAK char *openblas_get_config(void);
WEAK int openblas_get_parallel(void);
WEAK int openblas_get_num_threads(void);
WEAK void openblas_set_num_threads(int n);
WEAK int blas_thread_shutdown_(void);

const char *dl__blas_load(void)
{
    dl__cblas_calls = (dl__cblas){cblas_sgemm,
                                  cblas_dgemm,
                                  cblas_sgemv,
                                  cblas_dgemv,
                                  openblas_get_corename,
                                  openblas_get_config,
                                  openblas_get_parallel,
                                  openblas_get_num_threads,
                                  openblas_set_num_threads,
                                  blas_thread_shutdown_};
    return set_to_one_thread(1);
}

#else

#ifndef DL_MULTIARCH
#define DL_MULTIARCH ""
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(RTLD_DEEPBIND)
#define DEEPBIND 0 /* the sanitizers refuse it */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define DEEPBIND 0
#endif
#endif
#ifndef DEEPBIND
#define DEEPBIND RTLD_DEEPBIND
#endif

enum { PROBES = 256 };

static void *stay(void *barrier)
{
    pthread_mutex_lock(barrier);
    pthread_mutex_unlock(barrier);
    return NULL;
}

/* A threaded OpenBLAS makes a thread per processor while it loads, and raises SIGINT if it cannot;
 * each takes a buffer, and loops for ever if it cannot. So try first whether as many threads and
 * buffers can be had. */
static int threads_can_be_made(void)
{
    const char *set = dl__env("OPENBLAS_NUM_THREADS");
    if (set && strcmp(set, "1") == 0)
        return 1;
    cpu_set_t mask; /* it asks for these; quotas it does not know */
    int want = sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) + 1 : PROBES;
    int have = 0;
    want = want < PROBES ? want : PROBES;
    if (!dl__blas_room(want))
        return 0;
    pthread_t thread[PROBES];
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    while (have < want && pthread_create(&thread[have], NULL, stay, &lock) == 0)
        have++;
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < have; i++)
        pthread_join(thread[i], NULL);
    return have == want;
}

/* Threads that the library makes while it loads inherit our mask: signals are for the host's. */
static void *open_library(const char *path)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    /* If the host has a BLAS among its global symbols, ours must still call its own parts. */
    int deep = dlsym(RTLD_DEFAULT, "cblas_sgemm") ? DEEPBIND : 0;
    void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL | deep);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return h;
}

static int is_loaded(const char *name)
{
    void *h = dlopen(name, RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
    if (h)
        dlclose(h);
    return h != NULL;
}

/* dlsym gives a data pointer; POSIX says that it holds a function's address all the same. */
static int find(void *library, const char *name, void *call)
{
    void *symbol = dlsym(library, name);
    memcpy(call, &symbol, sizeof symbol);
    return symbol != NULL;
}

static const char *find_all(void *h)
{
    dl__cblas *b = &dl__cblas_calls;
    find(h, "openblas_get_corename", &b->corename);
    find(h, "openblas_get_config", &b->config);
    find(h, "openblas_get_parallel", &b->parallel);
    find(h, "openblas_get_num_threads", &b->get_threads);
    find(h, "openblas_set_num_threads", &b->set_threads);
    find(h, "blas_thread_shutdown_", &b->end_threads);
    int ok = find(h, "cblas_sgemm", &b->sgemm) && find(h, "cblas_dgemm", &b->dgemm) &&
             find(h, "cblas_sgemv", &b->sgemv) && find(h, "cblas_dgemv", &b->dgemv);
    return ok ? NULL : "the library lacks cblas functions";
}

/* The threaded build first: the serial one of Debian has no locks, so it takes one call at a time.
 * A copy that the host has loaded is left alone, its number of threads is not ours to set. */
static const char *open_usual(void **h)
{
    static const struct {
        const char *path;
        int serial;
    } known[] = {
        {"/usr/lib/" DL_MULTIARCH "/openblas-pthread/libopenblas.so.0", 0}, /* Debian, Ubuntu */
        {"libopenblasp.so.0", 0},                                           /* Fedora, SUSE */
        {"/usr/lib/" DL_MULTIARCH "/openblas-serial/libopenblas.so.0", 1},
        {"libopenblas.so.0", 0},
    };
    const char *why = "OpenBLAS cannot be opened (libopenblas0-pthread of Debian has it)";
    int threads = -1; /* whether they can be made, not known yet */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (is_loaded(known[i].path)) {
            why = "the host has loaded OpenBLAS for itself";
            continue;
        }
        if (!known[i].serial && threads < 0)
            threads = threads_can_be_made();
        if (!known[i].serial && !threads) {
            why = "threads or memory are too short to load OpenBLAS safely";
            continue;
        }
        *h = open_library(known[i].path);
        if (*h)
            return NULL;
    }
    return why;
}

/* The library of the user's choice; *ours is 0 if the host has it too. */
static const char *open_asked(const char *path, void **h, int *ours)
{
    *ours = !is_loaded(path);
    if (*ours && !threads_can_be_made())
        return "threads or memory are too short to load OpenBLAS safely";
    *h = open_library(path);
    return *h ? NULL : "the library that DL_BLAS_LIBRARY names cannot be opened";
}

const char *dl__blas_load(void)
{
    const char *asked = dl__env("DL_BLAS_LIBRARY");
    void *h = NULL; /* never closed: its threads and buffers stay */
    int ours = 1;
    const char *why = asked ? open_asked(asked, &h, &ours) : open_usual(&h);
    if (!why)
        why = find_all(h);
    return why ? why : set_to_one_thread(ours);
}

#endif
#endif
