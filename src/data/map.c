/* Another dataset's examples, each passed through a function. */
#include <stdio.h>
#include "data/rooms.h"

typedef struct state {
    dl_dataset *inner;
    dl_map_fn fn;
    void (*release)(void *user);
    void *user;
    size_t field[DL__FIELDS]; /* where its fields begin in a room */
    dl__rooms rooms;
} state;

static int64_t size_of(const void *p)
{
    return dl_dataset_size(((const state *)p)->inner);
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    state *s = (state *)(uintptr_t)p;
    void *in[DL__FIELDS];
    char *room = dl__room_take(&s->rooms);
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
    dl__room_give(&s->rooms, room);
    return status;
}

static void end(void *p)
{
    state *s = p;
    if (s->release)
        s->release(s->user);
    dl_dataset_drop(s->inner);
    dl__rooms_end(&s->rooms);
    dl__free(s);
}

static const dl_dataset_class map_class = {
    .name = "map", .threads = 1, .size = size_of, .get = get, .free = end};

/* Where the fields of inner lie in a room, and rooms. */
static dl_status lay_out(dl_ctx *ctx, state *s, int32_t threads)
{
    size_t bytes = 0;
    for (int32_t k = 0; k < s->inner->n_fields; k++) {
        s->field[k] = bytes;
        if (!dl__room_field(&bytes, &s->inner->field[k]))
            return dl_fail(ctx, DL_ELIMIT, "dataset_map: an example is too large");
    }
    return dl__rooms_begin(&s->rooms, ctx, "dataset_map", bytes, threads);
}

dl_dataset *dl_dataset_map(dl_dataset *inner, const dl_field *fields, int32_t n_fields,
                           dl_map_fn fn, void *user, void (*release)(void *user), int32_t threads)
{
    dl_ctx *ctx = inner ? inner->base.ctx : NULL;
    state *s = NULL;
    if (!dl__ok(ctx))
        goto fail;
    if (!fn) {
        dl_fail(ctx, DL_EINVAL, "dataset_map: the function is NULL");
        goto fail;
    }
    if (!(s = dl__calloc(ctx, sizeof *s)))
        goto fail;
    s->inner = inner;
    if (lay_out(ctx, s, threads == 1) != DL_OK)
        goto fail;
    s->fn = fn;
    s->user = user;
    s->release = release;
    if (n_fields == 0) {
        fields = inner->field;
        n_fields = inner->n_fields;
    }
    dl_dataset *d = dl_dataset_new(ctx, &map_class, s, fields, n_fields);
    if (d) {
        d->threads = threads == 1 && inner->threads;
        d->named = inner;
    }
    return d;
fail:
    if (release)
        release(user);
    dl_dataset_drop(inner);
    dl__free(s);
    return NULL;
}
