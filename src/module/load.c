/* Reading a module's values, and whole modules, from safetensors files. */
#include <string.h>
#include "module/load.h"

/* The value of entry i, read and laid out in memory as the module wants it; the caller's. */
static dl_tensor *read_value(const dl__load *l, int32_t i)
{
    const dl_tensor *t = l->table->all[i].tensor;
    dl_tensor *v = dl_safetensors_read(l->file, l->from[i]);
    if (!v || !dl__is_meta(t) || dl_tensor_contiguous(t))
        return v;
    dl__shape s = dl__tensor_shape(t);
    s.dtype = v->dtype;
    s.offset = 0;
    dl_tensor *laid_out = dl__tensor_new(l->ctx, &s, 0);
    if (laid_out)
        dl__copy_elements(laid_out, v);
    dl_tensor_drop(v);
    return laid_out;
}

static dl_status read_values(dl__load *l)
{
    int32_t n = l->table->n;
    l->value = dl__calloc(l->ctx, (size_t)n * sizeof *l->value);
    if (!l->value)
        return l->ctx->status;
    for (int32_t i = 0; i < n; i++) {
        if (l->from[i] < 0)
            continue;
        l->value[i] = read_value(l, i);
        if (!l->value[i])
            return l->ctx->status;
    }
    return DL_OK;
}

/* Nothing here can fail: parts are neither recorded nor do they repeat elements. */
static void commit(const dl__load *l)
{
    for (int32_t i = 0; i < l->table->n; i++) {
        dl_tensor *t = l->table->all[i].tensor, *v = l->value[i];
        if (!v)
            continue;
        if (dl__is_meta(t)) {
            dl__shape s = dl__tensor_shape(v);
            dl__module_place(t, &s, v->storage);
        } else if (dl__begin_change("load", t) == DL_OK) {
            dl__copy_elements(t, v);
        }
    }
}

static void end(dl__load *l)
{
    for (int32_t i = 0; i < l->n_offer; i++)
        dl__free(l->offer[i].name);
    for (int32_t i = 0; l->value && i < l->table->n; i++)
        dl_tensor_drop(l->value[i]);
    dl__free(l->value);
    dl__free(l->from);
    dl__free(l->offer);
}

static dl_status load(dl_module *m, const char *path, dl_safetensors *file, const dl_load_opts *o,
                      int adopt_dtype)
{
    dl__load l = {.ctx = m->base.ctx, .path = path, .file = file, .opts = o};
    int32_t meta = l.ctx->meta;
    l.adopt_dtype = adopt_dtype;
    l.table = dl__module_table(m);
    l.ctx->meta = 0; /* what is read has data */
    if (l.table && dl__load_names(&l) == DL_OK && dl__load_match(&l) == DL_OK &&
        read_values(&l) == DL_OK)
        commit(&l);
    l.ctx->meta = meta;
    end(&l);
    return m->base.ctx->status;
}

static dl_status check(dl_module *m, const char *path, const dl_load_opts *o)
{
    dl_ctx *ctx = m->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!path || !path[0])
        return dl_fail(ctx, DL_EINVAL, "load: %s wants a path", m->cls->name);
    if (m->shared)
        return dl_fail(ctx, DL_ESTATE,
                       "load: a shared module does not change the memory; load into the module it "
                       "was shared from");
    if (o && o->partial != 0 && o->partial != 1)
        return dl_fail(ctx, DL_EINVAL, "load: partial is %d, wanted 0 or 1", (int)o->partial);
    if (o && DL__RESERVED(ctx, "load", o) != DL_OK)
        return dl_ctx_status(ctx);
    return DL_OK;
}

dl_status dl_module_load(dl_module *m, const char *path, const dl_load_opts *o)
{
    if (!m || check(m, path, o) != DL_OK)
        return m ? m->base.ctx->status : DL_EINVAL;
    dl_safetensors *file = dl_safetensors_open(m->base.ctx, path, NULL);
    if (!file)
        return m->base.ctx->status;
    dl_status s = load(m, path, file, o, 0);
    dl_safetensors_drop(file);
    return s;
}

dl_module *dl_module_open(dl_ctx *ctx, const char *path)
{
    if (!dl__ok(ctx))
        return NULL;
    if (!path || !path[0]) {
        dl_fail(ctx, DL_EINVAL, "open: a path is wanted");
        return NULL;
    }
    dl_safetensors *file = dl_safetensors_open(ctx, path, NULL);
    if (!file)
        return NULL;
    const char *how = dl_safetensors_meta(file, "dl.module");
    dl_module *m = NULL;
    if (!how)
        dl_fail(
            ctx, DL_EFORMAT,
            "open: %.300s holds tensors, but not how a net is built from them; make the net and "
            "use dl_module_load",
            path);
    else if ((m = dl__module_from_text(ctx, path, how)) && load(m, path, file, NULL, 1) != DL_OK) {
        dl_module_drop(m);
        m = NULL;
    }
    dl_safetensors_drop(file);
    return m;
}
