/* Any text as what a saved file says about how its net is built: no crash, no leak; a net that is
 * made describes itself as a text that makes the same net. */
#include <stdint.h>
#include <string.h>
#include "core/ctx.h"
#include "module/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int fine)
{
    if (!fine)
        __builtin_trap();
}

static void use(dl_ctx *ctx, dl_module *m)
{
    char *how = dl__module_describe(m);
    dl_module *again = how ? dl__module_from_text(ctx, "again", how) : NULL;
    char *same = again ? dl__module_describe(again) : NULL;
    if (dl__ok(ctx)) /* memory may have run out */
        check(!strcmp(how, same));
    dl__free(same);
    dl_module_drop(again);
    dl__free(how);
    dl_module_summary(m, DL_SHAPE(2, 3), NULL, 0, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dl_ctx *ctx;
    static int64_t at_rest;
    if (!ctx) {
        dl_ctx_opts opts = {.memory_limit = 64 << 20, .threads = 1};
        ctx = dl_ctx_new(&opts);
        dl_scope_end(ctx, dl_scope_begin(ctx));
        at_rest = dl_ctx_live(ctx);
    }
    char *text = dl__alloc(ctx, size + 1);
    if (text) {
        if (size)
            memcpy(text, data, size);
        text[size] = 0;
        dl_module *m = dl__module_from_text(ctx, "input", text);
        if (m)
            use(ctx, m);
        dl_module_drop(m);
    }
    dl__free(text);
    check(dl_ctx_live(ctx) == at_rest && dl_ctx_status(ctx) <= DL_OK);
    dl_ctx_clear(ctx);
    return 0;
}
