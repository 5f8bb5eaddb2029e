/* Room to read examples into, on any thread. Memory is taken on the context's thread alone, so it
 * is there from the start: for each thread of the context, or each core where those are more, since
 * threads of a loader read too; and for one reader more. Readers beyond that wait until another is
 * done. */
#ifndef DL_DATA_ROOMS_H
#define DL_DATA_ROOMS_H
#include <pthread.h>
#include <stdatomic.h>
#include "data/dataset.h"

enum { DL__ROOMS = 65 };

typedef struct dl__rooms {
    char *memory; /* n * bytes              */
    size_t bytes; /* of one room            */
    int32_t n;
    pthread_mutex_t lock;
    pthread_cond_t back;
    atomic_int process; /* whose threads hold rooms; negative: that one is at taking them over */
    int32_t n_free;     /* of these rooms */
    char *free[DL__ROOMS];
} dl__rooms;

/* Adds what begins at *at, takes n elements of `size` bytes and is followed by something aligned.
 * 0 when that is more than there can be. */
int dl__room_add(size_t *at, size_t n, size_t size);
/* The same for a field of d. */
int dl__room_field(size_t *at, const dl_field *f);
/* Rooms of `bytes` each; threads 0: one reader at a time. On failure nothing is held. */
dl_status dl__rooms_begin(dl__rooms *r, dl_ctx *ctx, const char *who, size_t bytes,
                          int32_t threads);
void dl__rooms_end(dl__rooms *r);
char *dl__room_take(dl__rooms *r);
void dl__room_give(dl__rooms *r, char *room);
#endif
