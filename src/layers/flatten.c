/* All axes but the first become one. */
#include "layers/layer.h"

static dl_tensor *flatten(dl_tensor *x)
{
    return dl_flatten(x, 1, -1);
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s == DL_OK && dl_tensor_ndim(in[0]) < 2)
        return dl_fail(dl_module_ctx(m), DL_ESHAPE,
                       "flatten: the input has %d axes, wanted the batch and at least one more",
                       (int)dl_tensor_ndim(in[0]));
    return s != DL_OK ? s : dl__layer_unary(m, flatten, in, n_in, out, n_out);
}

const dl_module_class dl__class_flatten = {.name = "flatten", .forward = forward};

dl_module *dl_layer_flatten(dl_ctx *ctx)
{
    return dl_module_new(ctx, &dl__class_flatten, NULL);
}
