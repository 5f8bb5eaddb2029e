/* dl/train.h: the training loop. It does what you would write by hand with dl/data.h, dl/grad.h and
 * dl/optim.h, and adds validation, events, early stopping, cancellation and resuming. What events
 * are written to: dl/callbacks.h. */
#ifndef DL_TRAIN_H
#define DL_TRAIN_H
#include "dl/average.h"
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
    int32_t validated;               /* on_epoch: 1 when there is a validation set                */
    int64_t examples;                /* seen in this epoch                                        */
    double penalty;                  /* average over the epoch so far of l1, l2; not part of loss */
    dl_module *averaged; /* borrowed: the net with averaged weights; NULL: no average      */
    int64_t reserved[4];
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
    int32_t accumulate;     /* batches whose gradients make one step; default 1                 */
    int32_t n_callbacks;
    double max_seconds; /* training ends after the step in which this time runs out; 0: none    */
    int64_t max_steps;  /* and after so many steps in all, those before a resume counted        */
    double l1, l2;      /* l1 sum |w| + l2 sum w^2 is minimized, too (dl/penalty.h); default 0  */
    const char *penalized; /* of which parameters: a pattern of dl/penalty.h; NULL: the weights */
    dl_callback *const *callbacks; /* n_callbacks (dl/callbacks.h); dl_train borrows them       */
    dl_average *average; /* of m (dl/average.h), updated after every step: its net is what is
                            validated and kept as the best; borrowed. NULL: none                */
    const dl_loader_opts *loader; /* of the training set: samples, batches that are left out.
                                     batch, no_shuffle and workers above must be 0 then         */
    const char *settings; /* text (UTF-8) that the checkpoint carries as "settings", such as the
                             options of your program; NULL: none                               */
    int64_t reserved[7];  /* must be zero                                                      */
} dl_train_opts;

/* Trains m with o on train. Each epoch: all batches in a new order (mean loss, backward, step),
 * then the validation loss as dl_evaluate has it, which, or without a validation set the training
 * loss, the schedule of o is told (dl_sched_report), then on_epoch and the callbacks, then the
 * checkpoint.
 *
 * With accumulate, a step follows on so many batches, or on what is left of them at the end of an
 * epoch. Its gradient is that of one batch with all their examples: each loss weighs what its batch
 * has of them. What normalizes over a batch sees the small ones. Events, steps and cancelling mean
 * steps then, not batches.
 *
 * With average, m trains on its own weights and ends with them, unless the best are restored: those
 * are averaged ones. The average is in the checkpoint.
 *
 * Training that max_seconds or max_steps ends within an epoch saves its checkpoint and is DL_OK;
 * the epoch has no validation and no on_epoch, unless a resume goes on with it.
 *
 * A loss that is NaN or infinite is DL_ENUMERIC, before it changes weights. dl_ctx_cancel
 * ends training after the running step with DL_EUSER, as does a callback that returns nonzero.
 * A callback that leaves an error ends it with that. In all three cases the checkpoint, if there
 * is one, is saved first. An option out of range, a data set or optimizer of another context, early
 * stopping or best weights without a validation set, and resuming without a checkpoint's path are
 * DL_EINVAL; a checkpoint that could not be written (no such folder, no rights) is DL_EIO at once.
 * m is put into training mode if it is not; parts of a net in training mode that are in evaluation
 * mode stay in it. All modes, and whether operations are recorded, end as they were. After
 * every step the gradients of m, and of all parameters that o has, are absent.
 *
 * With dl_optim_lbfgs each step computes the loss of its batches several times, with the same
 * dropout; it wants large ones (accumulate).
 *
 * With opts->resume the run that follows gives the bits of a run that was never interrupted,
 * for any number of threads and workers. Set up everything as before: net, optimizer with its
 * groups, clipping and schedule, datasets and options (epochs may be more). What can be
 * compared is: a checkpoint of another net (DL_EFORMAT, DL_ESHAPE, DL_EDTYPE), of another
 * optimizer class, dataset size, batch size, accumulation, order or seed, or of a run without best
 * weights where this one keeps them (DL_ESTATE) is refused, and nothing has changed. A file that is
 * not there starts from the beginning; where only the one before it is left, path.prev, that is
 * DL_EIO, as a new run would replace it. */
