/* What layers share. */
#include <stdio.h>
#include "core/text.h"
#include "layers/layer.h"

dl_status dl__layer_single(const dl_module *m, dl_tensor *const *in, int32_t n_in, int32_t n_out)
{
    if (n_in == 1 && n_out == 1 && in[0])
        return DL_OK;
    return dl_fail(m->base.ctx, DL_EINVAL,
                   "%s: called with %d inputs for %d outputs, it has 1 and 1", m->cls->name,
                   n_in == 1 && !in[0] ? 0 : (int)n_in, (int)n_out);
}

dl_status dl__layer_give(const dl_module *m, dl_tensor *y, dl_tensor **out)
{
    *out = y;
    return m->base.ctx->status;
}

dl_status dl__layer_unary(const dl_module *m, dl_tensor *(*op)(dl_tensor *), dl_tensor *const *in,
                          int32_t n_in, dl_tensor **out, int32_t n_out)
{
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    return s != DL_OK ? s : dl__layer_give(m, op(in[0]), out);
}

dl_tensor *dl__layer_param(dl_module *m, const char *name, const int64_t *dims, int32_t ndim,
                           const int32_t *order)
{
    dl_ctx *ctx = m->base.ctx;
    dl__shape s;
    if (!dl__ok(ctx) ||
        dl__shape_check(ctx, m->cls->name, ctx->opts.dtype, dims, ndim, &s) != DL_OK)
        return NULL;
    int64_t step = 1;
    for (int32_t i = ndim; order && i-- > 0; step *= dims[order[i]])
        s.strides[order[i]] = step;
    dl_tensor *t = dl__tensor_new(ctx, &s, 0);
    return t ? dl_module_add_param(m, name, t) : NULL;
}

dl_status dl__layer_axis(const dl_module *m, int32_t axis)
{
    if (axis >= -DL_MAX_DIMS && axis < DL_MAX_DIMS)
        return DL_OK;
    return dl_fail(m->base.ctx, DL_EINVAL, "%s: axis is %d, wanted -%d to %d", m->cls->name,
                   (int)axis, DL_MAX_DIMS, DL_MAX_DIMS - 1);
}

dl_status dl__layer_opts_check(dl_ctx *ctx, const char *who, const dl_layer_opts *o)
{
    if (!o)
        return DL_OK;
    if (o->no_bias != 0 && o->no_bias != 1)
        return dl_fail(ctx, DL_EINVAL, "%s: no_bias is %d, wanted 0 or 1", who, (int)o->no_bias);
    if (o->init < DL_INIT_DEFAULT || o->init > DL_INIT_HE_NORMAL_OUT)
        return dl_fail(ctx, DL_EINVAL, "%s: init is %d, wanted one of DL_INIT_*", who,
                       (int)o->init);
    return DL__RESERVED(ctx, who, o);
}

dl_tensor *dl__layer_join(const dl_module *m, dl_tensor *body, dl_tensor *skip)
{
    char a[128], b[128];
    if (!body || !skip)
        return NULL;
    if (dl__same_shape(body, skip))
        return dl_add(body, skip);
    dl_fail(m->base.ctx, DL_ESHAPE, "%s: the body gives %s, the skip path %s; wanted one shape",
            m->cls->name, dl__shape_text(a, sizeof a, body->dims, body->ndim),
            dl__shape_text(b, sizeof b, skip->dims, skip->ndim));
    return NULL;
}

void dl__layer_drop_all(dl_module *const *layers, int32_t n)
{
    for (int32_t i = 0; layers && i < n; i++) {
        int32_t first = 0;
        while (layers[first] != layers[i])
            first++;
        /* A module that another one holds by its only reference was not the caller's to give. */
        if (first == i && layers[i] &&
            !(atomic_load(&layers[i]->adopted) && atomic_load(&layers[i]->base.refs) == 1))
            dl_module_drop(layers[i]);
    }
}

static dl_status check_layers(dl_ctx *ctx, const char *who, dl_module *const *layers, int32_t n)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (n < 0 || (n > 0 && !layers))
        return dl_fail(ctx, DL_EINVAL, "%s: %d layers", who, (int)n);
    for (int32_t i = 0; i < n; i++) {
        if (!layers[i])
            return dl_fail(ctx, DL_EINVAL, "%s: layer %d is NULL", who, (int)i);
        for (int32_t j = 0; j < i; j++)
            if (layers[j] == layers[i])
                return dl_fail(ctx, DL_EINVAL, "%s: layers %d and %d are one module", who, (int)j,
                               (int)i);
    }
    return DL_OK;
}

dl_module *dl__layer_container(dl_ctx *ctx, const dl_module_class *cls, const void *config,
                               const char *const *names, dl_module *const *layers, int32_t n)
{
    dl_module *m = NULL;
    int32_t added = 0;
    if (check_layers(ctx, cls->name, layers, n) != DL_OK || !(m = dl_module_new(ctx, cls, config)))
        goto refused;
    while (added < n) {
        char number[16];
        const char *name = names ? names[added] : number;
        snprintf(number, sizeof number, "%d", (int)added);
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
