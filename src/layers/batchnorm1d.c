/* Batch normalisation of rows [N, C] and lines [N, C, L]. */
#include "layers/norm_opts.h"

DL__CHANNELNORM_LAYER(batchnorm1d, batchnorm, 2, 3, "[N, C] or [N, C, L]")
