/* The error slot of a context. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/ctx.h"

/* Ends text of n bytes before a character of UTF-8 that its end cuts in two. */
static void end_whole(char *text, size_t n)
{
    size_t at = n, tail = 0;
    while (at > 0 && tail < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80) {
        at--;
        tail++;
    }
    unsigned char first = at > 0 ? (unsigned char)text[at - 1] : 0;
    size_t wants = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    text[tail < wants ? at - 1 : n] = 0;
}

/* Formats into text of cap bytes; what is too long is cut. */
static void format(char *text, size_t cap, const char *fmt, va_list args)
{
    int n = vsnprintf(text, cap, fmt, args);
    if (n < 0)
        text[0] = 0;
    else if ((size_t)n >= cap)
        end_whole(text, cap - 1);
}

dl_status dl_fail(dl_ctx *ctx, dl_status code, const char *fmt, ...)
{
    if (code >= 0) /* not a failure: reporting it as success would hide one */
        code = DL_EINVAL;
    if (!ctx || ctx->status != DL_OK)
        return code;
    ctx->status = code;
    va_list args;
    va_start(args, fmt);
    format(ctx->message, sizeof ctx->message, fmt, args);
    va_end(args);
    return code;
}

void dl__fail_more(dl_ctx *ctx, const char *fmt, ...)
{
    if (ctx->status == DL_OK)
        return;
    const size_t n = strlen(ctx->message);
    va_list args;
    va_start(args, fmt);
    format(ctx->message + n, sizeof ctx->message - n, fmt, args);
    va_end(args);
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
    format(e->message, sizeof e->message, fmt, args);
    va_end(args);
    return code;
}

dl_status dl__reserved(dl_ctx *ctx, const char *who, const void *reserved, size_t bytes)
{
    const unsigned char *p = reserved;
    for (size_t i = 0; i < bytes; i++)
        if (p[i])
            return dl_fail(ctx, DL_EINVAL, "%s: a reserved option is set", who);
    return DL_OK;
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
        if (cut < n)
            end_whole(buf, cut);
    }
    return (int64_t)n;
}

void dl__forget(dl_ctx *ctx)
{
    ctx->status = DL_OK;
    ctx->message[0] = 0;
}

void dl_ctx_clear(dl_ctx *ctx)
{
    if (!ctx || atomic_load(&ctx->handles) == 0)
        return;
    dl__forget(ctx);
    atomic_store(&ctx->cancel, 0);
}

void dl__log(const dl_ctx *ctx, int32_t level, const char *fmt, ...)
{
    if (!ctx || !ctx->opts.log)
        return;
    char text[DL__MESSAGE];
    va_list args;
    va_start(args, fmt);
    format(text, sizeof text, fmt, args);
    va_end(args);
    ctx->opts.log(ctx->opts.log_user, level, text);
}
