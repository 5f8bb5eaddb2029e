/* Any text as the call of an autopsy, over operands of a few shapes and types: no crash, no leak,
 * and the context is as it was. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/ctx.h"
#include "dl/io.h"
#include "module/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int fine)
{
    if (!fine)
        __builtin_trap();
}

/* f32 [2, 3], [3, 3], [3], and labels [2]. */
static dl_safetensors *operands(dl_ctx *ctx)
{
    static const char *const names[] = {"operand.0", "operand.1", "operand.2", "operand.3"};
    char path[64];
    snprintf(path, sizeof path, "fuzz_autopsy.%ld", (long)getpid());
    dl_tensor *t[] = {
        dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2, 3)), dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(3, 3)),
        dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(3)), dl_tensor_zeros(ctx, DL_I64, DL_SHAPE(2))};
    check(dl_safetensors_save(ctx, path, names, t, 4, NULL, NULL, 0, NULL) == DL_OK);
    dl_safetensors *file = dl_safetensors_open(ctx, path, NULL);
    check(file && unlink(path) == 0);
    for (int i = 0; i < 4; i++)
        dl_tensor_drop(t[i]);
    return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dl_ctx *ctx;
    static dl_safetensors *file;
    static int64_t at_rest;
    if (!ctx) {
        dl_ctx_opts opts = {.memory_limit = 64 << 20, .threads = 1, .seed = 3};
        ctx = dl_ctx_new(&opts);
        file = operands(ctx);
        at_rest = dl_ctx_live(ctx);
    }
    char *text = dl__alloc(ctx, size + 1);
    if (text) {
        if (size)
            memcpy(text, data, size);
        text[size] = 0;
        dl__autopsy_replay(ctx, "input", file, text);
    }
    dl__free(text);
    check(dl_ctx_live(ctx) == at_rest && dl_ctx_status(ctx) <= DL_OK);
    check(dl_ctx_seed(ctx) == 3 && !ctx->opts.check_finite && !ctx->meta && !ctx->grad_off);
    dl_ctx_clear(ctx);
    return 0;
}
