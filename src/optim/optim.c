/* Optimizers: making and ending them, their rate. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "autograd/elementwise.h"
#include "core/check.h"
#include "core/parallel.h"
#include "optim/optim.h"

enum { PIECE = 16384 }; /* elements of a piece of parallel work */

static void optim_destroy(dl__object *base, dl__dead *dead)
{
    dl_optim *o = (dl_optim *)(void *)base;
    for (int32_t i = 0; i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        for (int32_t k = 0; s->slot && k < o->slots; k++)
            dl__object_unref(s->slot[k], dead);
        dl__object_unref(s->place, dead);
        dl__object_unref(s->param, dead);
        dl__free(s->slot);
        dl__free(s->name);
    }
    for (int32_t f = 0; f < 2; f++)
        dl__object_unref(o->flat[f], dead);
    dl__object_unref(o->number, dead);
    dl__object_unref(o->sched, dead);
    dl__object_unref(o->module, dead);
    dl__free(o->part);
    dl__free(o->piece);
    dl__free(o->slice);
    dl__free(o->hyper);
}

/* 1 when the elements of t fill their memory without gaps, in some order of axes. */
static int dense(const dl_tensor *t)
{
    dl__shape s = dl__dense_like(t);
    for (int32_t i = 0; i < t->ndim; i++)
        if (t->dims[i] > 1 && t->strides[i] != s.strides[i])
            return dl__count_of(t) == 0;
    return 1;
}

static dl_status add_param(dl_optim *o, dl_tensor *param, const char *name)
{
    dl_ctx *ctx = o->base.ctx;
    if (!param || !name)
        return ctx->status;
    if (!dense(param))
        return dl_fail(ctx, DL_EUNSUPPORTED,
                       "optim_%s: parameter %.200s is not dense in memory; its elements must lie "
                       "together, in any order of the axes",
                       o->cls->name, name);
    if (o->n > 0 && dl__is_meta(param) != o->meta)
        return dl_fail(ctx, DL_EUNSUPPORTED,
                       "optim_%s: %.200s has %s data, unlike the parameters before it; load all of "
                       "them first",
                       o->cls->name, name, o->meta ? "" : "no");
    dl__slice *s = &o->slice[o->n++];
    o->meta = dl__is_meta(param);
    s->param = dl_tensor_keep(param);
    s->n = dl__count_of(param);
    s->lr_scale = 1;
    s->weight_decay = o->weight_decay;
    s->name = dl__strdup(ctx, name);
    return ctx->status;
}

static dl_status collect(dl_optim *o)
{
    dl_ctx *ctx = o->base.ctx;
    const int32_t n = dl_module_param_count(o->module);
    if (n == 0)
        return dl_fail(ctx, DL_EINVAL, "optim_%s: the module has no parameters", o->cls->name);
    if (n < 0 || !(o->slice = dl__calloc(ctx, (size_t)n * sizeof *o->slice)))
        return ctx->status;
    for (int32_t i = 0; i < n && ctx->status == DL_OK; i++)
        add_param(o, dl_module_param(o->module, i), dl_module_param_name(o->module, i));
    return ctx->status;
}

/* Cuts the parameters into pieces of parallel work. */
static dl_status cut(dl_optim *o)
{
    int64_t n = 0;
    for (int32_t i = 0; i < o->n; i++)
        n += o->slice[i].n / PIECE + (o->slice[i].n % PIECE != 0);
    o->piece = dl__alloc(o->base.ctx, (size_t)n * sizeof *o->piece);
    o->part = o->piece ? dl__alloc(o->base.ctx, (size_t)n * sizeof *o->part) : NULL;
    if (!o->part)
        return o->base.ctx->status;
    for (int32_t i = 0; i < o->n; i++)
        for (int64_t first = 0; first < o->slice[i].n; first += PIECE) {
            const int64_t left = o->slice[i].n - first;
            o->piece[o->n_piece++] = (dl__piece){first, i, (int32_t)(left < PIECE ? left : PIECE)};
        }
    return DL_OK;
}

