/* A dataset over tensors: the first axis counts the examples. */
#include <string.h>
#include "core/check.h"
#include "data/dataset.h"
#include "tensor/tensor.h"

typedef struct state {
    int32_t n;
    int64_t size;
    size_t bytes[DL__FIELDS];      /* of one example's field */
    dl_tensor *tensor[DL__FIELDS]; /* row-major, kept        */
} state;

static int64_t size_of(const void *p)
{
    return ((const state *)p)->size;
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    (void)key;
    (void)why;
    (void)why_cap;
    const state *s = p;
    for (int32_t k = 0; k < s->n; k++)
        memcpy(field[k], dl__data(s->tensor[k]) + (size_t)i * s->bytes[k], s->bytes[k]);
    return DL_OK;
}

static void end(void *p)
{
    state *s = p;
    for (int32_t k = 0; s && k < s->n; k++)
        dl_tensor_drop(s->tensor[k]);
    dl__free(s);
}

static const dl_dataset_class tensors_class = {
    .name = "tensors", .threads = 1, .size = size_of, .get = get, .free = end};

/* t itself when row-major, else a row-major copy; the caller's. */
static dl_tensor *rows(dl_tensor *t)
{
    if (dl_tensor_contiguous(t))
        return dl_tensor_keep(t);
    int32_t meta = dl_meta_enable(t->base.ctx, 0); /* examples are data whatever the mode */
    dl_tensor *copy = dl_tensor_to(t->base.ctx, t);
    dl_meta_enable(t->base.ctx, meta);
    return copy;
}

static dl_status add(dl_ctx *ctx, state *s, dl_field *f, dl_tensor *t, int32_t k)
{
    if (!t || t->base.ctx != ctx || dl__is_meta(t) || t->ndim < 1)
        return dl_fail(ctx, DL_EINVAL,
                       "dataset_tensors: field %d is NULL, meta, of another context "
                       "or has no first axis",
                       (int)k);
    if (k > 0 && t->dims[0] != s->size)
        return dl_fail(ctx, DL_ESHAPE,
                       "dataset_tensors: field %d has %lld examples, field 0 has %lld", (int)k,
                       (long long)t->dims[0], (long long)s->size);
    static const char *const name[DL__FIELDS] = {"0", "1", "2",  "3",  "4",  "5",  "6",  "7",
                                                 "8", "9", "10", "11", "12", "13", "14", "15"};
    *f = (dl_field){.name = name[k], .dtype = t->dtype, .ndim = t->ndim - 1};
    memcpy(f->dims, t->dims + 1, (size_t)f->ndim * sizeof *f->dims);
    s->size = t->dims[0];
    s->bytes[k] = (size_t)dl__field_count(f) * dl_dtype_size(t->dtype);
    s->tensor[k] = rows(t);
    s->n = k + 1;
    return s->tensor[k] ? DL_OK : ctx->status;
}

dl_dataset *dl_dataset_tensors(dl_tensor *const *fields, int32_t n)
{
    dl_ctx *ctx = fields && n > 0 && fields[0] ? fields[0]->base.ctx : NULL;
    if (!dl__ok(ctx))
        return NULL;
    if (n > DL__FIELDS) {
        dl_fail(ctx, DL_EINVAL, "dataset_tensors: %d fields, at most %d are possible", (int)n,
                DL__FIELDS);
        return NULL;
    }
    state *s = dl__calloc(ctx, sizeof *s);
    dl_field field[DL__FIELDS];
    for (int32_t k = 0; s && k < n; k++)
        if (add(ctx, s, &field[k], fields[k], k) != DL_OK) {
            end(s);
            s = NULL;
        }
    return s ? dl_dataset_new(ctx, &tensors_class, s, field, n) : NULL;
}
