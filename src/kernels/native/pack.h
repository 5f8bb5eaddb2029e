/* Packing: panels of b for the micro-kernel (micro.h), and weights transposed. */
#ifndef DL_KERNELS_NATIVE_PACK_H
#define DL_KERNELS_NATIVE_PACK_H
#include "core/ctx.h"

/* Copies b[k, n] with any strides to `to` [k][width], zeros behind n; width is whole vectors and at
 * least n. Nothing outside of b is read. */
typedef void dl__pack(int64_t k, int64_t n, int64_t width, const void *b, int64_t b_row,
                      int64_t b_col, void *to);
/* The one for dl__isa(); dt is DL_F32 or DL_F64. */
dl__pack *dl__pack_of(dl_dtype dt);
#endif
