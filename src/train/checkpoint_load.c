/* Reading a checkpoint: everything is read and checked first, then everything is changed. */
#include <stdio.h>
#include <string.h>
#include "core/text.h"
#include "core/utf8.h"
#include "dl/grad.h"
#include "dl/io.h"
#include "train/checkpoint_plan.h"

static int same_dims(const dl_safetensors *f, int32_t at, const dl_tensor *t)
{
    int same = dl_safetensors_ndim(f, at) == t->ndim;
    for (int32_t k = 0; k < t->ndim && same; k++)
        same = dl_safetensors_dim(f, at, k) == t->dims[k];
    return same;
}

static const char *dims_text(const dl_safetensors *f, int32_t at, char *buf, size_t cap)
{
    int64_t dims[DL_MAX_DIMS];
    int32_t n = dl_safetensors_ndim(f, at);
    for (int32_t k = 0; k < n; k++)
        dims[k] = dl_safetensors_dim(f, at, k);
    return dl__shape_text(buf, cap, dims, n);
}

/* What keeps the file's tensor `at` from becoming live tensor i: DL_OK if nothing does. */
static dl_status mismatch(const dl__plan *p, int32_t i, int32_t at)
{
    const dl_tensor *t = p->live.tensor[i];
    if (at < 0)
        return DL_EFORMAT;
    if (dl__is_meta(t))
        return DL_ESTATE;
    if (dl_safetensors_dtype(p->file, at) != t->dtype)
        return DL_EDTYPE;
    return same_dims(p->file, at, t) ? DL_OK : DL_ESHAPE;
}

/* Compares all names, types and shapes before any value is read; the message has the first
 * that does not fit, and how many more there are. */
static dl_status match(const dl__plan *p)
{
    int32_t bad = 0, first = 0;
    for (int32_t i = 0; i < p->live.n; i++)
        if (mismatch(p, i, dl_safetensors_find(p->file, p->live.name[i])) != DL_OK && bad++ == 0)
            first = i;
    if (!bad)
        return DL_OK;
    const dl_tensor *t = p->live.tensor[first];
    const char *name = p->live.name[first];
    int32_t at = dl_safetensors_find(p->file, name);
    dl_status status = mismatch(p, first, at);
    char there[128] = "missing", here[128], more[48] = "";
    if (bad > 1)
        snprintf(more, sizeof more, " (and %d more like this)", (int)bad - 1);
    if (at >= 0)
        dims_text(p->file, at, there, sizeof there);
    return dl_fail(p->ctx, status, "%s: %s is %s%s%s in the file, %s %s%s here%s", p->path, name,
                   at < 0 ? "" : dl_safetensors_stored(p->file, at), at < 0 ? "" : " ", there,
                   dl_dtype_name(t->dtype), dl__shape_text(here, sizeof here, t->dims, t->ndim),
                   dl__is_meta(t) ? " without memory" : "", more);
}

static dl_status read_all(dl__plan *p, const dl_ckpt *c)
{
    dl_status status = DL_OK;
    for (int32_t i = 0; i < c->n_part && status == DL_OK; i++) {
        status = dl__part_tensors(&p->live, &c->part[i]);
        if (status == DL_OK)
            status = dl__plan_part(p, i, &c->part[i]);
    }
    if (status == DL_OK &&
        !(p->value = dl__calloc(p->ctx, (size_t)p->live.n * sizeof(dl_tensor *))))
        status = p->ctx->status;
    if (status == DL_OK)
        status = match(p);
    for (int32_t i = 0; i < p->live.n && status == DL_OK; i++) {
        p->value[i] = dl_safetensors_read(p->file, dl_safetensors_find(p->file, p->live.name[i]));
        status = p->ctx->status;
    }
    return status;
}

