/* Instance normalisation of pictures [N, C, H, W]. */
#include "layers/norm_opts.h"

DL__CHANNELNORM_LAYER(instancenorm2d, instancenorm, 4, 4, "[N, C, H, W]")
