/* Reductions over axes of tensors. */
#ifndef DL_TENSOR_REDUCE_H
#define DL_TENSOR_REDUCE_H
#include "kernels/reduce.h"
#include "tensor/tensor.h"

/* y = op (DL__SUM ...) of x over the axes of the bits of mask. y has the axes of x, those of mask
 * with size 1 or left out; its memory is not x's, its type is dl__reduce_dtype's. For DL__ARGMAX
 * and DL__ARGMIN one axis at most. DL_ENOMEM or DL_ELIMIT if a step between needed memory. Bits
 * depend on shape and strides, not on threads. */
dl_status dl__reduce_axes(int32_t op, const dl_tensor *x, uint32_t mask, dl_tensor *y);
#endif
