/* body(x) + skip(x). */
#include "layers/layer.h"

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    dl_tensor *body, *skip;
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s == DL_OK && m->n_child < 1)
        s = dl_fail(m->base.ctx, DL_ESTATE, "residual: it has no body");
    if (s != DL_OK || (s = dl_module_call(m->child[0], in, 1, &body, 1)) != DL_OK)
        return s;
    skip = in[0];
    if (m->n_child > 1 && (s = dl_module_call(m->child[1], in, 1, &skip, 1)) != DL_OK)
        return s;
    return dl__layer_give(m, dl__layer_join(m, body, skip), out);
}

const dl_module_class dl__class_residual = {
    .name = "residual",
    .takes_children = 1,
    .forward = forward,
};

dl_module *dl_layer_residual(dl_ctx *ctx, dl_module *body, dl_module *skip)
{
    dl_module *const parts[2] = {body, skip};
    int32_t added = 0;
    dl_module *m = NULL;
    if (!dl__ok(ctx))
        goto refused;
    if (!body || body == skip) {
        dl_fail(ctx, DL_EINVAL,
                body ? "residual: body and skip are one module" : "residual: body is NULL");
        goto refused;
    }
    m = dl_module_new(ctx, &dl__class_residual, NULL);
    if (!m)
        goto refused;
    static const char *const name[2] = {"body", "skip"};
    while (added < (skip ? 2 : 1)) {
        int32_t i = added++;
        if (!dl_module_add(m, name[i], parts[i]))
            goto refused;
    }
    return m;
refused:
    dl__layer_drop_all(parts + added, 2 - added);
    dl_module_drop(m);
    return NULL;
}
