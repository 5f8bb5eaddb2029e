/* The parts of the training loop. */
#ifndef DL_TRAIN_TRAIN_H
#define DL_TRAIN_TRAIN_H
#include "core/ctx.h"
#include "data/dataset.h"
#include "dl/train.h"

/* Averages over examples. */
typedef struct dl__mean {
    double loss, metric; /* sums, weighted by examples  */
    int64_t n;           /* examples                    */
    int64_t n_metric;    /* examples that had a metric  */
} dl__mean;
void dl__mean_add(dl__mean *mean, double loss, double metric, int64_t n); /* metric may be NaN */
double dl__mean_loss(const dl__mean *mean); /* NaN when nothing was added */
double dl__mean_metric(const dl__mean *mean);

/* One training run. All that a resumed run needs is in here, the module, the optimizer, the
 * loader and the context's random counters. */
typedef struct dl__run {
    dl_ctx *ctx;
    dl_module *m;
    dl_optim *o;
    dl_loss_fn loss;
    void *loss_user;
    const dl_train_opts *opts;
    int32_t epochs, fields;
    int32_t accumulate; /* batches in a step                               */
    double l1, l2;      /* 0: none                                         */
    dl_loader *loader;
    dl__mean mean;    /* of the running epoch                          */
    double penalty;   /* its sum over the running epoch, weighted by examples */
    dl_module *best;  /* a copy with the weights of the best epoch; NULL: not wanted */
    double best_loss; /* validation loss of the best epoch; infinite before  */
    int64_t bad;      /* epochs since then                             */
    int32_t finished; /* stopped early, or all epochs are done         */
    int32_t begun;    /* callbacks that were told so                   */
    double began;     /* seconds on the steady clock                   */
    double lr;        /* of the last step                              */
    dl_event last;    /* what callbacks were told last                 */
} dl__run;

/* ---- options (check.c) ---- */
dl_status dl__run_check(dl_module *m, const dl_train_opts *o, dl_optim *optim, dl_dataset *train);

/* ---- steps (step.c, loss.c) ---- */
/* Forward, backward, update with the batches of one step. */
dl_status dl__run_step(dl__run *r);
/* The weighted penalties, which also go to the epoch's average as those of so many examples; NULL:
 * there are none, or an error stands. */
dl_tensor *dl__run_penalty(dl__run *r, int64_t examples);
/* A step over n batches, for an optimizer that computes the loss itself (solve.c). */
dl_status dl__run_solve(dl__run *r, dl_tensor *(*field)[DL__FIELDS], int32_t n, int64_t examples);
/* Takes the gradients from m and from all that o was made for, which may be more. */
void dl__no_gradients(dl_module *m, dl_optim *o);
/* Steps done and steps in all of the running epoch. */
int64_t dl__run_steps_done(const dl__run *r);
int64_t dl__run_steps(const dl__run *r);
/* The loss and metric of one batch; the results belong to the open scope. metric is NaN if the loss
 * function shows none. who begins messages. */
dl_status dl__run_loss(const char *who, dl_module *m, dl_loss_fn loss, void *user,
                       dl_tensor *const *batch, int32_t n, dl_tensor **value, double *metric);

/* ---- epochs (epoch.c, evaluate.c) ---- */
/* What is left of the epochs. */
dl_status dl__run_epochs(dl__run *r);
/* dl_evaluate; 1, without an error, when the context was cancelled. A failure stands in the
 * context. */
int dl__evaluate(dl_module *m, dl_loss_fn loss, void *user, dl_dataset *d, int32_t batch,
                 dl__mean *mean);
/* 1 when the epochs without progress are as many as patience allows, or the steps as max_steps. */
int32_t dl__run_done(const dl__run *r);

/* ---- events (events.c) ---- */
double dl__run_seconds(const dl__run *r); /* since it began */
dl_event dl__run_event(const dl__run *r);
/* Tell all who listen; 1 when one of them wants to stop, or left an error. */
int dl__run_tell_begin(dl__run *r);
int dl__run_tell_step(dl__run *r);
int dl__run_tell_epoch(dl__run *r, const dl_event *e);
void dl__run_tell_end(dl__run *r);
/* Saves, if there is a checkpoint, and then reports why training stops: the error that a callback
 * left, or DL_EUSER. */
dl_status dl__run_stop(dl__run *r, const char *why);

/* ---- state (mode.c, weights.c, resume.c) ---- */
/* The modes of m and of all in it; NULL on failure. Putting them back frees modes. */
unsigned char *dl__modes_note(const dl_module *m);
void dl__modes_put_back(dl_module *m, unsigned char *modes);
/* Copies all parameters and buffers; works while an error stands, and takes no memory where both
 * tables (dl__module_table) are made. */
void dl__weights_copy(dl_module *to, dl_module *from);
void dl__buffers_copy(dl_module *to, dl_module *from);
/* The checkpoint of a run. */
dl_status dl__run_save(dl__run *r);
dl_status dl__run_load(dl__run *r); /* DL_OK and nothing done if there is no file */
/* Fails now if saving to path would fail for want of a folder, rights or the like. */
dl_status dl__run_probe(dl_ctx *ctx, const char *path);
#endif