DL_API dl_status dl_train(dl_module *m, dl_optim *o, dl_loss_fn loss, void *loss_user,
                          dl_dataset *train, const dl_train_opts *opts);

/* Average loss and metric of m over d in evaluation mode and in order, weighted by examples;
 * either pointer may be NULL, both numbers are NaN on failure and where there is none. batch
 * 0: 32. m's modes end as they were, and so do the counters of random numbers: evaluating
 * never changes training. DL_EUSER when cancelled, DL_EINVAL for an empty dataset. */
DL_API dl_status dl_evaluate(dl_module *m, dl_loss_fn loss, void *loss_user, dl_dataset *d,
                             int32_t batch, double *mean_loss, double *mean_metric);

/* Gives batch normalization the statistics of all examples of d, in place of running averages:
 * every part of m with the buffers "running_mean", "running_var" and "num_batches_tracked" gets the
 * exact mean and the unbiased variance of each channel of what comes to it, [N, C, ..], when m runs
 * on that field of d in evaluation mode; the last buffer counts the batches. In double, stably
 * (Chan, Golub, LeVeque, 1983), so batch (0: 32) makes no difference beyond rounding. The first
 * part is measured before the second runs with it, so there are as many passes over d as parts; for
 * one pass that is less exact train with dl_norm_opts.cumulative. For use after training, and for
 * the weights of dl_average_module, whose statistics are those of other weights.
 *
 * m has one input, the field. Parts that are held (dl_module_hold) or frozen, or that do not run,
 * keep what they have. Modes and the counters of random numbers stay. Takes memory for a copy of m.
 * Returns the number of parts measured; 0: m has none. Negative on failure, and m is as it was:
 * DL_EINVAL (another context, no such field, no examples), DL_ESTATE (m is frozen, a shared one, or
 * has no data), DL_ESHAPE (fewer than two values of a channel), DL_ENUMERIC (statistics that are
 * not finite), DL_EUSER (cancelled). Ioffe and Szegedy, ICML 2015, algorithm 2. */
DL_API int32_t dl_bn_recalibrate(dl_module *m, dl_dataset *d, int32_t field, int32_t batch);

/* Options of dl_lr_find. */
typedef struct dl_lr_find_opts {
    double low, high;    /* the first and the last rate; default 1e-7 and 10               */
    double smoothing;    /* of the losses, in [0, 1): see below; default 0.98              */
    double stop_factor;  /* ends where the smoothed loss is above its lowest, a, by more than
                            (stop_factor - 1) |a|; > 1, default 4                          */
    int32_t steps;       /* rates to try, at least 2; default 100                          */
    int32_t batch;       /* default 32                                                     */
    int32_t workers;     /* of the loader                                                  */
    int32_t reserved[7]; /* must be zero                                                   */
} dl_lr_find_opts;

/* Learning-rate range test (Smith, WACV 2017): trains m with o for steps batches of d, in shuffled
 * order and from the beginning again where they end, while the base rate grows from low to high by
 * the same factor at each step; no schedule applies. lr[i] and losses[i], i < *n <= steps, are the
 * rates and the losses before their updates, smoothed:
 *     a_i = smoothing a_(i-1) + (1 - smoothing) l_i,    losses[i] = a_i / (1 - smoothing^(i + 1))
 * It ends early where the loss is not finite (which is not among them) or has grown too far.
 * *suggestion is the rate at which the smoothed loss falls steepest over log lr, among those before
 * the lowest loss and after the first tenth of them; NaN when the loss never falls. Each pointer
 * may be NULL.
 *
 * Afterwards, also on failure, weights, buffers, state, step counts, rate and schedule of o, the
 * counters of random numbers and the modes are as before to the bit; gradients are absent.
 * DL_EINVAL: an option out of range, a NULL, another context, an empty dataset; DL_ESTATE: o is
 * dl_optim_lbfgs, which searches for its rate itself; DL_EUSER: cancelled, or the loss returned
 * NULL; DL_ENOMEM: there must be room for a copy of all that is put back. *n is 0 and *suggestion
 * NaN then. */
DL_API dl_status dl_lr_find(dl_module *m, dl_optim *o, dl_loss_fn loss, void *loss_user,
                            dl_dataset *d, const dl_lr_find_opts *opts, double *lr, double *losses,
                            int32_t *n, double *suggestion);

#ifdef __cplusplus
}
#endif
#endif
