/* One step: clipping, weight decay and the class's update, over fixed stretches. */
#include <math.h>
#include "autograd/autograd.h"
#include "core/check.h"
#include "core/parallel.h"
#include "core/text.h"
#include "optim/optim.h"

enum {
    ITEM = 16384, /* elements of one piece of parallel work             */
    CHUNK = 512   /* elements whose decayed gradient stands on the stack */
};

static int same_layout(const dl_tensor *a, const dl_tensor *b)
{
    for (int32_t i = 0; i < a->ndim; i++)
        if (a->dims[i] > 1 && a->strides[i] != b->strides[i])
            return 0;
    return 1;
}

dl_tensor *dl__optim_grad(const dl_optim *o, int32_t i)
{
    const dl__slice *s = &o->slice[i];
    dl_tensor *g = dl_grad(s->param);
    return g && s->n > 0 && same_layout(g, s->param) ? g : NULL;
}

/* ---- norms ------------------------------------------------------------------------------------- */

typedef struct norm_job {
    const void *g;
    int64_t n;
    double clip;
    int f64;
    double *part;
} norm_job;

static double clipped(double g, double clip)
{
    return clip > 0 ? (g > clip ? clip : g < -clip ? -clip : g) : g;
}

/* The sum of squares of piece number item, in 16 lanes. */
static void norm_item(void *arg, int64_t item)
{
    const norm_job *j = arg;
    int64_t first = item * ITEM, last = first + ITEM < j->n ? first + ITEM : j->n;
    double lane[16] = {0};
    for (int64_t i = first; i < last; i++) {
        double g = j->f64 ? ((const double *)j->g)[i] : (double)((const float *)j->g)[i];
        g = clipped(g, j->clip);
        lane[i % 16] = fma(g, g, lane[i % 16]);
    }
    double sum = 0;
    for (int k = 0; k < 16; k++)
        sum += lane[k];
    j->part[item] = sum;
}

double dl__grad_norm(const dl_optim *o, int32_t only_param, double clip_value)
{
    double total = 0;
    dl_ctx *ctx = o->base.ctx;
    for (int32_t i = 0; i < o->n; i++) {
        const dl_tensor *g = only_param < 0 || only_param == i ? dl__optim_grad(o, i) : NULL;
        if (!g || dl__is_meta(g))
            continue;
        int64_t items = (o->slice[i].n + ITEM - 1) / ITEM;
        double *part = dl__alloc(ctx, (size_t)items * sizeof *part);
        if (!part)
            return NAN;
        norm_job j = {dl__data(g), o->slice[i].n, clip_value, g->dtype == DL_F64, part};
        dl__parallel(ctx, items, norm_item, &j);
        for (int64_t k = 0; k < items; k++)
            total += part[k];
        dl__free(part);
    }
    return sqrt(total);
}

double dl_optim_grad_norm(dl_optim *o)
{
    if (!o || !dl__ok(o->base.ctx))
        return NAN;
    dl__fpmode host = dl__fpmode_enter();
    double norm = dl__grad_norm(o, -1, 0);
    dl__fpmode_leave(host);
    return norm;
}

/* ---- updates ----------------------------------------------------------------------------------- */

/* One parameter's update; pieces are cut by its size alone. */
typedef struct step_job {
    const dl_optim *o;
    const dl__slice *slice;
    const char *g;
    double scale, decay; /* of the gradient; of the weights, added to it */
    dl_update update;
} step_job;

/* scale * clip(g) + decay * w, in f32 or f64. */
#define EFFECTIVE(name, real)                                                                      \
    static void name(real *out, const real *g, const real *w, int64_t n, const step_job *j)        \
    {                                                                                              \
        const real clip = (real)j->o->clip_value, scale = (real)j->scale, decay = (real)j->decay;  \
        for (int64_t i = 0; i < n; i++) {                                                          \
            real v = g[i];                                                                         \
            if (clip > 0)                                                                          \
                v = v > clip ? clip : v < -clip ? -clip : v;                                       \
            v = scale * v;                                                                         \
            out[i] = v + decay * w[i];                                                             \
        }                                                                                          \
    }
EFFECTIVE(effective_f32, float)
EFFECTIVE(effective_f64, double)

/* Updates n elements from element first on; g is their gradient. */
static void update(const step_job *j, int64_t first, int64_t n, const void *g)
{
    dl_update u = j->update;
    size_t size = dl_dtype_size(u.dtype);
    void *slot[16];
    for (int32_t k = 0; k < j->o->cls->slots; k++)
        slot[k] = dl__data(j->slice->slot[k]) + (size_t)first * size;
    u.n = n;
    u.w = (char *)u.w + (size_t)first * size;
    u.g = g;
    u.slot = slot;
    j->o->cls->update(&u);
}

