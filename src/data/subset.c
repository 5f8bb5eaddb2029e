/* Some examples of another dataset. */
#include <string.h>
#include "core/check.h"
#include "data/dataset.h"

typedef struct state {
    dl_dataset *inner;
    int64_t n;
    int64_t *index;
} state;

static int64_t size_of(const void *p)
{
    return ((const state *)p)->n;
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    const state *s = p;
    return dl__dataset_inner(s->inner, s->index[i], key, field, why, why_cap);
}

static void end(void *p)
{
    state *s = p;
    dl_dataset_drop(s->inner);
    dl__free(s->index);
    dl__free(s);
}

static const dl_dataset_class subset_class = {
    .name = "subset", .threads = 1, .size = size_of, .get = get, .free = end};

static dl_status check(dl_ctx *ctx, const dl_dataset *inner, const int64_t *index, int64_t n)
{
    int64_t size = dl_dataset_size(inner);
    if (n < 0 || (n > 0 && !index))
        return dl_fail(ctx, DL_EINVAL, "dataset_subset: %lld indices, and the list is %s",
                       (long long)n, index ? "there" : "NULL");
    for (int64_t k = 0; k < n; k++)
        if (index[k] < 0 || index[k] >= size)
            return dl_fail(ctx, DL_EINVAL,
                           "dataset_subset: index %lld at position %lld, the dataset "
                           "has %lld examples",
                           (long long)index[k], (long long)k, (long long)size);
    return DL_OK;
}

dl_dataset *dl_dataset_subset(dl_dataset *inner, const int64_t *index, int64_t n)
{
    dl_ctx *ctx = inner ? inner->base.ctx : NULL;
    state *s = NULL;
    size_t bytes;
    if (!dl__ok(ctx) || check(ctx, inner, index, n) != DL_OK)
        goto fail;
    if (!dl__mul_size((size_t)n, sizeof *index, &bytes)) {
        dl_fail(ctx, DL_ELIMIT, "dataset_subset: %lld indices are too many", (long long)n);
        goto fail;
    }
    if (!(s = dl__calloc(ctx, sizeof *s)) || !(s->index = dl__alloc(ctx, bytes)))
        goto fail;
    if (n > 0)
        memcpy(s->index, index, bytes);
    s->n = n;
    s->inner = inner;
    return dl__dataset_wrap(inner, &subset_class, s);
fail:
    dl__free(s);
    dl_dataset_drop(inner);
    return NULL;
}
