/* The confusion matrix, for its values and its report. */
#ifndef DL_TRAIN_CONFUSION_H
#define DL_TRAIN_CONFUSION_H
#include "train/metric.h"

typedef struct dl__confusion {
    dl_metric base;
    int64_t *count;              /* [classes, classes]: true class, predicted class */
    int64_t *actual, *predicted; /* [classes]: sums of rows and of columns   */
} dl__confusion;

/* The numbers of one class, also the first values of the metric. */
enum { DL__PRECISION, DL__RECALL, DL__F1, DL__IOU, DL__SUPPORT, DL__PREDICTED };
/* m as one, NULL if it is of another kind. */
const dl__confusion *dl__confusion_of(const dl_metric *m);
#endif