static void step_item(void *arg, int64_t item)
{
    const step_job *j = arg;
    int64_t first = item * ITEM, n = j->slice->n - first < ITEM ? j->slice->n - first : ITEM;
    size_t size = dl_dtype_size(j->update.dtype);
    const char *g = j->g + (size_t)first * size, *w = (char *)j->update.w + (size_t)first * size;
    if (j->scale == 1 && j->decay == 0 && j->o->clip_value == 0) {
        update(j, first, n, g);
        return;
    }
    for (int64_t at = 0; at < n; at += CHUNK) {
        int64_t m = n - at < CHUNK ? n - at : CHUNK;
        double buffer[CHUNK];
        if (j->update.dtype == DL_F64)
            effective_f64(buffer, (const double *)(const void *)g + at,
                          (const double *)(const void *)w + at, m, j);
        else
            effective_f32((float *)(void *)buffer, (const float *)(const void *)g + at,
                          (const float *)(const void *)w + at, m, j);
        update(j, first + at, m, buffer);
    }
}

static double norm2(dl_ctx *ctx, const dl_tensor *t, int64_t n)
{
    int64_t items = (n + ITEM - 1) / ITEM;
    double total = 0, *part = dl__alloc(ctx, (size_t)items * sizeof *part);
    if (!part)
        return NAN;
    norm_job j = {dl__data(t), n, 0, t->dtype == DL_F64, part};
    dl__parallel(ctx, items, norm_item, &j);
    for (int64_t k = 0; k < items; k++)
        total += part[k];
    dl__free(part);
    return sqrt(total);
}

/* Norms that the class wants, taken before anything changes: 2 per parameter. */
static dl_status wanted_norms(const dl_optim *o, double *norm)
{
    for (int32_t i = 0; i < o->n && o->cls->wants_norms; i++) {
        const dl_tensor *g = dl__optim_grad(o, i);
        if (!g || dl__is_meta(g))
            continue;
        norm[2 * i] = norm2(o->base.ctx, o->slice[i].param, o->slice[i].n);
        norm[2 * i + 1] = dl__grad_norm(o, i, o->clip_value);
    }
    return o->base.ctx->status;
}

static void step_param(dl_optim *o, int32_t i, double lr, double scale, const double *norm)
{
    dl__slice *s = &o->slice[i];
    const dl_tensor *g = dl__optim_grad(o, i);
    if (!g)
        return;
    s->steps++;
    if (dl__is_meta(g))
        return;
    step_job j = {.o = o,
                  .slice = s,
                  .g = dl__data(g),
                  .scale = scale,
                  .decay = o->cls->decouples ? 0 : s->weight_decay};
    j.update = (dl_update){.hyper = o->hyper,
                           .step = s->steps,
                           .lr = lr * s->lr_scale,
                           .weight_decay = o->cls->decouples ? s->weight_decay : 0,
                           .w_norm = norm[2 * i],
                           .g_norm = scale * norm[2 * i + 1],
                           .dtype = s->param->dtype,
                           .w = dl__data(s->param)};
    atomic_fetch_add(&s->param->storage->version, 1);
    dl__parallel(o->base.ctx, (s->n + ITEM - 1) / ITEM, step_item, &j);
}

/* The factor that clipping by norm puts on all gradients. */
static dl_status clip_scale(const dl_optim *o, double *scale)
{
    *scale = 1;
    if (o->clip_norm == 0)
        return DL_OK;
    double norm = dl__grad_norm(o, -1, o->clip_value);
    if (o->base.ctx->status != DL_OK)
        return o->base.ctx->status;
    if (!isfinite(norm)) {
        char text[DL__NUMBER];
        return dl_fail(o->base.ctx, DL_ENUMERIC, "optim_step: the norm of the gradients is %s",
                       dl__double_text(text, norm));
    }
    double by = o->clip_norm / (norm + 1e-6);
    if (by < 1)
        *scale = by;
    return DL_OK;
}

dl_status dl_optim_step(dl_optim *o)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = o->base.ctx;
    int32_t present = 0;
    for (int32_t i = 0; i < o->n; i++)
        present += dl__optim_grad(o, i) != NULL;
    if (!present)
        return dl_fail(ctx, DL_ESTATE,
                       "optim_step: no parameter has a gradient; call dl_backward first");
    double lr = dl_optim_lr(o), scale, *norm = dl__calloc(ctx, 2 * (size_t)o->n * sizeof *norm);
    if (!norm)
        return ctx->status;
    dl__fpmode host = dl__fpmode_enter();
    if (clip_scale(o, &scale) == DL_OK && wanted_norms(o, norm) == DL_OK) {
        for (int32_t i = 0; i < o->n; i++)
            step_param(o, i, lr, scale, norm);
        o->steps++;
    }
    dl__fpmode_leave(host);
    dl__free(norm);
    return ctx->status;
}
