/* Any bytes as a CSV file, plain or packed, with options that the first byte chooses: no crash, no
 * leak. */
#include <stdint.h>
#include <string.h>
#include "core/ctx.h"
#include "data/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dl_ctx *ctx;
    static int64_t at_rest;
    dl__source s;
    if (!ctx) {
        dl_ctx_opts opts = {.memory_limit = 64 << 20, .threads = 1};
        ctx = dl_ctx_new(&opts);
        at_rest = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    }
    uint8_t how = size > 0 ? data[0] : 0;
    dl_csv_opts o = {.separator = how & 1 ? ';' : 0,
                     .no_header = how >> 1 & 1,
                     .target = (how >> 2) % 3,
                     .missing = (how >> 4) % 3,
                     .first_seen = how >> 6 & 1};
    size_t skip = size > 0;
    if (dl__source_memory(&s, ctx, "input", data + skip, size - skip) == DL_OK) {
        dl_dataset *d = dl__csv_dataset(&s, &o);
        int64_t n = dl_dataset_size(d);
        dl_tensor *field[2];
        int32_t mark = dl_scope_begin(ctx);
        if (n > 0 && (dl_dataset_get(d, n - 1, 0, field, dl_dataset_field_count(d)) != DL_OK))
            dl_ctx_clear(ctx);
        dl_scope_end(ctx, mark);
        dl_dataset_drop(d);
        dl__source_close(&s);
    }
    if (dl_ctx_bytes(ctx, DL_BYTES_LIVE) != at_rest)
        __builtin_trap();
    dl_ctx_clear(ctx);
    return 0;
}
