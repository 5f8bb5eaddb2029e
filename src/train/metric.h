/* What metrics are made of, and reading batches for them. */
#ifndef DL_TRAIN_METRIC_H
#define DL_TRAIN_METRIC_H
#include "core/ctx.h"
#include "dl/metrics.h"

typedef struct dl__metric_class {
    const char *name; /* begins messages                     */
    const char *const
        *values;             /* of dl_metric_value, NULL at the end; NULL: the metric has its own */
    const char *const *each; /* of dl_metric_value_at               */
    size_t size;
    dl_status (*add)(dl_metric *m, dl_tensor *pred, dl_tensor *target);
    dl_status (*merge)(dl_metric *m, const dl_metric *other); /* both of one kind and size */
    double (*value)(dl_metric *m, int32_t i);
    double (*value_at)(dl_metric *m, int32_t i, int64_t k);
    void (*reset)(dl_metric *m);
    void (*end)(dl_metric *m); /* gives back what it holds */
} dl__metric_class;

/* The first member of every metric. */
struct dl_metric {
    dl__object base;
    const dl__metric_class *cls;
    const char *const *values;
    dl_metric_opts o;
    int64_t classes; /* or outputs                            */
    int64_t places;  /* what dl_metric_value_at counts: classes, outputs, bins */
    int64_t n;       /* rows or examples so far               */
};

/* A metric of labels with cls->size zeroed bytes; checks classes and the options that all share. */
void *dl__metric_new(dl_ctx *ctx, const dl__metric_class *cls, int64_t classes,
                     const dl_metric_opts *o);
/* a / b; NaN where b is 0. */
static inline double dl__ratio(double a, double b)
{
    return b != 0 ? a / b : (double)__builtin_nanf("");
}

/* 1 when x, the one result for two classes, is for class 1: a probability above 1/2, a logit above
 * 0. */
static inline int dl__picks_one(const dl_metric *m, double x)
{
    return x > (m->o.probabilities == 1 ? 0.5 : 0);
}

/* A batch of labels and results, without the rows that are ignored. */
typedef struct dl__rows {
    int64_t n, columns; /* columns: classes; 1: one result for two classes; 0: classes predicted */
    double *x;          /* [n, columns]                                                          */
    int64_t *label;     /* [n]                                                                   */
    int64_t *predicted; /* [n], when columns is 0                                                */
} dl__rows;

/* Reads and checks a batch; classes as results are refused unless picks is 1. On failure nothing
 * is held. */
dl_status dl__rows_read(dl__rows *r, const dl_metric *m, dl_tensor *pred, dl_tensor *labels,
                        int picks);
void dl__rows_end(dl__rows *r);
/* The largest of x[0..n), the first of equals; NaN is larger than all. */
int64_t dl__row_best(const double *x, int64_t n);
/* Makes probabilities of logits; returns the logarithm of the sum of their exponentials. */
double dl__row_softmax(double *x, int64_t n);
/* Both are there, of m's context, and have data. */
dl_status dl__metric_check(const dl_metric *m, const dl_tensor *pred, const dl_tensor *target);
#endif
