/* dl/metrics.h: how good results are, over any number of batches.
 *
 * A metric takes batches with dl_metric_add (or dl_evaluate_metrics, which runs a net over a
 * dataset) and answers by name at any time:
 *
 *     dl_metric *c = dl_metric_confusion(ctx, 10, NULL);
 *     dl_evaluate_metrics(net, test, 0, &c, 1);
 *     double f1 = dl_metric_value(c, "f1"), recall_of_3 = dl_metric_value_at(c, "recall", 3);
 *     dl_metric_drop(c);
 *
 * Sums are kept in double, in the order of the examples: the same bits for any number of threads.
 * NaN stands for what is not defined: 0 / 0, said at each. */
#ifndef DL_METRICS_H
#define DL_METRICS_H
#include "dl/data.h"
#include "dl/module.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- of one batch ---------------------------------------------------------------------------- */

/* Fraction of rows of logits [N, C, d..] whose largest entry (the first of equals) is at the label
 * [N, d..] (i32, i64, u8), in [0, 1]; NaN when there are no rows, and on failure: labels of another
 * type are DL_EDTYPE, of another shape DL_ESHAPE. */
DL_API double dl_accuracy(dl_tensor *logits, dl_tensor *labels);
/* Fraction of rows whose label is among the k largest entries, 1 <= k <= C (DL_EINVAL). Of equal
 * entries the first counts as larger, and NaN as larger than any number. A label outside [0, C) is
 * DL_EINVAL; otherwise as dl_accuracy. */
DL_API double dl_topk_accuracy(dl_tensor *logits, dl_tensor *labels, int32_t k);

/* ---- over many batches ----------------------------------------------------------------------- */

typedef struct dl_metric dl_metric;

/* Options of metrics of labels; zero them, set what you need. */
typedef struct dl_metric_opts {
    int32_t ignore_set;    /* 1: labels equal to ignore_index do not count                */
    int32_t probabilities; /* 1: results are probabilities; default: logits               */
    int64_t ignore_index;
    int32_t bins;        /* of dl_metric_calibration; default 15                        */
    int32_t k[8];        /* of dl_metric_topk, ends at the first 0; default 1, and 5
                            where there are so many classes                             */
    int32_t reserved[7]; /* must be zero                                                */
} dl_metric_opts;

/* All constructors: the result is yours; o NULL: defaults; DL_EINVAL for a number out of range.
 * Labels are i64, i32, u8 (DL_EDTYPE) in [0, classes) (DL_EINVAL), [N, d..] beside results
 * [N, classes, d..] (DL_ESHAPE). A metric of two classes also takes results [N, d..], one for each
 * label: the logit or probability of class 1. */

/* Counts of (true class, predicted class). Results are f32 or f64, of which the largest is the
 * prediction (the first of equals, NaN the largest); or the predicted classes themselves, of the
 * labels' shape, i64, i32 or u8. With two classes and one result: class 1 when the logit is
 * above 0, the probability above 1/2. Of one class with TP right ones, FP that others are taken
 * for, FN that are taken for others:
 *     "precision" TP / (TP + FP)     NaN if the class was never predicted
 *     "recall"    TP / (TP + FN)     NaN if it never occurs
 *     "f1"        2 TP / (2 TP + FP + FN)    NaN if neither
 *     "support"   TP + FN            "predicted"   TP + FP
 *     "iou"       TP / (TP + FP + FN)        NaN as f1
 * with dl_metric_value_at, and their averages with dl_metric_value: "precision", "recall", "f1",
 * "iou" (macro: over the classes where the number is defined), "precision.weighted", ... (by
 * support, over the same), "precision.micro", ... (from the sums of TP, FP, FN). "accuracy": all
 * TP / all; "balanced_accuracy": macro recall; "kappa": Cohen, 1960; "mcc": Matthews, 1975, for
 * any number of classes (Gorodkin, 2004); NaN where they divide by 0; "n": examples. */
DL_API dl_metric *dl_metric_confusion(dl_ctx *ctx, int32_t classes, const dl_metric_opts *o);
/* Fractions of labels among the k largest results: "top1", "top5" ... as o->k says, and "n". */
DL_API dl_metric *dl_metric_topk(dl_ctx *ctx, int32_t classes, const dl_metric_opts *o);
/* Ranking by the probability of a class, exact for all scores (all are kept, in double):
 *     "auc"                area under the ROC curve, ties counting one half (Mann, Whitney, 1947)
 *     "average_precision"  sum (R_k - R_k-1) P_k over the distinct scores, falling
 * Two classes: of class 1. More: the mean over the classes, each against the rest, where it is
 * defined; dl_metric_value_at has the class. NaN: a class that never occurs; auc also for one that
 * always does; any NaN among the scores. "n". The values take memory. */
