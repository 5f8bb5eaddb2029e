/* The examples that a net is most wrong about. */
#include <math.h>
#include <string.h>
#include "core/math.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "dl/ext.h"
#include "dl/train.h"
#include "train/metric.h"

enum { MOST = 100000 };

/* The worst so far, the worst first. */
typedef struct list {
    dl_mistake *item; /* [cap + 1]: the last is room for one that may not stay */
    int64_t n, cap;
    const dl_mistakes_opts *o;
    int64_t seen;     /* examples */
    dl_metric reader; /* what dl__rows_read wants to know */
} list;

static const dl__metric_class reader_class = {.name = "worst_mistakes"};

/* 1 when a comes before b: a larger loss, or a more certain prediction; a NaN before all. Of equals
 * the one that was seen first. */
static int worse(const list *l, const dl_mistake *a, const dl_mistake *b)
{
    double u = l->o && l->o->by_probability ? a->probability : a->loss;
    double v = l->o && l->o->by_probability ? b->probability : b->loss;
    return u > v || (isnan(u) && !isnan(v));
}

static void insert(list *l, const dl_mistake *m)
{
    if (l->n == l->cap && !worse(l, m, &l->item[l->n - 1]))
        return;
    int64_t low = 0, high = l->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (worse(l, m, &l->item[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    memmove(l->item + low + 1, l->item + low, (size_t)(l->n - low) * sizeof *m);
    l->item[low] = *m;
    l->n += l->n < l->cap;
}

/* x, the results of an example, become probabilities. */
static dl_mistake judge(const list *l, double *x, int64_t n, int64_t label)
{
    dl_mistake m = {.label = label, .predicted = dl__row_best(x, n)};
    if (l->o && l->o->probabilities) {
        m.loss = -dl__ln(x[label]);
    } else {
        double logit = x[label];
        m.loss = dl__row_softmax(x, n) - logit;
    }
    m.probability = x[m.predicted];
    m.label_probability = x[label];
    return m;
}

static void add_rows(list *l, const dl__rows *r)
{
    dl__fpmode host = dl__fpmode_enter();
    for (int64_t i = 0; i < r->n; i++) {
        double *x = r->x + i * r->columns, two[2];
        if (r->columns == 1) { /* of class 1 alone; that of class 0 is the rest */
            two[0] = l->o && l->o->probabilities ? 1 - *x : 0;
            two[1] = *x;
            x = two;
        }
        dl_mistake m = judge(l, x, l->reader.classes, r->label[i]);
        m.index = l->seen + i;
        if (m.predicted != m.label || (l->o && l->o->also_right))
            insert(l, &m);
    }
    l->seen += r->n;
    dl__fpmode_leave(host);
}

/* A loss function that measures nothing, but looks. */
static dl_tensor *look(dl_module *m, dl_tensor *const *batch, int32_t n, dl_tensor **shown,
                       void *user)
{
    (void)shown;
    list *l = user;
    dl_ctx *ctx = dl_module_ctx(m);
    if (n < 2) {
        dl_fail(ctx, DL_EINVAL,
                "worst_mistakes: the dataset has %d field, wanted are an input and a label",
                (int)n);
        return NULL;
    }
    dl_tensor *y = dl_module_forward(m, batch[0]);
    if (!dl__ok(ctx))
        return NULL;
    if (dl_tensor_ndim(batch[1]) != 1) {
        dl_fail(ctx, DL_ESHAPE, "worst_mistakes: an example has more than one label");
        return NULL;
    }
    l->reader.classes = dl_tensor_ndim(y) == 2 ? dl_tensor_dim(y, 1) : 2;
    dl__rows r;
    if (dl__metric_check(&l->reader, y, batch[1]) != DL_OK ||
        dl__rows_read(&r, &l->reader, y, batch[1], 0) != DL_OK)
        return NULL;
    add_rows(l, &r);
    dl__rows_end(&r);
    return dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, NULL, 0));
}

static dl_status check(dl_ctx *ctx, const dl_mistake *out, int64_t n, const dl_mistakes_opts *o)
{
    if (!out || n < 1 || n > MOST)
        return dl_fail(ctx, DL_EINVAL, "worst_mistakes: %lld wanted%s, 1 to %d are possible",
                       (long long)n, out ? "" : " at NULL", MOST);
    if (o && ((uint32_t)o->by_probability > 1 || (uint32_t)o->also_right > 1 ||
              (uint32_t)o->probabilities > 1))
        return dl_fail(ctx, DL_EINVAL,
                       "worst_mistakes: by_probability, also_right, probabilities are %d, %d, %d, "
                       "they want 0 or 1",
                       (int)o->by_probability, (int)o->also_right, (int)o->probabilities);
    return o ? DL__RESERVED(ctx, "worst_mistakes", o) : DL_OK;
}

int64_t dl_worst_mistakes(dl_module *m, dl_dataset *d, int32_t batch, dl_mistake *out, int64_t n,
                          const dl_mistakes_opts *o)
{
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (check(ctx, out, n, o) != DL_OK)
        return ctx->status;
    list l = {.cap = n, .o = o, .reader = {.base = {.ctx = ctx}, .cls = &reader_class}};
    l.reader.o.probabilities = o ? o->probabilities : 0;
    l.item = dl__alloc(ctx, (size_t)(n + 1) * sizeof *l.item);
    if (l.item && dl_evaluate(m, look, &l, d, batch, NULL, NULL) == DL_OK)
        memcpy(out, l.item, (size_t)l.n * sizeof *out);
    dl__free(l.item);
    return dl__ok(ctx) ? l.n : ctx->status;
}
