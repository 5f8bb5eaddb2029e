/* What losses of classes share: scores x of C classes, [N, C, d..] or [C], a label for each row of
 * C scores, [N, d..] or [], weights of the classes, labels that do not count. */
#ifndef DL_OPS_LABELS_H
#define DL_OPS_LABELS_H
#include "autograd/elementwise.h"
#include "dl/losses.h"
#include "kernels/softmax.h"
#include "ops/shape.h"

typedef struct dl__class_attrs {
    int32_t reduction, ignore_set;
    int64_t ignore_index;
} dl__class_attrs;

static inline int dl__is_label(dl_dtype dt)
{
    return dt == DL_I32 || dt == DL_I64 || dt == DL_U8;
}
/* The axis of the classes. */
static inline int32_t dl__class_axis(const dl_tensor *x)
{
    return x->ndim > 1;
}
/* The shape without the classes; its rank. */
int32_t dl__row_dims(const dl_tensor *x, int64_t *dims);
int64_t dl__n_rows(const dl_tensor *x);

/* Checks for infer. what is the name of the scores: x has classes; the labels t fit it; the weights
 * w do. DL_ESHAPE, DL_EDTYPE. */
dl_status dl__check_scores(const dl_call *c, const char *what, const dl_tensor *x);
dl_status dl__check_label_shape(const dl_call *c, const char *what, const dl_tensor *x,
                                const dl_tensor *t);
dl_status dl__check_class_weight(const dl_call *c, const char *what, const dl_tensor *x,
                                 const dl_tensor *w);

/* For forward: checks the labels against the classes of x, DL_EINVAL; *sum receives the sum of the
 * weights of those that count. */
dl_status dl__check_labels(const dl_call *c, const dl__class_attrs *a, const dl_tensor *x,
                           const dl_tensor *t, const dl_tensor *w, double *sum);
/* What the sum of the losses is divided by, from that sum. */
double dl__class_divisor(const dl__class_attrs *a, const dl_tensor *x, double sum);
/* The label of a row, the rows counted in logical order. */
int64_t dl__label_of(const dl_tensor *t, int64_t row);

/* For backward: DL_EUNSUPPORTED. */
dl_status dl__refuse_class_weight(const dl_call *c);
#endif
