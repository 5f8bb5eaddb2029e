/* Instance normalisation of pictures [N, C, H, W]. */
#include "layers/norm_opts.h"

DL__INSTANCENORM_LAYER(instancenorm2d, 4, "[N, C, H, W]")
