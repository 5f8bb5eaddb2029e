/* The parts of the training loop. */
#ifndef DL_TRAIN_TRAIN_H
#define DL_TRAIN_TRAIN_H
#include "core/ctx.h"
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
    dl_loader *loader;
    dl__mean mean;    /* of the running epoch                          */
    dl_module *best;  /* a copy with the weights of the best epoch; NULL: not wanted */
    double best_loss; /* validation loss of the best epoch; infinite before  */
    int64_t bad;      /* epochs since then                             */
    int32_t finished; /* stopped early, or all epochs are done         */
    double began;     /* seconds on the steady clock                   */
    double lr;        /* of the last step                              */
} dl__run;

/* The loss and metric of one batch; the results belong to the open scope. metric is NaN if the loss
 * function shows none. who begins messages. */
dl_status dl__run_loss(const char *who, dl_module *m, dl_loss_fn loss, void *user,
                       dl_tensor *const *batch, int32_t n, dl_tensor **value, double *metric);
/* dl_evaluate; 1, without an error, when the context was cancelled. A failure stands in the
 * context. */
int dl__evaluate(dl_module *m, dl_loss_fn loss, void *user, dl_dataset *d, int32_t batch,
                 dl__mean *mean);

/* The modes of m and of all in it; NULL on failure. Putting them back frees modes. */
unsigned char *dl__modes_note(const dl_module *m);
void dl__modes_put_back(dl_module *m, unsigned char *modes);

/* Copies all parameters and buffers; works while an error stands. */
void dl__weights_copy(dl_module *to, dl_module *from);

/* 1 when the epochs without progress are as many as patience allows. */
int32_t dl__run_impatient(const dl__run *r);

/* The checkpoint of a run. */
dl_status dl__run_save(dl__run *r);
dl_status dl__run_load(dl__run *r); /* DL_OK and nothing done if there is no file */
/* Fails now if saving to path would fail for want of a folder, rights or the like. */
dl_status dl__run_probe(dl_ctx *ctx, const char *path);
#endif
