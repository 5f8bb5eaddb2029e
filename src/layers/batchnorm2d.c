/* Batch normalisation of pictures [N, C, H, W]. */
#include "layers/norm_opts.h"

DL__CHANNELNORM_LAYER(batchnorm2d, batchnorm, 4, 4, "[N, C, H, W]")
