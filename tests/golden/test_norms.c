/* Against PyTorch: make_norms.py. */
#include "core/ctx.h"
#include "dl/layers.h"
#include "support/golden.h"

/* x + 4 with its channels side by side in memory. */
static dl_tensor *far_and_last(dl_tensor *x)
{
    const int32_t there[] = {0, 2, 3, 1}, back[] = {0, 3, 1, 2};
    return dl_permute(dl_contiguous(dl_permute(dl_add_scalar(x, 4), there, 4)), back, 4);
}

static dl_tensor *call_group_norm(dl_tensor *const *in, const golden_args *a)
{
    dl_tensor *x = a->n > 1 ? far_and_last(in[0]) : in[0];
    return dl_group_norm(x, GOLDEN_INT(0), in[1], in[2], a->r[0]);
}

GOLDEN(instance_norm, in[0], in[1], in[2], a->r[0])
GOLDEN(rms_norm, in[0], GOLDEN_INT(0), in[1], a->r[0])
GOLDEN(local_response_norm, in[0], GOLDEN_INT(0), a->r[0], a->r[1], a->r[2])

/* in: x, batches that the layer saw in training mode before. */
static dl_tensor *run_instancenorm(dl_tensor *const *in, const golden_args *a,
                                   dl_module *(*make)(dl_ctx *, int64_t, const dl_norm_opts *))
{
    dl_ctx *ctx = dl_tensor_ctx(in[0]);
    const dl_norm_opts o = {.momentum = a->r[0], .affine = 1, .stats = 1};
    ctx->opts.dtype = dl_tensor_dtype(in[0]);
    dl_module *m = make(ctx, dl_tensor_dim(in[0], 1), &o);
    for (int64_t i = 0; i < dl_tensor_dim(in[1], 0); i++)
        dl_module_forward(m, dl_select(in[1], 0, i));
    dl_module_train(m, 0);
    dl_tensor *y = a->k[0] == 0 ? dl_module_forward(m, in[0])
                                : dl_copy(dl_module_buffer(m, a->k[0] == 1 ? 0 : 1));
    dl_module_drop(m);
    return y;
}

#define INSTANCENORM(name)                                                                         \
    static dl_tensor *call_##name(dl_tensor *const *in, const golden_args *a)                      \
    {                                                                                              \
        return run_instancenorm(in, a, dl_layer_##name);                                           \
    }
INSTANCENORM(instancenorm1d)
INSTANCENORM(instancenorm2d)
INSTANCENORM(instancenorm3d)

static const golden_op ops[] = {
    GOLDEN_OP(group_norm),          GOLDEN_OP(instance_norm),  GOLDEN_OP(rms_norm),
    GOLDEN_OP(local_response_norm), GOLDEN_OP(instancenorm1d), GOLDEN_OP(instancenorm2d),
    GOLDEN_OP(instancenorm3d),
};

int main(void)
{
    return golden_main("norms", ops, GOLDEN_LENGTH(ops));
}
