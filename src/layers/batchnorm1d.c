/* Batch normalisation of rows [N, C] and lines [N, C, L]. */
#include "layers/norm_opts.h"

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    return dl__batchnorm_forward(m, in, n_in, out, n_out, 2, 3, "[N, C] or [N, C, L]");
}

const dl_module_class dl__class_batchnorm1d = {
    .name = "batchnorm1d",
    .config_size = sizeof(dl__batchnorm_config),
    .fields = dl__batchnorm_fields,
    .n_fields = DL__BATCHNORM_FIELDS,
    .init = dl__batchnorm_init,
    .forward = forward,
    .fold = dl__batchnorm_fold,
};

dl_module *dl_layer_batchnorm1d(dl_ctx *ctx, int64_t channels, const dl_norm_opts *o)
{
    return dl__batchnorm_new(ctx, &dl__class_batchnorm1d, channels, o);
}
