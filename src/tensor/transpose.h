/* Copying between memory orders that are transposes of one another. */
#ifndef DL_TENSOR_TRANSPOSE_H
#define DL_TENSOR_TRANSPOSE_H
#include <stddef.h>
#include "tensor/iterate.h"

/* Copies operand 1 of w to operand 0, elements of size bytes, when operand 0 is dense along the
 * innermost axis and operand 1 along another: row by row that would touch a new cache line with
 * every element. Returns 0, with nothing done, when that is not so. */
int dl__copy_transposed(dl_ctx *ctx, const dl__walk *w, size_t size);
#endif
