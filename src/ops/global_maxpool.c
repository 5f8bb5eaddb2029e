/* The largest of each channel: dl_max over the spatial axes. */
#include "ops/pooling.h"

dl_tensor *dl_global_maxpool(dl_tensor *x)
{
    int32_t axes[DL_MAX_DIMS];
    const int32_t n = dl__pool_spatial(x, "global_maxpool", axes);
    return n > 0 ? dl_max(x, axes, n, 1) : NULL;
}
