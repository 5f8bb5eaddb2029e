/* Rebuilding a module from the JSON of a saved file, which may say anything. */
#include <stdlib.h>
#include <string.h>
#include "module/fields.h"
#include "module/module.h"

/* Where the text came from. */
typedef struct reader {
    dl_ctx *ctx;
    const char *path;
} reader;

static dl_status bad(const reader *r, const char *what, const char *name)
{
    return dl_fail(r->ctx, DL_EFORMAT, "%.300s: in how the net is built, %s \"%.200s\"", r->path,
                   what, name);
}

/* A class refused what the file says: the file is wrong, not the caller. */
static void blame(const reader *r)
{
    char text[DL__MESSAGE];
    dl_ctx *ctx = r->ctx;
    if (ctx->status != DL_EINVAL && ctx->status != DL_ESHAPE)
        return;
    memcpy(text, ctx->message, sizeof text);
    ctx->status = DL_OK; /* the same failure, said again */
    dl_fail(ctx, DL_EFORMAT, "%.300s: %s", r->path, text);
}

static dl_status read_config(const reader *r, const dl_module_class *cls, const json_t *o,
                             void *config)
{
    const char *wrong = dl__fields_read(o, cls->fields, cls->n_fields, config);
    if (!wrong)
        return DL_OK;
    if (wrong[0])
        return bad(r, "there is no good value for", wrong);
    return bad(r, "there are settings that this library does not know, of the class", cls->name);
}

static dl_module *make_of(const reader *r, const dl_module_class *cls, const json_t *o)
{
    dl_module *m = NULL;
    void *config = dl__calloc(r->ctx, cls->config_size);
    if (config && read_config(r, cls, json_object_get(o, "config"), config) == DL_OK) {
        m = dl__module_new_meta(r->ctx, cls, config);
        if (!m)
            blame(r);
    }
    dl__free(config);
    return m;
}

static dl_module *make(const reader *r, const json_t *o)
{
    const char *name = json_string_value(json_object_get(o, "class"));
    if (!name) {
        bad(r, "a module lacks its", "class");
        return NULL;
    }
    const dl_module_class *cls = dl__class_find(name);
    if (!cls) {
        dl_fail(r->ctx, DL_EUNSUPPORTED,
                "%.300s: the class \"%.200s\" is not known; dl_module_register it first", r->path,
                name);
        return NULL;
    }
    return make_of(r, cls, o);
}

/* A child made by its parent's init becomes what o says where folding may have changed it. */
static dl_status refold(const reader *r, dl_module *child, const json_t *o)
{
    const dl_module_class *cls = child->cls;
    if (!cls->fold && !cls->absorb)
        return DL_OK;
    dl_module *made = make_of(r, cls, o);
    if (!made)
        return r->ctx->status;
    if (dl__module_same_config(child, made->config)) {
        dl_module_drop(made);
        return DL_OK;
    }
    return dl__module_refit(child, made);
}

static dl_status add_children(const reader *r, dl_module *m, const json_t *list, int depth);

/* Child o of m: one of the n_made that init has made, or a new one. Its name is not that of a child
 * that the file gave before. */
static dl_status add_child(const reader *r, dl_module *m, const json_t *o, int32_t n_made,
                           int depth)
{
    const char *name = json_string_value(json_object_get(o, "name"));
    const char *cls = json_string_value(json_object_get(o, "class"));
    dl_module *child = dl__child_named(m, n_made, name, strlen(name));
    if (child && (!cls || strcmp(child->cls->name, cls)))
        return bad(r, "another class is given for", name);
    if (child && refold(r, child, o) != DL_OK)
        return r->ctx->status;
    if (!child && !m->cls->takes_children)
        return bad(r, "there are children of a class that takes none,", m->cls->name);
    if (!child) {
        dl_module *made = make(r, o);
        if (!made)
            return r->ctx->status;
        if (dl__module_check_name(m, n_made, name) != DL_OK ||
            dl__module_put_child(m, name, made) != DL_OK) {
            blame(r);
            dl_module_drop(made);
            return r->ctx->status;
        }
        child = made;
    }
    dl_status s = add_children(r, child, json_object_get(o, "children"), depth + 1);
    if (m->height <= child->height)
        m->height = child->height + 1;
    return s;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every one of the n children has a name of its own. Sorted, because a file may have many. */
static dl_status check_names(const reader *r, const dl_module *m, const json_t *list, size_t n)
{
    const char **name = dl__alloc(r->ctx, n * sizeof *name);
    if (!name)
        return r->ctx->status;
    dl_status s = DL_OK;
    for (size_t i = 0; i < n && s == DL_OK; i++) {
        name[i] = json_string_value(json_object_get(json_array_get(list, i), "name"));
        if (!name[i])
            s = bad(r, "a child has no name in", m->cls->name);
    }
    if (s == DL_OK)
        qsort(name, n, sizeof *name, by_text);
    for (size_t i = 1; i < n && s == DL_OK; i++)
        if (!strcmp(name[i - 1], name[i]))
            s = bad(r, "more than one part is called", name[i]);
    dl__free(name);
    return s;
}

static dl_status add_children(const reader *r, dl_module *m, const json_t *list, int depth)
{
    const int32_t n_made = m->n_child;
    if (list && !json_is_array(list))
        return bad(r, "the children are not a list, of", m->cls->name);
    size_t n = json_array_size(list);
    if (n && depth >= DL__NESTING)
        return bad(r, "modules are nested too deeply below", m->cls->name);
    if (n && check_names(r, m, list, n) != DL_OK)
        return r->ctx->status;
    for (size_t i = 0; i < n; i++)
        if (add_child(r, m, json_array_get(list, i), n_made, depth) != DL_OK)
            return r->ctx->status;
    return DL_OK;
}

dl_module *dl__module_from_text(dl_ctx *ctx, const char *path, const char *text)
{
    const reader r = {ctx, path};
    dl_module *m = NULL;
    const size_t length = strlen(text);
    if (length > DL__DESCRIPTION) {
        dl_fail(ctx, DL_ELIMIT, "%.300s: it says how the net is built in more than %d bytes", path,
                (int)DL__DESCRIPTION);
        return NULL;
    }
    json_t *all = dl__json_load(ctx, path, text, (dl__json_part){text, length});
    if (!all)
        return NULL;
    const json_t *version = json_object_get(all, "version");
    if (!json_is_integer(version) || json_integer_value(version) < 1)
        bad(&r, "there is no good value for", "version");
    else if (json_integer_value(version) > 1)
        dl_fail(
            ctx, DL_EUNSUPPORTED,
            "%.300s: it says how the net is built in version %lld, this library reads version 1",
            path, (long long)json_integer_value(version));
    else if ((m = make(&r, json_object_get(all, "module"))) &&
             add_children(&r, m, json_object_get(json_object_get(all, "module"), "children"), 1)) {
        dl_module_drop(m);
        m = NULL;
    }
    json_decref(all);
    return m;
}
