/* Any bytes as a file of CIFAR, plain or packed; the last byte chooses which. */
#include <stdint.h>
#include "core/ctx.h"
#include "io/cifar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dl_ctx *ctx;
    static int64_t at_rest;
    dl__source s;
    dl__cifar c = {.labels = size > 0 && data[size - 1] & 1 ? 2 : 1};
    if (!ctx) {
        ctx = dl_ctx_new(&(dl_ctx_opts){.memory_limit = 64 << 20, .threads = 1});
        at_rest = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    }
    if (dl__source_memory(&s, ctx, "input", data, size) == DL_OK) {
        dl_status status = dl__cifar_read(&s, &c);
        if (c.n < 0 || c.n > c.cap || (uint64_t)c.n > (uint64_t)size * 1032 / 3073 ||
            (status == DL_OK && c.n == 0))
            __builtin_trap();
        for (int64_t i = 0; i < c.n; i++)
            if (c.record[i * dl__cifar_record(c.labels)] >= (c.labels == 1 ? 10 : 20))
                __builtin_trap();
        dl__free(c.record);
        dl__source_close(&s);
    }
    if (dl_ctx_bytes(ctx, DL_BYTES_LIVE) != at_rest)
        __builtin_trap();
    dl_ctx_clear(ctx);
    return 0;
}
