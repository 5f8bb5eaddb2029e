/* Batches of a dataset, in an order of their own each epoch. */
#include <string.h>
#include "core/check.h"
#include "core/parallel.h"
#include "core/random.h"
#include "data/loader.h"
#include "tensor/tensor.h"

static void loader_destroy(dl__object *base, dl__dead *dead)
{
    dl_loader *l = (dl_loader *)(void *)base;
    dl__crew_end(l->crew);
    dl__free(l->order);
    dl__sampler_end(&l->sampler);
    dl__object_unref(l->dataset, dead);
}

static dl_status check(dl_ctx *ctx, const dl_loader_opts *o, const dl_dataset *d, int64_t size)
{
    if (o->batch < 0 || o->workers < DL_OFF || o->workers > DL__WORKERS)
        return dl_fail(ctx, DL_EINVAL,
                       "loader: batch is %d and workers %d; wanted are batch >= 0 and at most %d "
                       "workers",
                       (int)o->batch, (int)o->workers, DL__WORKERS);
    if (DL__RESERVED(ctx, "loader", o) != DL_OK)
        return ctx->status;
    if (size < 1)
        return dl_fail(ctx, DL_EINVAL, "loader: the dataset has no examples");
    for (int32_t k = 0; k < d->n_fields; k++)
        if (d->field[k].ndim == DL_MAX_DIMS)
            return dl_fail(ctx, DL_ELIMIT,
                           "loader: field \"%s\" has %d axes, a batch of it would have one more "
                           "than there can be",
                           d->field[k].name, DL_MAX_DIMS);
    return DL_OK;
}

dl_loader *dl_loader_new(dl_dataset *d, const dl_loader_opts *opts)
{
    static const dl_loader_opts defaults;
    const dl_loader_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = d ? d->base.ctx : NULL;
    int64_t size = dl_dataset_size(d);
    if (!dl__ok(ctx) || check(ctx, o, d, size) != DL_OK)
        return NULL;
    dl_loader *l = dl__object_new(ctx, sizeof *l, loader_destroy);
    if (!l)
        return NULL;
    l->dataset = dl_dataset_keep(d);
    if (dl__sampler_init(&l->sampler, ctx, o, size) != DL_OK) {
        dl_loader_drop(l);
        return NULL;
    }
    l->size = l->sampler.draws;
    l->batch = o->batch > 0 ? o->batch : 32;
    l->batches = l->size / l->batch + (l->size % l->batch != 0 && o->drop_last != 1);
    l->shuffle = o->sample == DL_SAMPLE_ALL
                     ? o->shuffle == 1
                     : 2 + (int32_t)(l->sampler.digest >> 3) * 2 + (o->sample == DL_SAMPLE_ONCE);
    l->order_epoch = -1;
    size_t bytes;
    if (l->batches < 1)
        dl_fail(ctx, DL_EINVAL, "loader: an epoch has %lld examples, not one full batch of %lld",
                (long long)l->size, (long long)l->batch);
    else if (!dl__mul_size((size_t)l->size, sizeof *l->order, &bytes))
        dl_fail(ctx, DL_ELIMIT, "loader: %lld examples are too many", (long long)l->size);
    else
        l->order = dl__alloc(ctx, bytes);
    if (l->order && o->workers > 0 && d->threads)
        l->crew = dl__crew_new(ctx, o->workers);
    if (!dl__ok(ctx)) {
        dl_loader_drop(l);
        return NULL;
    }
    return l;
}

void dl_loader_drop(dl_loader *l)
{
    dl__object_drop(l);
}

int64_t dl_loader_batches(const dl_loader *l)
{
    return l ? l->batches : -1;
}

int64_t dl_loader_epoch(const dl_loader *l)
{
    return l ? l->epoch : -1;
}

int64_t dl_loader_position(const dl_loader *l)
{
    return l ? l->position : -1;
}

dl_status dl_loader_seek(dl_loader *l, int64_t epoch, int64_t position)
{
    if (!l || !dl__ok(l->base.ctx))
        return l ? l->base.ctx->status : DL_EINVAL;
    if (epoch < 0 || position < 0 || position > l->batches)
        return dl_fail(l->base.ctx, DL_EINVAL,
                       "loader_seek: epoch %lld, batch %lld; an epoch has %lld", (long long)epoch,
                       (long long)position, (long long)l->batches);
    if (l->crew)
        dl__crew_reset(l->crew);
    l->epoch = epoch;
    l->position = position;
    return DL_OK;
}

/* The order of the current epoch. */
static void arrange(dl_loader *l)
{
    if (l->order_epoch == l->epoch)
        return;
    if (l->sampler.kind != DL_SAMPLE_ALL)
        dl__sampler_draw(&l->sampler, l->base.ctx->opts.seed, l->epoch, l->order);
    for (int64_t i = 0; l->sampler.kind == DL_SAMPLE_ALL && i < l->size; i++)
        l->order[i] = i;
    if (l->shuffle == 1) {
        dl__stream s =
            dl__random_stream(l->base.ctx->opts.seed, DL__FOR_SHUFFLE, (uint64_t)l->epoch);
        dl__permutation(&s, l->order, l->size);
    }
    l->order_epoch = l->epoch;
}

