/* Softmax and what is computed like it, on rows. */
#ifndef DL_KERNELS_SOFTMAX_H
#define DL_KERNELS_SOFTMAX_H
#include "kernels/rows.h"

/* Operands (0 is the result):
 *   softmax                 y, x, x       y = exp(x - max) / sum, a row of -inf gives zeros
 *   log_softmax             y, x, x       y = x - max - log(sum), a row of -inf gives -inf
 *   softmax_backward        dx, dy, y     dx = y (dy - sum(dy y))
 *   log_softmax_backward    dx, dy, y     dx = dy - exp(y) sum(dy)
 *   cross_entropy           see dl__cross_entropy_arg
 *   cross_entropy_backward, cross_entropy_target  likewise
 * */
enum {
    DL__SOFTMAX,
    DL__LOG_SOFTMAX,
    DL__SOFTMAX_BACKWARD,
    DL__LOG_SOFTMAX_BACKWARD,
    DL__CROSS_ENTROPY,
    DL__CROSS_ENTROPY_BACKWARD,
    DL__CROSS_ENTROPY_TARGET,
    DL__SOFTMAX_KERNELS
};
dl__rows_kernel dl__softmax_kernel(int kind, dl_dtype dtype);

/* Cross-entropy of logits x against a target distribution q that is never stored:
 *     labels:         q_c = w_c ((1 - smoothing) [c = label] + smoothing / C at each counted row)
 *     probabilities:  q_c = w_c ((1 - smoothing) t_c + smoothing / C)
 * Operands of the kernels: 0 dx; 1 x; 2 x; 3 the target, labels one for a row; 4 w, the same along
 * every row; 5 numbers of the row: max, log(sum exp(x - max)), sum_c q_c, loss, `real`, with
 * `along` the bytes from one to the next; 6 dy, one for a row. Absent operands are NULL. Forward
 * has no dx and dy (operand 0 is x again) and fills 5; backward gives
 *     dx_c = dy scale (sum(q) softmax(x)_c - q_c), 0 where the label is ignored.
 * cross_entropy_target gives scale q_c. */
typedef struct dl__cross_entropy_arg {
    dl_dtype label; /* the type of labels; DL_F32, DL_F64: probabilities, of the logits' type */
    int32_t ignore_set;
    int64_t ignore_index;
    double smoothing;
    double scale;
} dl__cross_entropy_arg;
/* A label of any integer type. */
static inline int64_t dl__label(const void *p, dl_dtype dtype)
{
    if (dtype == DL_I64)
        return *(const int64_t *)p;
    return dtype == DL_I32 ? *(const int32_t *)p : *(const uint8_t *)p;
}
#endif
