/* max(x, 0), as a layer. */
#include "layers/layer.h"

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    return dl__layer_unary(m, dl_relu, in, n_in, out, n_out);
}

const dl_module_class dl__class_relu = {.name = "relu", .forward = forward};

dl_module *dl_layer_relu(dl_ctx *ctx)
{
    return dl_module_new(ctx, &dl__class_relu, NULL);
}
