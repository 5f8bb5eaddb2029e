/* Instance normalisation of volumes [N, C, D, H, W]. */
#include "layers/norm_opts.h"

DL__INSTANCENORM_LAYER(instancenorm3d, 5, "[N, C, D, H, W]")
