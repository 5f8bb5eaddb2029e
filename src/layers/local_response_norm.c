/* dl_local_response_norm, as a layer. */
#include "layers/activation.h"

typedef struct config {
    int32_t size;
    double alpha, beta, k;
} config;

static const dl_config_field fields[] = {
    DL__LAYER_FIELD(size, I32),
    DL__LAYER_FIELD(alpha, F64),
    DL__LAYER_FIELD(beta, F64),
    DL__LAYER_FIELD(k, F64),
};

static dl_tensor *apply(dl_tensor *x, const config *c)
{
    return dl_local_response_norm(x, c->size, c->alpha, c->beta, c->k);
}

/* It is tried on nothing: the operation says which numbers it takes. */
static dl_status init(dl_module *m, const void *p)
{
    dl_ctx *ctx = dl_module_ctx(m);
    apply(dl_tensor_give(dl_tensor_zeros(ctx, ctx->opts.dtype, DL_SHAPE(0, 1))), p);
    return ctx->status;
}

DL__LAYER_WITH_CONFIG(local_response_norm)

dl_module *dl_layer_local_response_norm(dl_ctx *ctx, int32_t size, double alpha, double beta,
                                        double k)
{
    return dl_module_new(ctx, &dl__class_local_response_norm, &(config){size, alpha, beta, k});
}
