/* What can be done where a checkpoint is damaged: a save keeps the generation before it. */
#include <string.h>
#include "core/file.h"
#include "core/utf8.h"
#include "dl/io.h"
#include "train/checkpoint.h"

enum { UNKNOWN, DAMAGED, WHOLE };

/* Reads all of the file; leaves no error. */
static int state_of(dl_ctx *ctx, const char *path)
{
    dl_safetensors *f = dl_safetensors_open(ctx, path, &(dl_safetensors_opts){.verify = 1});
    const int whole = f && dl_safetensors_meta(f, "dl.checkpoint");
    const int state = whole ? WHOLE : f || dl_ctx_status(ctx) == DL_EFORMAT ? DAMAGED : UNKNOWN;
    dl_safetensors_drop(f);
    dl__forget(ctx);
    return state;
}

dl_status dl__ckpt_remedy(dl_ctx *ctx, const char *path)
{
    const dl_status status = ctx->status;
    char message[DL__MESSAGE], shown[DL__SHOWN] = "";
    memcpy(message, ctx->message, sizeof message);
    dl__forget(ctx);
    int before = UNKNOWN;
    char *prev = state_of(ctx, path) != WHOLE ? dl__save_previous(ctx, path) : NULL;
    if (prev) {
        before = state_of(ctx, prev);
        dl__printable(shown, sizeof shown, prev);
    }
    dl__free(prev);
    ctx->status = status;
    memcpy(ctx->message, message, sizeof message);
    if (before == WHOLE)
        dl__fail_more(ctx, "; %s, the checkpoint before it, is whole: load that, or move it here",
                      shown);
    else if (before == DAMAGED)
        dl__fail_more(ctx, "; %s, the checkpoint before it, is damaged too", shown);
    return status;
}
