/* Which examples an epoch has when they are drawn. */
#ifndef DL_DATA_SAMPLER_H
#define DL_DATA_SAMPLER_H
#include "data/dataset.h"

typedef struct dl__sampler {
    int32_t kind; /* DL_SAMPLE_*                                                        */
    int64_t n;    /* examples that can be drawn                                         */
    int64_t draws;
    double *weight;   /* [n], NULL: equal; REPLACE: sums up to and with each, ONCE: as given    */
    double *key;      /* ONCE: [n]                                                          */
    int64_t *order;   /* ONCE: [2 n]                                                        */
    int64_t positive; /* examples with a weight above zero        */
    int64_t last;     /* of them, where there are weights         */
    uint32_t digest;  /* of the weights: two samplers with one are taken for the same     */
} dl__sampler;

/* Checks the options for a dataset of n examples and takes all memory. On failure nothing is
 * held. */
dl_status dl__sampler_init(dl__sampler *s, dl_ctx *ctx, const dl_loader_opts *o, int64_t n);
void dl__sampler_end(dl__sampler *s);
/* The draws of an epoch: index[0..draws). */
void dl__sampler_draw(dl__sampler *s, uint64_t seed, int64_t epoch, int64_t *index);
#endif
