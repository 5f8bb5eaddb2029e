/* Sums of powers over windows as layers. */
#include "layers/pooling.h"

#define LAYER(axes)                                                                                \
    DL__WINDOWS_CLASS(lppool, axes, dl_lppool##axes##d(x, c->p, c->kernel, &o))                    \
    dl_module *dl_layer_lppool##axes##d(dl_ctx *ctx, double p, const int32_t *kernel,              \
                                        const dl_pool_opts *o)                                     \
    {                                                                                              \
        return dl__windows_new(ctx, &dl__class_lppool##axes##d, axes, p, kernel, o);               \
    }
LAYER(1)
LAYER(2)
LAYER(3)
