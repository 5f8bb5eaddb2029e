/* Convolution without patches: tiles of the micro-kernel over places, whose rows are pointers into
 * x or into copies of a few padded lines. The bits are those of the plain engine. */
#ifndef DL_KERNELS_NATIVE_CONV_H
#define DL_KERNELS_NATIVE_CONV_H
#include "kernels/conv.h"

dl__conv_call dl__native_conv_forward, dl__native_conv_data, dl__native_conv_weight;

/* What the engine does: Winograd's tiles (kernels/native/winograd.h) where they are faster and
 * allowed, else the above. */
dl__conv_call dl__native_choose_forward, dl__native_choose_data, dl__native_choose_weight;
#endif
