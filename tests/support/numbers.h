/* A dataset of the tests' own, made through dl_dataset_new as a program outside would. */
#ifndef DL_SUPPORT_NUMBERS_H
#define DL_SUPPORT_NUMBERS_H
#include <pthread.h>
#include <stdatomic.h>
#include "dl/data.h"
#include "dl/ext.h"
#include "support/support.h"

typedef struct numbers {
    int64_t n;
    int32_t threads;      /* may be read on any thread                                       */
    atomic_llong broken;  /* this example cannot be read; -1: all can                        */
    int32_t slow;         /* microseconds that reading takes                                 */
    pthread_t owner;      /* who made it                                                     */
    atomic_int reads;     /* examples read                                                   */
    atomic_int strangers; /* of them on other threads than owner                             */
    atomic_int freed;     /* times that free was called                                      */
} numbers;

void numbers_init(numbers *s, int64_t n, int32_t threads);
/* Fields "x" f32 [2] = {i, noise drawn from key} and "i" i64 [] = i. */
dl_dataset *numbers_dataset(dl_ctx *ctx, numbers *s);
/* What call makes of a dataset of n examples, its user, fails with each of its allocations, of
 * which there are at least so many; the dataset stays. */
void check_dataset_faults(dl_ctx *ctx, fault_call call, int64_t n, int least);
/* A summary of all bytes of the batches of `epochs` epochs, which are dropped. */
uint64_t loader_digest(dl_loader *l, int epochs);
uint64_t digest(uint64_t seed, const void *p, size_t n); /* FNV-1a, goes on from seed */
#endif
