/* Another dataset's examples, each passed through a function. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/check.h"
#include "data/dataset.h"

/* Memory is taken on the context's thread alone, so room for what is read from inner is there from
 * the start: for each thread of the context, and for one more. Readers beyond that wait. */
enum { ROOMS = 65 };

typedef struct state {
    dl_dataset *inner;
    dl_map_fn fn;
    void (*release)(void *user);
    void *user;
    char *memory;             /* rooms * room bytes */
    size_t room;              /* of one example     */
    size_t field[DL__FIELDS]; /* where its fields begin */
    int32_t rooms;
    pthread_mutex_t lock;
    pthread_cond_t back;
    pid_t process;  /* whose threads hold rooms */
    int32_t n_free; /* of these rooms           */
    char *free[ROOMS];
} state;

static void begin_rooms(state *s)
{
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->back, NULL);
    s->process = getpid();
    for (s->n_free = 0; s->n_free < s->rooms; s->n_free++)
        s->free[s->n_free] = s->memory + (size_t)s->n_free * s->room;
}

/* After a fork the threads that hold rooms are gone; the one that is left holds none. */
static char *take_room(state *s)
{
    if (s->process != getpid())
        begin_rooms(s);
    pthread_mutex_lock(&s->lock);
    while (s->n_free == 0)
        pthread_cond_wait(&s->back, &s->lock);
    char *room = s->free[--s->n_free];
    pthread_mutex_unlock(&s->lock);
    return room;
}

static void give_room(state *s, char *room)
{
    pthread_mutex_lock(&s->lock);
    s->free[s->n_free++] = room;
    pthread_cond_signal(&s->back);
    pthread_mutex_unlock(&s->lock);
}

static int64_t size_of(const void *p)
{
    return dl_dataset_size(((const state *)p)->inner);
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    state *s = (state *)(uintptr_t)p;
    void *in[DL__FIELDS];
    char *room = take_room(s);
    for (int32_t k = 0; k < s->inner->n_fields; k++)
        in[k] = room + s->field[k];
    dl_status status = dl__dataset_inner(s->inner, i, key, in, why, why_cap);
    if (status == DL_OK) {
        int32_t got = s->fn(i, key, (const void *const *)in, field, s->user);
        if (got != 0) {
            snprintf(why, why_cap, "the function returned %d", (int)got);
            status = got < 0 ? got : DL_EUSER;
        }
    }
    give_room(s, room);
    return status;
}

static void end(void *p)
{
    state *s = p;
    pthread_cond_destroy(&s->back);
    pthread_mutex_destroy(&s->lock);
    if (s->release)
        s->release(s->user);
    dl_dataset_drop(s->inner);
    dl__free(s->memory);
    dl__free(s);
}

static const dl_dataset_class map_class = {
    .name = "map", .threads = 1, .size = size_of, .get = get, .free = end};

/* Where the fields of inner lie in a room, each aligned. */
static dl_status lay_out(dl_ctx *ctx, state *s, size_t *bytes)
{
    int fits = 1;
    for (int32_t k = 0; k < s->inner->n_fields && fits; k++) {
        const dl_field *f = &s->inner->field[k];
        size_t n = (size_t)dl__field_count(f) * dl_dtype_size(f->dtype);
        s->field[k] = s->room;
        fits = dl__add_size(s->room, n, &s->room) && dl__add_size(s->room, DL__ALIGN - 1, &s->room);
        s->room = s->room / DL__ALIGN * DL__ALIGN;
    }
    if (!fits || !dl__mul_size(s->room, (size_t)s->rooms, bytes))
        return dl_fail(ctx, DL_ELIMIT, "dataset_map: an example of %zu bytes is too large",
                       s->room);
    return DL_OK;
}

dl_dataset *dl_dataset_map(dl_dataset *inner, const dl_field *fields, int32_t n_fields,
                           dl_map_fn fn, void *user, void (*release)(void *user), int32_t threads)
{
    dl_ctx *ctx = inner ? inner->base.ctx : NULL;
    state *s = NULL;
    size_t bytes = 0;
    if (!dl__ok(ctx))
        goto fail;
    if (!fn) {
        dl_fail(ctx, DL_EINVAL, "dataset_map: the function is NULL");
        goto fail;
    }
    if (!(s = dl__calloc(ctx, sizeof *s)))
        goto fail;
    s->inner = inner;
    int32_t readers = threads == 1 ? dl_ctx_threads(ctx) : 0;
    s->rooms = 1 + (readers < ROOMS - 1 ? readers : ROOMS - 1);
    if (lay_out(ctx, s, &bytes) != DL_OK || !(s->memory = dl__alloc(ctx, bytes)))
        goto fail;
    s->fn = fn;
    s->user = user;
    s->release = release;
    begin_rooms(s);
    if (n_fields == 0) {
        fields = inner->field;
        n_fields = inner->n_fields;
    }
    dl_dataset *d = dl_dataset_new(ctx, &map_class, s, fields, n_fields);
    if (d)
        d->threads = threads == 1 && inner->threads;
    return d;
fail:
    if (release)
        release(user);
    dl_dataset_drop(inner);
    dl__free(s);
    return NULL;
}
