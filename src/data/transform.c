#include "data/transform.h"
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/text.h"
#include "data/rooms.h"

typedef struct state {
    dl_dataset *inner;
    dl__transform t;
    size_t scratch; /* where it begins in a room */
    int32_t roomy;  /* 1: there are rooms, for what is read and what apply wants */
    dl__rooms rooms;
    _Alignas(16) char config[];
} state;

uint64_t dl__inner_key(uint64_t key, uint64_t k)
{
    const dl__stream s = dl__random_stream(key, DL__FOR_AUGMENT, 1);
    uint32_t w[4];
    dl__random_block(&s, k, w);
    return w[0] | (uint64_t)w[1] << 32;
}

/* A chain of transforms counts as one where a failure is named, else names would take the room of
 * what is wrong. */
static dl_status read_inner(const dl_dataset *inner, int64_t i, uint64_t key, void *const *field,
                            char *why, size_t why_cap)
{
    return inner->cls->get == dl__transform_get
               ? dl__transform_get(inner->state, i, key, field, why, why_cap)
               : dl__dataset_inner(inner, i, key, field, why, why_cap);
}

int64_t dl__transform_size(const void *p)
{
    return dl_dataset_size(((const state *)p)->inner);
}

dl_status dl__transform_get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                            size_t why_cap)
{
    state *s = (state *)(uintptr_t)p;
    const dl__transform *t = &s->t;
    void *into[DL__FIELDS];
    memcpy(into, field, (size_t)s->inner->n_fields * sizeof *into);
    char *room = s->roomy ? dl__room_take(&s->rooms) : NULL;
    if (!t->in_place)
        into[t->field] = room;
    const uint64_t key_in = t->draws ? dl__inner_key(key, 0) : key;
    dl_status status = read_inner(s->inner, i, key_in, into, why, why_cap);
    if (status == DL_OK) {
        const dl__stream choices = dl__choices(key);
        t->apply(t, &choices, into[t->field], field[t->field], room ? room + s->scratch : NULL);
    }
    if (room)
        dl__room_give(&s->rooms, room);
    return status;
}

void dl__transform_free(void *p)
{
    state *s = p;
    dl_dataset_drop(s->inner);
    if (s->roomy)
        dl__rooms_end(&s->rooms);
    dl__free(s);
}

dl_status dl__setting(dl_ctx *ctx, const char *who, const char *what, double value, double low,
                      double high)
{
    char found[DL__NUMBER], from[DL__NUMBER], to[DL__NUMBER];
    if (value >= low && value <= high)
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "%s: %s is %s, wanted %s to %s", who, what,
                   dl__double_text(found, value), dl__double_text(from, low),
                   dl__double_text(to, high));
}

dl_status dl__picture_of(const dl_dataset *d, const char *who, int32_t field, dl__picture *p)
{
    dl_ctx *ctx = d->base.ctx;
    char text[192];
    if (field < 0 || field >= d->n_fields)
        return dl_fail(ctx, DL_EINVAL, "%s: field %d was asked for, the dataset has %d", who,
                       (int)field, (int)d->n_fields);
    const dl_field *f = &d->field[field];
    if (f->dtype != DL_F32)
        return dl_fail(ctx, DL_EDTYPE, "%s: field \"%s\" is %s, wanted f32", who, f->name,
                       dl_dtype_name(f->dtype));
    if (f->ndim != 3 || dl__field_count(f) == 0)
        return dl_fail(ctx, DL_ESHAPE, "%s: field \"%s\" is %s, wanted a picture [C, H, W]", who,
                       f->name, dl__shape_text(text, sizeof text, f->dims, f->ndim));
    *p = (dl__picture){f->dims[0], f->dims[1], f->dims[2]};
    return DL_OK;
}

dl_ctx *dl__transform_begin(dl__transform *t, const dl_dataset *inner, int32_t field)
{
    dl_ctx *ctx = inner ? inner->base.ctx : NULL;
    char who[64];
    if (!dl__ok(ctx))
        return NULL;
    snprintf(who, sizeof who, "dataset_%s", t->cls->name);
    if (dl__picture_of(inner, who, field, &t->from) != DL_OK)
        return NULL;
    t->field = field;
    t->to = t->from;
    return ctx;
}

static dl_status lay_out(dl_ctx *ctx, state *s)
{
    size_t bytes = 0;
    char who[64];
    snprintf(who, sizeof who, "dataset_%s", s->t.cls->name);
    int fits = s->t.in_place || dl__room_field(&bytes, &s->inner->field[s->t.field]);
    s->scratch = bytes;
    if (!fits || !dl__room_add(&bytes, s->t.scratch, 1))
        return dl_fail(ctx, DL_ELIMIT, "%s: an example is too large", who);
    if (bytes > 0 && dl__rooms_begin(&s->rooms, ctx, who, bytes, s->inner->threads) != DL_OK)
        return ctx->status;
    s->roomy = bytes > 0;
    return DL_OK;
}

dl_dataset *dl__transform_end(const dl__transform *t, dl_dataset *inner)
{
    dl_ctx *ctx = inner ? inner->base.ctx : NULL;
    state *s = NULL;
    size_t bytes;
    if (!dl__ok(ctx))
        goto fail;
    if (!dl__add_size(sizeof *s, t->config_size, &bytes)) {
        dl_fail(ctx, DL_ELIMIT, "dataset_%s: settings of %zu bytes are too large", t->cls->name,
                t->config_size);
        goto fail;
    }
    if (!(s = dl__calloc(ctx, bytes)))
        goto fail;
    s->inner = inner;
    s->t = *t;
    s->t.config = s->config;
    if (t->config_size > 0)
        memcpy(s->config, t->config, t->config_size);
    if (lay_out(ctx, s) != DL_OK)
        goto fail;
    dl_field field[DL__FIELDS];
    memcpy(field, inner->field, sizeof field);
    const int64_t dims[3] = {t->to.c, t->to.h, t->to.w};
    memcpy(field[t->field].dims, dims, sizeof dims);
    return dl__dataset_wrap_as(inner, t->cls, s, field);
fail:
    dl__free(s);
    dl_dataset_drop(inner);
    return NULL;
}
