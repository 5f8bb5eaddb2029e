/* Dropout of channels of volumes. */
#include "layers/dropout.h"

DL__DROPOUT_LAYER(dropout3d, 3)
