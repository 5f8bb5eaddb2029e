/* A fully connected layer. */
#include "core/check.h"
#include "core/text.h"
#include "layers/layer.h"

typedef struct config {
    int64_t in, out;
    int32_t no_bias, init;
    int32_t folded; /* 1: a map of channels, axis 1, which is the last only of [N, out] */
} config;

static const dl_config_field fields[] = {
    {"in", DL_CONFIG_I64, offsetof(config, in), 1},
    {"out", DL_CONFIG_I64, offsetof(config, out), 1},
    {"no_bias", DL_CONFIG_I32, offsetof(config, no_bias), 1},
    {"init", DL_CONFIG_I32, offsetof(config, init), 1},
    {"folded", DL_CONFIG_I32, offsetof(config, folded), 1},
};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    dl_ctx *ctx = dl_module_ctx(m);
    const dl_layer_opts o = {.no_bias = c->no_bias, .init = c->init};
    if (c->in < 1 || c->out < 1)
        return dl_fail(ctx, DL_EINVAL, "dense: %lld inputs and %lld outputs, wanted at least 1",
                       (long long)c->in, (long long)c->out);
    if (dl__layer_opts_check(ctx, "dense", &o) != DL_OK)
        return DL_EINVAL;
    if (c->folded != 0 && c->folded != 1)
        return dl_fail(ctx, DL_EINVAL, "dense: folded is %d, wanted 0 or 1", (int)c->folded);
    const int64_t dims[2] = {c->out, c->in};
    /* [in][out] in memory: forward then reads weights along its output. */
    const int32_t order[2] = {1, 0};
    dl_tensor *b = NULL, *w = dl__layer_param(m, "weight", dims, 2, order);
    if (w && !c->no_bias)
        b = dl__layer_param(m, "bias", dims, 1, NULL);
    return dl__ok(ctx) ? dl_init_layer(w, b, c->init) : ctx->status;
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK)
        return s;
    char text[128];
    const config *c = m->config;
    if (c->folded && in[0]->ndim != 2)
        return dl_fail(m->base.ctx, DL_ESHAPE,
                       "dense: the input is %s, wanted [N, %lld], because a normalization is "
                       "folded into the weights",
                       dl__shape_text(text, sizeof text, in[0]->dims, in[0]->ndim),
                       (long long)c->in);
    dl_tensor *w = m->params.item[0].tensor;
    dl_tensor *b = m->params.n > 1 ? m->params.item[1].tensor : NULL;
    return dl__layer_give(m, dl_linear(in[0], w, b), out);
}

static int64_t cost(const dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor *const *out,
                    int32_t n_out)
{
    const config *c = dl_module_config(m);
    int64_t n;
    (void)in, (void)n_in, (void)n_out;
    return dl__mul_i64(dl_tensor_count(out[0]), c->in, &n) ? n : INT64_MAX;
}

static int32_t absorb(dl_module *m, dl_tensor *scale, dl_tensor *shift)
{
    config *c = m->config;
    const int32_t done = dl__layer_absorb(m, 1, 0, scale, shift, &c->no_bias);
    if (done == 1)
        c->folded = 1;
    return done;
}

const dl_module_class dl__class_dense = {
    .name = "dense",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
    .cost = cost,
    .absorb = absorb,
};

dl_module *dl_layer_dense(dl_ctx *ctx, int64_t in, int64_t out, const dl_layer_opts *o)
{
    if (!dl__ok(ctx) || dl__layer_opts_check(ctx, "dense", o) != DL_OK)
        return NULL;
    const config c = {in, out, o ? o->no_bias : 0, o ? o->init : 0, 0};
    return dl_module_new(ctx, &dl__class_dense, &c);
}
