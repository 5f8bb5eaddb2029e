/* A convolutional net and pictures for it, small enough to train in a test, with all that a run can
 * have: batch normalization, dropout, random crops and mirrors, momentum, a cycle of the rate and
 * of the momentum. */
#ifndef DL_SUPPORT_TINY_PICTURES_H
#define DL_SUPPORT_TINY_PICTURES_H
#include "dl/train.h"

typedef struct tiny {
    dl_dataset *train, *valid; /* [3, 8, 8] and one of four classes; train changes at random */
    dl_module *net;            /* two convolutions, 0 to 2.bias .. and a dense layer         */
    dl_optim *optim;           /* SGD                                                        */
} tiny;

enum { TINY_BATCH = 8, TINY_EXAMPLES = 40 }; /* examples of train; half of that in valid */
/* The cycle has so many steps. */
void tiny_make(tiny *t, dl_ctx *ctx, int64_t steps);
void tiny_end(tiny *t);
#endif
