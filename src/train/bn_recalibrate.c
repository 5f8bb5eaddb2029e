/* Batch normalisation with the statistics of a whole dataset. */
#include <math.h>
#include <string.h>
#include "core/check.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "data/loader.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "module/module.h"
#include "train/train.h"

enum { MEAN, VAR, COUNT, BUFFERS };
static const char *const buffer_name[BUFFERS] = {"running_mean", "running_var",
                                                 "num_batches_tracked"};

/* Measures one layer per pass over the data, in the order they run: what comes to a layer depends
 * on the statistics of those before it. */
typedef struct job {
    dl__trace trace; /* the first member, so that it leads here */
    dl_ctx *ctx;
    dl_module **done; /* layers that have their statistics */
    int32_t n_done;
    dl_module *layer;      /* the one that is measured; NULL: not met yet    */
    double *mean, *square; /* of each channel: mean, sum of squares around it */
    double *now;           /* room for those of a batch                      */
    int64_t channels, n;   /* n values of each channel so far                */
    int64_t batches;
} job;

static dl_tensor *buffer_of(const dl_module *m, int which)
{
    return dl__part_named(&m->buffers, buffer_name[which], strlen(buffer_name[which]));
}

static int has_statistics(const dl_module *m)
{
    for (int i = 0; i < BUFFERS; i++)
        if (!buffer_of(m, i))
            return 0;
    /* Those of instance normalization are means over examples, not of the whole dataset. */
    return !m->held && !m->frozen && strncmp(m->cls->name, "instancenorm", 12) != 0;
}

static int32_t count_layers(const dl_module *m)
{
    int32_t n = has_statistics(m);
    for (int32_t i = 0; i < m->n_child; i++)
        n += count_layers(m->child[i]);
    return n;
}

static const char *name_of(const dl_module *m)
{
    return m->name ? m->name : m->cls->name;
}

static int is_done(const job *j, const dl_module *m)
{
    for (int32_t i = 0; i < j->n_done; i++)
        if (j->done[i] == m)
            return 1;
    return 0;
}

static void forget(job *j)
{
    dl__free(j->mean);
    j->mean = j->square = j->now = NULL;
    j->n = 0;
}

/* Room for the statistics of m, which is the layer of this pass. */
static void choose(job *j, dl_module *m)
{
    j->channels = dl_tensor_count(buffer_of(m, MEAN));
    size_t bytes;
    if (!dl__mul_size((size_t)j->channels, 4 * sizeof *j->mean, &bytes))
        bytes = SIZE_MAX; /* which there is not */
    if (!(j->mean = dl__calloc(j->ctx, bytes)))
        return;
    j->square = j->mean + j->channels;
    j->now = j->square + j->channels;
    j->layer = m;
}

static int32_t enter(dl__trace *t, const dl__frame *frame)
{
    job *j = (job *)(void *)t;
    dl_module *m = frame->module;
    if (!j->layer && dl__ok(j->ctx) && has_statistics(m) && !is_done(j, m))
        choose(j, m);
    return m == j->layer;
}

/* Takes n values of each channel in: Chan, Golub, LeVeque, 1983. */
static void merge(job *j, const double *mean, const double *var, int64_t n)
{
    dl__fpmode host = dl__fpmode_enter();
    const double a = (double)j->n, b = (double)n;
    for (int64_t c = 0; c < j->channels; c++) {
        const double apart = mean[c] - j->mean[c];
        j->mean[c] += apart * (b / (a + b));
        j->square[c] += b * var[c] + apart * apart * (a * b / (a + b));
    }
    j->n += n;
    dl__fpmode_leave(host);
}

/* x [N, C, ..] came to the layer. */
static void leave(dl__trace *t, int32_t number, dl_tensor *const *in, int32_t n_in,
                  dl_tensor *const *out, int32_t n_out)
{
    job *j = (job *)(void *)t;
    (void)out, (void)n_out;
    if (!number)
        return;
    if (n_in != 1 || !in[0] || in[0]->ndim < 2 || in[0]->dims[1] != j->channels) {
        dl_fail(j->ctx, DL_ESHAPE, "bn_recalibrate: %s wants one input [N, %lld, ..]",
                name_of(j->layer), (long long)j->channels);
        return;
    }
    int32_t axes[DL_MAX_DIMS], n = 0;
    for (int32_t i = 0; i < in[0]->ndim; i++)
        if (i != 1)
            axes[n++] = i;
    dl_tensor *x = dl_cast(in[0], DL_F64);
    dl_tensor *mean = dl_mean(x, axes, n, 0), *var = dl_var(x, axes, n, 0, 0);
    const size_t bytes = (size_t)j->channels * sizeof *j->now;
    if (dl__ok(j->ctx) && dl__count_of(in[0]) > 0 && dl_tensor_get(mean, j->now, bytes) == DL_OK &&
        dl_tensor_get(var, j->now + j->channels, bytes) == DL_OK)
        merge(j, j->now, j->now + j->channels, dl__count_of(in[0]) / j->channels);
}

