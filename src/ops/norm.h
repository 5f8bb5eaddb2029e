/* What batch, layer, RMS, group and instance norm share. With xhat = (x - mean) / sqrt(var + eps),
 * mean and var over the n elements of a group (RMS norm: mean = 0), and P(v) = v - mean(v) - xhat
 * mean(v xhat), groupwise:
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
    int32_t groups;  /* of channels, for each example; 0: batch or layer norm                */
    int32_t no_mean; /* layer norm: 1: mean is 0, so var is the mean of squares              */
} dl__norm_attrs;

#define DL__NORM_ATTRS                                                                             \
    {                                                                                              \
        DL__ATTR(dl__norm_attrs, eps, F64, 1), DL__ATTR(dl__norm_attrs, axes, I32, 1),             \
            DL__ATTR(dl__norm_attrs, want_dx, I32, 1), DL__ATTR(dl__norm_attrs, groups, I32, 1),   \
            DL__ATTR(dl__norm_attrs, no_mean, I32, 1)                                              \
    }
enum { DL__NORM_ATTR_COUNT = 5 };
extern const dl_attr dl__norm_attr_list[DL__NORM_ATTR_COUNT];

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
/* Planes of x, operand 1: axes first .. last - 1 are the channels.
 *     DL__NORM_ROWS       in the order of the axes
 *     DL__NORM_CHANNELS   the other axes may be walked as memory has them, and channels may lie
 *                         side by side
 *     DL__NORM_EXAMPLES   so too, and each index of axis 0, the only one before first, is an array
 *                         of a batch
 * DL_ENOMEM. End with dl__norm_planes_end, also when it failed. */
enum { DL__NORM_ROWS, DL__NORM_CHANNELS, DL__NORM_EXAMPLES };
dl_status dl__norm_planes_begin(dl__norm_planes *p, dl_tensor *x, int32_t first, int32_t last,
                                int kind);
/* Another operand of that shape. */
dl_status dl__norm_planes_add(dl__norm_planes *p, int k, dl_tensor *t);
/* Operand 0, to be written. */
dl_status dl__norm_planes_result(dl__norm_planes *p, dl_tensor *t);
/* Copies the result to its place if that is somewhere else, and gives up the copies. */
void dl__norm_planes_end(dl__norm_planes *p);
/* mean[c], then 1 / sqrt(var + eps) of each channel of operand 1, into numbers; var[c] into var
 * where it is not NULL. In a batch groups of so many neighbouring channels, of one example each,
 * count as one channel. */
dl_status dl__norm_statistics(const dl__norm_planes *p, const dl__norm_attrs *a, int64_t together,
                              double *numbers, double *var);

/* ---- normalisation of rows: layer_norm, rms_norm; in: x, weight or NULL, bias or NULL ---- */
dl_status dl__norm_rows_infer(const dl_call *c, dl_spec *out);
dl_status dl__norm_rows_forward(const dl_call *c);
dl_status dl__norm_rows_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);
/* Applies op, one of rows or of groups. */
dl_tensor *dl__norm_apply(const dl_op *op, dl_tensor *x, dl_tensor *weight, dl_tensor *bias,
                          const dl__norm_attrs *a);

/* ---- normalisation of groups of channels: group_norm, instance_norm; the same operands ---- */
dl_status dl__norm_groups_infer(const dl_call *c, dl_spec *out);
dl_status dl__norm_groups_forward(const dl_call *c);
dl_status dl__norm_groups_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx);
/* The object of such an operation. */
#define DL__NORM_OP(op_name, kind)                                                                 \
    {                                                                                              \
        .name = #op_name, .attrs_size = sizeof(dl__norm_attrs), .attrs = dl__norm_attr_list,       \
        .n_attrs = DL__NORM_ATTR_COUNT, .saves_in = 3, .saves_out = 2,                             \
        .infer = dl__norm_##kind##_infer, .forward = dl__norm_##kind##_forward,                    \
        .backward = dl__norm_##kind##_backward, .replay_in = 3, .replay_out = 2                    \
    }

/* ---- gradients ---- */
/* Runs op, a backward operation, on dy, x, weight, numbers: grads are dx, dw, db. */
dl_status dl__norm_backward(const dl_op *op, const dl_call *c, dl_tensor *dy, dl_tensor *numbers,
                            dl_tensor **grads);
/* backward of an operation whose other result are the numbers, by op. */
dl_status dl__norm_gradients(const dl_op *op, const dl_call *c, dl_tensor *const *dy,
                             dl_tensor **dx);
/* infer and backward of a backward operation. */
dl_status dl__norm_backward_infer(const dl_call *c, dl_spec *out);
dl_status dl__norm_backward_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx);
/* A weight of x's as a view that broadcasts to x. */
dl_tensor *dl__norm_spread(dl_tensor *w, const dl_tensor *x, int32_t axes);
/* t, shaped like x, summed to the shape of the weight. */
dl_tensor *dl__norm_gather(dl_tensor *t, int32_t axes);
#endif
