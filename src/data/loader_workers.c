/* Threads that fill batches ahead of time. Batches stand in a ring in their order; each worker takes
 * the oldest that nobody has taken, so what is in a batch does not depend on who fills it. */
#include <signal.h>
#include <string.h>
#include "core/parallel.h"
#include "data/loader.h"

enum { WAITING, TAKEN, FILLED };

struct dl__crew {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t thread[DL__WORKERS];
    int32_t n, room;
    int32_t first, busy; /* the oldest batch in the ring, and how many there are */
    int32_t stop;
    dl__batch ring[2 * DL__WORKERS];
};

/* The oldest batch that waits, or NULL. The lock is held. */
static dl__batch *oldest(dl__crew *c)
{
    for (int32_t i = 0; i < c->busy; i++) {
        dl__batch *b = &c->ring[(c->first + i) % c->room];
        if (b->state == WAITING)
            return b;
    }
    return NULL;
}

static void *work(void *arg)
{
    dl__crew *c = arg;
    dl__fpmode_enter();
    pthread_mutex_lock(&c->lock);
    while (!c->stop) {
        dl__batch *b = oldest(c);
        if (!b) {
            pthread_cond_wait(&c->work, &c->lock);
            continue;
        }
        b->state = TAKEN;
        pthread_mutex_unlock(&c->lock);
        for (int64_t k = 0; k < b->n && b->error.status == DL_OK; k++)
            dl__batch_fill(b, k);
        pthread_mutex_lock(&c->lock);
        b->state = FILLED;
        pthread_cond_broadcast(&c->done);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

dl__crew *dl__crew_new(dl_ctx *ctx, int32_t workers)
{
    dl__crew *c = dl__calloc(ctx, sizeof *c);
    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->work, NULL);
    pthread_cond_init(&c->done, NULL);
    c->room = 2 * workers;
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (c->n < workers && pthread_create(&c->thread[c->n], NULL, work, c) == 0)
        c->n++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return c;
}

void dl__crew_end(dl__crew *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->stop = 1;
    pthread_cond_broadcast(&c->work);
    pthread_mutex_unlock(&c->lock);
    for (int32_t i = 0; i < c->n; i++)
        pthread_join(c->thread[i], NULL);
    for (int32_t i = 0; i < c->busy; i++)
        for (int32_t k = 0; k < DL__FIELDS; k++)
            dl_tensor_drop(c->ring[(c->first + i) % c->room].field[k]);
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
    pthread_mutex_lock(&c->lock);
    c->ring[(c->first + c->busy) % c->room] = *b;
    c->ring[(c->first + c->busy) % c->room].state = WAITING;
    c->busy++;
    pthread_cond_signal(&c->work);
    pthread_mutex_unlock(&c->lock);
}

dl__batch dl__crew_take(dl__crew *c)
{
    pthread_mutex_lock(&c->lock);
    dl__batch *b = &c->ring[c->first];
    if (b->state == WAITING && c->n == 0) { /* no thread could be made */
        pthread_mutex_unlock(&c->lock);
        for (int64_t k = 0; k < b->n && b->error.status == DL_OK; k++)
            dl__batch_fill(b, k);
        pthread_mutex_lock(&c->lock);
        b->state = FILLED;
    }
    while (b->state != FILLED)
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
    while (c->busy > 0) {
        dl__batch b = dl__crew_take(c);
        for (int32_t k = 0; k < DL__FIELDS; k++)
            dl_tensor_drop(b.field[k]);
    }
}
