/* Dropout of elements. */
#include "layers/dropout.h"

DL__DROPOUT_LAYER(dropout, 0)
