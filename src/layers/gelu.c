/* dl_gelu, or dl_gelu_tanh, as a layer. */
#include "layers/activation.h"

typedef struct config {
    int32_t tanh_form;
} config;

static const dl_config_field fields[] = {DL__LAYER_FIELD(tanh_form, I32)};

static dl_tensor *apply(dl_tensor *x, const config *c)
{
    return c->tanh_form ? dl_gelu_tanh(x) : dl_gelu(x);
}

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    if (c->tanh_form != 0 && c->tanh_form != 1)
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "gelu: tanh_form is %d, wanted 0 or 1",
                       (int)c->tanh_form);
    return DL_OK;
}

DL__LAYER_WITH_CONFIG(gelu)

dl_module *dl_layer_gelu(dl_ctx *ctx, int32_t tanh_form)
{
    return dl_module_new(ctx, &dl__class_gelu, &(config){tanh_form});
}
