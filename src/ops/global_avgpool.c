/* The mean of each channel: dl_mean over the spatial axes. */
#include "ops/pooling.h"

dl_tensor *dl_global_avgpool(dl_tensor *x)
{
    int32_t axes[DL_MAX_DIMS];
    const int32_t n = dl__pool_spatial(x, "global_avgpool", axes);
    return n > 0 ? dl_mean(x, axes, n, 1) : NULL;
}
