#include "kernels/slots.h"
#include "core/check.h"
#include "core/error.h"
#include "core/memory.h"

dl_status dl__slots_begin(dl__slots *s, dl_ctx *ctx, int64_t bytes, int64_t items)
{
    const int32_t threads = dl_ctx_threads(ctx);
    int64_t all;
    *s = (dl__slots){.n = items < threads ? (int32_t)items : threads};
    s->n = s->n < 1 ? 1 : s->n;
    if (!dl__add_i64(bytes, DL__ALIGN - 1, &s->bytes))
        return dl_fail(ctx, DL_ELIMIT, "memory for the threads would have too many bytes");
    s->bytes = s->bytes / DL__ALIGN * DL__ALIGN;
    if (!dl__mul_i64(s->bytes, s->n, &all))
        return dl_fail(ctx, DL_ELIMIT, "memory for the threads would have too many bytes");
    s->memory = dl__alloc(ctx, (size_t)all);
    s->busy = s->memory ? dl__calloc(ctx, (size_t)s->n * sizeof *s->busy) : NULL;
    return s->busy ? DL_OK : ctx->status;
}

void dl__slots_end(dl__slots *s)
{
    dl__free(s->memory);
    dl__free(s->busy);
}

/* There is a free one: no more threads than slots are inside. */
int32_t dl__slots_take(dl__slots *s)
{
    for (int32_t i = 0;; i = i + 1 < s->n ? i + 1 : 0)
        if (!atomic_exchange_explicit(&s->busy[i], 1, memory_order_acquire))
            return i;
}
