/* Any bytes as a picture: no crash, no hang, no leak, no size that the bytes do not justify; and
 * the first bytes of a file say the same size as all of it. The last byte chooses the channels. */
#include <stdint.h>
#include <string.h>
#include "core/ctx.h"
#include "io/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIXELS = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dl_ctx *ctx;
    static int64_t at_rest;
    dl__error e = {DL_OK, ""}, first = {DL_OK, ""};
    dl__picture pic, head;
    if (!ctx) {
        ctx = dl_ctx_new(&(dl_ctx_opts){.memory_limit = 64 << 20, .threads = 1});
        at_rest = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    }
    if (dl__picture_open(&pic, data, size, 0, "input", PIXELS, &e) == DL_OK) {
        const int32_t channels = data[size - 1] & 1 ? 3 : 1;
        const size_t bytes = (size_t)(channels * pic.h * pic.w);
        if ((uint64_t)(pic.h * pic.w) > (uint64_t)size * 8 * 1032)
            __builtin_trap();
        if (dl__picture_open(&head, data, size, size, "input", PIXELS, &first) != DL_OK ||
            head.h != pic.h || head.w != pic.w || head.room != pic.room)
            __builtin_trap();
        uint8_t *out = dl__alloc(ctx, bytes);
        void *room = dl__alloc(ctx, pic.room);
        if (out && room && dl__picture_decode(&pic, channels, out, room) == DL_OK) {
            uint8_t sum = 0; /* a sanitizer sees a pixel that was not written */
            for (size_t i = 0; i < bytes; i++)
                sum = (uint8_t)(sum + out[i]);
            memset(out, sum, bytes);
        }
        dl__free(room);
        dl__free(out);
    }
    if (dl_ctx_bytes(ctx, DL_BYTES_LIVE) != at_rest)
        __builtin_trap();
    dl_ctx_clear(ctx);
    return 0;
}
