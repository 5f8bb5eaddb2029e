/* dl/plan.h: how much memory a net will need, before anything runs. */
#ifndef DL_PLAN_H
#define DL_PLAN_H
#include "dl/module.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct dl_plan_opts {
    dl_dtype dtype;      /* of the input; 0: that of m's first parameter, f32 if it has none */
    int64_t reserved[7]; /* must be zero                                                     */
} dl_plan_opts;

/* Bytes: of elements, and peaks as the context's allocator counts them (dl_ctx_bytes), with all
 * that keeps book of tensors and the record. */
typedef struct dl_plan_bytes {
    int64_t parameters, buffers, input; /* elements                                            */
    int64_t gradients;                  /* elements of those of tracked parameters             */
    int64_t activations; /* what forward in training mode leaves for backward, and its result  */
    int64_t train_peak;  /* most at a time in a training step: parameters, buffers, gradients, the
                            input, activations, gradients on their way; 0: nothing is trained  */
    int64_t infer_peak;  /* the same of a forward in evaluation mode without recording         */
    int64_t scratch;     /* what engines may take besides in one operation: an estimate from
                            above, by the largest one                                          */
    int64_t reserved[8];
} dl_plan_bytes;

/* What m needs for an input of this shape. Nothing is computed: a copy of m without data runs
 * forward and, with the sum of its result as the loss, backward, and every tensor is counted as if
 * it had its memory. So the peaks are those of the context, but for scratch; that of training is of
 * a step for which gradients have their memory already. The state of an optimizer comes on top, an
 * array of the size of the gradients for momentum, two for Adam; and what a loss takes. DL_ESTATE:
 * a module runs; else failures are those of dl_module_call. On failure *out is zero. */
DL_API dl_status dl_plan(dl_module *m, const int64_t *shape, int32_t ndim, const dl_plan_opts *o,
                         dl_plan_bytes *out);
/* The plan as a text, a line for each number. Writes it with a final NUL, cut to cap bytes; buf may
 * be NULL when cap is 0. Returns the length of the whole text without its NUL, negative on
 * failure. */
DL_API int64_t dl_plan_text(dl_module *m, const int64_t *shape, int32_t ndim, const dl_plan_opts *o,
                            char *buf, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
