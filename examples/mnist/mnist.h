/* The mnist program: what its parts share. */
#ifndef MNIST_H
#define MNIST_H
#include "dl/dl.h"
#include "options.h"
#include "program.h"

enum { MNIST_PATH = 4200 };

typedef struct mnist_settings {
    int64_t epochs, batch, hidden, seed, threads, workers, patience;
    int64_t check_finite, dry_run, overfit, resume, force, help;
    double lr, momentum, weight_decay, dropout, valid, clip;
    const char *data, *out, *config, *optimizer, *schedule, *engine;
} mnist_settings;

extern const char mnist_name[];

/* The net of the settings; NULL on failure. */
dl_module *mnist_net(dl_ctx *ctx, const mnist_settings *s);
/* Finds the folder of the data: --data, MNIST, else Fashion-MNIST. what names it. */
int mnist_data(dl_ctx *ctx, const char *data, char *path, size_t cap, const char **what);
/* The three commands; they return exit codes. */
int mnist_train(dl_ctx *ctx, const mnist_settings *s, const option *o, int n);
int mnist_predict(dl_ctx *ctx, const mnist_settings *s, const char *const *what, int n);
int mnist_info(dl_ctx *ctx, const char *path);
/* Names of the classes of a data set that mnist_data found. */
const char *const *mnist_classes(const char *what);
#endif
