/* Walking several operands of one broadcast shape together. */
#ifndef DL_TENSOR_ITERATE_H
#define DL_TENSOR_ITERATE_H
#include "core/ctx.h"
#include "dl/tensor.h"

enum { DL__OPERANDS = 8 };

/* n_op operands over one shape; steps are in bytes, 0 along broadcast axes. dl__walk_plan orders
 * the axes so that operand 0 is walked as contiguously as its strides allow, and merges axes. */
typedef struct dl__walk {
    int32_t ndim, n_op;
    int64_t dims[DL_MAX_DIMS];
    int64_t steps[DL__OPERANDS][DL_MAX_DIMS];
    char *data[DL__OPERANDS];
} dl__walk;

/* Operand 0 has the full shape; the others broadcast to it, aligned at the last axis. */
void dl__walk_plan(dl__walk *w, const dl_tensor *const *operand, int32_t n_op);

/* A run of n elements: p[i] is operand i's address, step[i] its step in bytes. */
typedef void (*dl__run)(int64_t n, char *const *p, const int64_t *step, const void *arg);

/* Calls run over all elements, each exactly once, in parallel, in pieces cut by shape alone. */
void dl__walk_run(dl_ctx *ctx, const dl__walk *w, dl__run run, const void *arg);
/* The same on the calling thread, in the order of the walk. */
void dl__walk_serial(const dl__walk *w, dl__run run, const void *arg);
#endif
