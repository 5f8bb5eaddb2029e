/* Datasets: making, reading, ending. */
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/parallel.h"
#include "core/random.h"
#include "data/dataset.h"
#include "tensor/tensor.h"

static void dataset_destroy(dl__object *base, dl__dead *dead)
{
    (void)dead;
    dl_dataset *d = (dl_dataset *)(void *)base;
    if (d->cls->free)
        d->cls->free(d->state);
    for (int32_t i = 0; i < d->n_fields; i++)
        dl__free((char *)(uintptr_t)d->field[i].name);
}

int64_t dl__field_count(const dl_field *f)
{
    int64_t n = 0;
    return dl__count(f->dims, f->ndim, &n) ? n : 0;
}

static dl_status check_field(dl_ctx *ctx, const char *name, const dl_field *f)
{
    dl__shape shape;
    if (!f->name)
        return dl_fail(ctx, DL_EINVAL, "dataset %s: a field has no name", name);
    return dl__shape_check(ctx, "dataset", f->dtype, f->dims, f->ndim, &shape);
}

dl_dataset *dl_dataset_new(dl_ctx *ctx, const dl_dataset_class *cls, void *state,
                           const dl_field *fields, int32_t n_fields)
{
    dl_dataset *d = NULL;
    if (!dl__ok(ctx))
        goto fail;
    if (!cls || !cls->size || !cls->get || !cls->name || !fields) {
        dl_fail(ctx, DL_EINVAL,
                "dataset: the class, its name, size or get, or the fields are NULL");
        goto fail;
    }
    if (n_fields < 1 || n_fields > DL__FIELDS) {
        dl_fail(ctx, DL_EINVAL, "dataset %s: it has %d fields, 1 to %d are possible", cls->name,
                (int)n_fields, DL__FIELDS);
        goto fail;
    }
    for (int32_t i = 0; i < n_fields; i++)
        if (check_field(ctx, cls->name, &fields[i]) != DL_OK)
            goto fail;
    if (!(d = dl__object_new(ctx, sizeof *d, NULL)))
        goto fail;
    for (int32_t i = 0; i < n_fields; i++) {
        d->field[i] = fields[i];
        d->field[i].name = dl__strdup(ctx, fields[i].name);
        if (!d->field[i].name)
            goto fail;
    }
    d->n_fields = n_fields;
    d->cls = cls;
    d->state = state;
    d->threads = cls->threads;
    d->base.destroy = dataset_destroy;
    return d;
fail:
    for (int32_t i = 0; d && i < n_fields; i++)
        dl__free((char *)(uintptr_t)d->field[i].name);
    dl__object_drop(d);
    if (cls && cls->free)
        cls->free(state);
    return NULL;
}

dl_dataset *dl__dataset_wrap_as(dl_dataset *inner, const dl_dataset_class *cls, void *state,
                                const dl_field *fields)
{
    dl_dataset *d = dl_dataset_new(inner->base.ctx, cls, state, fields, inner->n_fields);
    if (d) {
        d->threads = cls->threads && inner->threads;
        d->named = inner;
    }
    return d;
}

dl_dataset *dl__dataset_wrap(dl_dataset *inner, const dl_dataset_class *cls, void *state)
{
    return dl__dataset_wrap_as(inner, cls, state, inner->field);
}

dl_dataset *dl_dataset_keep(dl_dataset *d)
{
    return dl__object_keep(d);
}

void dl_dataset_drop(dl_dataset *d)
{
    dl__object_drop(d);
}

dl_ctx *dl_dataset_ctx(const dl_dataset *d)
{
    return d ? d->base.ctx : NULL;
}

int64_t dl_dataset_size(const dl_dataset *d)
{
    int64_t n = d ? d->cls->size(d->state) : -1;
    return n < 0 ? -1 : n;
}

int32_t dl_dataset_field_count(const dl_dataset *d)
{
    return d ? d->n_fields : -1;
}

const char *dl_dataset_field_name(const dl_dataset *d, int32_t i)
{
    return d && i >= 0 && i < d->n_fields ? d->field[i].name : NULL;
}

