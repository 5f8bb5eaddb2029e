/* Making modules, giving them parts, freeing them. */
#include <string.h>
#include "dl/grad.h"
#include "module/module.h"

static void free_parts(dl__parts *p, dl__dead *dead)
{
    for (int32_t i = 0; i < p->n; i++) {
        dl__object_unref(p->item[i].tensor, dead);
        dl__free(p->item[i].name);
    }
    dl__free(p->item);
}

static void destroy(dl__object *o, dl__dead *dead)
{
    dl_module *m = (dl_module *)(void *)o;
    if (m->cls->free)
        m->cls->free(m);
    dl__table_forget(m);
    for (int32_t i = 0; i < m->n_child; i++) {
        atomic_store(&m->child[i]->adopted, 0);
        dl__object_unref(m->child[i], dead);
    }
    dl__free(m->child);
    free_parts(&m->params, dead);
    free_parts(&m->buffers, dead);
    free_parts(&m->retired, dead);
    dl__free(m->name);
    dl__free(m->config);
    dl__free(m->state);
}

static dl_status check_class(dl_ctx *ctx, const dl_module_class *cls)
{
    static const size_t size[] = {sizeof(int32_t), sizeof(int64_t), sizeof(double)};
    if (!cls || !cls->name || !cls->name[0] || !cls->forward)
        return dl_fail(ctx, DL_EINVAL, "module: a class wants a name and a forward function");
    for (size_t i = 0; i < sizeof cls->reserved / sizeof *cls->reserved; i++)
        if (cls->reserved[i])
            return dl_fail(ctx, DL_EINVAL, "module: class %s sets a reserved member", cls->name);
    if (cls->n_fields < 0 || (cls->n_fields > 0 && !cls->fields))
        return dl_fail(ctx, DL_EINVAL, "module: class %s has %d fields and no list of them",
                       cls->name, (int)cls->n_fields);
    for (int32_t i = 0; i < cls->n_fields; i++) {
        const dl_config_field *f = &cls->fields[i];
        if (!f->name || f->type < DL_CONFIG_I32 || f->type > DL_CONFIG_F64 || f->count < 0 ||
            f->offset < 0 ||
            (size_t)f->offset + (f->count ? (size_t)f->count : 1) * size[f->type] >
                cls->config_size)
            return dl_fail(ctx, DL_EINVAL, "module: field %d of class %s lies outside its config",
                           (int)i, cls->name);
    }
    return DL_OK;
}

static dl_status start(dl_module *m, const void *config)
{
    dl_ctx *ctx = m->base.ctx;
    m->config = dl__calloc(ctx, m->cls->config_size);
    m->state = dl__calloc(ctx, m->cls->state_size);
    if (!m->config || !m->state)
        return DL_ENOMEM;
    if (config && m->cls->config_size)
        memcpy(m->config, config, m->cls->config_size);
    if (!m->cls->init)
        return DL_OK;
    int32_t mark = dl_scope_begin(ctx);
    if (mark < 0)
        return mark;
    dl_status s = m->cls->init(m, m->config);
    dl_scope_end(ctx, mark);
    if (s != DL_OK)
        return dl_fail(ctx, s < 0 ? s : DL_EUSER, "%s: it could not be made", m->cls->name);
    return ctx->status;
}

dl_module *dl_module_new(dl_ctx *ctx, const dl_module_class *cls, const void *config)
{
    if (!dl__ok(ctx) || check_class(ctx, cls) != DL_OK)
        return NULL;
    dl_module *m = dl__object_new(ctx, sizeof *m, NULL);
    if (!m)
        return NULL;
    m->cls = cls;
    m->height = 1;
    m->training = 1;
    m->base.destroy = destroy;
    if (start(m, config) != DL_OK) {
        dl_module_drop(m);
        return NULL;
    }
    m->made = 1;
    return m;
}

dl_module *dl__module_new_meta(dl_ctx *ctx, const dl_module_class *cls, const void *config)
{
    int32_t old = ctx->meta;
    ctx->meta = 1;
    dl_module *m = dl_module_new(ctx, cls, config);
    ctx->meta = old;
    return m;
}

