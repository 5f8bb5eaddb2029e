/* Running sums along rows. */
#ifndef DL_KERNELS_SCAN_H
#define DL_KERNELS_SCAN_H
#include "kernels/rows.h"

/* Operand 0[i] = sum of operand 1[0 .. i], one chain to a row. Operand 1 has type dt, operand 0
 * that type for floats (f32 adds up in double), i64 for integers, which wrap around. */
dl__rows_kernel dl__scan_kernel(dl_dtype dt);
#endif
