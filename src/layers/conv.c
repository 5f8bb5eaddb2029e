#include "layers/conv.h"
#include <string.h>
#include "core/check.h"
#include "ops/conv.h"

#define FIELD(name, member, kind, n)                                                               \
    {                                                                                              \
        name, DL_CONFIG_##kind, (int32_t)offsetof(dl__conv_config, member), n                      \
    }
const dl_config_field dl__conv_fields[DL__CONV_FIELDS] = {DL__CONV_FIELD_LIST(FIELD)};

/* The shape of the weight; both numbers of channels are divided by the groups. */
dl_status dl__conv_layer_check(dl_module *m, const dl__conv_config *c, int32_t axes,
                               int32_t transposed, int64_t dims[2 + DL__SPATIAL])
{
    dl_ctx *ctx = m->base.ctx;
    const char *who = m->cls->name;
    const dl_layer_opts o = {.no_bias = c->no_bias, .init = c->init};
    dl__conv_attrs a;
    if (c->in < 1 || c->out < 1)
        return dl_fail(ctx, DL_EINVAL, "%s: %lld inputs and %lld outputs, wanted at least 1", who,
                       (long long)c->in, (long long)c->out);
    if (dl__layer_opts_check(ctx, who, &o) != DL_OK ||
        dl__conv_read(ctx, who, axes, transposed, c->kernel, &c->conv, &a) != DL_OK)
        return ctx->status;
    if (c->in % a.groups != 0 || c->out % a.groups != 0)
        return dl_fail(ctx, DL_EINVAL, "%s: %lld groups do not divide %lld inputs and %lld outputs",
                       who, (long long)a.groups, (long long)c->in, (long long)c->out);
    dims[0] = transposed ? c->in : c->out;
    dims[1] = (transposed ? c->out : c->in) / a.groups;
    memcpy(dims + 2, a.window.kernel + DL__SPATIAL - axes, (size_t)axes * sizeof *dims);
    return DL_OK;
}

dl_status dl__conv_layer_init(dl_module *m, const void *config, int32_t axes, int32_t transposed)
{
    const dl__conv_config *c = config;
    dl_ctx *ctx = m->base.ctx;
    int64_t dims[2 + DL__SPATIAL];
    int32_t order[2 + DL__SPATIAL];
    if (dl__conv_layer_check(m, c, axes, transposed, dims) != DL_OK)
        return ctx->status;
    for (int32_t k = 0; k < axes; k++)
        order[k] = 2 + k;
    order[axes] = 1;
    order[axes + 1] = 0;
    dl_tensor *b = NULL, *w = dl__layer_param(m, "weight", dims, 2 + axes, order);
    if (w && !c->no_bias)
        b = dl__layer_param(m, "bias", &c->out, 1, NULL);
    return dl__ok(ctx) ? dl_init_layer(w, b, c->init) : ctx->status;
}

dl_status dl__conv_layer_forward(dl_module *m, dl__conv_function *op, dl_tensor *const *in,
                                 int32_t n_in, dl_tensor **out, int32_t n_out)
{
    const dl__conv_config *c = dl_module_config(m);
    const dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK)
        return s;
    dl_tensor *w = m->params.item[0].tensor;
    dl_tensor *b = m->params.n > 1 ? m->params.item[1].tensor : NULL;
    return dl__layer_give(m, op(in[0], w, b, &c->conv), out);
}

/* Each of the places of t takes part in a product with all the weights of one of its channels. */
static int64_t products(const dl_module *m, const dl_tensor *t)
{
    const dl_tensor *w = m->params.item[0].tensor;
    int64_t n;
    const int64_t each = w->dims[0] > 0 ? dl__count_of(w) / w->dims[0] : 0;
    return dl__mul_i64(dl__count_of(t), each, &n) ? n : INT64_MAX;
}

int64_t dl__conv_layer_cost(const dl_module *m, dl_tensor *const *in, int32_t n_in,
                            dl_tensor *const *out, int32_t n_out)
{
    (void)in, (void)n_in, (void)n_out;
    return products(m, out[0]);
}

int64_t dl__conv_layer_cost_transposed(const dl_module *m, dl_tensor *const *in, int32_t n_in,
                                       dl_tensor *const *out, int32_t n_out)
{
    (void)out, (void)n_in, (void)n_out;
    return products(m, in[0]);
}

int32_t dl__conv_layer_absorb(dl_module *m, int32_t transposed, dl_tensor *scale, dl_tensor *shift)
{
    dl__conv_config *c = m->config;
    const int64_t groups = c->conv.groups > 0 ? c->conv.groups : 1;
    return dl__layer_absorb(m, groups, transposed, scale, shift, &c->no_bias);
}

int dl__conv_layer_config(dl_ctx *ctx, const char *who, int32_t axes, int64_t in, int64_t out,
                          const int32_t *kernel, const dl_conv_opts *c, const dl_layer_opts *o,
                          dl__conv_config *config)
{
    *config = (dl__conv_config){
        .in = in, .out = out, .no_bias = o ? o->no_bias : 0, .init = o ? o->init : 0};
    if (!dl__ok(ctx) || dl__layer_opts_check(ctx, who, o) != DL_OK)
        return 0;
    if (c)
        config->conv = *c;
    if (kernel)
        memcpy(config->kernel, kernel, (size_t)axes * sizeof *kernel);
    return 1;
}

dl_module *dl__conv_layer_new(dl_ctx *ctx, const dl_module_class *cls, int32_t axes, int64_t in,
                              int64_t out, const int32_t *kernel, const dl_conv_opts *c,
                              const dl_layer_opts *o)
{
    dl__conv_config config;
    return dl__conv_layer_config(ctx, cls->name, axes, in, out, kernel, c, o, &config)
               ? dl_module_new(ctx, cls, &config)
               : NULL;
}
