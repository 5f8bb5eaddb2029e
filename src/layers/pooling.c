/* Configurations of the layers of pooling. */
#include <string.h>
#include "core/error.h"
#include "layers/pooling.h"

#define FIELD(member, kind, n)                                                                     \
    {                                                                                              \
#member, DL_CONFIG_##kind, (int32_t)offsetof(dl__pool_config, member), n                   \
    }
const dl_config_field dl__pool_fields[DL__POOL_FIELDS] = {
    FIELD(kernel, I32, 3),   FIELD(stride, I32, 3),    FIELD(padding, I32, 3),
    FIELD(dilation, I32, 3), FIELD(ceil_mode, I32, 1), FIELD(exclude_padding, I32, 1),
    FIELD(divisor, I64, 1),  FIELD(p, F64, 1)};

const dl_config_field dl__sizes_fields[1] = {{"sizes", DL_CONFIG_I64, 0, 3}};

dl_pool_opts dl__pool_config_opts(const dl__pool_config *c)
{
    dl_pool_opts o = {
        .ceil_mode = c->ceil_mode, .exclude_padding = c->exclude_padding, .divisor = c->divisor};
    memcpy(o.stride, c->stride, sizeof o.stride);
    memcpy(o.padding, c->padding, sizeof o.padding);
    memcpy(o.dilation, c->dilation, sizeof o.dilation);
    return o;
}

/* No examples with one channel. */
static dl_tensor *nothing(dl_module *m, int32_t axes, const int64_t size[3])
{
    dl_ctx *ctx = dl_module_ctx(m);
    const int64_t dims[5] = {0, 1, size[0], size[1], size[2]};
    return dl_tensor_give(dl_tensor_zeros(ctx, ctx->opts.dtype, dims, 2 + axes));
}

dl_status dl__windows_init(dl_module *m, const dl__pool_config *c, int32_t axes, dl__windows_op op)
{
    int64_t size[3] = {1, 1, 1}, kernel = 1, dilation = 1;
    for (int32_t k = 0; k < axes; k++) {
        kernel = c->kernel[k] != 0 ? c->kernel[k] : kernel;
        dilation = c->dilation[k] != 0 ? c->dilation[k] : dilation;
        if (kernel > 0 && dilation > 0) /* else op says what it thinks of that */
            size[k] = dilation * (kernel - 1) + 1;
    }
    op(nothing(m, axes, size), c);
    return dl_module_ctx(m)->status;
}

dl_status dl__sizes_init(dl_module *m, const dl__sizes_config *c, int32_t axes, dl__sizes_op op)
{
    op(nothing(m, axes, (const int64_t[]){1, 1, 1}), c->sizes);
    return dl_module_ctx(m)->status;
}

dl_module *dl__windows_new(dl_ctx *ctx, const dl_module_class *cls, int32_t axes, double p,
                           const int32_t *kernel, const dl_pool_opts *o)
{
    static const dl_pool_opts none;
    if (!ctx || !dl__ok(ctx))
        return NULL;
    o = o ? o : &none;
    if (DL__RESERVED(ctx, cls->name, o) != DL_OK)
        return NULL;
    dl__pool_config c = {.ceil_mode = o->ceil_mode,
                         .exclude_padding = o->exclude_padding,
                         .divisor = o->divisor,
                         .p = p};
    const size_t bytes = (size_t)axes * sizeof(int32_t);
    if (kernel)
        memcpy(c.kernel, kernel, bytes);
    memcpy(c.stride, o->stride, bytes);
    memcpy(c.padding, o->padding, bytes);
    memcpy(c.dilation, o->dilation, bytes);
    return dl_module_new(ctx, cls, &c);
}

dl_module *dl__sizes_new(dl_ctx *ctx, const dl_module_class *cls, int32_t axes,
                         const int64_t *sizes)
{
    dl__sizes_config c = {{0}};
    if (sizes)
        memcpy(c.sizes, sizes, (size_t)axes * sizeof *sizes);
    return dl_module_new(ctx, cls, &c);
}