dl_module *dl_module_keep(dl_module *m)
{
    return dl__object_keep(m);
}

void dl_module_drop(dl_module *m)
{
    dl__object_drop(m);
}

/* ---- adding parts ---- */

dl_status dl__module_check_name(dl_module *m, int32_t n, const char *name)
{
    dl_ctx *ctx = m->base.ctx;
    const char *cls = m->cls->name;
    if (m->cls->takes_children == DL_WRAPS_ONE) {
        if (!name || name[0] || n > 0)
            return dl_fail(ctx, DL_EINVAL, "%s: it wraps one module, whose name is \"\"", cls);
        return DL_OK;
    }
    if (!name || !name[0])
        return dl_fail(ctx, DL_EINVAL, "%s: a part wants a name", cls);
    size_t length = strlen(name);
    if (strchr(name, '.'))
        return dl_fail(ctx, DL_EINVAL, "%s: the name \"%.200s\" of a part holds a point", cls,
                       name);
    if (dl__part_named(&m->params, name, length) || dl__part_named(&m->buffers, name, length) ||
        dl__child_named(m, n, name, length))
        return dl_fail(ctx, DL_EINVAL, "%s: there is a part \"%.200s\" already", cls, name);
    return DL_OK;
}

static dl_status check_open(dl_module *m)
{
    if (!dl__ok(m->base.ctx))
        return m->base.ctx->status;
    if (atomic_load(&m->adopted) || m->frozen || m->shared)
        return dl_fail(m->base.ctx, DL_ESTATE,
                       "%s: it is %s and takes no more parts; add them first", m->cls->name,
                       m->frozen   ? "frozen"
                       : m->shared ? "shared"
                                   : "part of another module");
    return DL_OK;
}

/* Room for one more of n things of size bytes at *list. */
static dl_status grow(dl_ctx *ctx, void **list, int32_t n, int32_t *cap, size_t size)
{
    if (n < *cap)
        return DL_OK;
    int32_t more = *cap ? 2 * *cap : 4;
    void *p = dl__realloc(ctx, *list, (size_t)more * size);
    if (!p)
        return DL_ENOMEM;
    *list = p;
    *cap = more;
    return DL_OK;
}

dl_status dl__module_attach(dl_module *m, dl__parts *to, const char *name, dl_tensor *t)
{
    dl_ctx *ctx = m->base.ctx;
    void *list = to->item;
    char *own = NULL;
    if (dl__module_check_name(m, m->n_child, name) != DL_OK || !(own = dl__strdup(ctx, name)) ||
        grow(ctx, &list, to->n, &to->cap, sizeof *to->item) != DL_OK) {
        dl__free(own);
        return ctx->status;
    }
    to->item = list;
    dl__table_forget(m);
    to->item[to->n++] = (dl__part){own, t};
    return DL_OK;
}

static dl_status check_tensor(dl_module *m, const char *name, const dl_tensor *t, int param)
{
    dl_ctx *ctx = m->base.ctx;
    const char *what = name ? name : "";
    if (check_open(m) != DL_OK)
        return ctx->status;
    if (!t)
        return dl_fail(ctx, DL_EINVAL, "%s: the part \"%.200s\" is NULL", m->cls->name, what);
    if (t->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "%s: the tensor for \"%.200s\" belongs to another context",
                       m->cls->name, what);
    if (param && !dl__is_float(t->dtype))
        return dl_fail(ctx, DL_EDTYPE, "%s: the parameter \"%.200s\" is %s, wanted f32 or f64",
                       m->cls->name, what, dl_dtype_name(t->dtype));
    /* Neither could be changed by load or forward, which would fail half-way. */
    if (dl__recorded(t))
        return dl_fail(ctx, DL_ESTATE,
                       "%s: \"%.200s\" was made by a recorded operation; dl_detach it first",
                       m->cls->name, what);
    if (dl__overlaps(t))
        return dl_fail(ctx, DL_ESTATE,
                       "%s: elements of \"%.200s\" share memory; dl_contiguous copies it",
                       m->cls->name, what);
    return DL_OK;
}

