/* Layers that feed one another. */
#include <stdio.h>
#include "layers/layer.h"

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    dl_tensor *x = in ? in[0] : NULL;
    for (int32_t i = 0; s == DL_OK && i < m->n_child; i++) {
        dl_tensor *y;
        s = dl_module_call(m->child[i], &x, 1, &y, 1);
        x = y;
    }
    return s != DL_OK ? s : dl__layer_give(m, x, out);
}

const dl_module_class dl__class_sequential = {
    .name = "sequential",
    .takes_children = 1,
    .forward = forward,
};

static dl_status check(dl_ctx *ctx, dl_module *const *layers, int32_t n)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (n < 0 || (n > 0 && !layers))
        return dl_fail(ctx, DL_EINVAL, "sequential: %d layers", (int)n);
    for (int32_t i = 0; i < n; i++) {
        if (!layers[i])
            return dl_fail(ctx, DL_EINVAL, "sequential: layer %d is NULL", (int)i);
        for (int32_t j = 0; j < i; j++)
            if (layers[j] == layers[i])
                return dl_fail(ctx, DL_EINVAL, "sequential: layers %d and %d are one module",
                               (int)j, (int)i);
    }
    return DL_OK;
}

dl_module *dl_layer_sequential(dl_ctx *ctx, dl_module *const *layers, int32_t n)
{
    dl_module *m = NULL;
    int32_t added = 0;
    if (check(ctx, layers, n) != DL_OK || !(m = dl_module_new(ctx, &dl__class_sequential, NULL)))
        goto refused;
    while (added < n) {
        char name[16];
        snprintf(name, sizeof name, "%d", (int)added);
        if (!dl_module_add(m, name, layers[added++]))
            goto refused;
    }
    return m;
refused:
    if (layers && added < n)
        dl__layer_drop_all(layers + added, n - added);
    dl_module_drop(m);
    return NULL;
}
