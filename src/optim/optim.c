/* Optimizers: making and ending them, their settings. */
#include <math.h>
#include <string.h>
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "core/check.h"
#include "core/text.h"
#include "optim/optim.h"

static void optim_destroy(dl__object *base, dl__dead *dead)
{
    dl_optim *o = (dl_optim *)(void *)base;
    for (int32_t i = 0; o->slice && i < o->n; i++) {
        dl__object_unref(o->slice[i].param, dead);
        for (int32_t s = 0; o->slice[i].slot && s < o->cls->slots; s++)
            dl__object_unref(o->slice[i].slot[s], dead);
        dl__free(o->slice[i].slot);
    }
    for (int32_t f = 0; f < 2; f++)
        dl__object_unref(o->flat[f], dead);
    dl__object_unref(o->sched, dead);
    dl__object_unref(o->module, dead);
    dl__free(o->slice);
    dl__free(o->hyper);
}

/* 1 when the elements of t fill their memory without gaps, in some order of axes. */
static int dense(const dl_tensor *t)
{
    dl__shape s = dl__dense_like(t);
    for (int32_t i = 0; i < t->ndim; i++)
        if (t->dims[i] > 1 && t->strides[i] != s.strides[i])
            return 0;
    return 1;
}

/* A zeroed flat array of n elements. */
static dl_tensor *flat_new(dl_ctx *ctx, dl_dtype dt, int64_t n, int meta)
{
    int32_t old = dl_meta_enable(ctx, meta);
    dl_tensor *t = dl_tensor_zeros(ctx, dt, &n, 1);
    dl_meta_enable(ctx, old);
    return t;
}

/* The part of flat from offset on, shaped and laid out as param. */
static dl_tensor *part(dl_ctx *ctx, dl_tensor *flat, int64_t offset, const dl_tensor *param)
{
    dl__shape s = dl__dense_like(param);
    s.offset = offset;
    return dl__tensor_over(ctx, &s, flat->storage);
}

/* Fills slice i; at is where its part of the flat arrays begins. */
static dl_status slice_make(dl_optim *o, int32_t i, dl_tensor *const *slots, int64_t at)
{
    dl_ctx *ctx = o->base.ctx;
    dl__slice *s = &o->slice[i];
    dl_tensor *flat = o->flat[s->param->dtype == DL_F64];
    if (dl_grad_tracked(s->param)) {
        dl_tensor *grad = part(ctx, flat, at, s->param);
        if (!grad || dl__grad_place(s->param, grad) != DL_OK) {
            dl_tensor_drop(grad);
            return ctx->status;
        }
        dl_tensor_drop(grad);
    }
    s->slot = dl__calloc(ctx, (size_t)o->cls->slots * sizeof *s->slot);
    for (int32_t k = 0; s->slot && k < o->cls->slots; k++)
        if (!(s->slot[k] = part(ctx, slots[2 * k + (s->param->dtype == DL_F64)], at, s->param)))
            return ctx->status;
    return s->slot ? DL_OK : ctx->status;
}

/* Room for each parameter in flat arrays of its element type, each beginning on 64 bytes. */
static dl_status lay_out(dl_optim *o, dl_tensor **slots)
{
    dl_ctx *ctx = o->base.ctx;
    int64_t total[2] = {0, 0};
    for (int32_t pass = 0; pass < 2; pass++) {
        int64_t at[2] = {0, 0};
        for (int32_t i = 0; i < o->n; i++) {
            dl__slice *s = &o->slice[i];
            int f64 = s->param->dtype == DL_F64;
            if (pass == 1 && slice_make(o, i, slots, at[f64]) != DL_OK)
                return ctx->status;
            if (!dl__add_i64(at[f64], (s->n + 15) / 16 * 16, &at[f64]))
                return dl_fail(ctx, DL_ELIMIT, "optim: the parameters are too many to count");
        }
        for (int32_t f = 0; f < 2 && pass == 0; f++) {
            total[f] = at[f];
            int meta = o->n > 0 && dl__is_meta(o->slice[0].param);
            if (total[f] == 0)
                continue;
            if (!(o->flat[f] = flat_new(ctx, f ? DL_F64 : DL_F32, total[f], meta)))
                return ctx->status;
            for (int32_t k = 0; k < o->cls->slots; k++)
                if (!(slots[2 * k + f] = flat_new(ctx, f ? DL_F64 : DL_F32, total[f], meta)))
                    return ctx->status;
        }
    }
    return DL_OK;
}

static dl_status collect(dl_optim *o)
{
    dl_ctx *ctx = o->base.ctx;
    int32_t n = dl_module_param_count(o->module);
    if (n < 1)
        return dl_fail(ctx, DL_EINVAL, "optim_%s: the module has no parameters", o->cls->name);
    if (!(o->slice = dl__calloc(ctx, (size_t)n * sizeof *o->slice)))
        return ctx->status;
    for (int32_t i = 0; i < n; i++) {
        dl_tensor *param = dl_module_param(o->module, i);
        if (!param || !dense(param))
            return dl_fail(ctx, DL_EUNSUPPORTED, "optim_%s: parameter %s is not dense in memory",
                           o->cls->name, dl_module_param_name(o->module, i));
        o->slice[i].param = dl_tensor_keep(param);
        o->slice[i].n = dl__count_of(param);
        o->slice[i].lr_scale = 1;
        o->slice[i].weight_decay = o->weight_decay;
        o->n = i + 1;
    }
    return DL_OK;
}

