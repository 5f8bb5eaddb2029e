/* Looking at the parts of a module: by index, by path, as one table of the whole tree. */
#include <string.h>
#include "core/check.h"
#include "core/text.h"
#include "module/module.h"

dl_ctx *dl_module_ctx(const dl_module *m)
{
    return m ? m->base.ctx : NULL;
}

const char *dl_module_class_name(const dl_module *m)
{
    return m ? m->cls->name : NULL;
}

void *dl_module_state(dl_module *m)
{
    return m ? m->state : NULL;
}

const void *dl_module_config(const dl_module *m)
{
    return m ? m->config : NULL;
}

int32_t dl_module_child_count(const dl_module *m)
{
    return m ? m->n_child : DL_EINVAL;
}

dl_module *dl_module_child(dl_module *m, int32_t i)
{
    return m && i >= 0 && i < m->n_child ? m->child[i] : NULL;
}

const char *dl_module_child_name(const dl_module *m, int32_t i)
{
    return m && i >= 0 && i < m->n_child ? m->child[i]->name : NULL;
}

dl_tensor *dl__part_named(const dl__parts *p, const char *name, size_t length)
{
    for (int32_t i = 0; i < p->n; i++)
        if (strlen(p->item[i].name) == length && !memcmp(p->item[i].name, name, length))
            return p->item[i].tensor;
    return NULL;
}

dl_module *dl__child_named(const dl_module *m, int32_t n, const char *name, size_t length)
{
    for (int32_t i = 0; i < n; i++)
        if (strlen(m->child[i]->name) == length && !memcmp(m->child[i]->name, name, length))
            return m->child[i];
    return NULL;
}

int dl__param_picked(const char *pattern, const char *name, const dl_tensor *param)
{
    return pattern ? dl__pattern_fits(pattern, name) : param->ndim >= 2;
}

/* m, or what it wraps. */
static dl_module *inside(dl_module *m)
{
    while (m && m->cls->takes_children == DL_WRAPS_ONE)
        m = m->n_child > 0 ? m->child[0] : NULL;
    return m;
}

/* Walks down path as far as points separate names; *rest is the last name. */
static dl_module *walk(dl_module *m, const char *path, const char **rest)
{
    const char *point;
    while ((m = inside(m)) && (point = strchr(path, '.'))) {
        m = dl__child_named(m, m->n_child, path, (size_t)(point - path));
        path = point + 1;
    }
    *rest = path;
    return m;
}

dl_module *dl_module_find(dl_module *m, const char *path)
{
    if (!m || !path || !path[0])
        return path ? m : NULL;
    m = walk(m, path, &path);
    return m ? dl__child_named(m, m->n_child, path, strlen(path)) : NULL;
}

dl_tensor *dl_module_tensor(dl_module *m, const char *path)
{
    if (!m || !path || !(m = walk(m, path, &path)))
        return NULL;
    dl_tensor *t = dl__part_named(&m->params, path, strlen(path));
    return t ? t : dl__part_named(&m->buffers, path, strlen(path));
}

/* ---- the table ---- */

/* A module on the way from the root, whose name begins the paths below it. */
typedef struct prefix {
    const struct prefix *up;
    const char *name; /* NULL: the root */
    size_t length;    /* of the whole prefix, with its points */
} prefix;

typedef struct count {
    size_t tensors, bytes;
} count;

static int count_parts(const dl__parts *p, const prefix *at, count *c)
{
    for (int32_t i = 0; i < p->n; i++)
        if (!dl__add_size(c->bytes, at->length, &c->bytes) ||
            !dl__add_size(c->bytes, strlen(p->item[i].name) + 1, &c->bytes))
            return 0;
    return dl__add_size(c->tensors, (size_t)p->n, &c->tensors);
}

static prefix step_into(const prefix *at, const dl_module *child)
{
    if (!child->name[0]) /* it is wrapped */
        return *at;
    return (prefix){at, child->name, at->length + strlen(child->name) + 1};
}

static int count_tree(const dl_module *m, const prefix *at, count *c)
{
    if (!count_parts(&m->params, at, c) || !count_parts(&m->buffers, at, c))
        return 0;
    for (int32_t i = 0; i < m->n_child; i++) {
        prefix in = step_into(at, m->child[i]);
        if (!count_tree(m->child[i], &in, c))
            return 0;
    }
    return 1;
}

static char *put_text(char *to, const char *s)
{
    size_t n = strlen(s);
    memcpy(to, s, n);
    return to + n;
}

static char *put_prefix(char *to, const prefix *at)
{
    if (!at->name)
        return to;
    to = put_text(put_prefix(to, at->up), at->name);
    *to++ = '.';
    return to;
}

