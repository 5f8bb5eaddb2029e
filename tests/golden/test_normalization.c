/* Against PyTorch: make_normalization.py. */
#include "core/ctx.h"
#include "dl/layers.h"
#include "support/golden.h"

static dl_tensor *along(dl_tensor *t, const dl_tensor *x)
{
    const int64_t dims[8] = {x->dims[1], 1, 1, 1, 1, 1, 1, 1};
    return dl_reshape(t, dims, x->ndim - 1);
}

static dl_tensor *call_batch_norm(dl_tensor *const *in, const golden_args *a)
{
    dl_tensor *mean, *var;
    dl_tensor *y = dl_batch_norm(in[0], in[1], in[2], a->r[0], &mean, &var);
    return a->k[0] ? dl_add(y, dl_add(along(mean, in[0]), along(var, in[0]))) : y;
}

GOLDEN(batch_norm_eval, in[0], in[3], in[4], in[1], in[2], a->r[0])
GOLDEN(layer_norm, in[0], GOLDEN_INT(0), in[1], in[2], a->r[0])

/* in: x, batches that the layer saw in training mode before. */
static dl_tensor *run_batchnorm(dl_tensor *const *in, const golden_args *a,
                                dl_module *(*make)(dl_ctx *, int64_t, const dl_norm_opts *))
{
    dl_ctx *ctx = dl_tensor_ctx(in[0]);
    const dl_norm_opts o = {.momentum = a->r[0], .cumulative = GOLDEN_INT(1)};
    ctx->opts.dtype = dl_tensor_dtype(in[0]);
    dl_module *m = make(ctx, dl_tensor_dim(in[0], 1), &o);
    for (int64_t i = 0; i < dl_tensor_dim(in[1], 0); i++)
        dl_module_forward(m, dl_select(in[1], 0, i));
    assert_true(dl_tensor_item(dl_module_tensor(m, "num_batches_tracked")) == 3);
    dl_module_train(m, 0);
    dl_tensor *y = a->k[0] == 0 ? dl_module_forward(m, in[0])
                                : dl_copy(dl_module_buffer(m, a->k[0] == 1 ? 0 : 1));
    dl_module_drop(m);
    return y;
}

#define BATCHNORM(name)                                                                            \
    static dl_tensor *call_##name(dl_tensor *const *in, const golden_args *a)                      \
    {                                                                                              \
        return run_batchnorm(in, a, dl_layer_##name);                                              \
    }
BATCHNORM(batchnorm1d)
BATCHNORM(batchnorm2d)
BATCHNORM(batchnorm3d)

static const golden_op ops[] = {GOLDEN_OP(batch_norm),  GOLDEN_OP(batch_norm_eval),
                                GOLDEN_OP(layer_norm),  GOLDEN_OP(batchnorm1d),
                                GOLDEN_OP(batchnorm2d), GOLDEN_OP(batchnorm3d)};

int main(void)
{
    return golden_main("normalization", ops, GOLDEN_LENGTH(ops));
}
