/* dl_layer_norm, as a layer. */
#include <string.h>
#include "core/text.h"
#include "layers/norm_opts.h"

typedef struct config {
    int64_t shape[DL_MAX_DIMS];
    int32_t ndim;
    dl__norm_config norm;
} config;

static const dl_config_field fields[] = {
    {"shape", DL_CONFIG_I64, offsetof(config, shape), DL_MAX_DIMS},
    {"ndim", DL_CONFIG_I32, offsetof(config, ndim), 1},
    {"eps", DL_CONFIG_F64, offsetof(config, norm.eps), 1},
    {"no_affine", DL_CONFIG_I32, offsetof(config, norm.no_affine), 1},
    {"no_bias", DL_CONFIG_I32, offsetof(config, norm.no_bias), 1},
};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    dl_ctx *ctx = m->base.ctx;
    if (c->ndim < 1 || c->ndim > DL_MAX_DIMS)
        return dl_fail(ctx, DL_EINVAL, "layernorm: over %d axes, wanted 1 to %d", (int)c->ndim,
                       DL_MAX_DIMS);
    for (int32_t i = 0; i < c->ndim; i++)
        if (c->shape[i] < 1)
            return dl_fail(ctx, DL_EINVAL, "layernorm: size %d is %lld, wanted at least 1", (int)i,
                           (long long)c->shape[i]);
    dl_status s = dl__norm_config_check(ctx, "layernorm", &c->norm);
    return s != DL_OK ? s : dl__norm_params(m, &c->norm, c->shape, c->ndim);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const config *c = m->config;
    char found[192], wanted[192];
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK)
        return s;
    const dl_tensor *x = in[0];
    if (x->ndim < c->ndim ||
        memcmp(x->dims + x->ndim - c->ndim, c->shape, (size_t)c->ndim * sizeof *c->shape) != 0)
        return dl_fail(m->base.ctx, DL_ESHAPE,
                       "layernorm: the input is %s, wanted one that ends %s",
                       dl__shape_text(found, sizeof found, x->dims, x->ndim),
                       dl__shape_text(wanted, sizeof wanted, c->shape, c->ndim));
    return dl__layer_give(
        m, dl_layer_norm(in[0], c->ndim, dl__norm_weight(m), dl__norm_bias(m), c->norm.eps), out);
}

const dl_module_class dl__class_layernorm = {
    .name = "layernorm",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_layernorm(dl_ctx *ctx, const int64_t *shape, int32_t ndim,
                              const dl_norm_opts *o)
{
    config c = {.ndim = ndim};
    if (dl__norm_config_of(ctx, "layernorm", o, &c.norm) != DL_OK)
        return NULL;
    if (o && (o->momentum != 0 || o->no_stats != 0 || o->cumulative != 0)) {
        dl_fail(ctx, DL_EINVAL,
                "layernorm: momentum, no_stats and cumulative are for batch normalization; "
                "wanted 0");
        return NULL;
    }
    c.norm.momentum = 0;
    if (ndim > 0 && !shape) {
        dl_fail(ctx, DL_EINVAL, "layernorm: shape is NULL, wanted %d sizes", (int)ndim);
        return NULL;
    }
    if (ndim > 0 && ndim <= DL_MAX_DIMS)
        memcpy(c.shape, shape, (size_t)ndim * sizeof *shape);
    return dl_module_new(ctx, &dl__class_layernorm, &c);
}
