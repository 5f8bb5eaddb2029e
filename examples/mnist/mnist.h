/* The mnist program: what its parts share. */
#ifndef MNIST_H
#define MNIST_H
#include "dl/dl.h"
#include "images.h"
#include "options.h"
#include "program.h"

typedef struct mnist_settings {
    int64_t epochs, batch, hidden, seed, threads, workers, patience;
    int64_t check_finite, dry_run, overfit, resume, force, help, version;
    double lr, momentum, weight_decay, dropout, valid, clip;
    const char *data, *out, *config, *optimizer, *schedule, *engine;
    const char *self; /* the program as it was called */
} mnist_settings;

extern const char mnist_name[];
extern const char mnist_run_file[], mnist_model_file[]; /* in the folder of a run */

/* The net of the settings, for images of that many pixels; NULL on failure. */
dl_module *mnist_net(dl_ctx *ctx, const mnist_settings *s, int64_t pixels);
/* The commands; they return exit codes. */
int mnist_train(dl_ctx *ctx, const mnist_settings *s, const option *o, int n);
int mnist_predict(dl_ctx *ctx, const mnist_settings *s, const char *const *what, int n);
int mnist_info(dl_ctx *ctx, const char *path);

/* ---- of the run, in history.c ---------------------------------------------------------------- */

/* One line of metrics.csv. Numbers of things that there are not are NaN. */
typedef struct mnist_row {
    double loss, metric, valid_loss, valid_metric, lr, seconds;
} mnist_row;

typedef struct mnist_history {
    mnist_row *row;
    int64_t n, cap; /* epochs that are over, epochs in all */
} mnist_history;

/* Room for cap epochs. 0, or an exit code. */
int history_begin(mnist_history *h, int64_t cap);
void history_end(mnist_history *h);
/* Takes the lines of an earlier part of the run; what cannot be read is left out. */
void history_read(mnist_history *h, const char *path);
/* Writes all lines again: after a resume there may be some that are no longer true. 0, or errno. */
int history_write(const mnist_history *h, const char *path);
dl_status history_draw(const mnist_history *h, dl_ctx *ctx, const char *title, const char *path);
#endif
