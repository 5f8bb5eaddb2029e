/* dl_softmax, as a layer. */
#include "layers/layer.h"

typedef struct config {
    int32_t axis;
} config;

static const dl_config_field fields[] = {{"axis", DL_CONFIG_I32, offsetof(config, axis), 1}};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    if (c->axis < -DL_MAX_DIMS || c->axis >= DL_MAX_DIMS)
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "softmax: axis is %d, wanted -%d to %d",
                       (int)c->axis, DL_MAX_DIMS, DL_MAX_DIMS - 1);
    return DL_OK;
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const config *c = dl_module_config(m);
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    return s != DL_OK ? s : dl__layer_give(m, dl_softmax(in[0], c->axis), out);
}

const dl_module_class dl__class_softmax = {
    .name = "softmax",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = 1,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_softmax(dl_ctx *ctx, int32_t axis)
{
    const config c = {axis};
    return dl_module_new(ctx, &dl__class_softmax, &c);
}
