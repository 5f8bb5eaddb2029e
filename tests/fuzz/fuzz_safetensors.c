/* Any bytes as a safetensors file: no crash, no leak; what is accepted covers the data exactly, and
 * its elements can be converted. */
#include <stdint.h>
#include <string.h>
#include "core/ctx.h"
#include "io/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int fine)
{
    if (!fine)
        __builtin_trap();
}

static void use(dl_ctx *ctx, const dl__st_header *h, const uint8_t *data, size_t size)
{
    int64_t at = 0;
    for (int32_t i = 0; i < h->n_entry; i++) {
        const dl__st_entry *e = &h->entry[i];
        const dl__st_type *t = dl__st_type_at(e->type);
        size_t n = (size_t)(e->end - e->begin);
        check(e->begin == at && n <= size - (size_t)h->data_at - (size_t)at);
        check(dl__st_find(h, e->name) == i);
        at = e->end;
        if (t->as < 0)
            continue;
        size_t room = (size_t)e->count * dl_dtype_size(t->as);
        uint8_t *dst = dl__alloc(ctx, room);
        if (!dst)
            continue;
        memcpy(dst + room - n, data + h->data_at + e->begin, n);
        int64_t bad = dl__st_convert(e->type, dst, e->count);
        check(bad >= -1 && bad < (e->count ? e->count : 1));
        dl__free(dst);
    }
    check(h->data_at + at == (int64_t)size);
    for (int32_t i = 0; i < h->n_meta; i++)
        check(strlen(h->meta[i].key) + strlen(h->meta[i].value) < (size_t)h->data_at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dl_ctx *ctx;
    static int64_t at_rest;
    dl__st_header h;
    size_t length, first = size < 64 ? size : 64;
    if (!ctx) {
        dl_ctx_opts opts = {.memory_limit = 64 << 20, .threads = 1};
        ctx = dl_ctx_new(&opts);
        at_rest = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    }
    if (dl__st_length(ctx, "input", data, first, (int64_t)size, &length) == DL_OK &&
        dl__st_parse(&h, ctx, "input", data, 8 + length, (int64_t)size) == DL_OK) {
        use(ctx, &h, data, size);
        dl__st_free(&h);
    }
    check(dl_ctx_bytes(ctx, DL_BYTES_LIVE) == at_rest);
    dl_ctx_clear(ctx);
    return 0;
}
