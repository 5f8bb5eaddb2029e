/* Sorting rows, stably. A NaN is greater than all numbers, -0 equals 0. */
#ifndef DL_KERNELS_SORT_H
#define DL_KERNELS_SORT_H
#include "kernels/rows.h"

/* The first k in order, ascending or descending, of each row of plan, with equal elements in the
 * order of their indices. Operands of plan: the values out (k to a row), x of type dt (n to a row),
 * the indices out, i64 (k to a row). k <= n. O(n log n); for small k, O(n) for most data. DL_ENOMEM
 * or DL_ELIMIT when there is no scratch memory, nothing is written then; DL_EDTYPE. */
dl_status dl__sort(dl_ctx *ctx, const dl__rows_plan *plan, dl_dtype dt, int descending, int64_t k);
#endif