/* Runs m over d until the pass ends, or no layer is left. */
static dl_status run_batches(job *j, dl_module *m, dl_dataset *d, int32_t field, int32_t batch)
{
    dl_ctx *ctx = j->ctx;
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = batch});
    int32_t more = l ? 1 : 0;
    j->batches = 0;
    while (more == 1 && dl__ok(ctx)) {
        dl_tensor *fields[DL__FIELDS], *y;
        const int32_t mark = dl_scope_begin(ctx);
        if (dl_ctx_cancelled(ctx))
            dl_fail(ctx, DL_EUSER, "bn_recalibrate: cancelled");
        more = mark < 0 ? mark : dl__loader_next(l, fields, l->dataset->n_fields);
        if (more == 1 && dl__module_run(m, &fields[field], 1, &y, 1, &j->trace) == DL_OK)
            j->batches++;
        if (!j->layer)
            more = 0;
        dl_scope_end(ctx, mark);
    }
    dl_loader_drop(l);
    return ctx->status;
}

static dl_status set(dl_tensor *buffer, const double *value)
{
    dl_ctx *ctx = buffer->base.ctx;
    const int32_t mark = dl_scope_begin(ctx);
    dl_tensor *t = dl_tensor_give(dl_tensor_from(ctx, DL_F64, value, buffer->dims, buffer->ndim));
    dl_tensor *same = buffer->dtype == DL_F64 ? t : dl_cast(t, buffer->dtype);
    if (same)
        dl_tensor_copy(buffer, same);
    dl_scope_end(ctx, mark);
    return ctx->status;
}

/* What was measured becomes the statistics of the layer; its variance is the unbiased one. */
static dl_status settle(job *j)
{
    const char *name = name_of(j->layer);
    if (j->n < 2)
        return dl_fail(j->ctx, DL_ESHAPE,
                       "bn_recalibrate: %lld values of a channel came to %s, wanted 2 or more",
                       (long long)j->n, name);
    dl__fpmode host = dl__fpmode_enter();
    int finite = 1;
    for (int64_t c = 0; c < j->channels; c++) {
        j->square[c] /= (double)(j->n - 1);
        finite &= isfinite(j->mean[c]) && isfinite(j->square[c]);
    }
    dl__fpmode_leave(host);
    if (!finite)
        return dl_fail(j->ctx, DL_ENUMERIC,
                       "bn_recalibrate: mean or variance of what came to %s is not finite", name);
    const double batches = (double)j->batches;
    if (set(buffer_of(j->layer, MEAN), j->mean) == DL_OK &&
        set(buffer_of(j->layer, VAR), j->square) == DL_OK)
        set(buffer_of(j->layer, COUNT), &batches);
    return j->ctx->status;
}

/* Every layer of m that runs gets its statistics. */
static dl_status measure(job *j, dl_module *m, dl_dataset *d, int32_t field, int32_t batch)
{
    do {
        j->layer = NULL;
        if (run_batches(j, m, d, field, batch) == DL_OK && j->layer && settle(j) == DL_OK)
            j->done[j->n_done++] = j->layer;
        forget(j);
    } while (j->layer && dl__ok(j->ctx));
    return j->ctx->status;
}

static dl_status check(dl_module *m, dl_dataset *d, int32_t field)
{
    dl_ctx *ctx = m->base.ctx;
    if (!d || dl_dataset_ctx(d) != ctx)
        return dl_fail(ctx, DL_EINVAL, "bn_recalibrate: the dataset is %s",
                       d ? "of another context" : "NULL");
    if (field < 0 || field >= d->n_fields)
        return dl_fail(ctx, DL_EINVAL, "bn_recalibrate: field %d of %d", (int)field,
                       (int)d->n_fields);
    if (m->frozen || m->shared)
        return dl_fail(ctx, DL_ESTATE, "bn_recalibrate: the module is %s, its buffers stay",
                       m->frozen ? "frozen" : "a shared one");
    return DL_OK;
}

int32_t dl_bn_recalibrate(dl_module *m, dl_dataset *d, int32_t field, int32_t batch)
{
    dl_ctx *ctx = dl_module_ctx(m);
    if (!ctx || !dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (check(m, d, field) != DL_OK)
        return ctx->status;
    const int32_t layers = count_layers(m);
    job j = {.trace = {enter, leave}, .ctx = ctx};
    /* A copy is measured, so that m changes at the end and as a whole. */
    dl_module *copy = layers ? dl_module_clone(m, NULL) : NULL;
    /* Their tables are made now, so that copying buffers wants no memory. */
    if (copy && dl__module_table(m) && dl__module_table(copy) &&
        (j.done = dl__calloc(ctx, (size_t)layers * sizeof *j.done))) {
        const uint64_t ticket = ctx->ticket, fills = ctx->fills;
        const int32_t recording = dl_grad_enable(ctx, 0);
        dl_module_train(copy, 0);
        if (measure(&j, copy, d, field, batch) == DL_OK)
            dl__buffers_copy(m, copy);
        dl_grad_enable(ctx, recording);
        ctx->ticket = ticket;
        ctx->fills = fills;
        dl__free(j.done);
    }
    dl_module_drop(copy);
    return dl__ok(ctx) ? j.n_done : ctx->status;
}
