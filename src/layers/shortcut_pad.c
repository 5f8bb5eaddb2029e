/* The shortcut without weights: every stride-th place, and zeros for the channels that are new. */
#include "core/text.h"
#include "layers/layer.h"

typedef struct config {
    int64_t in, out;
    int32_t stride;
} config;

static const dl_config_field fields[] = {
    {"in", DL_CONFIG_I64, offsetof(config, in), 1},
    {"out", DL_CONFIG_I64, offsetof(config, out), 1},
    {"stride", DL_CONFIG_I32, offsetof(config, stride), 1},
};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    if (c->in < 1 || c->out < c->in)
        return dl_fail(m->base.ctx, DL_EINVAL,
                       "shortcut_pad: %lld channels in and %lld out, wanted at least 1 in and as "
                       "many out",
                       (long long)c->in, (long long)c->out);
    if (c->stride < 1)
        return dl_fail(m->base.ctx, DL_EINVAL, "shortcut_pad: stride is %d, wanted at least 1",
                       (int)c->stride);
    return DL_OK;
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const config *c = m->config;
    char text[128];
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK)
        return s;
    dl_tensor *x = in[0];
    const int32_t ndim = x->ndim;
    if (ndim < 3 || ndim > 5 || x->dims[1] != c->in)
        return dl_fail(m->base.ctx, DL_ESHAPE,
                       "shortcut_pad: the input is %s, wanted [N, %lld, ..] with 1 to 3 more axes",
                       dl__shape_text(text, sizeof text, x->dims, ndim), (long long)c->in);
    for (int32_t axis = 2; c->stride > 1 && axis < ndim; axis++)
        x = dl_slice(x, axis, 0, INT64_MAX, c->stride);
    int64_t pads[2 * DL_MAX_DIMS] = {0};
    pads[2] = (c->out - c->in) / 2;
    pads[3] = c->out - c->in - pads[2];
    if (c->out > c->in)
        x = dl_pad(x, pads, 2 * ndim, DL_PAD_ZEROS, 0);
    return dl__layer_give(m, x, out);
}

const dl_module_class dl__class_shortcut_pad = {
    .name = "shortcut_pad",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_shortcut_pad(dl_ctx *ctx, int64_t in, int64_t out, int32_t stride)
{
    return dl_module_new(ctx, &dl__class_shortcut_pad, &(config){in, out, stride});
}
