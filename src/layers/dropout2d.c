/* Dropout of channels of pictures. */
#include "layers/dropout.h"

DL__DROPOUT_LAYER(dropout2d, 2)
