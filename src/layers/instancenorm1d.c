/* Instance normalisation of lines [N, C, L]. */
#include "layers/norm_opts.h"

DL__INSTANCENORM_LAYER(instancenorm1d, 3, "[N, C, L]")
