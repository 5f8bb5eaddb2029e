/* Any bytes as an IDX file, plain or packed: no crash, no leak, no memory beyond what they
 * justify. */
#include <stdint.h>
#include <string.h>
#include "core/ctx.h"
#include "io/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dl_ctx *ctx;
    static int64_t at_rest;
    dl__source s;
    dl__idx x;
    if (!ctx) {
        dl_ctx_opts opts = {.memory_limit = 64 << 20, .threads = 1};
        ctx = dl_ctx_new(&opts);
        at_rest = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    }
    if (dl__source_memory(&s, ctx, "input", data, size) == DL_OK) {
        if (dl__idx_begin(&s, &x) == DL_OK) {
            size_t bytes = (size_t)x.count * dl_dtype_size(x.as);
            if (bytes > 4 * 1032 * size) /* i8 to i32, and what deflate can do */
                __builtin_trap();
            void *dst = dl__alloc(ctx, bytes);
            if (dst)
                dl__idx_fill(&s, &x, dst);
            dl__free(dst);
        }
        dl__source_close(&s);
    }
    if (dl_ctx_bytes(ctx, DL_BYTES_LIVE) != at_rest)
        __builtin_trap();
    dl_ctx_clear(ctx);
    return 0;
}
