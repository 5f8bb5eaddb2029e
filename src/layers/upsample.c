/* Resampling as a layer. */
#include <string.h>
#include "core/error.h"
#include "layers/layer.h"
#include "ops/upsample.h"

typedef struct config {
    int64_t sizes[3];
    double scale[3];
    int32_t mode, align_corners, recompute_scale;
} config;

#define FIELD(member, kind, n)                                                                     \
    {                                                                                              \
#member, DL_CONFIG_##kind, (int32_t)offsetof(config, member), n                            \
    }
static const dl_config_field fields[] = {FIELD(sizes, I64, 3), FIELD(scale, F64, 3),
                                         FIELD(mode, I32, 1), FIELD(align_corners, I32, 1),
                                         FIELD(recompute_scale, I32, 1)};

static dl_upsample_opts opts_of(const config *c)
{
    dl_upsample_opts o = {
        .mode = c->mode, .align_corners = c->align_corners, .recompute_scale = c->recompute_scale};
    memcpy(o.sizes, c->sizes, sizeof o.sizes);
    memcpy(o.scale, c->scale, sizeof o.scale);
    return o;
}

static dl_status init(dl_module *m, const void *p)
{
    const dl_upsample_opts o = opts_of(p);
    return dl__upsample_check(m->base.ctx, &o, 3);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const dl_upsample_opts o = opts_of(dl_module_config(m));
    const dl_status s = dl__layer_single(m, in, n_in, n_out);
    return s != DL_OK ? s : dl__layer_give(m, dl_upsample(in[0], &o), out);
}

const dl_module_class dl__class_upsample = {.name = "upsample",
                                            .config_size = sizeof(config),
                                            .fields = fields,
                                            .n_fields = sizeof fields / sizeof *fields,
                                            .init = init,
                                            .forward = forward};

dl_module *dl_layer_upsample(dl_ctx *ctx, const dl_upsample_opts *o)
{
    config c = {.mode = 0};
    if (!ctx || !dl__ok(ctx) || (o && DL__RESERVED(ctx, "upsample", o) != DL_OK))
        return NULL;
    if (o) {
        memcpy(c.sizes, o->sizes, sizeof c.sizes);
        memcpy(c.scale, o->scale, sizeof c.scale);
        c.mode = o->mode;
        c.align_corners = o->align_corners;
        c.recompute_scale = o->recompute_scale;
    }
    return dl_module_new(ctx, &dl__class_upsample, &c);
}
