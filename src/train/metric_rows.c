/* Batches as metrics read them. */
#include <math.h>
#include "core/check.h"
#include "core/math.h"
#include "core/text.h"
#include "tensor/tensor.h"
#include "train/metric.h"

static int is_label(dl_dtype dt)
{
    return dt == DL_I64 || dt == DL_I32 || dt == DL_U8;
}

dl_status dl__metric_check(const dl_metric *m, const dl_tensor *pred, const dl_tensor *target)
{
    dl_ctx *ctx = m->base.ctx;
    if (!pred || !target)
        return dl_fail(ctx, DL_EINVAL, "%s: the %s are NULL", m->cls->name,
                       pred ? "targets" : "results");
    if (pred->base.ctx != ctx || target->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "%s: the results or the targets are of another context",
                       m->cls->name);
    if (dl__is_meta(pred) || dl__is_meta(target))
        return dl_fail(ctx, DL_ESTATE, "%s: meta tensors have no data", m->cls->name);
    return DL_OK;
}

/* 1 when pred has an axis of classes after the first, and else the labels' shape. */
static int with_classes(const dl_metric *m, const dl_tensor *pred, const dl_tensor *labels)
{
    int fits = pred->ndim >= 2 && pred->ndim == labels->ndim + 1 && pred->dims[1] == m->classes &&
               pred->dims[0] == labels->dims[0];
    for (int32_t a = 2; fits && a < pred->ndim; a++)
        fits = pred->dims[a] == labels->dims[a - 1];
    return fits;
}

static dl_status check(dl__rows *r, const dl_metric *m, const dl_tensor *pred,
                       const dl_tensor *labels, int picks)
{
    dl_ctx *ctx = m->base.ctx;
    if (!is_label(labels->dtype))
        return dl_fail(ctx, DL_EDTYPE, "%s: labels are %s, they want to be i64, i32 or u8",
                       m->cls->name, dl_dtype_name(labels->dtype));
    int single = dl__same_shape(pred, labels), is_float = dl__is_float(pred->dtype);
    if (!is_float && !(picks && is_label(pred->dtype)))
        return dl_fail(ctx, DL_EDTYPE, "%s: results are %s, they want to be f32 or f64%s",
                       m->cls->name, dl_dtype_name(pred->dtype),
                       picks ? ", or classes: i64, i32 or u8" : "");
    if (is_float && with_classes(m, pred, labels))
        r->columns = m->classes;
    else if (is_float && single && m->classes == 2)
        r->columns = 1;
    else if (!is_float && single)
        r->columns = 0;
    else {
        char a[128], b[128];
        return dl_fail(ctx, DL_ESHAPE,
                       "%s: results are %s, labels %s; for %lld classes results want one axis "
                       "more, of the classes, after the first%s",
                       m->cls->name, dl__shape_text(a, sizeof a, pred->dims, pred->ndim),
                       dl__shape_text(b, sizeof b, labels->dims, labels->ndim),
                       (long long)m->classes, m->classes == 2 ? ", or the shape of labels" : "");
    }
    return DL_OK;
}

/* Every class is one; ignored rows go. from[i] is where row i comes from. */
static dl_status sift(dl__rows *r, const dl_metric *m, int64_t *from)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < r->n; i++) {
        int64_t y = r->label[i];
        if (m->o.ignore_set == 1 && y == m->o.ignore_index)
            continue;
        if (y < 0 || y >= m->classes)
            return dl_fail(m->base.ctx, DL_EINVAL, "%s: label %lld is %lld, 0 to %lld are possible",
                           m->cls->name, (long long)i, (long long)y, (long long)m->classes - 1);
        if (r->predicted && (r->predicted[i] < 0 || r->predicted[i] >= m->classes))
            return dl_fail(m->base.ctx, DL_EINVAL,
                           "%s: result %lld is class %lld, 0 to %lld are possible", m->cls->name,
                           (long long)i, (long long)r->predicted[i], (long long)m->classes - 1);
        r->label[kept] = y;
        if (r->predicted)
            r->predicted[kept] = r->predicted[i];
        from[kept++] = i;
    }
    r->n = kept;
    return DL_OK;
}

/* Rows of x, [N, columns, inner], go together: [n, columns]. */
static dl_status gather(dl__rows *r, const dl_tensor *pred, const int64_t *from, int64_t inner)
{
    size_t bytes;
    dl_ctx *ctx = pred->base.ctx;
    double *all = dl__elements_as(pred, DL_F64);
    if (!all)
        return ctx->status;
    if (!dl__mul_size((size_t)r->n, (size_t)r->columns * sizeof *all, &bytes))
        dl_fail(ctx, DL_ELIMIT, "metric: %lld rows are too many", (long long)r->n);
    else if ((r->x = dl__alloc(ctx, bytes)))
        for (int64_t i = 0; i < r->n; i++)
            for (int64_t c = 0; c < r->columns; c++)
                r->x[i * r->columns + c] =
                    all[(from[i] / inner * r->columns + c) * inner + from[i] % inner];
    dl__free(all);
    return ctx->status;
}

dl_status dl__rows_read(dl__rows *r, const dl_metric *m, dl_tensor *pred, dl_tensor *labels,
                        int picks)
{
    dl_ctx *ctx = m->base.ctx;
    *r = (dl__rows){0};
    if (check(r, m, pred, labels, picks) != DL_OK)
        return ctx->status;
    r->n = dl__count_of(labels);
    int64_t inner = r->columns > 1 && labels->dims[0] > 0 ? r->n / labels->dims[0] : 1;
    int64_t *from = dl__alloc(ctx, (size_t)r->n * sizeof *from);
    r->label = from ? dl__elements_as(labels, DL_I64) : NULL;
    if (r->label && r->columns == 0)
        r->predicted = dl__elements_as(pred, DL_I64);
    if (dl__ok(ctx) && sift(r, m, from) == DL_OK && r->columns > 0)
        gather(r, pred, from, inner > 0 ? inner : 1);
    dl__free(from);
    if (!dl__ok(ctx))
        dl__rows_end(r);
    return ctx->status;
}

void dl__rows_end(dl__rows *r)
{
    dl__free(r->x);
    dl__free(r->label);
    dl__free(r->predicted);
    *r = (dl__rows){0};
}

int64_t dl__row_best(const double *x, int64_t n)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (x[i] > x[best] || (isnan(x[i]) && !isnan(x[best])))
            best = i;
    return best;
}

double dl__row_softmax(double *x, int64_t n)
{
    double most = x[dl__row_best(x, n)], sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += dl__exp(x[i] - most);
    double log_sum = dl__ln(sum);
    for (int64_t i = 0; i < n; i++)
        x[i] = dl__exp(x[i] - most) / sum;
    return most + log_sum;
}
