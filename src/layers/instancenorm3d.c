/* Instance normalisation of volumes [N, C, D, H, W]. */
#include "layers/norm_opts.h"

DL__CHANNELNORM_LAYER(instancenorm3d, instancenorm, 5, 5, "[N, C, D, H, W]")
