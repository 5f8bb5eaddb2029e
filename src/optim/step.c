/* One step: clipping, weight decay and the class's update, over fixed stretches. */
#include <math.h>
#include "autograd/profile.h"
#include "core/text.h"
#include "kernels/loops.h"
#include "optim/optim.h"

enum {
    SMALL = 1 << 15, /* this many elements are not worth waking other threads                    */
    SHORT = 1024     /* a final gradient, and what its update reads, stay in the innermost cache */
};

static int same_layout(const dl_tensor *a, const dl_tensor *b)
{
    for (int32_t i = 0; i < a->ndim; i++)
        if (a->dims[i] > 1 && a->strides[i] != b->strides[i])
            return 0;
    return 1;
}

dl_status dl__optim_look(dl_optim *o, int32_t *present)
{
    dl_ctx *ctx = o->base.ctx;
    *present = 0;
    for (int32_t i = 0; i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        s->g = s->lr_scale > 0 ? dl_grad(s->param) : NULL;
        s->w_norm = s->g_norm = 0;
        if (!s->g)
            continue;
        if (dl__is_meta(s->param) != o->meta)
            return dl_fail(ctx, DL_ESTATE,
                           "optim_%s: %.200s got its data after the optimizer was made; make the "
                           "optimizer again",
                           o->cls->name, s->name);
        if (s->n > 0 && !same_layout(s->g, s->param))
            return dl_fail(ctx, DL_ESTATE,
                           "optim_%s: %.200s and its gradient differ in memory layout",
                           o->cls->name, s->name);
        ++*present;
    }
    return DL_OK;
}

void dl__optim_parallel(const dl_optim *o, int64_t elements, dl__task task, void *arg)
{
    dl__parallel(elements > SMALL ? o->base.ctx : NULL, o->n_piece, task, arg);
}

void dl__optim_pieces(const dl_optim *o, dl__task task, void *arg)
{
    int64_t elements = 0;
    for (int32_t i = 0; i < o->n; i++)
        elements += o->slice[i].g ? o->slice[i].n : 0;
    dl__optim_parallel(o, elements, task, arg);
}

DL__LOOP1(scaled, s0 *x)
DL__LOOP2(blended, s0 *a + s1 * b)

typedef struct step_job {
    const dl_optim *o;
    double lr, clip, scale, momentum;
} step_job;

/* Updates n elements of s from element first on; g is their final gradient. */
static void update(const step_job *j, const dl__slice *s, int64_t first, int64_t n, const void *g)
{
    const dl_optim_class *cls = j->o->cls;
    const size_t skip = (size_t)first * dl_dtype_size(s->param->dtype);
    void *slot[DL__SLOTS];
    for (int32_t k = 0; k < cls->slots; k++)
        slot[k] = dl__data(s->slot[k]) + skip;
    const dl_update u = {.hyper = j->o->hyper,
                         .step = s->steps,
                         .n = n,
                         .lr = j->lr * s->lr_scale,
                         .weight_decay = cls->decouples ? s->weight_decay : 0,
                         .w_norm = s->w_norm,
                         .g_norm = j->scale * s->g_norm,
                         .scalar = s->scalar,
                         .momentum = j->momentum,
                         .dtype = s->param->dtype,
                         .w = dl__data(s->param) + skip,
                         .g = g,
                         .slot = slot};
    cls->update(&u);
    if (s->proximal > 0)
        dl__optim_shrink(u.dtype, u.w, n, u.lr * s->proximal);
}

/* Writes scale * clip(g) + decay * w for n elements of s from element at on. */
static void final_gradient(const step_job *j, const dl__slice *s, int64_t at, int64_t n,
                           double decay, void *out)
{
    const int64_t size = (int64_t)dl_dtype_size(s->param->dtype), step[] = {size, size, size};
    const double arg[DL__ARGS] = {j->scale, decay};
    char *p[] = {out, dl__data(s->g) + at * size, dl__data(s->param) + at * size};
    if (!isinf(j->clip)) {
        dl__optim_clamp(s->param->dtype, out, p[1], n, j->clip);
        p[1] = out;
    }
    if (decay != 0)
        dl__loops_get(&blended, s->param->dtype)(n, p, step, arg);
    else if (j->scale != 1)
        dl__loops_get(&scaled, s->param->dtype)(n, p, step, arg);
}

static void step_piece(void *arg, int64_t item)
{
    const step_job *j = arg;
    const dl__piece *p = &j->o->piece[item];
    const dl__slice *s = &j->o->slice[p->slice];
    if (!s->g)
        return;
    const double decay = j->o->cls->decouples ? 0 : s->weight_decay;
    if (decay == 0 && j->scale == 1 && isinf(j->clip)) {
        update(j, s, p->first, p->n,
               dl__data(s->g) + (size_t)p->first * dl_dtype_size(s->param->dtype));
        return;
    }
    for (int64_t at = 0; at < p->n; at += SHORT) {
        double buffer[SHORT]; /* f32 or f64 */
        const int64_t n = p->n - at < SHORT ? p->n - at : SHORT;
        final_gradient(j, s, p->first + at, n, decay, buffer);
        update(j, s, p->first + at, n, buffer);
    }
}

/* Counts the step of every parameter, and computes what its elements share. */
static void count(dl_optim *o)
{
    double (*const scalar)(const void *, int64_t) = o->cls->scalar;
    int64_t known = 0; /* the step that value is of */
    double value = 0;
    for (int32_t i = 0; i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        if (!s->g)
            continue;
        s->steps++;
        if (scalar && s->steps != known) {
            known = s->steps;
            value = scalar(o->hyper, known);
        }
        s->scalar = value;
        atomic_fetch_add(&s->param->storage->version, 1);
    }
    o->steps++;
}

/* What can fail is behind us. */
static void commit(dl_optim *o, step_job *j)
{
    count(o);
    if (!o->meta)
        dl__optim_pieces(o, step_piece, j);
}

dl_status dl_optim_step(dl_optim *o)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = o->base.ctx;
    int32_t present;
    if (o->solve)
        return dl_fail(ctx, DL_ESTATE,
                       "optim_step: %s evaluates the loss itself; call dl_optim_step_closure",
                       o->cls->name);
    if (dl__optim_look(o, &present) != DL_OK)
        return ctx->status;
    if (!present)
        return dl_fail(ctx, DL_ESTATE,
                       "optim_step: no parameter to update has a gradient; call dl_backward first");
    dl__span span;
    dl__span_begin(ctx, &span);
    dl__fpmode host = dl__fpmode_enter();
    step_job j = {.o = o,
                  .lr = dl_optim_lr(o),
                  .clip = o->clip_value > 0 ? o->clip_value : INFINITY,
                  .scale = 1,
                  .momentum = dl__sched_momentum_at(o->sched, o->steps)};
    char text[DL__NUMBER];
    if (dl__ok(ctx) && !isfinite(j.lr))
        dl_fail(ctx, DL_ENUMERIC, "optim_step: the learning rate is %s, wanted a finite one",
                dl__double_text(text, j.lr));
    else if (dl__ok(ctx) && dl__optim_clip_scale(o, &j.scale) == DL_OK)
        commit(o, &j);
    dl__fpmode_leave(host);
    dl__span_end(ctx, &span, o->cls->name, DL__PHASE_UPDATE);
    return ctx->status;
}
