/* Mixtures of two examples, their labels too. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/text.h"
#include "data/beta.h"
#include "data/boxes.h"
#include "data/rooms.h"
#include "data/transform.h"
#include "dl/augment.h"

typedef struct state {
    dl_dataset *inner;
    double mixup, cutmix, cut, p;
    int64_t classes, size;
    int32_t field, label;
    dl_dtype type; /* of inner's label */
    dl__picture picture;
    size_t at[DL__FIELDS]; /* where the other example's fields are in a room */
    size_t own;            /* and the example's own label                    */
    dl__rooms rooms;
} state;

static int64_t size_of(const void *p)
{
    return ((const state *)p)->size;
}

/* Adds weight times the label at p to the probabilities y. */
static dl_status add_label(const state *s, const void *p, float weight, float *y, char *why,
                           size_t why_cap)
{
    if (s->type == DL_F32) {
        for (int64_t k = 0; k < s->classes; k++)
            y[k] += weight * ((const float *)p)[k];
        return DL_OK;
    }
    const int64_t label = s->type == DL_I64   ? *(const int64_t *)p
                          : s->type == DL_I32 ? *(const int32_t *)p
                                              : *(const uint8_t *)p;
    if (label < 0 || label >= s->classes) {
        snprintf(why, why_cap, "label %lld, wanted 0 to %lld", (long long)label,
                 (long long)s->classes - 1);
        return DL_EINVAL;
    }
    y[label] += weight;
    return DL_OK;
}

/* a = lambda a + (1 - lambda) b. */
static void mix_pictures(const dl__picture *p, float *a, const float *b, float lambda)
{
    const int64_t n = p->c * p->h * p->w;
    for (int64_t i = 0; i < n; i++)
        a[i] = lambda * a[i] + (1 - lambda) * b[i];
}

/* A rectangle of b into a; returns the share of a that is left. Choices are blocks 2 and 3. */
static double cut_pictures(const dl__picture *p, float *a, const float *b, double lambda,
                           const dl__stream *choices)
{
    const int64_t y = (int64_t)dl__bounded(choices, 2, (uint64_t)p->h);
    const int64_t x = (int64_t)dl__bounded(choices, 3, (uint64_t)p->w);
    const double half = sqrt(1 - lambda) / 2;
    const int64_t h = (int64_t)(half * (double)p->h), w = (int64_t)(half * (double)p->w);
    const dl__box box = dl__box_around(p, y - h, x - w, 2 * h, 2 * w);
    dl__box_copy(p, &box, b, a);
    return 1 - (double)box.h * (double)box.w / ((double)p->h * (double)p->w);
}

/* Mixes the other example, which is in the room, into the picture a. Returns the share of a. */
static double mix(const state *s, uint64_t key, const dl__stream *choices, const char *room,
                  float *a)
{
    const float *b = (const float *)(const void *)(room + s->at[s->field]);
    const int cuts = s->cutmix > 0 && (s->mixup == 0 || dl__chance(choices, 1, s->cut));
    const double lambda = dl__beta(key, cuts ? s->cutmix : s->mixup);
    if (cuts)
        return cut_pictures(&s->picture, a, b, lambda, choices);
    mix_pictures(&s->picture, a, b, (float)lambda);
    return lambda;
}

/* Reads both examples; room has space for the other one and the label of the first. */
static dl_status read_both(const state *s, char *room, int64_t i, uint64_t key, void *const *field,
                           char *why, size_t why_cap)
{
    const dl__stream choices = dl__choices(key);
    float *y = field[s->label];
    void *into[DL__FIELDS];
    memcpy(into, field, (size_t)s->inner->n_fields * sizeof *into);
    into[s->label] = room + s->own;
    dl_status status = dl__dataset_inner(s->inner, i, dl__inner_key(key, 0), into, why, why_cap);
    if (status != DL_OK)
        return status;
    memset(y, 0, (size_t)s->classes * sizeof *y);
    if (!dl__chance(&choices, 0, s->p))
        return add_label(s, room + s->own, 1, y, why, why_cap);
    const int64_t other = (int64_t)dl__bounded(&choices, 1, (uint64_t)s->size);
    for (int32_t k = 0; k < s->inner->n_fields; k++)
        into[k] = room + s->at[k];
    status = dl__dataset_inner(s->inner, other, dl__inner_key(key, 1), into, why, why_cap);
    if (status != DL_OK)
        return status;
    const float share = (float)mix(s, key, &choices, room, field[s->field]);
    status = add_label(s, room + s->own, share, y, why, why_cap);
    return status != DL_OK ? status
                           : add_label(s, room + s->at[s->label], 1 - share, y, why, why_cap);
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    state *s = (state *)(uintptr_t)p;
    char *room = dl__room_take(&s->rooms);
    dl_status status = read_both(s, room, i, key, field, why, why_cap);
    dl__room_give(&s->rooms, room);
    return status;
}