/* Adds t to the parameters or buffers of m; t is adopted. */
static dl_tensor *add_tensor(dl_module *m, const char *name, dl_tensor *t, int param)
{
    if (t && t->base.link) /* the scope's reference is the one to take over */
        dl_tensor_take(t);
    if (!m || check_tensor(m, name, t, param) != DL_OK)
        goto refused;
    dl__parts *to = param ? &m->params : &m->buffers;
    if (dl__module_attach(m, to, name, t) != DL_OK)
        goto refused;
    if (param)
        dl_grad_track(t, 1);
    if (dl__ok(m->base.ctx))
        return t;
    dl__free(to->item[--to->n].name);
refused:
    dl_tensor_drop(t);
    return NULL;
}

dl_tensor *dl_module_add_param(dl_module *m, const char *name, dl_tensor *t)
{
    return add_tensor(m, name, t, 1);
}

dl_tensor *dl_module_add_buffer(dl_module *m, const char *name, dl_tensor *t)
{
    return add_tensor(m, name, t, 0);
}

dl_status dl__module_put_child(dl_module *m, const char *name, dl_module *child)
{
    dl_ctx *ctx = m->base.ctx;
    void *list = m->child;
    char *own = NULL;
    if (!(own = dl__strdup(ctx, name)) ||
        grow(ctx, &list, m->n_child, &m->cap_child, sizeof(dl_module *)) != DL_OK) {
        dl__free(own);
        return ctx->status;
    }
    m->child = list;
    dl__free(child->name);
    child->name = own;
    atomic_store(&child->adopted, 1);
    m->child[m->n_child++] = child;
    if (m->height <= child->height)
        m->height = child->height + 1;
    dl__table_forget(m);
    return DL_OK;
}

dl_status dl__module_attach_child(dl_module *m, const char *name, dl_module *child)
{
    if (dl__module_check_name(m, m->n_child, name) != DL_OK)
        return m->base.ctx->status;
    return dl__module_put_child(m, name, child);
}

static dl_status check_child(dl_module *m, const char *name, dl_module *child)
{
    dl_ctx *ctx = m->base.ctx;
    const char *what = name ? name : "";
    if (check_open(m) != DL_OK)
        return ctx->status;
    if (!child)
        return dl_fail(ctx, DL_EINVAL, "%s: the part \"%.200s\" is NULL", m->cls->name, what);
    if (child->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "%s: the module for \"%.200s\" belongs to another context",
                       m->cls->name, what);
    if (m->made && !m->cls->takes_children)
        return dl_fail(ctx, DL_ESTATE, "%s: its class takes no children from outside, \"%.200s\"",
                       m->cls->name, what);
    if (child == m)
        return dl_fail(ctx, DL_EINVAL, "%s: \"%.200s\" is the module itself", m->cls->name, what);
    if (atomic_load(&child->adopted))
        return dl_fail(ctx, DL_EINVAL, "%s: \"%.200s\" (%s) is part of a module already",
                       m->cls->name, what, child->cls->name);
    if (child->height >= DL__NESTING)
        return dl_fail(ctx, DL_ELIMIT,
                       "%s: with \"%.200s\" modules are nested %d levels deep, at "
                       "most %d are allowed",
                       m->cls->name, what, (int)child->height + 1, DL__NESTING);
    return DL_OK;
}

/* Gives up a child that was refused. The one reference that its parent holds, or through which the
 * caller names m itself, is not the caller's to hand over. */
static void refuse(dl_module *m, dl_module *child)
{
    if (child && (child == m || atomic_load(&child->adopted)) &&
        atomic_load(&child->base.refs) == 1)
        return;
    dl_module_drop(child);
}

dl_module *dl_module_add(dl_module *m, const char *name, dl_module *child)
{
    if (m && check_child(m, name, child) == DL_OK &&
        dl__module_attach_child(m, name, child) == DL_OK) {
        if (m->held)
            dl_module_hold(child, 1);
        return child;
    }
    refuse(m, child);
    return NULL;
}
