/* Mean and standard deviation of a field of a dataset. */
#include <math.h>
#include "core/check.h"
#include "core/parallel.h"
#include "core/text.h"
#include "core/utf8.h"
#include "data/labels.h"
#include "tensor/tensor.h"

/* Of n values: their mean, and the sum of the squares of what they differ from it. */
typedef struct moment {
    double mean, squares;
} moment;

typedef struct job {
    dl_ctx *ctx;
    const dl_tensor *x;
    int64_t outer, n, inner; /* an example is [outer, n, inner]: n pairs are wanted */
    int64_t examples;        /* done                                                */
    moment *all;             /* [n]                                                 */
    moment *one;             /* [examples of a batch, n]                            */
    double *pivot;           /* [n]: the first of the values, which all are taken from, for a
                                large mean not to cost digits                       */
} job;

static double value_at(const dl_tensor *x, int64_t i)
{
    const char *p = dl__data(x);
    switch (x->dtype) {
    case DL_F32:
        return (double)((const float *)(const void *)p)[i];
    case DL_F64:
        return ((const double *)(const void *)p)[i];
    case DL_I32:
        return ((const int32_t *)(const void *)p)[i];
    case DL_I64:
        return (double)((const int64_t *)(const void *)p)[i];
    default:
        return ((const uint8_t *)p)[i];
    }
}

/* The moments of one example: its mean first, then what differs from it. */
static void measure(void *arg, int64_t i)
{
    const job *j = arg;
    int64_t count = j->outer * j->inner, first = i * count * j->n;
    for (int64_t c = 0; c < j->n; c++) {
        moment *m = &j->one[i * j->n + c];
        for (int pass = 0; pass < 2; pass++) {
            double sum = 0;
            for (int64_t o = 0; o < j->outer; o++)
                for (int64_t k = 0; k < j->inner; k++) {
                    double v = value_at(j->x, first + (o * j->n + c) * j->inner + k) - j->pivot[c];
                    sum += pass ? (v - m->mean) * (v - m->mean) : v;
                }
            if (pass)
                m->squares = sum;
            else
                m->mean = sum / (double)count;
        }
    }
}

/* Adds b, of as many values as each of the `before` examples that a stands for. */
static void merge(moment *a, const moment *b, int64_t before, int64_t count)
{
    double na = (double)before, all = na + 1, delta = b->mean - a->mean;
    a->mean += delta / all;
    a->squares += b->squares + delta * delta * ((double)count * na / all);
}

static dl_status add(const dl_tensor *x, int64_t first, void *user)
{
    job *j = user;
    size_t bytes;
    if (!dl__mul_size((size_t)x->dims[0], (size_t)j->n * sizeof *j->one, &bytes))
        return dl_fail(j->ctx, DL_ELIMIT, "dataset_moments: %lld pairs are too many",
                       (long long)j->n);
    if (!(j->one = dl__alloc(j->ctx, bytes)))
        return j->ctx->status;
    j->x = x;
    for (int64_t c = 0; first == 0 && c < j->n; c++)
        j->pivot[c] = value_at(x, c * j->inner);
    dl__parallel(j->ctx, x->dims[0], measure, j);
    dl__fpmode host = dl__fpmode_enter();
    for (int64_t i = 0; i < x->dims[0]; i++)
        for (int64_t c = 0; c < j->n; c++)
            merge(&j->all[c], &j->one[i * j->n + c], first + i, j->outer * j->inner);
    j->examples = first + x->dims[0];
    dl__fpmode_leave(host);
    dl__free(j->one);
    return DL_OK;
}

/* How the elements of the field are to be counted. */
static dl_status lay_out(job *j, const dl_dataset *d, int32_t field, int32_t axis, int64_t n)
{
    static const char who[] = "dataset_moments";
    char name[DL__SHOWN], shape[128];
    if (dl__field_check(d, field, who) != DL_OK)
        return j->ctx->status;
    const dl_field *f = &d->field[field];
    dl__printable(name, sizeof name, f->name);
    dl__shape_text(shape, sizeof shape, f->dims, f->ndim);
    if (axis < -1 || axis >= f->ndim)
        return dl_fail(j->ctx, DL_EINVAL, "%s: axis is %d, field \"%s\" is %s; -1: all", who,
                       (int)axis, name, shape);
    j->outer = j->n = j->inner = 1;
    for (int32_t a = 0; a < f->ndim; a++)
        *(a == axis ? &j->n : axis >= 0 && a < axis ? &j->outer : &j->inner) *= f->dims[a];
    if (n != j->n)
        return dl_fail(j->ctx, DL_EINVAL,
                       "%s: there is room for %lld pairs, axis %d of field \"%s\" %s wants %lld",
                       who, (long long)n, (int)axis, name, shape, (long long)j->n);
    if (dl_dataset_size(d) < 1 || dl__field_count(f) < 1)
        return dl_fail(j->ctx, DL_EINVAL, "%s: %lld examples of field \"%s\" %s have no elements",
                       who, (long long)dl_dataset_size(d), name, shape);
    return DL_OK;
}

dl_status dl_dataset_moments(dl_dataset *d, int32_t field, int32_t axis, double *mean, double *std,
                             int64_t n)
{
    job j = {.ctx = d ? d->base.ctx : NULL};
    size_t bytes;
    if (!dl__ok(j.ctx))
        return j.ctx ? j.ctx->status : DL_EINVAL;
    if (!mean || !std)
        return dl_fail(j.ctx, DL_EINVAL, "dataset_moments: mean or std is NULL");
    if (lay_out(&j, d, field, axis, n) != DL_OK)
        return j.ctx->status;
    if (!dl__mul_size((size_t)n, sizeof *j.all + sizeof *j.pivot, &bytes))
        return dl_fail(j.ctx, DL_ELIMIT, "dataset_moments: %lld pairs are too many", (long long)n);
    if (!(j.all = dl__calloc(j.ctx, bytes)))
        return j.ctx->status;
    j.pivot = (double *)(void *)(j.all + n);
    if (dl__dataset_walk(d, field, add, &j) == DL_OK) {
        dl__fpmode host = dl__fpmode_enter();
        double count = (double)j.examples * (double)(j.outer * j.inner);
        for (int64_t c = 0; c < n; c++) {
            mean[c] = dl__fpmode_pin(j.pivot[c] + j.all[c].mean);
            std[c] = dl__fpmode_pin(__builtin_sqrt(j.all[c].squares / count));
        }
        dl__fpmode_leave(host);
    }
    dl__free(j.all);
    return j.ctx->status;
}
