/* Datasets one after the other. */
#include <string.h>
#include "core/check.h"
#include "core/text.h"
#include "core/utf8.h"
#include "data/dataset.h"

typedef struct state {
    int32_t n;
    int64_t *end;       /* [n]: examples of the parts up to and with this one */
    dl_dataset *part[]; /* [n], kept                                          */
} state;

static int64_t size_of(const void *p)
{
    const state *s = p;
    return s->end[s->n - 1];
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    const state *s = p;
    int32_t low = 0, high = s->n - 1; /* the first part that ends after i */
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (s->end[middle] > i)
            high = middle;
        else
            low = middle + 1;
    }
    return dl__dataset_inner(s->part[low], low > 0 ? i - s->end[low - 1] : i, key, field, why,
                             why_cap);
}

static void end(void *p)
{
    state *s = p;
    for (int32_t k = 0; k < s->n; k++)
        dl_dataset_drop(s->part[k]);
    dl__free(s->end);
    dl__free(s);
}

static const dl_dataset_class concat_class = {
    .name = "concat", .threads = 1, .size = size_of, .get = get, .free = end};

static dl_status same_field(dl_ctx *ctx, int32_t part, const dl_field *a, const dl_field *b)
{
    char name[DL__SHOWN], found[128], wanted[128];
    if (a->dtype != b->dtype)
        return dl_fail(ctx, DL_EDTYPE,
                       "dataset_concat: field \"%s\" is %s in dataset %d, it is %s in "
                       "the first",
                       dl__printable(name, sizeof name, a->name), dl_dtype_name(b->dtype),
                       (int)part, dl_dtype_name(a->dtype));
    if (a->ndim != b->ndim || memcmp(a->dims, b->dims, (size_t)a->ndim * sizeof *a->dims) != 0)
        return dl_fail(ctx, DL_ESHAPE,
                       "dataset_concat: field \"%s\" is %s in dataset %d, it is %s in "
                       "the first",
                       dl__printable(name, sizeof name, a->name),
                       dl__shape_text(found, sizeof found, b->dims, b->ndim), (int)part,
                       dl__shape_text(wanted, sizeof wanted, a->dims, a->ndim));
    return DL_OK;
}

static dl_status check(dl_ctx *ctx, dl_dataset *const *list, int32_t n)
{
    for (int32_t k = 0; k < n; k++) {
        if (!list[k] || list[k]->base.ctx != ctx)
            return dl_fail(ctx, DL_EINVAL, "dataset_concat: dataset %d is %s", (int)k,
                           list[k] ? "of another context" : "NULL");
        if (list[k]->n_fields != list[0]->n_fields)
            return dl_fail(ctx, DL_ESHAPE,
                           "dataset_concat: dataset %d has %d fields, the first has %d", (int)k,
                           (int)list[k]->n_fields, (int)list[0]->n_fields);
        for (int32_t f = 0; f < list[0]->n_fields; f++)
            if (same_field(ctx, k, &list[0]->field[f], &list[k]->field[f]) != DL_OK)
                return ctx->status;
    }
    return DL_OK;
}

dl_dataset *dl_dataset_concat(dl_dataset *const *list, int32_t n)
{
    dl_ctx *ctx = list && n > 0 && list[0] ? list[0]->base.ctx : NULL;
    if (!dl__ok(ctx) || check(ctx, list, n) != DL_OK)
        return NULL;
    state *s = dl__calloc(ctx, sizeof *s + (size_t)n * sizeof *s->part);
    if (!s || !(s->end = dl__alloc(ctx, (size_t)n * sizeof *s->end))) {
        dl__free(s);
        return NULL;
    }
    int32_t threads = 1;
    int64_t all = 0;
    for (; s->n < n; s->n++) {
        int64_t size = dl_dataset_size(list[s->n]);
        if (size < 0 || !dl__add_i64(all, size, &all)) {
            dl_fail(ctx, DL_ELIMIT, "dataset_concat: there are more examples than can be counted");
            end(s);
            return NULL;
        }
        s->end[s->n] = all;
        s->part[s->n] = dl_dataset_keep(list[s->n]);
        threads &= list[s->n]->threads;
    }
    dl_dataset *d = dl_dataset_new(ctx, &concat_class, s, list[0]->field, list[0]->n_fields);
    if (d) {
        d->threads = threads;
        d->named = list[0];
    }
    return d;
}
