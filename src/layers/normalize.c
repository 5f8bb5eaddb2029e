/* (x - mean) / std with constants that are saved with the net. */
#include <math.h>
#include "core/text.h"
#include "layers/layer.h"

typedef struct config {
    int64_t n;
} config;

static const dl_config_field fields[] = {{"n", DL_CONFIG_I64, offsetof(config, n), 1}};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    dl_ctx *ctx = m->base.ctx;
    const dl_dtype dt = ctx->opts.dtype;
    if (c->n < 1)
        return dl_fail(ctx, DL_EINVAL, "normalize: %lld means, wanted at least 1", (long long)c->n);
    if (dl_module_add_buffer(m, "mean", dl_tensor_zeros(ctx, dt, &c->n, 1)))
        dl_module_add_buffer(m, "std", dl_tensor_ones(ctx, dt, &c->n, 1));
    return ctx->status;
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const config *c = m->config;
    int64_t dims[DL_MAX_DIMS] = {c->n, 1, 1, 1, 1, 1, 1, 1};
    char text[192];
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK)
        return s;
    dl_tensor *x = in[0];
    if (c->n > 1 && (x->ndim < 2 || x->dims[1] != c->n))
        return dl_fail(m->base.ctx, DL_ESHAPE,
                       "normalize: the input is %s, wanted %lld along axis 1",
                       dl__shape_text(text, sizeof text, x->dims, x->ndim), (long long)c->n);
    const int32_t ndim = c->n > 1 ? x->ndim - 1 : 0;
    dl_tensor *mean = dl_reshape(m->buffers.item[0].tensor, dims, ndim);
    dl_tensor *std = dl_reshape(m->buffers.item[1].tensor, dims, ndim);
    return dl__layer_give(m, dl_div(dl_sub(x, mean), std), out);
}

const dl_module_class dl__class_normalize = {
    .name = "normalize",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
};

/* v as a tensor of the context's element type holds it. */
static double stored(const dl_ctx *ctx, double v)
{
    return ctx->opts.dtype == DL_F64 ? v : (double)(float)v;
}

static dl_status check(dl_ctx *ctx, const double *mean, const double *std, int64_t n)
{
    char a[DL__NUMBER], b[DL__NUMBER];
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (n > 0 && (!mean || !std))
        return dl_fail(ctx, DL_EINVAL, "normalize: %s is NULL", mean ? "std" : "mean");
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(stored(ctx, mean[i])) || !isfinite(stored(ctx, std[i])) || std[i] < 0)
            return dl_fail(
                ctx, DL_EINVAL,
                "normalize: mean %lld is %s and std %s, wanted finite numbers of type %s, "
                "std at least 0",
                (long long)i, dl__double_text(a, mean[i]), dl__double_text(b, std[i]),
                dl_dtype_name(ctx->opts.dtype));
    return DL_OK;
}

dl_module *dl_layer_normalize(dl_ctx *ctx, const double *mean, const double *std, int64_t n)
{
    if (check(ctx, mean, std, n) != DL_OK)
        return NULL;
    dl_module *m = dl_module_new(ctx, &dl__class_normalize, &(config){n});
    for (int64_t i = 0; m && i < n && !dl__is_meta(m->buffers.item[0].tensor); i++) {
        dl__put_real_at(m->buffers.item[0].tensor, i, mean[i]);
        dl__put_real_at(m->buffers.item[1].tensor, i, stored(ctx, std[i]) == 0 ? 1 : std[i]);
    }
    return m;
}
