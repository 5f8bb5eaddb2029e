/* Batch normalisation: what the layers for lines, pictures and volumes share. */
#include "dl/grad.h"
#include "layers/norm_opts.h"
#include "ops/batch_norm.h"

#define FIELD(name, kind)                                                                          \
    {                                                                                              \
#name, DL_CONFIG_##kind, (int32_t)offsetof(dl__batchnorm_config, norm.name), 1             \
    }
const dl_config_field dl__batchnorm_fields[DL__BATCHNORM_FIELDS] = {
    {"channels", DL_CONFIG_I64, offsetof(dl__batchnorm_config, channels), 1},
    FIELD(eps, F64),
    FIELD(momentum, F64),
    FIELD(no_affine, I32),
    FIELD(no_bias, I32),
    FIELD(no_stats, I32),
    FIELD(cumulative, I32),
    {"folded", DL_CONFIG_I32, offsetof(dl__batchnorm_config, folded), 1},
};

enum { MEAN, VAR, COUNT }; /* the buffers */

dl_status dl__batchnorm_init(dl_module *m, const void *config)
{
    const dl__batchnorm_config *c = config;
    dl_ctx *ctx = m->base.ctx;
    const dl_dtype dt = ctx->opts.dtype;
    if (c->channels < 1)
        return dl_fail(ctx, DL_EINVAL, "%s: %lld channels, wanted at least 1", m->cls->name,
                       (long long)c->channels);
    if (c->folded != 0 && c->folded != 1)
        return dl_fail(ctx, DL_EINVAL, "%s: folded is %d, wanted 0 or 1", m->cls->name,
                       (int)c->folded);
    if (dl__norm_config_check(ctx, m->cls->name, &c->norm) != DL_OK || c->folded ||
        dl__norm_params(m, &c->norm, &c->channels, 1) != DL_OK || c->norm.no_stats)
        return ctx->status;
    if (dl_module_add_buffer(m, "running_mean", dl_tensor_zeros(ctx, dt, &c->channels, 1)) &&
        dl_module_add_buffer(m, "running_var", dl_tensor_ones(ctx, dt, &c->channels, 1)))
        dl_module_add_buffer(m, "num_batches_tracked", dl_tensor_zeros(ctx, DL_I64, NULL, 0));
    return ctx->status;
}

/* buffer = (1 - share) buffer + share * scale * value, from what it will be. */
static void move(dl_module *m, int32_t which, double share, dl_tensor *value, double scale)
{
    dl_tensor *buffer = m->buffers.item[which].tensor;
    dl_tensor *old = dl_scale(dl_module_next_buffer(m, buffer), 1 - share);
    dl_module_update_buffer(m, buffer, dl_add(old, dl_scale(value, share * scale)));
}

void dl__batchnorm_track(dl_module *m, dl_tensor *mean, dl_tensor *var, int64_t n)
{
    const dl__norm_config *c = &((const dl__batchnorm_config *)m->config)->norm;
    dl_ctx *ctx = m->base.ctx;
    dl_tensor *count = m->buffers.item[COUNT].tensor;
    if (!dl__ok(ctx) || m->shared || ctx->replaying || dl__is_meta(count) || dl__is_meta(mean))
        return;
    const int32_t recording = dl_grad_enable(ctx, 0);
    const int64_t seen = *(const int64_t *)(const void *)dl__data(dl_module_next_buffer(m, count));
    const double share = c->cumulative ? 1 / (double)(seen + 1) : c->momentum;
    dl_tensor *next = dl_tensor_give(dl_tensor_full(ctx, DL_I64, (double)(seen + 1), NULL, 0));
    if (next)
        dl_module_update_buffer(m, count, next);
    move(m, MEAN, share, mean, 1);
    move(m, VAR, share, var, (double)n / (double)(n - 1));
    dl_grad_enable(ctx, recording);
}

dl_tensor *dl__batchnorm_eval(const dl_module *m, dl_tensor *x)
{
    const dl__batchnorm_config *c = m->config;
    if (c->folded)
        return x;
    return dl_batch_norm_eval(x, dl__norm_weight(m), dl__norm_bias(m), m->buffers.item[MEAN].tensor,
                              m->buffers.item[VAR].tensor, c->norm.eps);
}

