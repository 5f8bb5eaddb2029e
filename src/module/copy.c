/* Clone and share: init runs again with the same config and makes a tree without memory, which
 * then takes copies of the source's memory, or the memory itself. */
#include <string.h>
#include "autograd/autograd.h"
#include "dl/grad.h"
#include "module/module.h"

/* Which tensor became which, so that tensors under several names stay one. */
typedef struct pair {
    const dl_tensor *from;
    dl_tensor *to;
} pair;

typedef struct copier {
    dl_ctx *ctx;
    int mode;
    pair *made;
    int32_t n, cap;
} copier;

void dl__module_place(dl_tensor *t, const dl__shape *s, dl__storage *storage)
{
    dl__object_keep(storage);
    dl__object_drop(t->storage);
    t->storage = storage;
    t->dtype = s->dtype;
    t->offset = s->offset;
    memcpy(t->strides, s->strides, sizeof t->strides);
    if (!t->history)
        return;
    /* A leaf: what had collected is about a tensor without data. */
    dl__node *leaf = dl__node_of(t);
    dl__object_drop(leaf->grad);
    leaf->grad = NULL;
    dl__shape_stub(&leaf->out[0].shape, t);
}

/* 1 when the elements fill their memory without gaps, in any order of the axes. */
static int dense(const dl__shape *s)
{
    int64_t want = 1;
    uint32_t seen = 0;
    for (int32_t round = 0; round < s->ndim; round++) {
        int32_t found = -1;
        for (int32_t i = 0; i < s->ndim && found < 0; i++)
            if (!(seen >> i & 1) && (s->strides[i] == want || s->dims[i] == 1))
                found = i;
        if (found < 0)
            return 0;
        seen |= (uint32_t)1 << found;
        want *= s->dims[found];
    }
    return 1;
}

/* A tensor like src for the copy; the caller's. */
static dl_tensor *counterpart(const copier *c, const dl_tensor *src)
{
    dl__shape s = dl__tensor_shape(src);
    if (c->mode == DL__MODULE_SHARE)
        return dl__tensor_over(c->ctx, &s, src->storage);
    s.offset = 0;
    if (!dense(&s))
        dl__row_major(s.ndim, s.dims, s.strides);
    dl_tensor *t = dl__tensor_new(c->ctx, &s, dl__is_meta(src) || c->mode == DL__MODULE_META);
    if (t && !dl__is_meta(t))
        dl__copy_elements(t, src);
    return t;
}

static dl_status remember(copier *c, const dl_tensor *from, dl_tensor *to)
{
    if (c->n == c->cap) {
        int32_t cap = c->cap ? 2 * c->cap : 16;
        pair *p = dl__realloc(c->ctx, c->made, (size_t)cap * sizeof *p);
        if (!p)
            return DL_ENOMEM;
        c->made = p;
        c->cap = cap;
    }
    c->made[c->n++] = (pair){from, to};
    return DL_OK;
}

static dl_tensor *remembered(const copier *c, const dl_tensor *from)
{
    for (int32_t i = 0; i < c->n; i++)
        if (c->made[i].from == from)
            return c->made[i].to;
    return NULL;
}

/* Lets there, made by init, take what src has. */
static dl_status fill(copier *c, dl_module *m, const char *name, dl_tensor *there,
                      const dl_tensor *src)
{
    if (remembered(c, src) == there)
        return DL_OK;
    if (!dl__same_shape(there, src))
        return dl_fail(c->ctx, DL_ESTATE, "%s: \"%.200s\" has another shape than init gives it",
                       m->cls->name, name);
    dl_tensor *t = counterpart(c, src);
    if (!t)
        return c->ctx->status;
    dl__shape s = dl__tensor_shape(t);
    dl__module_place(there, &s, t->storage);
    dl_tensor_drop(t);
    return remember(c, src, there);
}