/* The dataset that knows the names of the classes of d, NULL if none does. */
static const dl_dataset *named(const dl_dataset *d)
{
    while (d && d->named)
        d = d->named;
    return d && d->cls->classes && d->cls->class_name ? d : NULL;
}

int64_t dl_dataset_classes(const dl_dataset *d)
{
    const dl_dataset *from = named(d);
    int64_t n = from ? from->cls->classes(from->state) : 0;
    return d && n >= 0 ? n : -1;
}

const char *dl_dataset_class_name(const dl_dataset *d, int64_t k)
{
    const dl_dataset *from = named(d);
    return k >= 0 && k < dl_dataset_classes(from) ? from->cls->class_name(from->state, k) : NULL;
}

dl_status dl__dataset_read(const dl_dataset *d, int64_t i, uint64_t key, void *const *field,
                           dl__error *e)
{
    char why[DL__WHY] = "";
    dl__fpmode host = dl__fpmode_enter();
    dl_status status = d->cls->get(d->state, i, key, field, why, sizeof why);
    dl__fpmode_leave(host);
    if (status == DL_OK)
        return DL_OK;
    why[sizeof why - 1] = 0;
    return dl__error_set(e, status < 0 ? status : DL_EUSER, "dataset %s: example %lld: %s",
                         d->cls->name, (long long)i, why[0] ? why : "could not be read");
}

dl_status dl__dataset_inner(const dl_dataset *inner, int64_t i, uint64_t key, void *const *field,
                            char *why, size_t why_cap)
{
    dl__error e = {DL_OK, ""};
    if (dl__dataset_read(inner, i, key, field, &e) != DL_OK)
        snprintf(why, why_cap, "%s", e.message);
    return e.status;
}

static uint64_t key_of(uint64_t seed, uint32_t purpose, int64_t epoch, int64_t i)
{
    dl__stream s = dl__random_stream(seed, purpose, (uint64_t)epoch);
    uint32_t word[4];
    dl__random_block(&s, (uint64_t)i, word);
    return (uint64_t)word[0] | (uint64_t)word[1] << 32;
}

uint64_t dl__sample_key(uint64_t seed, int64_t epoch, int64_t i)
{
    return key_of(seed, DL__FOR_SAMPLE, epoch, i);
}

uint64_t dl__draw_key(uint64_t seed, int64_t epoch, int64_t draw)
{
    return key_of(seed, DL__FOR_DRAWN, epoch, draw);
}

dl_status dl_dataset_get(dl_dataset *d, int64_t i, uint64_t key, dl_tensor **field, int32_t n)
{
    for (int32_t k = 0; field && k < n; k++)
        field[k] = NULL;
    if (!d || !field)
        return DL_EINVAL;
    dl_ctx *ctx = d->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    int64_t size = dl_dataset_size(d);
    if (i < 0 || i >= size || n < 0 || n > d->n_fields)
        return dl_fail(ctx, DL_EINVAL,
                       "dataset %s: example %lld with %d fields was asked for, there "
                       "are %lld with %d",
                       d->cls->name, (long long)i, (int)n, (long long)size, (int)d->n_fields);
    dl_tensor *made[DL__FIELDS] = {NULL};
    void *memory[DL__FIELDS];
    dl_status status = DL_OK;
    for (int32_t k = 0; k < d->n_fields && status == DL_OK; k++) {
        dl__shape shape;
        status = dl__shape_check(ctx, "dataset", d->field[k].dtype, d->field[k].dims,
                                 d->field[k].ndim, &shape);
        int32_t meta = ctx->meta;
        ctx->meta = 0; /* examples are data whatever the mode */
        made[k] = status == DL_OK ? dl__tensor_new(ctx, &shape, 0) : NULL;
        ctx->meta = meta;
        if (made[k])
            memory[k] = dl__data(made[k]);
        else
            status = ctx->status;
    }
    dl__error e = {DL_OK, ""};
    if (status == DL_OK && dl__dataset_read(d, i, key, memory, &e) != DL_OK)
        status = dl_fail(ctx, e.status, "%s", e.message);
    for (int32_t k = 0; k < d->n_fields; k++) {
        if (status == DL_OK && k < n)
            field[k] = dl_tensor_give(made[k]);
        else
            dl_tensor_drop(made[k]);
    }
    return status;
}