/* With the statistics of x, which go into the running ones; then, with relu, max(y + skip, 0). */
static dl_tensor *normalise(dl_module *m, dl_tensor *x, int relu, dl_tensor *skip)
{
    const dl__batchnorm_config *c = m->config;
    dl_tensor *w = dl__norm_weight(m), *b = dl__norm_bias(m), *mean = NULL, *var = NULL;
    const int tracks = !c->norm.no_stats;
    dl_tensor **to_mean = tracks ? &mean : NULL, **to_var = tracks ? &var : NULL;
    dl_tensor *y = relu ? dl__batch_norm_relu(x, w, b, skip, c->norm.eps, to_mean, to_var)
                        : dl_batch_norm(x, w, b, c->norm.eps, to_mean, to_var);
    if (y && tracks)
        dl__batchnorm_track(m, mean, var, dl__elements(x->dims, x->ndim) / c->channels);
    return y;
}

dl_status dl__batchnorm_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                                int32_t n_out, int32_t least, int32_t most, const char *wanted)
{
    const dl__batchnorm_config *c = m->config;
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK ||
        (s = dl__norm_need_channels(m, in[0], c->channels, least, most, wanted)) != DL_OK)
        return s;
    if (c->folded || (!c->norm.no_stats && !m->training))
        return dl__layer_give(m, dl__batchnorm_eval(m, in[0]), out);
    return dl__layer_give(m, normalise(m, in[0], 0, NULL), out);
}

dl_status dl__batchnorm_relu(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                             int32_t n_out)
{
    const dl__batchnorm_config *c = m->config;
    (void)n_in, (void)n_out;
    if (c->norm.no_stats || m->training)
        return dl__layer_give(m, normalise(m, in[0], 1, in[1]), out);
    return dl__layer_give(m,
                          dl__batch_norm_eval_relu(in[0], dl__norm_weight(m), dl__norm_bias(m),
                                                   m->buffers.item[MEAN].tensor,
                                                   m->buffers.item[VAR].tensor, in[1], c->norm.eps),
                          out);
}

/* t in f64. */
static dl_tensor *wide(dl_tensor *t)
{
    return dl_cast(t, DL_F64);
}

/* 1 when what before gives, with as many axes as its weight, is what the norm takes. A dense layer
 * gives more axes, too, but then its weights are along the last one. */
static int gives_axes(const dl_module *before, int32_t least, int32_t most)
{
    const dl_tensor *w = before->params.n > 0 ? before->params.item[0].tensor : NULL;
    return w && w->ndim >= least && w->ndim <= most;
}

/* y = (x - mean) / sqrt(var + eps) weight + bias */
int32_t dl__batchnorm_fold(dl_module *m, dl_module *before, int32_t least, int32_t most)
{
    dl__batchnorm_config *c = m->config;
    if (c->folded || c->norm.no_stats || !gives_axes(before, least, most))
        return 0;
    dl_tensor *w = dl__norm_weight(m), *b = dl__norm_bias(m);
    dl_tensor *mean = wide(m->buffers.item[MEAN].tensor);
    dl_tensor *scale = dl_sqrt(dl_add_scalar(wide(m->buffers.item[VAR].tensor), c->norm.eps));
    scale = w ? dl_div(wide(w), scale) : dl_reciprocal(scale);
    dl_tensor *shift = dl_neg(dl_mul(mean, scale));
    const int32_t done = dl_module_absorb(before, scale, b ? dl_add(shift, wide(b)) : shift);
    if (done != 1)
        return done;
    c->folded = 1;
    dl_status s = dl__module_retire(m, &m->params);
    if (s == DL_OK)
        s = dl__module_retire(m, &m->buffers);
    return s == DL_OK ? 1 : s;
}

dl_module *dl__batchnorm_new(dl_ctx *ctx, const dl_module_class *cls, int64_t channels,
                             const dl_norm_opts *o)
{
    dl__batchnorm_config c = {.channels = channels};
    if (dl__norm_config_of(ctx, cls->name, o, &c.norm) != DL_OK)
        return NULL;
    return dl_module_new(ctx, cls, &c);
}