/* Adds a tensor that m's init does not make. */
static dl_status append(copier *c, dl_module *m, dl__parts *to, const char *name,
                        const dl_tensor *src)
{
    dl_tensor *t = dl_tensor_keep(remembered(c, src));
    if (!t && !(t = counterpart(c, src)))
        return c->ctx->status;
    if (dl__module_attach(m, to, name, t) != DL_OK) {
        dl_tensor_drop(t);
        return c->ctx->status;
    }
    return remember(c, src, t);
}

static dl_status copy_parts(copier *c, dl_module *m, dl__parts *to, const dl__parts *from)
{
    for (int32_t i = 0; i < from->n; i++) {
        const char *name = from->item[i].name;
        const dl_tensor *src = from->item[i].tensor;
        dl_tensor *there = dl__part_named(to, name, strlen(name));
        dl_status s = there ? fill(c, m, name, there, src) : append(c, m, to, name, src);
        if (s != DL_OK)
            return s;
        there = dl__part_named(to, name, strlen(name));
        int32_t track = c->mode != DL__MODULE_META && dl_grad_tracked(src);
        if (dl_grad_tracked(there) != track)
            dl_grad_track(there, track);
    }
    if (to->n != from->n)
        return dl_fail(c->ctx, DL_ESTATE, "%s: init makes other parts than the module has",
                       m->cls->name);
    return c->ctx->status;
}

static dl_module *rebuild(copier *c, const dl_module *src);

/* Folding changed the config of a part that init makes: there gets that of from. */
static dl_status refit(const copier *c, dl_module *there, const dl_module *from)
{
    if (dl__module_same_config(there, from->config))
        return DL_OK;
    dl_module *made = dl__module_new_meta(c->ctx, from->cls, from->config);
    return made ? dl__module_refit(there, made) : c->ctx->status;
}

/* Makes m, fresh from init, a copy of src. */
static dl_status match(copier *c, dl_module *m, const dl_module *src)
{
    m->training = src->training;
    m->frozen = src->frozen;
    m->held = src->held;
    m->shared = c->mode == DL__MODULE_SHARE;
    if (copy_parts(c, m, &m->params, &src->params) != DL_OK ||
        copy_parts(c, m, &m->buffers, &src->buffers) != DL_OK)
        return c->ctx->status;
    for (int32_t i = 0; i < src->n_child; i++) {
        const dl_module *from = src->child[i];
        dl_module *there = dl__child_named(m, m->n_child, from->name, strlen(from->name));
        if (there && there->cls == from->cls) {
            if (refit(c, there, from) != DL_OK || match(c, there, from) != DL_OK)
                return c->ctx->status;
        } else {
            dl_module *made = rebuild(c, from);
            if (!made)
                return c->ctx->status;
            if (dl__module_attach_child(m, from->name, made) != DL_OK) {
                dl_module_drop(made);
                return c->ctx->status;
            }
        }
    }
    if (m->n_child != src->n_child)
        return dl_fail(c->ctx, DL_ESTATE, "%s: init makes other children than the module has",
                       m->cls->name);
    m->height = src->height;
    return DL_OK;
}

static dl_module *rebuild(copier *c, const dl_module *src)
{
    dl_module *m = dl__module_new_meta(c->ctx, src->cls, src->config);
    if (m && match(c, m, src) != DL_OK) {
        dl_module_drop(m);
        return NULL;
    }
    return m;
}

dl_module *dl__module_rebuild(dl_module *m, dl_ctx *ctx, int mode)
{
    if (!m)
        return NULL;
    copier c = {ctx ? ctx : m->base.ctx, mode, NULL, 0, 0};
    if (!dl__ok(c.ctx))
        return NULL;
    dl_module *copy = rebuild(&c, m);
    dl__free(c.made);
    return copy;
}

dl_module *dl_module_clone(dl_module *m, dl_ctx *ctx)
{
    return dl__module_rebuild(m, ctx, DL__MODULE_COPY);
}

dl_module *dl_module_share(dl_module *m, dl_ctx *ctx)
{
    return dl__module_rebuild(m, ctx, DL__MODULE_SHARE);
}
