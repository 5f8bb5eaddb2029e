/* Writing a checkpoint. */
#include <math.h>
#include "core/text.h"
#include "dl/io.h"
#include "tensor/iterate.h"
#include "train/checkpoint.h"

static dl_status save_optim(dl__ckpt_list *l, const dl__ckpt_part *p)
{
    const dl_optim *o = (const dl_optim *)(const void *)p->object;
    int64_t n = o->n;
    dl_tensor *steps = dl_tensor_zeros(l->ctx, DL_I64, &n, 1);
    if (!steps)
        return l->ctx->status;
    for (int32_t i = 0; i < o->n; i++)
        ((int64_t *)(void *)dl__data(steps))[i] = o->slice[i].steps;
    dl_status status = dl__list_tensor(l, steps, "optim.%s#steps", p->name);
    dl_tensor_drop(steps);
    char lr[DL__NUMBER];
    if (status == DL_OK)
        status =
            dl__list_meta(l, "optim", p->name, "class=%s slots=%d steps=%lld lr=%s", o->cls->name,
                          (int)o->cls->slots, (long long)o->steps, dl__double_text(lr, o->lr));
    return status;
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

static void look_f32(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    int *bad = *(int *const *)arg;
    for (int64_t i = 0; i < n; i++)
        *bad |= !isfinite(*(const float *)(const void *)(p[0] + i * step[0]));
}

static void look_f64(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    int *bad = *(int *const *)arg;
    for (int64_t i = 0; i < n; i++)
        *bad |= !isfinite(*(const double *)(const void *)(p[0] + i * step[0]));
}

/* A good checkpoint must not be replaced by one that holds a NaN. */
static dl_status check_finite(const dl__ckpt_list *l, const char *path)
{
    for (int32_t i = 0; i < l->n; i++) {
        const dl_tensor *t = l->tensor[i];
        if (!dl__is_float(t->dtype) || dl__is_meta(t))
            continue;
        int bad = 0, *at = &bad;
        dl__walk w;
        dl__walk_plan(&w, &t, 1);
        dl__walk_serial(&w, t->dtype == DL_F64 ? look_f64 : look_f32, &at);
        if (bad)
            return dl_fail(l->ctx, DL_ENUMERIC, "%s: not written, %s holds a NaN or an infinity",
                           path, l->name[i]);
    }
    return DL_OK;
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
    if (list_all(&l, c) == DL_OK && check_finite(&l, path) == DL_OK) {
        dl_safetensors_save_opts o = {.checksums = 1, .keep_previous = 1};
        dl_safetensors_save(ctx, path, (const char *const *)l.name, l.tensor, l.n,
                            (const char *const *)l.key, (const char *const *)l.value, l.n_meta, &o);
    }
    dl__list_end(&l);
    return ctx->status;
}
