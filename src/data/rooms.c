#include "data/rooms.h"
#include <sched.h>
#include <unistd.h>
#include "core/check.h"
#include "core/parallel.h"

int dl__room_add(size_t *at, size_t n, size_t size)
{
    size_t bytes;
    if (!dl__mul_size(n, size, &bytes) || !dl__add_size(*at, bytes, at) ||
        !dl__add_size(*at, DL__ALIGN - 1, at))
        return 0;
    *at = *at / DL__ALIGN * DL__ALIGN;
    return 1;
}

int dl__room_field(size_t *at, const dl_field *f)
{
    return dl__room_add(at, (size_t)dl__field_count(f), dl_dtype_size(f->dtype));
}

static void begin(dl__rooms *r)
{
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->back, NULL);
    for (r->n_free = 0; r->n_free < r->n; r->n_free++)
        r->free[r->n_free] = r->memory + (size_t)r->n_free * r->bytes;
}

dl_status dl__rooms_begin(dl__rooms *r, dl_ctx *ctx, const char *who, size_t bytes, int32_t threads)
{
    size_t all;
    int32_t readers = 0;
    if (threads)
        readers = dl_ctx_threads(ctx) > dl__cores() ? dl_ctx_threads(ctx) : dl__cores();
    r->n = 1 + (readers < DL__ROOMS - 1 ? readers : DL__ROOMS - 1);
    r->bytes = bytes;
    if (!dl__mul_size(bytes, (size_t)r->n, &all))
        return dl_fail(ctx, DL_ELIMIT, "%s: an example of %zu bytes is too large", who, bytes);
    if (!(r->memory = dl__alloc(ctx, all)))
        return ctx->status;
    begin(r);
    atomic_store(&r->process, getpid());
    return DL_OK;
}

void dl__rooms_end(dl__rooms *r)
{
    pthread_cond_destroy(&r->back);
    pthread_mutex_destroy(&r->lock);
    dl__free(r->memory);
}

/* After a fork the threads that hold rooms are gone, and one of them may have had the lock: the
 * first of the child's threads begins anew, and others wait for it. */
static void look_for_fork(dl__rooms *r)
{
    const int self = getpid();
    int seen = atomic_load(&r->process);
    while (seen != self) {
        if (seen != -self && atomic_compare_exchange_strong(&r->process, &seen, -self)) {
            begin(r);
            atomic_store(&r->process, self);
            return;
        }
        sched_yield();
        seen = atomic_load(&r->process);
    }
}

char *dl__room_take(dl__rooms *r)
{
    look_for_fork(r);
    pthread_mutex_lock(&r->lock);
    while (r->n_free == 0)
        pthread_cond_wait(&r->back, &r->lock);
    char *room = r->free[--r->n_free];
    pthread_mutex_unlock(&r->lock);
    return room;
}

void dl__room_give(dl__rooms *r, char *room)
{
    pthread_mutex_lock(&r->lock);
    r->free[r->n_free++] = room;
    pthread_cond_signal(&r->back);
    pthread_mutex_unlock(&r->lock);
}
