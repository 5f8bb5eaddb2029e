/* Checkpoints: what is in them, and its names. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "train/checkpoint.h"

static void ckpt_destroy(dl__object *base, dl__dead *dead)
{
    dl_ckpt *c = (dl_ckpt *)(void *)base;
    for (int32_t i = 0; i < c->n_part; i++)
        dl__object_unref(c->part[i].object, dead);
    for (int32_t i = 0; i < c->n_text; i++) {
        dl__free(c->text[i].key);
        dl__free(c->text[i].value);
    }
    dl__free(c->part);
    dl__free(c->text);
}

dl_ckpt *dl_ckpt_new(dl_ctx *ctx)
{
    return dl__ok(ctx) ? dl__object_new(ctx, sizeof(dl_ckpt), ckpt_destroy) : NULL;
}

void dl_ckpt_drop(dl_ckpt *c)
{
    dl__object_drop(c);
}

static const char *kind_name(int32_t kind)
{
    static const char *const name[DL__PART_KINDS] = {"module", "optim", "loader", "tensor",
                                                     "average"};
    return name[kind];
}

/* Room for one more element of size bytes in *list. */
static dl_status grow(dl_ctx *ctx, void *list, int32_t n, int32_t *cap, size_t size)
{
    if (n < *cap)
        return DL_OK;
    int32_t more = *cap ? 2 * *cap : 8;
    void *old;
    memcpy(&old, list, sizeof old);
    void *grown = dl__realloc(ctx, old, (size_t)more * size);
    if (!grown)
        return ctx->status;
    memcpy(list, &grown, sizeof grown);
    *cap = more;
    return DL_OK;
}

static dl_status add(dl_ckpt *c, int32_t kind, const char *name, void *object)
{
    if (!c || !dl__ok(c->base.ctx))
        return c ? c->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = c->base.ctx;
    dl__object *o = object;
    size_t n = name ? strlen(name) : 0;
    if (!o || o->ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "checkpoint: %s \"%s\" is NULL or of another context",
                       kind_name(kind), name ? name : "");
    if (n == 0 || n > DL__CKPT_NAME || strpbrk(name, ".# "))
        return dl_fail(ctx, DL_EINVAL,
                       "checkpoint: the name \"%s\" wants 1 to %d bytes without '.', "
                       "'#' and blanks",
                       name ? name : "(null)", DL__CKPT_NAME);
    for (int32_t i = 0; i < c->n_part; i++)
        if (strcmp(c->part[i].name, name) == 0)
            return dl_fail(ctx, DL_EINVAL, "checkpoint: the name \"%s\" is taken", name);
    if (grow(ctx, &c->part, c->n_part, &c->cap_part, sizeof *c->part) != DL_OK)
        return ctx->status;
    dl__ckpt_part *p = &c->part[c->n_part++];
    p->kind = kind;
    memcpy(p->name, name, n + 1);
    p->object = dl__object_keep(o);
    return DL_OK;
}

dl_status dl_ckpt_add_module(dl_ckpt *c, const char *name, dl_module *m)
{
    return add(c, DL__PART_MODULE, name, m);
}

dl_status dl_ckpt_add_optim(dl_ckpt *c, const char *name, dl_optim *o)
{
    return add(c, DL__PART_OPTIM, name, o);
}

dl_status dl_ckpt_add_loader(dl_ckpt *c, const char *name, dl_loader *l)
{
    return add(c, DL__PART_LOADER, name, l);
}

dl_status dl_ckpt_add_average(dl_ckpt *c, const char *name, dl_average *a)
{
    return add(c, DL__PART_AVERAGE, name, a);
}

dl_status dl_ckpt_add_tensor(dl_ckpt *c, const char *name, dl_tensor *t)
{
    return add(c, DL__PART_TENSOR, name, t);
}

/* The place of key in c, n_text if it is not there. */
static int32_t text_at(const dl_ckpt *c, const char *key)
{
    int32_t i = 0;
    while (i < c->n_text && strcmp(c->text[i].key, key) != 0)
        i++;
    return i;
}

dl_status dl_ckpt_set_text(dl_ckpt *c, const char *key, const char *value)
{
    if (!c || !dl__ok(c->base.ctx))
        return c ? c->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = c->base.ctx;
    if (!key || !*key)
        return dl_fail(ctx, DL_EINVAL, "checkpoint: the text has no key");
    int32_t at = text_at(c, key);
    if (!value) {
        if (at < c->n_text) {
            dl__free(c->text[at].key);
            dl__free(c->text[at].value);
            c->text[at] = c->text[--c->n_text];
        }
        return DL_OK;
    }
    char *copy = dl__strdup(ctx, value);
    if (copy && at == c->n_text) {
        char *name = dl__strdup(ctx, key);
        if (!name || grow(ctx, &c->text, c->n_text, &c->cap_text, sizeof *c->text) != DL_OK) {
            dl__free(name);
            dl__free(copy);
            return ctx->status;
        }
        c->text[c->n_text++] = (dl__ckpt_text){.key = name};
    }
    if (!copy)
        return ctx->status;
    dl__free(c->text[at].value);
    c->text[at].value = copy;
    return DL_OK;
}