/* The texts of the file become those of c; all or none. */
static dl_status take_texts(const dl__plan *p, dl_ckpt *c)
{
    dl_ckpt *fresh = dl_ckpt_new(p->ctx);
    dl_status status = fresh ? DL_OK : p->ctx->status;
    for (int32_t i = 0; i < dl_safetensors_meta_count(p->file) && status == DL_OK; i++) {
        const char *key = dl_safetensors_meta_key(p->file, i);
        if (strncmp(key, "text.", 5) == 0)
            status = dl_ckpt_set_text(fresh, key + 5, dl_safetensors_meta_value(p->file, i));
    }
    if (status == DL_OK) {
        dl__ckpt_text *text = c->text;
        int32_t n = c->n_text, cap = c->cap_text;
        c->text = fresh->text;
        c->n_text = fresh->n_text;
        c->cap_text = fresh->cap_text;
        fresh->text = text;
        fresh->n_text = n;
        fresh->cap_text = cap;
    }
    dl_ckpt_drop(fresh);
    return status;
}

/* Cannot fail. */
static void commit(dl__plan *p, dl_ckpt *c)
{
    for (int32_t i = 0; i < p->live.n; i++)
        dl__overwrite(p->live.tensor[i], p->value[i]);
    for (int32_t i = 0; i < c->n_part; i++) {
        void *object = c->part[i].object;
        if (c->part[i].kind == DL__PART_OPTIM) {
            dl_optim *o = object;
            o->steps = p->part[i].steps;
            o->lr = p->part[i].lr;
            if (p->part[i].sched)
                dl__sched_set(o->sched, (const double *)(const void *)dl__data(p->part[i].sched));
            for (int32_t k = 0; k < o->n; k++) {
                o->slice[k].steps = ((const int64_t *)(const void *)dl__data(p->part[i].counts))[k];
                dl_grad_zero(o->slice[k].param);
            }
        } else if (c->part[i].kind == DL__PART_MODULE) {
            dl_module_zero_grad(object);
        } else if (c->part[i].kind == DL__PART_LOADER) {
            dl_loader_seek(object, p->part[i].epoch, p->part[i].position);
        }
    }
    p->ctx->ticket = p->ticket;
    p->ctx->fills = p->fills;
}

dl_status dl__ckpt_load(dl_ckpt *c, const char *path, dl__ckpt_look look, void *user)
{
    dl_ctx *ctx = c->base.ctx;
    char shown[DL__SHOWN];
    dl__plan p = {
        .ctx = ctx, .path = dl__printable(shown, sizeof shown, path), .live = {.ctx = ctx}};
    int32_t meta = dl_meta_enable(ctx, 0); /* values are data whatever the mode */
    p.file = dl_safetensors_open(ctx, path, NULL);
    p.part = p.file ? dl__calloc(ctx, (size_t)c->n_part * sizeof *p.part) : NULL;
    if (p.part && dl__plan_head(&p) == DL_OK && (!look || look(p.file, p.path, user) == DL_OK) &&
        read_all(&p, c) == DL_OK && take_texts(&p, c) == DL_OK)
        commit(&p, c);
    dl_meta_enable(ctx, meta);
    for (int32_t i = 0; p.value && i < p.live.n; i++)
        dl_tensor_drop(p.value[i]);
    for (int32_t i = 0; p.part && i < c->n_part; i++) {
        dl_tensor_drop(p.part[i].counts);
        dl_tensor_drop(p.part[i].sched);
    }
    dl__free(p.value);
    dl__free(p.part);
    dl__list_end(&p.live);
    dl_safetensors_drop(p.file);
    return ctx->status == DL_EFORMAT || ctx->status == DL_EIO ? dl__ckpt_remedy(ctx, path)
                                                              : ctx->status;
}

dl_status dl_ckpt_load(dl_ckpt *c, const char *path)
{
    if (!c || !dl__ok(c->base.ctx))
        return c ? c->base.ctx->status : DL_EINVAL;
    if (!path)
        return dl_fail(c->base.ctx, DL_EINVAL, "checkpoint: the path is NULL");
    return dl__ckpt_load(c, path, NULL, NULL);
}
