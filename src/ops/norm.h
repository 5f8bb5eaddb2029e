/* What batch_norm and layer_norm share. With xhat = (x - mean) / sqrt(var + eps), mean and var over
 * the n elements of a group, and P(v) = v - mean(v) - xhat mean(v xhat), groupwise:
 *     y = xhat w + b,  dx = P(w dy) / sqrt(var + eps),  dw = sum(dy xhat),  db = sum(dy). */
#ifndef DL_OPS_NORM_H
#define DL_OPS_NORM_H
#include "autograd/autograd.h"
#include "kernels/planes.h"
#include "ops/shape.h"

typedef struct dl__norm_attrs {
    double eps;
    int32_t axes;    /* layer norm: how many last axes are a group; 0: batch norm, by channel */
    int32_t want_dx; /* of backward: 0 leaves the gradient of x out                          */
} dl__norm_attrs;

#define DL__NORM_ATTRS                                                                             \
    {                                                                                              \
        DL__ATTR(dl__norm_attrs, eps, F64, 1), DL__ATTR(dl__norm_attrs, axes, I32, 1),             \
            DL__ATTR(dl__norm_attrs, want_dx, I32, 1)                                              \
    }
extern const dl_attr dl__norm_attr_list[3];

/* ---- checks ---- */
/* 1 when eps is a number that can be added to a variance; else 0 with an error. */
int dl__norm_eps(dl_ctx *ctx, const char *who, double eps);
/* DL_ESHAPE, DL_EDTYPE unless in[i], which may be NULL, has the shape of the weight for x = in[0]
 * (what: its name in messages). */
dl_status dl__norm_need_weight(const dl_call *c, int32_t i, const char *what, int32_t axes);

/* ---- tensors as planes ---- */
/* Operands of a call as planes; copies of those that do not lie as the kernels want. */
typedef struct dl__norm_planes {
    dl__planes v;
    dl_ctx *ctx;
    dl_dtype dtype;
    int32_t ndim, first, last;  /* axes first .. last - 1 of order are the channels */
    int32_t order[DL_MAX_DIMS]; /* of the axes of x, as they are walked             */
    int32_t swapped;            /* outer and inner, because inner was 1             */
    int64_t dims[3];
    dl_tensor *own[DL__PLANES];
    dl_tensor *result; /* that own[0] stands for */
} dl__norm_planes;
/* Planes of x, operand 1: axes first .. last - 1 are the channels (free_order: the others may be
 * walked as memory has them, and channels may lie side by side). DL_ENOMEM. End with
 * dl__norm_planes_end, also when it failed. */
dl_status dl__norm_planes_begin(dl__norm_planes *p, dl_tensor *x, int32_t first, int32_t last,
                                int free_order);
/* Another operand of that shape. */
dl_status dl__norm_planes_add(dl__norm_planes *p, int k, dl_tensor *t);
/* Operand 0, to be written. */
dl_status dl__norm_planes_result(dl__norm_planes *p, dl_tensor *t);
/* Copies the result to its place if that is somewhere else, and gives up the copies. */
void dl__norm_planes_end(dl__norm_planes *p);
/* mean[c], then 1 / sqrt(var + eps) of each channel of operand 1, into numbers; var[c] into var
 * where it is not NULL. */
dl_status dl__norm_statistics(const dl__norm_planes *p, double eps, double *numbers, double *var);

/* ---- gradients ---- */
/* Runs op, a backward operation, on dy, x, weight, numbers: grads are dx, dw, db. */
dl_status dl__norm_backward(const dl_op *op, const dl_call *c, dl_tensor *dy, dl_tensor *numbers,
                            dl_tensor **grads);
/* infer and backward of a backward operation. */
dl_status dl__norm_backward_infer(const dl_call *c, dl_spec *out);
dl_status dl__norm_backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx);
/* A weight of x's as a view that broadcasts to x. */
dl_tensor *dl__norm_spread(dl_tensor *w, const dl_tensor *x, int32_t axes);
/* t, shaped like x, summed to the shape of the weight. */
dl_tensor *dl__norm_gather(dl_tensor *t, int32_t axes);
#endif
