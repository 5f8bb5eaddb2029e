/* Layers with weights of their own at each place. */
#include <string.h>
#include "core/check.h"
#include "layers/conv.h"
#include "ops/local.h"

typedef struct config {
    dl__conv_config conv;
    int64_t sizes[3];
} config;

#define FIELD(name, member, kind, n)                                                               \
    {                                                                                              \
        name, DL_CONFIG_##kind, (int32_t)offsetof(config, conv.member), n                          \
    }
static const dl_config_field fields[] = {
    DL__CONV_FIELD_LIST(FIELD), {"sizes", DL_CONFIG_I64, (int32_t)offsetof(config, sizes), 3}};

/* The places for the sizes of c; the weight has them behind its axes. */
static dl_status count_places(dl_module *m, const config *c, int32_t axes,
                              int64_t dims[2 + 2 * DL__SPATIAL])
{
    const char *who = m->cls->name;
    int64_t size[DL__SPATIAL] = {1, 1, 1}, places[DL__SPATIAL], last = 0;
    dl__window w;
    for (int32_t k = 0; k < axes; k++) {
        last = c->sizes[k] != 0 ? c->sizes[k] : last;
        if (dl__window_need_size(m->base.ctx, who, last, k) != DL_OK)
            return m->base.ctx->status;
        size[DL__SPATIAL - axes + k] = last;
    }
    if (dl__local_read(m->base.ctx, who, axes, c->conv.kernel, &c->conv.conv, size, &w, places) !=
        DL_OK)
        return m->base.ctx->status;
    memcpy(dims + 2 + axes, places + DL__SPATIAL - axes, (size_t)axes * sizeof *places);
    return DL_OK;
}

/* The weight of place i as that of a convolution, [out, in, kernel..]; of the bias [out]. */
static dl_tensor at_place(const dl_tensor *t, int32_t ndim, int64_t i)
{
    dl_tensor v = dl__tensor_value(t);
    v.ndim = ndim;
    for (int32_t k = t->ndim - 1; k >= ndim; k--) {
        v.offset += i % t->dims[k] * t->strides[k];
        i /= t->dims[k];
    }
    return v;
}

static dl_status fill(dl_tensor *w, dl_tensor *b, int32_t axes, int32_t method)
{
    const int64_t places = dl__is_meta(w) ? 1 : dl__elements(w->dims + 2 + axes, axes);
    const uint64_t fills = w->base.ctx->fills;
    dl_status s = DL_OK;
    for (int64_t i = 0; s == DL_OK && i < places; i++) {
        dl_tensor weight = at_place(w, 2 + axes, i), bias;
        if (b)
            bias = at_place(b, 1, i);
        s = dl_init_layer(&weight, b ? &bias : NULL, method);
    }
    if (s != DL_OK)
        w->base.ctx->fills = fills; /* as if none had begun */
    return s;
}

static dl_status init_of(dl_module *m, const config *c, int32_t axes)
{
    int64_t dims[2 + 2 * DL__SPATIAL];
    int32_t order[2 + 2 * DL__SPATIAL], bias_order[1 + DL__SPATIAL] = {0};
    if (dl__conv_layer_check(m, &c->conv, axes, 0, dims) != DL_OK ||
        count_places(m, c, axes, dims) != DL_OK)
        return m->base.ctx->status;
    for (int32_t k = 0; k < axes; k++) {
        order[k] = 2 + axes + k;
        order[axes + 1 + k] = 2 + k;
        bias_order[k] = 1 + k;
    }
    order[axes] = 1;
    order[2 * axes + 1] = 0;
    bias_order[axes] = 0;
    dl_tensor *b = NULL, *w = dl__layer_param(m, "weight", dims, 2 + 2 * axes, order);
    dims[1 + axes] = dims[0];
    if (w && !c->conv.no_bias)
        b = dl__layer_param(m, "bias", dims + 1 + axes, 1 + axes, bias_order);
    return dl__ok(m->base.ctx) ? fill(w, b, axes, c->conv.init) : m->base.ctx->status;
}

static int64_t cost(const dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor *const *out,
                    int32_t n_out)
{
    int64_t n;
    (void)out, (void)n_in, (void)n_out;
    return dl__mul_i64(in[0]->dims[0], dl__count_of(m->params.item[0].tensor), &n) ? n : INT64_MAX;
}

static dl_module *make(dl_ctx *ctx, const dl_module_class *cls, int32_t axes, int64_t in,
                       int64_t out, const int64_t *sizes, const int32_t *kernel,
                       const dl_conv_opts *c, const dl_layer_opts *o)
{
    config cfg = {.sizes = {0}};
    if (!dl__conv_layer_config(ctx, cls->name, axes, in, out, kernel, c, o, &cfg.conv))
        return NULL;
    if (sizes)
        memcpy(cfg.sizes, sizes, (size_t)axes * sizeof *sizes);
    return dl_module_new(ctx, cls, &cfg);
}

#define LAYER(axes)                                                                                \
    static dl_status init##axes(dl_module *m, const void *p)                                       \
    {                                                                                              \
        return init_of(m, p, axes);                                                                \
    }                                                                                              \
    static dl_status forward##axes(dl_module *m, dl_tensor *const *in, int32_t n_in,               \
                                   dl_tensor **out, int32_t n_out)                                 \
    {                                                                                              \
        return dl__conv_layer_forward(m, dl_local##axes##d, in, n_in, out, n_out);                 \
    }                                                                                              \
    const dl_module_class dl__class_local##axes##d = {                                             \
        .name = "local" #axes "d",                                                                 \
        .config_size = sizeof(config),                                                             \
        .fields = fields,                                                                          \
        .n_fields = sizeof fields / sizeof *fields,                                                \
        .init = init##axes,                                                                        \
        .forward = forward##axes,                                                                  \
        .cost = cost,                                                                              \
    };                                                                                             \
    dl_module *dl_layer_local##axes##d(dl_ctx *ctx, int64_t in, int64_t out, const int64_t *sizes, \
                                       const int32_t *kernel, const dl_conv_opts *c,               \
                                       const dl_layer_opts *o)                                     \
    {                                                                                              \
        return make(ctx, &dl__class_local##axes##d, axes, in, out, sizes, kernel, c, o);           \
    }
LAYER(1)
LAYER(2)
