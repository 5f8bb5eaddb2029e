/* Modules whose config folding changed: in place, because whoever made them holds them. */
#include <string.h>
#include "module/module.h"

dl_status dl__module_retire(dl_module *m, dl__parts *p)
{
    dl__parts *to = &m->retired;
    if (p->n == 0)
        return DL_OK;
    dl__part *item = dl__realloc(m->base.ctx, to->item, (size_t)(to->n + p->n) * sizeof *to->item);
    if (!item)
        return DL_ENOMEM;
    to->item = item;
    to->cap = to->n + p->n;
    for (int32_t i = 0; i < p->n; i++) {
        dl__free(p->item[i].name);
        item[to->n++] = (dl__part){NULL, p->item[i].tensor};
    }
    p->n = 0;
    dl__table_forget(m);
    return DL_OK;
}

int dl__module_same_config(const dl_module *m, const void *config)
{
    static const size_t size[] = {sizeof(int32_t), sizeof(int64_t), sizeof(double)};
    for (int32_t i = 0; (m->cls->fold || m->cls->absorb) && i < m->cls->n_fields; i++) {
        const dl_config_field *f = &m->cls->fields[i];
        if (memcmp((const char *)m->config + f->offset, (const char *)config + f->offset,
                   (f->count ? (size_t)f->count : 1) * size[f->type]) != 0)
            return 0;
    }
    return 1;
}

/* old becomes made, but with its own tensors where they fit. What neither needs is in made then. */
static void exchange(dl__parts *old, dl__parts *made)
{
    for (int32_t i = 0; i < made->n; i++)
        for (int32_t k = 0; k < old->n; k++) {
            dl_tensor *mine = old->item[k].tensor, *fresh = made->item[i].tensor;
            if (strcmp(old->item[k].name, made->item[i].name) || !dl__same_shape(mine, fresh))
                continue;
            old->item[k].tensor = fresh;
            made->item[i].tensor = mine;
        }
    const dl__parts parts = *old;
    *old = *made;
    *made = parts;
}

dl_status dl__module_refit(dl_module *m, dl_module *made)
{
    if (m->cls->config_size)
        memcpy(m->config, made->config, m->cls->config_size);
    exchange(&m->params, &made->params);
    exchange(&m->buffers, &made->buffers);
    dl_status s = dl__module_retire(m, &made->params);
    if (s == DL_OK)
        s = dl__module_retire(m, &made->buffers);
    dl__table_forget(m);
    dl_module_drop(made);
    return s;
}
