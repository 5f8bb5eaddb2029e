/* Threads that fill batches ahead of time. Batches stand in a ring in their order, and are filled
 * in pieces of a few examples: whoever is free takes the next piece of the oldest batch that has
 * one. So all work on what is wanted first, and the caller, who would wait for it, does too. What
 * is in a batch does not depend on who fills it.
 *
 * Of a batch, `next` is its first example that nobody has taken, and `left` counts those that are
 * not there yet: it is complete at 0. `failed` is where the piece of its error begins. Pieces are
 * taken in order, so when one fails all before it are under way, and the error of the first of them
 * is the one that reading in order would have met. */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "core/parallel.h"
#include "data/loader.h"

enum { PIECE = 4 }; /* examples */

struct dl__crew {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t thread[DL__WORKERS];
    pid_t process; /* whose threads they are */
    int32_t n, room;
    int32_t first, busy; /* the oldest batch in the ring, and how many there are */
    int32_t stop;
    dl__batch ring[2 * DL__WORKERS];
};

static atomic_int fail_at; /* tests: this thread cannot be made */

void dl__crew_fail(int32_t n)
{
    atomic_store(&fail_at, n);
}

static dl__batch *ring_at(dl__crew *c, int32_t i)
{
    return &c->ring[(c->first + i) % c->room];
}

void dl__batch_drop(dl__batch *b)
{
    for (int32_t k = 0; k < DL__FIELDS; k++)
        dl_tensor_drop(b->field[k]);
    memset(b, 0, sizeof *b);
}

/* Nothing of b is begun. */
static void rewind_batch(dl__batch *b)
{
    b->next = 0;
    b->left = b->failed = b->n;
    b->error.status = DL_OK;
}

/* What nobody has taken is not wanted any more. The lock is held. */
static void give_up(dl__batch *b)
{
    b->left -= b->n - b->next;
    b->next = b->n;
}

/* The oldest batch of which something is not taken, or NULL. The lock is held. */
static dl__batch *oldest(dl__crew *c)
{
    for (int32_t i = 0; i < c->busy; i++)
        if (ring_at(c, i)->next < ring_at(c, i)->n)
            return ring_at(c, i);
    return NULL;
}

/* Takes the next piece of b and fills it. The lock is held, but not meanwhile. */
static void fill_piece(dl__crew *c, dl__batch *b)
{
    const int64_t first = b->next, end = b->n - first < PIECE ? b->n : first + PIECE;
    dl__error e = {DL_OK, ""};
    b->next = end;
    pthread_mutex_unlock(&c->lock);
    dl__batch_fill(b, first, end, &e);
    pthread_mutex_lock(&c->lock);
    b->left -= end - first;
    if (e.status != DL_OK) {
        give_up(b);
        if (first < b->failed) {
            b->failed = first;
            b->error = e;
        }
    }
    if (b->left == 0)
        pthread_cond_broadcast(&c->done);
}

static void *work(void *arg)
{
    dl__crew *c = arg;
    (void)dl__fpmode_enter(); /* a thread inherits its creator's mode */
    pthread_mutex_lock(&c->lock);
    while (!c->stop) {
        dl__batch *b = oldest(c);
        if (b)
            fill_piece(c, b);
        else
            pthread_cond_wait(&c->work, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void init_lock(dl__crew *c)
{
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->work, NULL);
    pthread_cond_init(&c->done, NULL);
    c->process = getpid();
}

/* After a fork the child has the batches and not the threads: what they had begun is done again, by
 * the caller. */
static void look_for_fork(dl__crew *c)
{
    if (c->process == getpid())
        return;
    init_lock(c);
    c->n = 0;
    for (int32_t i = 0; i < c->busy; i++)
        if (ring_at(c, i)->left > 0)
            rewind_batch(ring_at(c, i));
}

static int make_thread(dl__crew *c)
{
    if (atomic_load(&fail_at) > 0 && atomic_fetch_sub(&fail_at, 1) == 1)
        return 0;
    return pthread_create(&c->thread[c->n], NULL, work, c) == 0;
}

dl__crew *dl__crew_new(dl_ctx *ctx, int32_t workers)
{
    dl__crew *c = dl__calloc(ctx, sizeof *c);
    if (!c)
        return NULL;
    init_lock(c);
    c->room = 2 * workers;
    sigset_t old;
    dl__block_signals(&old);
    while (c->n < workers && make_thread(c))
        c->n++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return c;
}

int32_t dl__crew_threads(const dl__crew *c)
{
    return c ? c->n : 0;
}

void dl__crew_end(dl__crew *c)
{
    if (!c)
        return;
    look_for_fork(c);
    pthread_mutex_lock(&c->lock);
    c->stop = 1;
    pthread_cond_broadcast(&c->work);
    pthread_mutex_unlock(&c->lock);
    for (int32_t i = 0; i < c->n; i++)
        pthread_join(c->thread[i], NULL);
    for (int32_t i = 0; i < c->busy; i++)
        dl__batch_drop(ring_at(c, i));
    pthread_cond_destroy(&c->work);
    pthread_cond_destroy(&c->done);
    pthread_mutex_destroy(&c->lock);
    dl__free(c);
}

int32_t dl__crew_room(const dl__crew *c)
{
    return c->room;
}

int32_t dl__crew_busy(const dl__crew *c)
{
    return c->busy; /* only the thread that gives and takes changes it */
}

void dl__crew_give(dl__crew *c, const dl__batch *b)
{
    look_for_fork(c);
    pthread_mutex_lock(&c->lock);
    *ring_at(c, c->busy) = *b;
    rewind_batch(ring_at(c, c->busy));
    c->busy++;
    pthread_cond_broadcast(&c->work);
    pthread_mutex_unlock(&c->lock);
}

dl__batch dl__crew_take(dl__crew *c)
{
    look_for_fork(c);
    pthread_mutex_lock(&c->lock);
    dl__batch *b = ring_at(c, 0);
    while (b->left > 0)
        if (b->next < b->n)
            fill_piece(c, b);
        else
            pthread_cond_wait(&c->done, &c->lock);
    dl__batch taken = *b;
    memset(b, 0, sizeof *b);
    c->first = (c->first + 1) % c->room;
    c->busy--;
    pthread_mutex_unlock(&c->lock);
    return taken;
}

void dl__crew_reset(dl__crew *c)
{
    look_for_fork(c);
    pthread_mutex_lock(&c->lock);
    for (int32_t i = 0; i < c->busy; i++)
        give_up(ring_at(c, i));
    pthread_mutex_unlock(&c->lock);
    while (c->busy > 0) {
        dl__batch b = dl__crew_take(c);
        dl__batch_drop(&b);
    }
}