/* Adds index to list unless its tensor is there under another name. */
static void list_once(const dl__table *t, int32_t *list, int32_t *n, int32_t index)
{
    for (int32_t i = 0; i < *n; i++)
        if (t->all[list[i]].tensor == t->all[index].tensor)
            return;
    list[(*n)++] = index;
}

static char *fill_parts(dl__table *t, const dl__parts *p, const prefix *at, int32_t buffer,
                        char *text)
{
    for (int32_t i = 0; i < p->n; i++) {
        t->all[t->n] = (dl__named){text, p->item[i].tensor, buffer};
        text = put_text(put_prefix(text, at), p->item[i].name);
        *text++ = 0;
        if (buffer)
            list_once(t, t->buffer, &t->n_buffer, t->n);
        else
            list_once(t, t->param, &t->n_param, t->n);
        t->n++;
    }
    return text;
}

static char *fill_tree(dl__table *t, const dl_module *m, const prefix *at, char *text)
{
    text = fill_parts(t, &m->params, at, 0, text);
    text = fill_parts(t, &m->buffers, at, 1, text);
    for (int32_t i = 0; i < m->n_child; i++) {
        prefix in = step_into(at, m->child[i]);
        text = fill_tree(t, m->child[i], &in, text);
    }
    return text;
}

static dl__table *make_table(const dl_module *m)
{
    prefix root = {NULL, NULL, 0};
    count c = {0, 0};
    size_t bytes;
    dl_ctx *ctx = m->base.ctx;
    if (!count_tree(m, &root, &c) || c.tensors > INT32_MAX ||
        !dl__mul_size(c.tensors, sizeof(dl__named) + 2 * sizeof(int32_t), &bytes) ||
        !dl__add_size(bytes, sizeof(dl__table), &bytes) || !dl__add_size(bytes, c.bytes, &bytes)) {
        dl_fail(ctx, DL_ELIMIT, "%s: it has too many parts", m->cls->name);
        return NULL;
    }
    dl__table *t = dl__alloc(ctx, bytes);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    t->all = (dl__named *)(t + 1);
    t->param = (int32_t *)(t->all + c.tensors);
    t->buffer = t->param + c.tensors;
    fill_tree(t, m, &root, (char *)(t->buffer + c.tensors));
    return t;
}

const dl__table *dl__module_table(const dl_module *m)
{
    /* The table is no part of what a module says, so a const module may get one. */
    dl_module *owner = (dl_module *)(uintptr_t)m;
    if (!owner->table)
        owner->table = make_table(m);
    return owner->table;
}

void dl__table_forget(dl_module *m)
{
    dl__free(m->table);
    m->table = NULL;
}

static int32_t table_count(const dl_module *m, int buffers)
{
    if (!m)
        return DL_EINVAL;
    const dl__table *t = dl__module_table(m);
    if (!t)
        return m->base.ctx->status;
    return buffers ? t->n_buffer : t->n_param;
}

static const dl__named *table_item(const dl_module *m, int32_t i, int buffers)
{
    const dl__table *t = m ? dl__module_table(m) : NULL;
    if (!t || i < 0 || i >= (buffers ? t->n_buffer : t->n_param))
        return NULL;
    return &t->all[buffers ? t->buffer[i] : t->param[i]];
}

int32_t dl_module_param_count(const dl_module *m)
{
    return table_count(m, 0);
}

dl_tensor *dl_module_param(dl_module *m, int32_t i)
{
    const dl__named *p = table_item(m, i, 0);
    return p ? p->tensor : NULL;
}

const char *dl_module_param_name(const dl_module *m, int32_t i)
{
    const dl__named *p = table_item(m, i, 0);
    return p ? p->name : NULL;
}

int32_t dl_module_buffer_count(const dl_module *m)
{
    return table_count(m, 1);
}

dl_tensor *dl_module_buffer(dl_module *m, int32_t i)
{
    const dl__named *p = table_item(m, i, 1);
    return p ? p->tensor : NULL;
}

const char *dl_module_buffer_name(const dl_module *m, int32_t i)
{
    const dl__named *p = table_item(m, i, 1);
    return p ? p->name : NULL;
}

int64_t dl_module_param_elements(const dl_module *m)
{
    int32_t n = dl_module_param_count(m);
    int64_t all = 0;
    for (int32_t i = 0; i < n; i++)
        if (!dl__add_i64(all, dl__count_of(table_item(m, i, 0)->tensor), &all))
            return dl_fail(m->base.ctx, DL_ELIMIT, "%s: more parameters than 64 bits count",
                           m->cls->name);
    return n < 0 ? n : all;
}
