/* dl_group_norm, as a layer. */
#include "layers/norm_opts.h"

typedef struct config {
    int64_t channels;
    int32_t groups;
    dl__norm_config norm;
} config;

static const dl_config_field fields[] = {
    {"channels", DL_CONFIG_I64, offsetof(config, channels), 1},
    {"groups", DL_CONFIG_I32, offsetof(config, groups), 1},
    {"eps", DL_CONFIG_F64, offsetof(config, norm.eps), 1},
    {"no_affine", DL_CONFIG_I32, offsetof(config, norm.no_affine), 1},
    {"no_bias", DL_CONFIG_I32, offsetof(config, norm.no_bias), 1},
};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    dl_ctx *ctx = m->base.ctx;
    if (c->channels < 1 || c->groups < 1 || c->channels % c->groups != 0)
        return dl_fail(ctx, DL_EINVAL,
                       "groupnorm: %d groups of %lld channels, wanted a number that divides them",
                       (int)c->groups, (long long)c->channels);
    dl_status s = dl__norm_config_check(ctx, "groupnorm", &c->norm);
    return s != DL_OK ? s : dl__norm_params(m, &c->norm, &c->channels, 1);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const config *c = m->config;
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK ||
        (s = dl__norm_need_channels(m, in[0], c->channels, 2, DL_MAX_DIMS, "[N, C, ..]")) != DL_OK)
        return s;
    return dl__layer_give(
        m, dl_group_norm(in[0], c->groups, dl__norm_weight(m), dl__norm_bias(m), c->norm.eps), out);
}

const dl_module_class dl__class_groupnorm = {
    .name = "groupnorm",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_groupnorm(dl_ctx *ctx, int32_t groups, int64_t channels, const dl_norm_opts *o)
{
    config c = {.channels = channels, .groups = groups};
    if (dl__norm_config_of(ctx, "groupnorm", o, &c.norm) != DL_OK ||
        !dl__norm_without_stats(ctx, "groupnorm", o))
        return NULL;
    c.norm.momentum = 0;
    return dl_module_new(ctx, &dl__class_groupnorm, &c);
}
