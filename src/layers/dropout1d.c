/* Dropout of channels of lines. */
#include "layers/dropout.h"

DL__DROPOUT_LAYER(dropout1d, 1)
