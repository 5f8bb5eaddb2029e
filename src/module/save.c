/* Writing a module to a safetensors file. */
#include "core/check.h"
#include "dl/io.h"
#include "module/module.h"

dl_status dl_module_save(const dl_module *m, const char *path)
{
    if (!m)
        return DL_EINVAL;
    dl_ctx *ctx = m->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!path || !path[0])
        return dl_fail(ctx, DL_EINVAL, "%s: saving wants a path", m->cls->name);
    const dl__table *t = dl__module_table(m);
    if (!t)
        return ctx->status;
    size_t n = (size_t)t->n;
    const char **names = dl__calloc(ctx, n * sizeof *names);
    dl_tensor **tensors = dl__calloc(ctx, n * sizeof *tensors);
    char *how = names && tensors ? dl__module_describe(m) : NULL;
    dl_status s = ctx->status;
    if (how) {
        /* "format" is what programs of the PyTorch world ask for before they read. */
        const char *const keys[] = {"dl.module", "format"};
        const char *const values[] = {how, "pt"};
        const dl_safetensors_save_opts o = {.checksums = 1};
        for (size_t i = 0; i < n; i++) {
            names[i] = t->all[i].name;
            tensors[i] = t->all[i].tensor;
        }
        s = dl_safetensors_save(ctx, path, names, tensors, t->n, keys, values, 2, &o);
    }
    dl__free(how);
    dl__free(tensors);
    dl__free(names);
    return s;
}