static dl_status check_class(dl_ctx *ctx, const dl_optim_class *cls, const void *hyper)
{
    if (!cls || !cls->name || !cls->update)
        return dl_fail(ctx, DL_EINVAL, "optim_new: a class has a name and an update");
    if (cls->slots < 0 || cls->slots > DL__SLOTS)
        return dl_fail(ctx, DL_EINVAL,
                       "optim_%s: the class wants %d state arrays, 0 to %d are "
                       "possible",
                       cls->name, (int)cls->slots, DL__SLOTS);
    if (cls->hyper_size && !hyper)
        return dl_fail(ctx, DL_EINVAL, "optim_%s: the hyper-parameters are NULL", cls->name);
    return DL_OK;
}

/* Takes what s asks for. */
static dl_status equip(dl_optim *o, const dl__solver *s)
{
    const int64_t n = s->numbers;
    o->solve = s->solve;
    o->numbers_good = s->numbers_good;
    o->saved = s->saved;
    o->slots = s->saved + s->scratch;
    o->number = dl__zeros_with_data(o->base.ctx, DL_F64, &n, 1);
    return o->base.ctx->status;
}

dl_optim *dl__optim_make(dl_module *m, const dl_optim_class *cls, const void *hyper, double lr,
                         double weight_decay, const dl__solver *s)
{
    dl_ctx *ctx = dl_module_ctx(m);
    char who[64];
    snprintf(who, sizeof who, "optim_%s", cls->name);
    if (dl__option_range(ctx, who, "lr", lr, INFINITY) != DL_OK ||
        dl__option_range(ctx, who, "weight_decay", weight_decay, INFINITY) != DL_OK)
        return NULL;
    dl_optim *o = dl__object_new(ctx, sizeof *o, optim_destroy);
    if (!o)
        return NULL;
    o->cls = cls;
    o->slots = o->saved = cls->slots;
    o->module = dl_module_keep(m);
    o->lr = lr;
    o->weight_decay = weight_decay;
    o->hyper = dl__alloc(ctx, cls->hyper_size);
    if (o->hyper && cls->hyper_size)
        memcpy(o->hyper, hyper, cls->hyper_size);
    if (!o->hyper || (s && equip(o, s) != DL_OK) || collect(o) != DL_OK || cut(o) != DL_OK ||
        dl__flat_make(o) != DL_OK) {
        dl_optim_drop(o);
        return NULL;
    }
    dl__flat_gather(o);
    return o;
}

dl_optim *dl_optim_new(dl_module *m, const dl_optim_class *cls, const void *hyper, double lr,
                       double weight_decay)
{
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx) || check_class(ctx, cls, hyper) != DL_OK)
        return NULL;
    return dl__optim_make(m, cls, hyper, lr, weight_decay, NULL);
}

dl_optim *dl_optim_keep(dl_optim *o)
{
    return dl__object_keep(o);
}

void dl_optim_drop(dl_optim *o)
{
    dl__object_drop(o);
}

dl_ctx *dl_optim_ctx(const dl_optim *o)
{
    return o ? o->base.ctx : NULL;
}

int64_t dl_optim_steps(const dl_optim *o)
{
    return o ? o->steps : -1;
}

double dl_optim_lr(const dl_optim *o)
{
    if (!o)
        return NAN;
    if (!o->sched)
        return o->lr;
    dl__fpmode host = dl__fpmode_enter();
    double lr = o->lr * dl_sched_factor(o->sched, o->steps);
    dl__fpmode_leave(host);
    return lr;
}

dl_status dl_optim_set_lr(dl_optim *o, double lr)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    if (dl__option_range(o->base.ctx, "optim_set_lr", "lr", lr, INFINITY) != DL_OK)
        return DL_EINVAL;
    o->lr = lr;
    return DL_OK;
}

dl_status dl_optim_set_sched(dl_optim *o, dl_sched *s)
{
    dl_status status = o ? o->base.ctx->status : DL_EINVAL;
    if (status == DL_OK && s && s->base.ctx != o->base.ctx)
        status = dl_fail(o->base.ctx, DL_EINVAL,
                         "optim_set_sched: the schedule belongs to another context");
    if (status == DL_OK && s && !o->cls->takes_momentum && dl__sched_cycles(s))
        status = dl_fail(o->base.ctx, DL_EINVAL,
                         "optim_set_sched: the schedule cycles momentum, which this %s has not",
                         o->cls->name);
    if (status == DL_OK) {
        dl_sched *old = o->sched;
        o->sched = s;
        s = old;
    }
    dl_sched_drop(s);
    return status;
}
