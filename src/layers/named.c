/* Layers that feed one another, under names: a sequential. */
#include "layers/layer.h"

dl_module *dl_layer_named(dl_ctx *ctx, const char *const *names, dl_module *const *layers,
                          int32_t n)
{
    if (dl__ok(ctx) && n > 0 && !names)
        dl_fail(ctx, DL_EINVAL, "named: the names of %d layers are NULL", (int)n);
    return dl__layer_container(ctx, &dl__class_sequential, NULL, names, layers, n);
}
