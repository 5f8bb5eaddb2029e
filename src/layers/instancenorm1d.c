/* Instance normalisation of lines [N, C, L]. */
#include "layers/norm_opts.h"

DL__CHANNELNORM_LAYER(instancenorm1d, instancenorm, 3, 3, "[N, C, L]")
