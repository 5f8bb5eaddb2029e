/* Memory for the tasks of one parallel call, taken before it: tasks may not allocate. There are as
 * many slots as threads can be at work at once; which one a task gets must not change its
 * result. */
#ifndef DL_KERNELS_SLOTS_H
#define DL_KERNELS_SLOTS_H
#include <stdatomic.h>
#include "core/ctx.h"

typedef struct dl__slots {
    char *memory;
    atomic_int *busy;
    int64_t bytes;
    int32_t n;
} dl__slots;

/* For a call of that many items; bytes >= 0 of each slot. Ends with dl__slots_end, also after a
 * failure: DL_ENOMEM, DL_ELIMIT. */
dl_status dl__slots_begin(dl__slots *s, dl_ctx *ctx, int64_t bytes, int64_t items);
void dl__slots_end(dl__slots *s);
/* A slot that nobody else has until it is given back. 64-byte aligned, not initialised. */
int32_t dl__slots_take(dl__slots *s);
static inline void *dl__slots_at(const dl__slots *s, int32_t slot)
{
    return s->memory + slot * s->bytes;
}
static inline void dl__slots_give(dl__slots *s, int32_t slot)
{
    atomic_store_explicit(&s->busy[slot], 0, memory_order_release);
}
#endif
