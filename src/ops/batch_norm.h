/* What batch normalisation, and batch normalisation with ReLU after it, share. The latter's calls
 * have one operand more, the last one: what is added to the result before ReLU, or NULL. */
#ifndef DL_OPS_BATCH_NORM_H
#define DL_OPS_BATCH_NORM_H
#include "ops/norm.h"

/* ---- with ReLU: max(batch_norm(x) + skip, 0), where skip may be NULL ----
 * Results and gradients are those of dl_batch_norm, dl_add and dl_relu, to the bit; memory between
 * them is not needed. skip has the shape and type of x (DL_ESHAPE, DL_EDTYPE). */
dl_tensor *dl__batch_norm_relu(dl_tensor *x, dl_tensor *weight, dl_tensor *bias, dl_tensor *skip,
                               double eps, dl_tensor **mean, dl_tensor **var);
dl_tensor *dl__batch_norm_eval_relu(dl_tensor *x, dl_tensor *weight, dl_tensor *bias,
                                    dl_tensor *mean, dl_tensor *var, dl_tensor *skip, double eps);

/* ---- with the statistics of the batch; in: x, weight, bias, .. ---- */
dl_status dl__batch_norm_infer(const dl_call *c, dl_spec *out);
dl_status dl__batch_norm_forward(const dl_call *c);
/* dx[0], dx[1], dx[2] from dy, the gradients of y, mean and var. */
dl_status dl__batch_norm_gradients(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);
/* What their gradient to mean and var (dy[1], dy[2]) adds to dx of x, which may be NULL. */
dl_tensor *dl__batch_norm_statistics_gradient(const dl_call *c, dl_tensor *const *dy,
                                              dl_tensor *dx);
/* In a backward operation, of dy, x, weight, numbers, ..: dw and db, results 1 and 2, from the two
 * sums of DL__PLANES_BACKWARD, and num, the rows of dl__planes_map for dx. */
void dl__batch_norm_backward_numbers(const dl_call *c, const double *sum, double *num);
/* Applies op, one with these operands and results; mean and var may be NULL. */
dl_tensor *dl__batch_norm_apply(const dl_op *op, dl_tensor *const *in, int32_t n_in, double eps,
                                dl_tensor **mean, dl_tensor **var);

/* ---- with given statistics; in: x, mean, var, weight, bias, .. ---- */
dl_status dl__batch_norm_eval_infer(const dl_call *c, dl_spec *out);
dl_status dl__batch_norm_eval_forward(const dl_call *c);
dl_status dl__batch_norm_eval_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);

/* ---- the operand for ReLU ---- */
/* The map of a forward: operand i, if the call has so many, is what is added before ReLU. */
dl_status dl__batch_norm_kind(dl__norm_planes *p, const dl_call *c, int32_t i, int *kind);
#endif
