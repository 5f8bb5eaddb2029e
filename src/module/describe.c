/* A module's classes and configuration as JSON: what a saved file carries to be rebuilt from. */
#include "module/fields.h"
#include "module/module.h"

static void put_config(dl__text *t, const dl_module *m)
{
    if (m->cls->config_size > 0 && m->cls->n_fields == 0) {
        dl_fail(
            m->base.ctx, DL_EUNSUPPORTED,
            "save: class %s has a config and no fields that describe it, it could not be rebuilt",
            m->cls->name);
        return;
    }
    dl__fields_put(t, m->cls->fields, m->cls->n_fields, m->config);
}

static void put_module(dl__text *t, const dl_module *m, const char *name)
{
    dl__text_add(t, "{");
    if (name) {
        dl__text_add(t, "\"name\":");
        dl__text_json(t, name);
        dl__text_add(t, ",");
    }
    dl__text_add(t, "\"class\":");
    dl__text_json(t, m->cls->name);
    dl__text_add(t, ",\"config\":");
    put_config(t, m);
    dl__text_add(t, ",\"children\":[");
    for (int32_t i = 0; i < m->n_child; i++) {
        if (i)
            dl__text_add(t, ",");
        put_module(t, m->child[i], m->child[i]->name);
    }
    dl__text_add(t, "]}");
}

char *dl__module_describe(const dl_module *m)
{
    dl__text t = {.ctx = m->base.ctx};
    dl__text_add(&t, "{\"version\":1,\"module\":");
    put_module(&t, m, NULL);
    dl__text_bytes(&t, "}", 2); /* with its NUL */
    if (dl__ok(t.ctx) && t.n - 1 > DL__DESCRIPTION)
        dl_fail(t.ctx, DL_ELIMIT, "%s: how it is built takes %zu bytes to say, a file may have %d",
                m->cls->name, t.n - 1, (int)DL__DESCRIPTION);
    if (dl__ok(t.ctx))
        return t.p;
    dl__free(t.p);
    return NULL;
}