/* Memory for batch number `number` of the current epoch. */
static dl_status batch_make(dl_loader *l, int64_t number, dl__batch *b)
{
    dl_ctx *ctx = l->base.ctx;
    int64_t first = number * l->batch;
    *b = (dl__batch){.dataset = l->dataset,
                     .index = l->order + first,
                     .n = l->size - first < l->batch ? l->size - first : l->batch,
                     .seed = ctx->opts.seed,
                     .epoch = l->epoch,
                     .drawn = l->sampler.kind == DL_SAMPLE_REPLACE ? first : -1};
    for (int32_t k = 0; k < l->dataset->n_fields; k++) {
        const dl_field *f = &l->dataset->field[k];
        int64_t dims[DL_MAX_DIMS + 1] = {b->n};
        memcpy(dims + 1, f->dims, (size_t)f->ndim * sizeof *dims);
        dl__shape shape;
        int32_t meta = ctx->meta;
        ctx->meta = 0;
        if (dl__shape_check(ctx, "loader", f->dtype, dims, f->ndim + 1, &shape) == DL_OK)
            b->field[k] = dl__tensor_new(ctx, &shape, 0);
        ctx->meta = meta;
        if (!b->field[k]) {
            dl__batch_drop(b);
            return ctx->status;
        }
        b->memory[k] = dl__data(b->field[k]);
        b->bytes[k] = (size_t)dl__field_count(f) * dl_dtype_size(f->dtype);
    }
    return DL_OK;
}

static void fill_one(const dl__batch *b, int64_t k, dl__error *e)
{
    void *at[DL__FIELDS];
    for (int32_t f = 0; f < b->dataset->n_fields; f++)
        at[f] = b->memory[f] + (size_t)k * b->bytes[f];
    /* Draws of one example differ in what is random about it. */
    uint64_t key = b->drawn < 0 ? dl__sample_key(b->seed, b->epoch, b->index[k])
                                : dl__draw_key(b->seed, b->epoch, b->drawn + k);
    dl__dataset_read(b->dataset, b->index[k], key, at, e);
}

void dl__batch_fill(const dl__batch *b, int64_t first, int64_t end, dl__error *e)
{
    for (int64_t k = first; k < end && e->status == DL_OK; k++)
        fill_one(b, k, e);
}

/* Reading on the context's threads: 16 examples a piece, each piece with an error of its own. */
enum { PIECE = 16 };
typedef struct fill_job {
    const dl__batch *batch;
    dl__error *error;
} fill_job;

static void fill_piece(void *arg, int64_t item)
{
    const fill_job *j = arg;
    const int64_t n = j->batch->n, first = item * PIECE;
    dl__batch_fill(j->batch, first, n - first < PIECE ? n : first + PIECE, &j->error[item]);
}

static dl_status fill_now(dl_loader *l, dl__batch *b)
{
    dl_ctx *ctx = l->base.ctx;
    if (!l->dataset->threads) {
        dl__batch_fill(b, 0, b->n, &b->error);
        return DL_OK;
    }
    int64_t pieces = (b->n + PIECE - 1) / PIECE;
    fill_job j = {b, dl__calloc(ctx, (size_t)pieces * sizeof(dl__error))};
    if (!j.error)
        return ctx->status;
    dl__parallel(ctx, pieces, fill_piece, &j);
    for (int64_t p = 0; p < pieces && b->error.status == DL_OK; p++)
        b->error = j.error[p];
    dl__free(j.error);
    return DL_OK;
}

/* Hands out batches until the crew has as many as it can hold. */
static dl_status load_ahead(dl_loader *l)
{
    while (dl__crew_busy(l->crew) < dl__crew_room(l->crew)) {
        int64_t number = l->position + dl__crew_busy(l->crew);
        if (number >= l->batches)
            break;
        dl__batch b;
        if (batch_make(l, number, &b) != DL_OK)
            return l->base.ctx->status;
        dl__crew_give(l->crew, &b);
    }
    return DL_OK;
}

static dl_status next_batch(dl_loader *l, dl__batch *b)
{
    arrange(l);
    if (!l->crew) {
        if (batch_make(l, l->position, b) != DL_OK)
            return l->base.ctx->status;
        if (fill_now(l, b) != DL_OK) {
            dl__batch_drop(b);
            return l->base.ctx->status;
        }
        return DL_OK;
    }
    if (load_ahead(l) != DL_OK)
        return l->base.ctx->status;
    *b = dl__crew_take(l->crew);
    return DL_OK;
}

int32_t dl_loader_next(dl_loader *l, dl_tensor **field, int32_t n)
{
    for (int32_t k = 0; field && k < n; k++)
        field[k] = NULL;
    if (l && dl__ok(l->base.ctx) && dl_ctx_cancelled(l->base.ctx))
        return dl_fail(l->base.ctx, DL_EUSER, "loader: cancelled");
    return dl__loader_next(l, field, n);
}

int32_t dl__loader_next(dl_loader *l, dl_tensor **field, int32_t n)
{
    if (!l || !dl__ok(l->base.ctx))
        return l ? l->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = l->base.ctx;
    if (n < 0 || n > l->dataset->n_fields || (n > 0 && !field))
        return dl_fail(ctx, DL_EINVAL, "loader: %d fields were asked for, the dataset has %d",
                       (int)n, (int)l->dataset->n_fields);
    if (l->position == l->batches) {
        if (l->epoch == INT64_MAX)
            return dl_fail(ctx, DL_ELIMIT, "loader: no epoch can be counted after %lld",
                           (long long)l->epoch);
        l->epoch++;
        l->position = 0;
        return 0;
    }
    dl__batch b;
    if (next_batch(l, &b) != DL_OK)
        return ctx->status;
    if (b.error.status != DL_OK) {
        dl_fail(ctx, b.error.status, "%s", b.error.message);
        dl__batch_drop(&b);
        if (l->crew)
            dl__crew_reset(l->crew);
        return ctx->status;
    }
    l->position++;
    for (int32_t k = 0; k < l->dataset->n_fields; k++) {
        if (k < n)
            field[k] = dl_tensor_give(b.field[k]);
        else
            dl_tensor_drop(b.field[k]);
    }
    return 1;
}