DL_API dl_metric *dl_metric_auc(dl_ctx *ctx, int32_t classes, const dl_metric_opts *o);
/* Whether probabilities mean what they say. The prediction is the class with the largest
 * probability, its confidence; bin b has confidences in (b / bins, (b + 1) / bins]:
 *     "ece"    sum over bins n_b / n |accuracy_b - confidence_b| (Guo et al., ICML 2017)
 *     "mce"    the largest of these differences
 *     "brier"  mean of sum_c (p_c - [c = label])^2; with one result a row of (p - label)^2
 *     "nll"    mean of -log p_label; from logits, exactly
 *     "accuracy", "confidence": means; "n"
 * dl_metric_value_at, for bin b: "bin.accuracy", "bin.confidence" (NaN when empty), "bin.n". All
 * but "n" are NaN before the first example. */
DL_API dl_metric *dl_metric_calibration(dl_ctx *ctx, int32_t classes, const dl_metric_opts *o);
/* Errors of numbers: results and targets are f32 or f64 [N, d..], of one shape, with `outputs`
 * elements in d..:
 *     "mse", "rmse", "mae"    mean of squares, its root, mean of absolute values of y - t
 *     "r2"                    1 - sum (y - t)^2 / sum (t - mean t)^2; NaN when t is constant
 *     "max_error", "bias"     largest |y - t|, mean of y - t
 * dl_metric_value: over all elements (r2: the mean over the outputs where it is defined; rmse: the
 * root of mse); dl_metric_value_at: of one output. "n": examples. */
DL_API dl_metric *dl_metric_regression(dl_ctx *ctx, int64_t outputs);

/* Adds a batch. On failure the metric is as it was. */
DL_API dl_status dl_metric_add(dl_metric *m, dl_tensor *pred, dl_tensor *target);
/* Adds what other, of the same kind and settings (DL_EINVAL), has seen; as if its batches came
 * after m's. */
DL_API dl_status dl_metric_merge(dl_metric *m, const dl_metric *other);
DL_API void dl_metric_reset(dl_metric *m); /* as if new */
DL_API void dl_metric_drop(dl_metric *m);  /* any thread */
DL_API dl_ctx *dl_metric_ctx(const dl_metric *m);
/* Name of value i, from 0; those of dl_metric_value come first. NULL: no more. */
DL_API const char *dl_metric_name(const dl_metric *m, int32_t i);
/* The value; NaN with DL_EINVAL, and the names there are, for one that there is not. */
DL_API double dl_metric_value(dl_metric *m, const char *name);
/* The value of one class, output or bin; NaN with DL_EINVAL for one that there is not. */
DL_API double dl_metric_value_at(dl_metric *m, const char *name, int64_t i);

/* How often class `actual` was taken for `predicted`; -1 for a class that there is not, or a metric
 * of another kind. */
DL_API int64_t dl_confusion_count(const dl_metric *m, int32_t actual, int32_t predicted);
/* A report: a line for each class with precision, recall, F1 and support, the averages, and (up to
 * 32 classes) the matrix, rows the true classes. names[0..classes), or NULL for numbers. Writes it
 * with a final NUL, cut to cap bytes; returns the length of the whole without its NUL, negative on
 * failure; buf may be NULL when cap is 0. */
DL_API int64_t dl_confusion_text(dl_metric *m, const char *const *names, char *buf, size_t cap);

/* Runs m over d in evaluation mode, as dl_evaluate does, and adds the results of the first field
 * with the second as target to each of the n metrics. What was added before a failure stays. */
DL_API dl_status dl_evaluate_metrics(dl_module *m, dl_dataset *d, int32_t batch,
                                     dl_metric *const *metrics, int32_t n);

/* ---- single examples ------------------------------------------------------------------------- */

typedef struct dl_mistake {
    int64_t index;                         /* of the example in the dataset                       */
    int64_t label, predicted;              /* classes: the true one, and that of the largest result,
                                              the first of equals, NaN the largest                */
    double probability, label_probability; /* of predicted and of label                           */
    double loss;                           /* -log label_probability; from logits, exactly        */
    int64_t reserved[2];
} dl_mistake;
typedef struct dl_mistakes_opts {
    int32_t by_probability; /* 1: those whose prediction is the most certain; default: those whose
                               loss is the largest                                               */
    int32_t also_right;     /* 1: examples that are predicted rightly, too                       */
    int32_t probabilities;  /* 1: results are probabilities; default: logits                     */
    int32_t reserved[5];    /* must be zero                                                      */
} dl_mistakes_opts;
/* The n examples of d, 1 to 100000, that m gets wrong most badly: out[0] is the worst, and of
 * equals the one that comes first in d. NaN is worse than all. m runs over d in evaluation mode, as
 * dl_evaluate does, with the first field as input, and gives a row of classes, or for two classes
 * one result, for each example (DL_ESHAPE); the second field is the label. Returns how many there
 * are, at most n; negative on failure, out is as it was then. o NULL: defaults. Look at the
 * pictures with dl_dataset_get. */
DL_API int64_t dl_worst_mistakes(dl_module *m, dl_dataset *d, int32_t batch, dl_mistake *out,
                                 int64_t n, const dl_mistakes_opts *o);

#ifdef __cplusplus
}
#endif
#endif
