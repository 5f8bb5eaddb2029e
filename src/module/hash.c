/* SHA-256 of all weights. */
#include "core/sha256.h"
#include "io/safetensors.h"
#include "module/module.h"

static dl_status add(void *arg, const void *bytes, size_t n)
{
    dl__sha256_add(arg, bytes, n);
    return DL_OK;
}

dl_status dl_module_hash(const dl_module *m, char hex[65])
{
    uint8_t digest[DL__SHA256];
    dl__sha256 h;
    if (hex)
        hex[0] = 0;
    if (!m)
        return DL_EINVAL;
    dl_ctx *ctx = m->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!hex)
        return dl_fail(ctx, DL_EINVAL, "hash: no place for 65 characters");
    const dl__table *t = dl__module_table(m);
    if (!t)
        return ctx->status;
    dl__sha256_begin(&h);
    for (int32_t i = 0; i < t->n; i++) {
        const dl_tensor *x = t->all[i].tensor;
        if (dl__is_meta(x))
            return dl_fail(ctx, DL_ESTATE, "hash: \"%.200s\" is meta, it has no data",
                           t->all[i].name);
        const dl__st_item item = {.name = t->all[i].name,
                                  .data = dl__data(x),
                                  .dims = x->dims,
                                  .strides = x->strides,
                                  .dtype = x->dtype,
                                  .ndim = x->ndim};
        dl_status s = dl__st_walk(ctx, &item, add, &h);
        if (s != DL_OK)
            return s;
    }
    dl__sha256_end(&h, digest);
    dl__sha256_text(hex, digest);
    return DL_OK;
}
