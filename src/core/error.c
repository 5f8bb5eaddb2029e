/* The error slot of a context. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/ctx.h"

dl_status dl_fail(dl_ctx *ctx, dl_status code, const char *fmt, ...)
{
    if (code >= 0) /* not a failure: reporting it as success would hide one */
        code = DL_EINVAL;
    if (!ctx || ctx->status != DL_OK)
        return code;
    ctx->status = code;
    va_list args;
    va_start(args, fmt);
    if (vsnprintf(ctx->message, sizeof ctx->message, fmt, args) < 0)
        ctx->message[0] = 0;
    va_end(args);
    return code;
}

dl_status dl_fail_text(dl_ctx *ctx, dl_status code, const char *text)
{
    return dl_fail(ctx, code, "%s", text ? text : "");
}

dl_status dl__error_set(dl__error *e, dl_status code, const char *fmt, ...)
{
    if (e->status != DL_OK)
        return code;
    e->status = code;
    va_list args;
    va_start(args, fmt);
    if (vsnprintf(e->message, sizeof e->message, fmt, args) < 0)
        e->message[0] = 0;
    va_end(args);
    return code;
}

dl_status dl_ctx_status(const dl_ctx *ctx)
{
    return ctx ? ctx->status : DL_EINVAL;
}

const char *dl_ctx_message(const dl_ctx *ctx)
{
    if (!ctx)
        return "context: there is none; dl_ctx_new failed because memory is short or an option is "
               "out of range";
    return ctx->message;
}

int64_t dl_ctx_message_copy(const dl_ctx *ctx, char *buf, size_t cap)
{
    const char *text = dl_ctx_message(ctx);
    size_t n = strlen(text);
    if (buf && cap) {
        size_t cut = n < cap ? n : cap - 1;
        memcpy(buf, text, cut);
        buf[cut] = 0;
    }
    return (int64_t)n;
}

void dl_ctx_clear(dl_ctx *ctx)
{
    if (!ctx || atomic_load(&ctx->handles) == 0)
        return;
    ctx->status = DL_OK;
    ctx->message[0] = 0;
    atomic_store(&ctx->cancel, 0);
}

void dl__log(const dl_ctx *ctx, int32_t level, const char *fmt, ...)
{
    if (!ctx || !ctx->opts.log)
        return;
    char text[DL__MESSAGE];
    va_list args;
    va_start(args, fmt);
    if (vsnprintf(text, sizeof text, fmt, args) >= 0)
        ctx->opts.log(ctx->opts.log_user, level, text);
    va_end(args);
}