const char *dl_ckpt_text(const dl_ckpt *c, const char *key)
{
    int32_t at = c && key ? text_at(c, key) : 0;
    return c && key && at < c->n_text ? c->text[at].value : NULL;
}

/* A formatted text in memory of its own. */
static char *format(dl_ctx *ctx, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        dl_fail(ctx, DL_ELIMIT, "checkpoint: a text is longer than 2 GiB");
    char *text = n < 0 ? NULL : dl__alloc(ctx, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, fmt, args);
    return text;
}

dl_status dl__list_tensor(dl__ckpt_list *l, dl_tensor *t, const char *fmt, ...)
{
    if (l->n == l->cap) {
        int32_t cap = l->cap; /* the lists grow together; one that grew alone is grown again */
        if (grow(l->ctx, &l->name, l->n, &cap, sizeof *l->name) != DL_OK ||
            grow(l->ctx, &l->tensor, l->n, &l->cap, sizeof(dl_tensor *)) != DL_OK)
            return l->ctx->status;
    }
    va_list args;
    va_start(args, fmt);
    l->name[l->n] = format(l->ctx, fmt, args);
    va_end(args);
    if (!l->name[l->n])
        return l->ctx->status;
    l->tensor[l->n++] = dl_tensor_keep(t);
    return DL_OK;
}

dl_status dl__list_meta(dl__ckpt_list *l, const char *kind, const char *name, const char *fmt, ...)
{
    if (l->n_meta == l->cap_meta) {
        int32_t cap = l->cap_meta;
        if (grow(l->ctx, &l->key, l->n_meta, &cap, sizeof *l->key) != DL_OK ||
            grow(l->ctx, &l->value, l->n_meta, &l->cap_meta, sizeof *l->value) != DL_OK)
            return l->ctx->status;
    }
    size_t k = strlen(kind), n = name ? strlen(name) + 1 : 0;
    char *key = dl__alloc(l->ctx, k + n + 1);
    if (!key)
        return l->ctx->status;
    memcpy(key, kind, k + 1);
    if (name) {
        key[k] = '.';
        memcpy(key + k + 1, name, n);
    }
    va_list args;
    va_start(args, fmt);
    char *value = format(l->ctx, fmt, args);
    va_end(args);
    if (!value) {
        dl__free(key);
        return l->ctx->status;
    }
    l->key[l->n_meta] = key;
    l->value[l->n_meta++] = value;
    return DL_OK;
}

void dl__list_end(dl__ckpt_list *l)
{
    for (int32_t i = 0; i < l->n; i++) {
        dl__free(l->name[i]);
        dl_tensor_drop(l->tensor[i]);
    }
    for (int32_t i = 0; i < l->n_meta; i++) {
        dl__free(l->key[i]);
        dl__free(l->value[i]);
    }
    dl__free(l->name);
    dl__free(l->tensor);
    dl__free(l->key);
    dl__free(l->value);
    *l = (dl__ckpt_list){0};
}

static dl_status module_tensors(dl__ckpt_list *l, const char *kind, const char *name, dl_module *m)
{
    dl_status status = DL_OK;
    for (int32_t i = 0; i < dl_module_param_count(m) && status == DL_OK; i++)
        status = dl__list_tensor(l, dl_module_param(m, i), "%s.%s.%s", kind, name,
                                 dl_module_param_name(m, i));
    for (int32_t i = 0; i < dl_module_buffer_count(m) && status == DL_OK; i++)
        status = dl__list_tensor(l, dl_module_buffer(m, i), "%s.%s.%s", kind, name,
                                 dl_module_buffer_name(m, i));
    return status;
}

static dl_status average_tensors(dl__ckpt_list *l, const char *name, dl_average *a)
{
    dl_status status = module_tensors(l, "average", name, a->copy);
    return status == DL_OK ? dl__list_tensor(l, a->count, "average.%s#count", name) : status;
}

static dl_status optim_tensors(dl__ckpt_list *l, const char *name, const dl_optim *o)
{
    dl_status status = DL_OK;
    for (int32_t i = 0; i < o->n; i++)
        for (int32_t k = 0; k < o->saved && status == DL_OK; k++)
            status = dl__list_tensor(l, o->slice[i].slot[k], "optim.%s.%s.%d", name,
                                     o->slice[i].name, (int)k);
    if (status == DL_OK && o->number)
        status = dl__list_tensor(l, o->number, "optim.%s#number", name);
    return status;
}

dl_status dl__part_tensors(dl__ckpt_list *l, const dl__ckpt_part *p)
{
    void *object = p->object;
    if (p->kind == DL__PART_MODULE)
        return module_tensors(l, "module", p->name, object);
    if (p->kind == DL__PART_AVERAGE)
        return average_tensors(l, p->name, object);
    if (p->kind == DL__PART_OPTIM)
        return optim_tensors(l, p->name, object);
    return p->kind == DL__PART_TENSOR ? dl__list_tensor(l, object, "tensor.%s", p->name) : DL_OK;
}
