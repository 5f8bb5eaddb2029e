/* A problem small enough to train in a test: three clouds of points in four dimensions. */
#ifndef DL_SUPPORT_TOY_H
#define DL_SUPPORT_TOY_H
#include "dl/train.h"

typedef struct toy {
    dl_ctx *ctx;
    dl_dataset *train, *valid;
    dl_module *net; /* dense, relu, dropout, dense */
    dl_optim *optim;
} toy;

enum { TOY_ADAM, TOY_MOMENTUM }; /* both with a schedule */
/* n training examples, and half of that for validation. */
void toy_make(toy *t, dl_ctx *ctx, int64_t n, int optim);
void toy_end(toy *t);
void toy_hash(const toy *t, char hex[65]);
/* The first weight is not what it is any more. */
void toy_change(toy *t);
#endif