dl_optim *dl_optim_new(dl_module *m, const dl_optim_class *cls, const void *hyper, double lr,
                       double weight_decay)
{
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx) || !cls || !cls->update || !cls->name)
        return NULL;
    if (!(lr >= 0) || isinf(lr) || !(weight_decay >= 0) || isinf(weight_decay)) {
        char a[DL__NUMBER], b[DL__NUMBER];
        dl_fail(ctx, DL_EINVAL,
                "optim_%s: lr is %s, weight_decay is %s, both want to be finite and "
                "not negative",
                cls->name, dl__double_text(a, lr), dl__double_text(b, weight_decay));
        return NULL;
    }
    if (cls->slots < 0 || cls->slots > 16) {
        dl_fail(ctx, DL_EINVAL, "optim_%s: the class wants %d slots, 0 to 16 are possible",
                cls->name, (int)cls->slots);
        return NULL;
    }
    dl_optim *o = dl__object_new(ctx, sizeof *o, optim_destroy);
    if (!o)
        return NULL;
    dl_tensor *slots[32] = {NULL};
    o->cls = cls;
    o->module = dl_module_keep(m);
    o->lr = lr;
    o->weight_decay = weight_decay;
    o->hyper = dl__alloc(ctx, cls->hyper_size);
    if (o->hyper && cls->hyper_size)
        memcpy(o->hyper, hyper, cls->hyper_size);
    if (!o->hyper || collect(o) != DL_OK || lay_out(o, slots) != DL_OK) {
        dl_optim_drop(o);
        o = NULL;
    }
    for (int32_t k = 0; k < 32; k++)
        dl_tensor_drop(slots[k]);
    return o;
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

/* * is any text, ? one character. */
static int fits(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return 0;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}

dl_status dl_optim_group(dl_optim *o, const char *pattern, double lr_scale, double weight_decay)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = o->base.ctx;
    if (!pattern)
        return dl_fail(ctx, DL_EINVAL, "optim_group: the pattern is NULL");
    double scale = dl__option(lr_scale, 1), decay = dl__option(weight_decay, o->weight_decay);
    if (!(scale >= 0) || isinf(scale) || !(decay >= 0) || isinf(decay)) {
        char a[DL__NUMBER], b[DL__NUMBER];
        return dl_fail(ctx, DL_EINVAL,
                       "optim_group: lr_scale is %s, weight_decay is %s, both want "
                       "to be finite and not negative",
                       dl__double_text(a, lr_scale), dl__double_text(b, weight_decay));
    }
    int32_t hits = 0;
    for (int32_t i = 0; i < o->n; i++)
        if (fits(pattern, dl_module_param_name(o->module, i))) {
            o->slice[i].lr_scale = scale;
            o->slice[i].weight_decay = decay;
            hits++;
        }
    return hits ? DL_OK
                : dl_fail(ctx, DL_EINVAL, "optim_group: no parameter's name fits \"%s\"", pattern);
}

dl_status dl_optim_clip(dl_optim *o, double norm, double value)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    double n = dl__option(norm, 0), v = dl__option(value, 0);
    if (!(n >= 0) || !(v >= 0)) {
        char a[DL__NUMBER], b[DL__NUMBER];
        return dl_fail(o->base.ctx, DL_EINVAL,
                       "optim_clip: norm is %s, value is %s, both want to be "
                       "positive, or 0 for none",
                       dl__double_text(a, norm), dl__double_text(b, value));
    }
    o->clip_norm = n;
    o->clip_value = v;
    return DL_OK;
}

int64_t dl_optim_steps(const dl_optim *o)
{
    return o ? o->steps : -1;
}

double dl_optim_lr(const dl_optim *o)
{
    if (!o)
        return NAN;
    return o->sched ? o->lr * dl_sched_factor(o->sched, o->steps) : o->lr;
}

dl_status dl_optim_set_lr(dl_optim *o, double lr)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    if (!(lr >= 0) || isinf(lr)) {
        char a[DL__NUMBER];
        return dl_fail(o->base.ctx, DL_EINVAL,
                       "optim_set_lr: lr is %s, it wants to be finite and "
                       "not negative",
                       dl__double_text(a, lr));
    }
    o->lr = lr;
    return DL_OK;
}

dl_status dl_optim_set_sched(dl_optim *o, dl_sched *s)
{
    dl_status status = o ? o->base.ctx->status : DL_EINVAL;
    if (status == DL_OK && s && s->base.ctx != o->base.ctx)
        status =
            dl_fail(o->base.ctx, DL_EINVAL, "optim_set_sched: the schedule is of another context");
    if (status != DL_OK) {
        dl_sched_drop(s);
        return status;
    }
    dl_sched_drop(o->sched);
    o->sched = s;
    return DL_OK;
}

dl_tensor *dl_optim_flat(dl_optim *o)
{
    if (!o)
        return NULL;
    if (o->flat[0] && o->flat[1]) {
        dl_fail(o->base.ctx, DL_EUNSUPPORTED, "optim_flat: some parameters are f32, some f64");
        return NULL;
    }
    return o->flat[0] ? o->flat[0] : o->flat[1];
}
