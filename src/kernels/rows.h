/* Kernels that treat each row of an array on its own: softmax and what is like it. A row runs along
 * one axis of any stride; several operands are walked together. */
#ifndef DL_KERNELS_ROWS_H
#define DL_KERNELS_ROWS_H
#include <stdint.h>
#include "dl/ctx.h"
#include "core/ctx.h"

enum { DL__ROWS_OPERANDS = 8, DL__ROWS_DIMS = 8 };

/* m rows of n elements, side by side. p[k] is element 0 of row 0 of operand k; steps in bytes, 0
 * where the operand has one element for all. */
typedef struct dl__rows {
    int64_t n, m;
    char *p[DL__ROWS_OPERANDS];
    int64_t along[DL__ROWS_OPERANDS], across[DL__ROWS_OPERANDS];
} dl__rows;
typedef void (*dl__rows_kernel)(const dl__rows *r, const void *arg);

/* All rows along one axis of a shape. */
typedef struct dl__rows_plan {
    int64_t n;
    int32_t ndim, n_op; /* axes across the rows; operands */
    int64_t dims[DL__ROWS_DIMS];
    char *data[DL__ROWS_OPERANDS];
    int64_t along[DL__ROWS_OPERANDS], steps[DL__ROWS_OPERANDS][DL__ROWS_DIMS];
} dl__rows_plan;

void dl__rows_begin(dl__rows_plan *plan, const int64_t *dims, int32_t ndim, int32_t axis);
/* The next operand, of the whole shape; strides in elements of size bytes. */
void dl__rows_add(dl__rows_plan *plan, void *data, const int64_t *strides, size_t size,
                  int32_t axis);
/* The next operand, of the shape without the axis: one element for a row. */
void dl__rows_add_one(dl__rows_plan *plan, void *data, const int64_t *strides, size_t size);
/* The next operand, the same along every row; stride in elements. */
void dl__rows_add_same(dl__rows_plan *plan, void *data, int64_t stride, size_t size);

/* Runs kernel over all rows, in parallel, cut by shape alone. Operand 1 decides the order. */
void dl__rows_run(dl_ctx *ctx, dl__rows_plan *plan, dl__rows_kernel kernel, const void *arg);
#endif
