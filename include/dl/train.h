/* dl/train.h: the training loop. It does what you would write by hand with dl/data.h, dl/grad.h and
 * dl/optim.h, and adds validation, events, early stopping, cancellation and resuming. */
#ifndef DL_TRAIN_H
#define DL_TRAIN_H
#include "dl/data.h"
#include "dl/grad.h"
#include "dl/losses.h"
#include "dl/metrics.h"
#include "dl/module.h"
#include "dl/optim.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Runs m on a batch (the n fields of the dataset, first axis the examples) and returns the
 * loss, one element, averaged over the batch. It may set *shown (NULL before) to a
 * one-element metric of the batch, averaged likewise. Both belong to the innermost scope.
 * Returning NULL stops with DL_EUSER, or the standing error. */
typedef dl_tensor *(*dl_loss_fn)(dl_module *m, dl_tensor *const *batch, int32_t n,
                                 dl_tensor **shown, void *user);
/* Cross-entropy (dl_cross_entropy) of m(batch[0]) against the labels or probabilities
 * batch[1]; shows the accuracy, over the labels that are not ignored and with the largest of
 * probabilities as the label. user may be a dl_loss_opts, else NULL. */
DL_API dl_tensor *dl_loss_classify(dl_module *m, dl_tensor *const *batch, int32_t n,
                                   dl_tensor **shown, void *user);
/* Mean squared error (dl_mse) of m(batch[0]) against batch[1]. user as above. */
DL_API dl_tensor *dl_loss_regress(dl_module *m, dl_tensor *const *batch, int32_t n,
                                  dl_tensor **shown, void *user);

/* What callbacks see. Numbers of things that there are not are NaN. */
typedef struct dl_event {
    int64_t epoch, step, steps;      /* epoch from 0; on_step: steps done of steps in this epoch  */
    double loss, metric;             /* averages over the epoch so far, weighted by examples      */
    double valid_loss, valid_metric; /* on_epoch, with a validation set                           */
    double lr;                       /* of the last step                                          */
    double seconds;                  /* since dl_train began, without what a resume skipped       */
    dl_module *model;                /* borrowed */
    dl_optim *optim;                 /* borrowed */
    int32_t best;                    /* on_epoch: 1 when the validation loss is the lowest so far
                                        by more than min_delta                                    */
    int32_t reserved0;
    int64_t examples; /* seen in this epoch                                        */
    int64_t reserved[6];
} dl_event;
/* Nonzero stops with DL_EUSER. What the callback makes and does not take dies when it returns. */
typedef int32_t (*dl_event_fn)(const dl_event *e, void *user);

typedef struct dl_train_opts {
    int32_t epochs;   /* default 10                                                              */
    int32_t batch;    /* default 32                                                              */
    int32_t patience; /* epochs without a lower validation loss before training stops; 0: no early
                         stopping; DL_OFF: stop at the first epoch that is not better            */
    int32_t no_shuffle;
    int32_t workers;      /* of the loader                                                      */
    int32_t restore_best; /* 1: the module ends with the weights of the best epoch, whatever ended
                              the run, an error too; default: with early stopping; DL_OFF: never */
    int32_t resume;       /* 1: go on from checkpoint if that file is there                     */
    int32_t save_epochs;  /* a checkpoint after every save_epochs epochs; default 1             */
    double min_delta;     /* a validation loss counts as lower if it is lower by more           */
    dl_dataset *valid;    /* never the test set; NULL: no validation                            */
    dl_event_fn on_step, on_epoch;
    void *user;
    const char *checkpoint; /* file that holds all it takes to go on with the same bits: written
                               after epochs, when cancelled, when a callback stops; NULL: none */
    int64_t reserved[8];    /* must be zero */
} dl_train_opts;

/* Trains m with o on train. Each epoch: all batches in a new order (mean loss, backward,
 * step), then the validation loss as dl_evaluate has it, then on_epoch, then the checkpoint.
 *
 * A loss that is NaN or infinite is DL_ENUMERIC, before it changes weights. dl_ctx_cancel
 * ends training after the running batch with DL_EUSER, as does a callback that returns
 * nonzero. An option out of range, a data set or optimizer of another context, early stopping
 * or best weights without a validation set, and resuming without a checkpoint's path are
 * DL_EINVAL; a checkpoint that could not be written (no such folder, no rights) is DL_EIO at
 * once. m is put into training mode if it is not; parts of a net in training mode that are in
 * evaluation mode stay in it. All modes, and whether operations are recorded, end as they were.
 *
 * With opts->resume the run that follows gives the bits of a run that was never interrupted,
 * for any number of threads and workers. Set up everything as before: net, optimizer with its
 * groups, clipping and schedule, datasets and options (epochs may be more). What can be
 * compared is: a checkpoint of another net (DL_EFORMAT, DL_ESHAPE, DL_EDTYPE), of another
 * optimizer class, dataset size, batch size, order or seed, or of a run without best weights
 * where this one keeps them (DL_ESTATE) is refused, and nothing has changed. A file that is
 * not there starts from the beginning. */
DL_API dl_status dl_train(dl_module *m, dl_optim *o, dl_loss_fn loss, void *loss_user,
                          dl_dataset *train, const dl_train_opts *opts);

/* Average loss and metric of m over d in evaluation mode and in order, weighted by examples;
 * either pointer may be NULL, both numbers are NaN on failure and where there is none. batch
 * 0: 32. m's modes end as they were, and so do the counters of random numbers: evaluating
 * never changes training. DL_EUSER when cancelled, DL_EINVAL for an empty dataset. */
DL_API dl_status dl_evaluate(dl_module *m, dl_loss_fn loss, void *loss_user, dl_dataset *d,
                             int32_t batch, double *mean_loss, double *mean_metric);

#ifdef __cplusplus
}
#endif
#endif
