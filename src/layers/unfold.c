/* Patches as columns, and back, as layers. */
#include <string.h>
#include "core/error.h"
#include "layers/layer.h"
#include "ops/unfold.h"

typedef struct config {
    int32_t kernel[3], stride[3], padding[3], padding_end[3], dilation[3];
    int32_t axes; /* of fold, and its sizes */
    int64_t sizes[3];
} config;

#define FIELD(member, kind, n)                                                                     \
    {                                                                                              \
#member, DL_CONFIG_##kind, (int32_t)offsetof(config, member), n                            \
    }
static const dl_config_field fields[] = {FIELD(kernel, I32, 3),   FIELD(stride, I32, 3),
                                         FIELD(padding, I32, 3),  FIELD(padding_end, I32, 3),
                                         FIELD(dilation, I32, 3), FIELD(axes, I32, 1),
                                         FIELD(sizes, I64, 3)};

static dl_patch_opts opts_of(const config *c)
{
    dl_patch_opts o = {.stride = {0}};
    memcpy(o.stride, c->stride, sizeof o.stride);
    memcpy(o.padding, c->padding, sizeof o.padding);
    memcpy(o.padding_end, c->padding_end, sizeof o.padding_end);
    memcpy(o.dilation, c->dilation, sizeof o.dilation);
    return o;
}

static dl_status unfold_init(dl_module *m, const void *p)
{
    const config *c = p;
    const dl_patch_opts o = opts_of(c);
    dl__window w;
    return dl__patch_read(m->base.ctx, "unfold", DL__SPATIAL, c->kernel, &o, &w);
}

static dl_status fold_init(dl_module *m, const void *p)
{
    const config *c = p;
    const dl_patch_opts o = opts_of(c);
    dl__unfold_attrs a;
    return dl__fold_read(m->base.ctx, c->sizes, c->axes, c->kernel, &o, &a);
}

static dl_status unfold_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                                int32_t n_out)
{
    const config *c = dl_module_config(m);
    const dl_patch_opts o = opts_of(c);
    const dl_status s = dl__layer_single(m, in, n_in, n_out);
    return s != DL_OK ? s : dl__layer_give(m, dl_unfold(in[0], c->kernel, &o), out);
}

static dl_status fold_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out)
{
    const config *c = dl_module_config(m);
    const dl_patch_opts o = opts_of(c);
    const dl_status s = dl__layer_single(m, in, n_in, n_out);
    return s != DL_OK ? s
                      : dl__layer_give(m, dl_fold(in[0], c->sizes, c->axes, c->kernel, &o), out);
}

#define CLASS(op)                                                                                  \
    const dl_module_class dl__class_##op = {.name = #op,                                           \
                                            .config_size = sizeof(config),                         \
                                            .fields = fields,                                      \
                                            .n_fields = sizeof fields / sizeof *fields,            \
                                            .init = op##_init,                                     \
                                            .forward = op##_forward};
CLASS(unfold)
CLASS(fold)

/* A module of cls with n numbers of kernel, and with the rest of c. */
static dl_module *make(dl_ctx *ctx, const dl_module_class *cls, config *c, const int32_t *kernel,
                       int32_t n, const dl_patch_opts *o)
{
    if (!ctx || !dl__ok(ctx) || (o && DL__RESERVED(ctx, cls->name, o) != DL_OK))
        return NULL;
    const size_t bytes = (size_t)n * sizeof(int32_t);
    if (kernel)
        memcpy(c->kernel, kernel, bytes);
    if (o) {
        memcpy(c->stride, o->stride, bytes);
        memcpy(c->padding, o->padding, bytes);
        memcpy(c->padding_end, o->padding_end, bytes);
        memcpy(c->dilation, o->dilation, bytes);
    }
    return dl_module_new(ctx, cls, c);
}

dl_module *dl_layer_unfold(dl_ctx *ctx, const int32_t *kernel, const dl_patch_opts *o)
{
    config c = {.axes = 0};
    return make(ctx, &dl__class_unfold, &c, kernel, DL__SPATIAL, o);
}

dl_module *dl_layer_fold(dl_ctx *ctx, const int64_t *sizes, int32_t axes, const int32_t *kernel,
                         const dl_patch_opts *o)
{
    config c = {.axes = sizes ? axes : 0};
    const int32_t n = c.axes < 0 ? 0 : c.axes < DL__SPATIAL ? c.axes : DL__SPATIAL;
    if (n > 0)
        memcpy(c.sizes, sizes, (size_t)n * sizeof *sizes);
    return make(ctx, &dl__class_fold, &c, kernel, n, o);
}