static void end(void *p)
{
    state *s = p;
    dl_dataset_drop(s->inner);
    dl__rooms_end(&s->rooms);
    dl__free(s);
}

static const dl_dataset_class mix_class = {
    .name = "mix", .threads = 1, .size = size_of, .get = get, .free = end};

static const char who[] = "dataset_mix";

/* Checks the label field and takes the number of classes from it or from the options. */
static dl_status check_label(dl_ctx *ctx, state *s, const dl_mix_opts *o)
{
    char text[192];
    s->label = o->label == 0 ? 1 : o->label == DL_OFF ? 0 : o->label;
    if (s->label < 0 || s->label >= s->inner->n_fields || s->label == s->field)
        return dl_fail(ctx, DL_EINVAL,
                       "%s: label is field %d, the picture is field %d, the dataset has %d", who,
                       (int)s->label, (int)s->field, (int)s->inner->n_fields);
    const dl_field *f = &s->inner->field[s->label];
    s->type = f->dtype;
    if (s->type != DL_F32 && s->type != DL_I64 && s->type != DL_I32 && s->type != DL_U8)
        return dl_fail(ctx, DL_EDTYPE, "%s: field \"%s\" is %s, wanted i64, i32, u8 or f32", who,
                       f->name, dl_dtype_name(s->type));
    if (f->ndim != (s->type == DL_F32))
        return dl_fail(ctx, DL_ESHAPE, "%s: field \"%s\" is %s, wanted %s", who, f->name,
                       dl__shape_text(text, sizeof text, f->dims, f->ndim),
                       s->type == DL_F32 ? "[classes]" : "one number");
    s->classes = o->classes;
    if (s->classes == 0)
        s->classes = s->type == DL_F32 ? f->dims[0] : dl_dataset_classes(s->inner);
    if (s->classes < 1 || (s->type == DL_F32 && s->classes != f->dims[0]))
        return dl_fail(ctx, DL_EINVAL, "%s: %lld classes for field \"%s\" of shape %s", who,
                       (long long)s->classes, f->name,
                       dl__shape_text(text, sizeof text, f->dims, f->ndim));
    return DL_OK;
}

static dl_status check(dl_ctx *ctx, state *s, const dl_mix_opts *o)
{
    if (DL__RESERVED(ctx, who, o) != DL_OK ||
        dl__picture_of(s->inner, who, o->field, &s->picture) != DL_OK)
        return ctx->status;
    s->field = o->field;
    s->mixup = o->mixup;
    s->cutmix = o->cutmix;
    s->cut = dl__option(o->cut, 0.5);
    s->p = dl__option(o->p, 1);
    s->size = dl_dataset_size(s->inner);
    if (dl__setting(ctx, who, "mixup", s->mixup, 0, 1000) != DL_OK ||
        dl__setting(ctx, who, "cutmix", s->cutmix, 0, 1000) != DL_OK ||
        dl__setting(ctx, who, "cut", s->cut, 0, 1) != DL_OK ||
        dl__setting(ctx, who, "p", s->p, 0, 1) != DL_OK)
        return ctx->status;
    if (s->mixup == 0 && s->cutmix == 0)
        return dl_fail(ctx, DL_EINVAL, "%s: neither mixup nor cutmix has an alpha above 0", who);
    return check_label(ctx, s, o);
}

static dl_status lay_out(dl_ctx *ctx, state *s)
{
    size_t bytes = 0;
    int fits = 1;
    for (int32_t k = 0; k < s->inner->n_fields && fits; k++) {
        s->at[k] = bytes;
        fits = dl__room_field(&bytes, &s->inner->field[k]);
    }
    s->own = bytes;
    if (!fits || !dl__room_field(&bytes, &s->inner->field[s->label]))
        return dl_fail(ctx, DL_ELIMIT, "%s: an example is too large", who);
    return dl__rooms_begin(&s->rooms, ctx, who, bytes, s->inner->threads);
}

dl_dataset *dl_dataset_mix(dl_dataset *inner, const dl_mix_opts *opts)
{
    const dl_mix_opts o = opts ? *opts : (dl_mix_opts){0};
    dl_ctx *ctx = inner ? inner->base.ctx : NULL;
    state *s = dl__ok(ctx) ? dl__calloc(ctx, sizeof *s) : NULL;
    if (!s)
        goto fail;
    s->inner = inner;
    if (check(ctx, s, &o) != DL_OK || lay_out(ctx, s) != DL_OK)
        goto fail;
    dl_field field[DL__FIELDS];
    memcpy(field, inner->field, sizeof field);
    field[s->label].dtype = DL_F32;
    field[s->label].ndim = 1;
    field[s->label].dims[0] = s->classes;
    return dl__dataset_wrap_as(inner, &mix_class, s, field);
fail:
    dl__free(s);
    dl_dataset_drop(inner);
    return NULL;
}
