/* Batches of labels and logits for metrics. */
#ifndef DL_SUPPORT_LABELLED_H
#define DL_SUPPORT_LABELLED_H
#include "support/support.h"

enum { N = 60, C = 4, D = 3, ROWS = N * D };

/* Logits [N, C, D] with ties, and labels [N, D] of which class 3 is rare. */
typedef struct batch {
    dl_tensor *x, *y;
    double *logit; /* [N, C, D] */
    int64_t label[ROWS];
} batch; /* free(logit) */
batch make_batch(dl_ctx *ctx, dl_dtype dt, uint64_t seed);
/* NaN, or within 1e-12. */
void assert_near(double found, double wanted);
#endif
