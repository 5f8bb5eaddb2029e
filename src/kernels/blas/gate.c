/* The gate around BLAS calls; see blas.h for why. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include "kernels/blas/blas.h"

enum { MOST = 1024 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int inside;  /* calls in progress                                        */
    int rooms;   /* calls at once that OpenBLAS has buffers for              */
    int most;    /* calls at once that the library bears                     */
    int closed;  /* a fork is coming                                         */
    int waiting; /* threads asleep on changed                                */
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .most = INT_MAX};

/* 1 if the process may have so many more buffers (128 MiB each, and what goes with it). Asked for
 * the way BLAS will ask, so that every limit it can meet is met here: on address space, on data, on
 * what the system commits itself to; and one by one, because a system refuses a single request that
 * is larger than its memory. */
int dl__blas_room(int n)
{
    const size_t bytes = (size_t)160 << 20;
    void *p[MOST];
    int have = 0;
    n = n < MOST ? n : MOST;
    while (have < n && (p[have] = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED)
        have++;
    for (int i = 0; i < have; i++)
        munmap(p[i], bytes);
    return have == n;
}

static void wait_for_change(void)
{
    gate.waiting++;
    pthread_cond_wait(&gate.changed, &gate.lock);
    gate.waiting--;
}

static void before_fork(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.closed++; /* several threads may fork at once */
    while (gate.inside > 0)
        wait_for_change();
}

static void after_fork_in_parent(void)
{
    gate.closed--;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

/* Those who waited are not in the child. */
static void after_fork_in_child(void)
{
    pthread_mutex_init(&gate.lock, NULL);
    pthread_cond_init(&gate.changed, NULL);
    gate.closed = 0;
    gate.waiting = 0;
}

int dl__blas_gate_open(void)
{
    return dl__blas_room(1) &&
           pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
}

void dl__blas_gate_limit(int most)
{
    gate.most = most;
}

int dl__blas_enter(void)
{
    int ok = 1;
    pthread_mutex_lock(&gate.lock);
    while (ok && (gate.closed || gate.inside == gate.rooms)) {
        if (gate.closed)
            wait_for_change();
        else if (gate.rooms < gate.most && dl__blas_room(gate.inside + 1))
            gate.rooms++; /* those inside may not have taken theirs yet */
        else if (gate.rooms > 0)
            wait_for_change();
        else
            ok = 0;
    }
    gate.inside += ok;
    pthread_mutex_unlock(&gate.lock);
    return ok;
}

void dl__blas_leave(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.inside--;
    if (gate.waiting > 0)
        pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}
