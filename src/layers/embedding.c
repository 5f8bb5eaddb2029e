/* Rows of a table, chosen by integers. */
#include <string.h>
#include "dl/grad.h"
#include "layers/layer.h"

typedef struct config {
    int64_t n, dim, padding;
    int32_t padding_set, init;
} config;

static const dl_config_field fields[] = {
    {"n", DL_CONFIG_I64, offsetof(config, n), 1},
    {"dim", DL_CONFIG_I64, offsetof(config, dim), 1},
    {"padding", DL_CONFIG_I64, offsetof(config, padding), 1},
    {"padding_set", DL_CONFIG_I32, offsetof(config, padding_set), 1},
    {"init", DL_CONFIG_I32, offsetof(config, init), 1},
};

static dl_status check(dl_ctx *ctx, const config *c)
{
    const dl_layer_opts o = {.init = c->init};
    if (c->n < 1 || c->dim < 1)
        return dl_fail(ctx, DL_EINVAL, "embedding: %lld rows of %lld, wanted at least 1",
                       (long long)c->n, (long long)c->dim);
    if (c->padding_set != 0 && c->padding_set != 1)
        return dl_fail(ctx, DL_EINVAL, "embedding: padding_set is %d, wanted 0 or 1",
                       (int)c->padding_set);
    if (c->padding_set && (c->padding < 0 || c->padding >= c->n))
        return dl_fail(ctx, DL_EINVAL, "embedding: padding_index is %lld, wanted 0 to %lld",
                       (long long)c->padding, (long long)c->n - 1);
    return dl__layer_opts_check(ctx, "embedding", &o);
}

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    const int64_t dims[2] = {c->n, c->dim};
    dl_ctx *ctx = m->base.ctx;
    if (check(ctx, c) != DL_OK)
        return ctx->status;
    dl_tensor *w = dl__layer_param(m, "weight", dims, 2, NULL);
    if (!w || (c->init ? dl_init_layer(w, NULL, c->init) : dl_init_normal(w, 0, 1)) != DL_OK)
        return ctx->status;
    if (c->padding_set && !dl__is_meta(w)) {
        const size_t row = (size_t)c->dim * dl_dtype_size(w->dtype);
        memset(dl__data(w) + (size_t)c->padding * row, 0, row);
    }
    return DL_OK;
}

/* y, which holds the rows of index, without a gradient where index is the padding. */
static dl_tensor *hide_padding(dl_tensor *y, dl_tensor *index, int64_t padding)
{
    if ((index->dtype == DL_U8 && padding > UINT8_MAX) ||
        (index->dtype == DL_I32 && padding > INT32_MAX))
        return y;
    dl_tensor *at = dl_tensor_full(y->base.ctx, index->dtype, (double)padding, NULL, 0);
    dl_tensor *is = dl_eq(index, dl_tensor_give(at));
    return dl_where(is ? dl_unsqueeze(is, -1) : NULL, dl_detach(y), y);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const config *c = m->config;
    dl_ctx *ctx = m->base.ctx;
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK)
        return s;
    dl_tensor *x = in[0];
    if (x->ndim == DL_MAX_DIMS)
        return dl_fail(ctx, DL_ELIMIT, "embedding: the input has %d axes, wanted at most %d",
                       DL_MAX_DIMS, DL_MAX_DIMS - 1);
    int64_t dims[DL_MAX_DIMS];
    memcpy(dims, x->dims, sizeof dims);
    dims[x->ndim] = c->dim;
    const int64_t count = dl_tensor_count(x);
    dl_tensor *y = dl_index_select(m->params.item[0].tensor, 0, dl_reshape(x, &count, 1));
    y = dl_reshape(y, dims, x->ndim + 1);
    if (y && c->padding_set)
        y = hide_padding(y, x, c->padding);
    return dl__layer_give(m, y, out);
}

const dl_module_class dl__class_embedding = {
    .name = "embedding",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_embedding(dl_ctx *ctx, int64_t n, int64_t dim, const dl_embedding_opts *o)
{
    static const dl_embedding_opts defaults;
    if (!dl__ok(ctx))
        return NULL;
    o = o ? o : &defaults;
    if (DL__RESERVED(ctx, "embedding", o) != DL_OK)
        return NULL;
    const config c = {n, dim, o->padding_set ? o->padding_index : 0, o->padding_set, o->init};
    return dl_module_new(ctx, &dl__class_embedding, &c);
}
