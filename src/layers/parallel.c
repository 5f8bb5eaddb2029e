/* Layers side by side: each gets the input, the results are joined along an axis. */
#include "layers/layer.h"

typedef struct config {
    int32_t axis;
} config;

static const dl_config_field fields[] = {{"axis", DL_CONFIG_I32, offsetof(config, axis), 1}};

static dl_status init(dl_module *m, const void *p)
{
    return dl__layer_axis(m, ((const config *)p)->axis);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const config *c = m->config;
    dl_ctx *ctx = m->base.ctx;
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s == DL_OK && m->n_child == 0)
        s = dl_fail(ctx, DL_ESTATE, "parallel: it has no layers");
    if (s != DL_OK)
        return s;
    dl_tensor **part = dl__calloc(ctx, (size_t)m->n_child * sizeof *part);
    if (!part)
        return DL_ENOMEM;
    for (int32_t i = 0; s == DL_OK && i < m->n_child; i++)
        s = dl_module_call(m->child[i], in, 1, &part[i], 1);
    if (s == DL_OK)
        s = dl__layer_give(m, dl_concat(part, m->n_child, c->axis), out);
    dl__free(part);
    return s;
}

const dl_module_class dl__class_parallel = {
    .name = "parallel",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .takes_children = 1,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_parallel(dl_ctx *ctx, dl_module *const *layers, int32_t n, int32_t axis)
{
    return dl__layer_container(ctx, &dl__class_parallel, &(config){axis}, NULL, layers, n);
}
