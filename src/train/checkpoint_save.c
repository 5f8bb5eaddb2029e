/* Writing a checkpoint. */
#include <math.h>
#include "core/text.h"
#include "core/utf8.h"
#include "dl/io.h"
#include "tensor/iterate.h"
#include "train/checkpoint.h"

/* What schedules have been told. */
static dl_status save_sched(dl__ckpt_list *l, const dl__ckpt_part *p)
{
    const dl_optim *o = (const dl_optim *)(const void *)p->object;
    const int64_t n = dl__sched_get(o->sched, NULL);
    if (n == 0)
        return DL_OK;
    dl_tensor *state = dl__zeros_with_data(l->ctx, DL_F64, &n, 1);
    if (!state)
        return l->ctx->status;
    dl__sched_get(o->sched, (double *)(void *)dl__data(state));
    dl_status status = dl__list_tensor(l, state, "optim.%s#sched", p->name);
    dl_tensor_drop(state);
    return status;
}

static dl_status save_optim(dl__ckpt_list *l, const dl__ckpt_part *p)
{
    const dl_optim *o = (const dl_optim *)(const void *)p->object;
    int64_t n = o->n;
    dl_tensor *steps = dl__zeros_with_data(l->ctx, DL_I64, &n, 1);
    if (!steps)
        return l->ctx->status;
    for (int32_t i = 0; i < o->n; i++)
        ((int64_t *)(void *)dl__data(steps))[i] = o->slice[i].steps;
    dl_status status = dl__list_tensor(l, steps, "optim.%s#steps", p->name);
    dl_tensor_drop(steps);
    char lr[DL__NUMBER];
    if (status == DL_OK)
        status =
            dl__list_meta(l, "optim", p->name, "slots=%d steps=%lld lr=%s class=%s", (int)o->saved,
                          (long long)o->steps, dl__double_text(lr, o->lr), o->cls->name);
    return status == DL_OK ? save_sched(l, p) : status;
}

static dl_status save_loader(dl__ckpt_list *l, const dl__ckpt_part *p)
{
    const dl_loader *loader = (const dl_loader *)(const void *)p->object;
    return dl__list_meta(l, "loader", p->name,
                         "epoch=%lld position=%lld size=%lld batch=%lld batches=%lld shuffle=%d",
                         (long long)loader->epoch, (long long)loader->position,
                         (long long)loader->size, (long long)loader->batch,
                         (long long)loader->batches, (int)loader->shuffle);
}

/* What a tensor holds that is no number. */
typedef struct look {
    int nan, infinite;
} look;

static void look_f32(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    look *seen = *(look *const *)arg;
    for (int64_t i = 0; i < n; i++) {
        float v = *(const float *)(const void *)(p[0] + i * step[0]);
        seen->nan |= isnan(v);
        seen->infinite |= isinf(v);
    }
}

static void look_f64(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    look *seen = *(look *const *)arg;
    for (int64_t i = 0; i < n; i++) {
        double v = *(const double *)(const void *)(p[0] + i * step[0]);
        seen->nan |= isnan(v);
        seen->infinite |= isinf(v);
    }
}

static dl_status check_tensor(const dl_tensor *t, int infinities, const char *path,
                              const char *part, const char *name)
{
    if (!t || !dl__is_float(t->dtype) || dl__is_meta(t))
        return DL_OK;
    look seen = {0, 0}, *at = &seen;
    dl__walk w;
    dl__walk_plan(&w, &t, 1);
    dl__walk_serial(&w, t->dtype == DL_F64 ? look_f64 : look_f32, &at);
    if (!seen.nan && !(seen.infinite && !infinities))
        return DL_OK;
    char shown[DL__SHOWN];
    return dl_fail(t->base.ctx, DL_ENUMERIC, "%s: not written, %s of part \"%s\" holds %s",
                   dl__printable(shown, sizeof shown, path), name, part,
                   seen.nan ? "a NaN" : "an infinity");
}

/* A good checkpoint must not be replaced by a broken one. Infinities in buffers may be meant
 * (masks), and so may anything in a tensor of the user's. */
static dl_status check_part(const dl__ckpt_part *p, const char *path)
{
    dl_status status = DL_OK;
    void *object = p->object;
    if (p->kind == DL__PART_AVERAGE)
        object = ((dl_average *)object)->copy;
    if (p->kind == DL__PART_MODULE || p->kind == DL__PART_AVERAGE) {
        for (int32_t i = 0; i < dl_module_param_count(object) && status == DL_OK; i++)
            status = check_tensor(dl_module_param(object, i), 0, path, p->name,
                                  dl_module_param_name(object, i));
        for (int32_t i = 0; i < dl_module_buffer_count(object) && status == DL_OK; i++)
            status = check_tensor(dl_module_buffer(object, i), 1, path, p->name,
                                  dl_module_buffer_name(object, i));
    } else if (p->kind == DL__PART_OPTIM) {
        const dl_optim *o = object;
        for (int32_t i = 0; i < o->n; i++)
            for (int32_t k = 0; k < o->saved && status == DL_OK; k++)
                status = check_tensor(o->slice[i].slot[k], 1, path, p->name, o->slice[i].name);
    }
    return status;
}

static dl_status check_all(const dl_ckpt *c, const char *path)
{
    dl_status status = DL_OK;
    for (int32_t i = 0; i < c->n_part && status == DL_OK; i++)
        status = check_part(&c->part[i], path);
    return status;
}

static dl_status list_all(dl__ckpt_list *l, const dl_ckpt *c)
{
    const dl_ctx *ctx = l->ctx;
    dl_status status =
        dl__list_meta(l, "dl.checkpoint", NULL, "version=%d ticket=%llu fills=%llu seed=%llu",
                      DL__CKPT_VERSION, (unsigned long long)ctx->ticket,
                      (unsigned long long)ctx->fills, (unsigned long long)ctx->opts.seed);
    if (status == DL_OK)
        status = dl__list_meta(l, "dl.version", NULL, "%s", dl_version());
    for (int32_t i = 0; i < c->n_part && status == DL_OK; i++) {
        const dl__ckpt_part *p = &c->part[i];
        status = dl__part_tensors(l, p);
        if (status == DL_OK && p->kind == DL__PART_OPTIM)
            status = save_optim(l, p);
        if (status == DL_OK && p->kind == DL__PART_LOADER)
            status = save_loader(l, p);
    }
    for (int32_t i = 0; i < c->n_text && status == DL_OK; i++)
        status = dl__list_meta(l, "text", c->text[i].key, "%s", c->text[i].value);
    return status;
}

dl_status dl_ckpt_save(dl_ckpt *c, const char *path)
{
    if (!c || !dl__ok(c->base.ctx))
        return c ? c->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = c->base.ctx;
    if (!path)
        return dl_fail(ctx, DL_EINVAL, "checkpoint: the path is NULL");
    dl__ckpt_list l = {.ctx = ctx};
    if (check_all(c, path) == DL_OK && list_all(&l, c) == DL_OK) {
        dl_safetensors_save_opts o = {.checksums = 1, .keep_previous = 1};
        dl_safetensors_save(ctx, path, (const char *const *)l.name, l.tensor, l.n,
                            (const char *const *)l.key, (const char *const *)l.value, l.n_meta, &o);
    }
    dl__list_end(&l);
    return ctx->status;
}
