/* Normalisation of rows: what layer norm and RMS norm share. */
#include <string.h>
#include "core/text.h"
#include "layers/norm_opts.h"

const dl_config_field dl__rownorm_fields[DL__ROWNORM_FIELDS] = {
    {"shape", DL_CONFIG_I64, offsetof(dl__rownorm_config, shape), DL_MAX_DIMS},
    {"ndim", DL_CONFIG_I32, offsetof(dl__rownorm_config, ndim), 1},
    {"eps", DL_CONFIG_F64, offsetof(dl__rownorm_config, norm.eps), 1},
    {"no_affine", DL_CONFIG_I32, offsetof(dl__rownorm_config, norm.no_affine), 1},
    {"no_bias", DL_CONFIG_I32, offsetof(dl__rownorm_config, norm.no_bias), 1},
};

dl_status dl__rownorm_init(dl_module *m, const void *config)
{
    const dl__rownorm_config *c = config;
    dl_ctx *ctx = m->base.ctx;
    if (c->ndim < 1 || c->ndim > DL_MAX_DIMS)
        return dl_fail(ctx, DL_EINVAL, "%s: over %d axes, wanted 1 to %d", m->cls->name,
                       (int)c->ndim, DL_MAX_DIMS);
    for (int32_t i = 0; i < c->ndim; i++)
        if (c->shape[i] < 1)
            return dl_fail(ctx, DL_EINVAL, "%s: size %d is %lld, wanted at least 1", m->cls->name,
                           (int)i, (long long)c->shape[i]);
    dl_status s = dl__norm_config_check(ctx, m->cls->name, &c->norm);
    return s != DL_OK ? s : dl__norm_params(m, &c->norm, c->shape, c->ndim);
}

int32_t dl__rownorm_axes(dl_module *m, dl_tensor *const *in, int32_t n_in, int32_t n_out)
{
    const dl__rownorm_config *c = m->config;
    char found[192], wanted[192];
    if (dl__layer_single(m, in, n_in, n_out) != DL_OK)
        return 0;
    const dl_tensor *x = in[0];
    if (x->ndim >= c->ndim &&
        memcmp(x->dims + x->ndim - c->ndim, c->shape, (size_t)c->ndim * sizeof *c->shape) == 0)
        return c->ndim;
    dl_fail(m->base.ctx, DL_ESHAPE, "%s: the input is %s, wanted one that ends %s", m->cls->name,
            dl__shape_text(found, sizeof found, x->dims, x->ndim),
            dl__shape_text(wanted, sizeof wanted, c->shape, c->ndim));
    return 0;
}

dl_module *dl__rownorm_new(dl_ctx *ctx, const dl_module_class *cls, const int64_t *shape,
                           int32_t ndim, const dl_norm_opts *o, double eps, int32_t no_bias)
{
    dl__rownorm_config c = {.ndim = ndim};
    if (dl__norm_config_of(ctx, cls->name, o, &c.norm) != DL_OK ||
        !dl__norm_without_stats(ctx, cls->name, o))
        return NULL;
    c.norm.momentum = 0;
    c.norm.eps = dl__option(o ? o->eps : 0, eps);
    if (no_bias)
        c.norm.no_bias = 1;
    if (ndim > 0 && !shape) {
        dl_fail(ctx, DL_EINVAL, "%s: shape is NULL, wanted %d sizes", cls->name, (int)ndim);
        return NULL;
    }
    if (ndim > 0 && ndim <= DL_MAX_DIMS)
        memcpy(c.shape, shape, (size_t)ndim * sizeof *shape);
    return dl_module_new(ctx, cls, &c);
}
