#include "ops/labels.h"
#include <string.h>

static int64_t n_classes(const dl_tensor *x)
{
    return x->dims[dl__class_axis(x)];
}

int32_t dl__row_dims(const dl_tensor *x, int64_t *dims)
{
    int32_t n = 0;
    for (int32_t i = 0; i < x->ndim; i++)
        if (i != dl__class_axis(x))
            dims[n++] = x->dims[i];
    return n;
}

int64_t dl__n_rows(const dl_tensor *x)
{
    int64_t dims[DL_MAX_DIMS], n = 1;
    for (int32_t i = dl__row_dims(x, dims) - 1; i >= 0; i--)
        n *= dims[i];
    return n;
}

/* ---- shapes and types ------------------------------------------------------------------------ */

dl_status dl__check_scores(const dl_call *c, const char *what, const dl_tensor *x)
{
    if (dl__need_float(c, 0) == DL_OK && x->ndim == 0)
        dl_fail(c->ctx, DL_ESHAPE, "%s: %s are [], they want an axis of classes", c->op->name,
                what);
    return c->ctx->status;
}

dl_status dl__check_label_shape(const dl_call *c, const char *what, const dl_tensor *x,
                                const dl_tensor *t)
{
    int64_t dims[DL_MAX_DIMS];
    char scores[DL__SHAPE_TEXT], target[DL__SHAPE_TEXT];
    const int32_t n = dl__row_dims(x, dims);
    if (t->ndim == n && !memcmp(t->dims, dims, (size_t)n * sizeof *dims))
        return DL_OK;
    return dl_fail(c->ctx, DL_ESHAPE,
                   "%s: target is %s and %s are %s, it wants labels shaped like the %s without "
                   "their classes",
                   c->op->name, dl__dims_text(target, t), what, dl__dims_text(scores, x), what);
}

dl_status dl__check_class_weight(const dl_call *c, const char *what, const dl_tensor *x,
                                 const dl_tensor *w)
{
    char text[DL__SHAPE_TEXT];
    if (w->dtype != x->dtype)
        return dl_fail(c->ctx, DL_EDTYPE,
                       "%s: weight is %s and %s are %s, they want one element type", c->op->name,
                       dl_dtype_name(w->dtype), what, dl_dtype_name(x->dtype));
    if (w->ndim == 1 && w->dims[0] == n_classes(x))
        return DL_OK;
    return dl_fail(c->ctx, DL_ESHAPE, "%s: weight is %s, it wants one for each of %lld classes",
                   c->op->name, dl__dims_text(text, w), (long long)n_classes(x));
}

/* ---- values ---------------------------------------------------------------------------------- */

int64_t dl__label_of(const dl_tensor *t, int64_t row)
{
    return dl__label(dl__element(t, row), t->dtype);
}

static dl_status bad_label(const dl_call *c, const dl_tensor *t, int64_t classes, int64_t row)
{
    char text[DL__SHAPE_TEXT];
    return dl_fail(c->ctx, DL_EINVAL, "%s: the label at %s is %lld, it wants 0 .. %lld",
                   c->op->name, dl__place_text(text, t, row), (long long)dl__label_of(t, row),
                   (long long)classes - 1);
}

dl_status dl__check_labels(const dl_call *c, const dl__class_attrs *a, const dl_tensor *x,
                           const dl_tensor *t, const dl_tensor *w, double *sum)
{
    const int64_t rows = dl__n_rows(x), classes = n_classes(x);
    *sum = 0;
    for (int64_t i = 0; i < rows; i++) {
        const int64_t label = dl__label_of(t, i);
        if (a->ignore_set && label == a->ignore_index)
            continue;
        if (label < 0 || label >= classes)
            return bad_label(c, t, classes, i);
        *sum += w ? dl__real_at(w, label) : 1;
    }
    return DL_OK;
}

double dl__class_divisor(const dl__class_attrs *a, const dl_tensor *x, double sum)
{
    const double examples = x->ndim > 1 ? (double)x->dims[0] : 1;
    if (a->reduction == DL_REDUCE_MEAN)
        return sum;
    return a->reduction == DL_REDUCE_BATCH_MEAN ? examples : 1;
}

dl_status dl__refuse_class_weight(const dl_call *c)
{
    return dl_fail(c->ctx, DL_EUNSUPPORTED,
                   "%s: class weights are constants, they have no gradient; dl_detach them",
                   c->op->name);
}
