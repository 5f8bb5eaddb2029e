/* What a loader is made of. Batches are numbered; a batch's content depends on its number alone. */
#ifndef DL_DATA_LOADER_H
#define DL_DATA_LOADER_H
#include <pthread.h>
#include "data/dataset.h"
#include "data/sampler.h"

enum { DL__WORKERS = 64 };

/* A batch being made: its memory is taken by the caller's thread, filled by whoever reads. */
typedef struct dl__batch {
    const dl_dataset *dataset;
    const int64_t *index; /* its examples */
    int64_t n;
    uint64_t seed;
    int64_t epoch;
    int64_t drawn; /* the number of its first draw, which decides the keys; -1: examples do */
    dl_tensor *field[DL__FIELDS]; /* [n, ...], kept */
    char *memory[DL__FIELDS];
    size_t bytes[DL__FIELDS]; /* of one example */
    dl__error error;
    int64_t next, left, failed; /* see loader_workers.c */
} dl__batch;

typedef struct dl__crew dl__crew;

struct dl_loader {
    dl__object base;
    dl_dataset *dataset;          /* kept */
    int64_t size, batch, batches; /* examples of an epoch and of a batch   */
    int32_t shuffle;              /* 0: in order, 1: shuffled, else drawn: tells samplers apart */
    dl__sampler sampler;
    int64_t epoch, position; /* of the next batch given out               */
    int64_t *order;          /* of order_epoch                            */
    int64_t order_epoch;     /* which epoch order is of; -1: none         */
    dl__crew *crew;          /* threads that load ahead; NULL: none       */
};

/* Fills examples [first, end) of the batch; the first that cannot be read ends it, and goes to e.
 * Any thread, if the dataset allows it. */
void dl__batch_fill(const dl__batch *b, int64_t first, int64_t end, dl__error *e);
void dl__batch_drop(dl__batch *b);
/* dl_loader_next, blind to dl_ctx_cancel: what began is finished. */
int32_t dl__loader_next(dl_loader *l, dl_tensor **field, int32_t n);
/* The threads: load ahead within an epoch. When the system gives fewer than wanted, those do;
 * when it gives none, or after a fork, the caller fills a batch when it takes it, as it always does
 * with what nobody has begun. NULL on failure. */
dl__crew *dl__crew_new(dl_ctx *ctx, int32_t workers);
int32_t dl__crew_threads(const dl__crew *c); /* that could be made; 0 for NULL */
void dl__crew_fail(int32_t n);  /* tests: the n-th thread from now on cannot be made; 0: none */
void dl__crew_end(dl__crew *c); /* waits for them; any thread */
/* Forgets what was loaded ahead; waits only for what is being filled. */
void dl__crew_reset(dl__crew *c);
/* How many batches may be handed out before the oldest is taken back; how many are. */
int32_t dl__crew_room(const dl__crew *c);
int32_t dl__crew_busy(const dl__crew *c);
/* Hands a batch out; takes the oldest back, filled. */
void dl__crew_give(dl__crew *c, const dl__batch *b);
dl__batch dl__crew_take(dl__crew *c);
#endif
