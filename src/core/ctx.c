/* Contexts: making, ending, options in force, cancellation. */
#include <string.h>
#include "core/ctx.h"
#include "core/parallel.h"

static int usable(const dl_ctx_opts *o)
{
    for (size_t i = 0; i < sizeof o->reserved / sizeof *o->reserved; i++)
        if (o->reserved[i])
            return 0;
    return o->threads >= 0 && o->threads <= 1024 && o->engine >= DL_ENGINE_AUTO &&
           o->engine <= DL_ENGINE_PLAIN && (o->dtype == DL_F32 || o->dtype == DL_F64) &&
           o->memory_limit >= 0 && (o->no_winograd == 0 || o->no_winograd == 1);
}

dl_ctx *dl_ctx_new(const dl_ctx_opts *opts)
{
    static const dl_ctx_opts defaults;
    const dl_ctx_opts *o = opts ? opts : &defaults;
    if (!usable(o))
        return NULL;
    dl_ctx *ctx = dl__system_take(o, sizeof *ctx);
    if (!ctx)
        return NULL;
    memset(ctx, 0, sizeof *ctx);
    ctx->opts = *o;
    if (ctx->opts.threads == 0)
        ctx->opts.threads = dl__cores();
    atomic_init(&ctx->handles, 1);
    atomic_init(&ctx->refs, 1);
    ctx->cap_scope = 8;
    ctx->scope = dl__calloc(ctx, (size_t)ctx->cap_scope * sizeof *ctx->scope);
    if (!ctx->scope) {
        dl__memory_end(ctx);
        dl__system_give(o, ctx);
        return NULL;
    }
    ctx->n_scope = 1;
    return ctx;
}

dl_ctx *dl_ctx_keep(dl_ctx *ctx)
{
    /* After the last handle went, an object may still lead here: the context is in use again. */
    if (ctx && atomic_fetch_add(&ctx->handles, 1) == 0)
        atomic_fetch_add(&ctx->refs, 1);
    return ctx;
}

void dl__ctx_unref(dl_ctx *ctx)
{
    if (atomic_fetch_sub(&ctx->refs, 1) != 1)
        return;
    dl__free(ctx->scope);
    dl__free(ctx->autopsy);
    if (ctx->profiled)
        ctx->profile_free(ctx->profiled);
    dl__memory_end(ctx);
    dl_ctx_opts o = ctx->opts;
    dl__system_give(&o, ctx);
}

void dl_ctx_drop(dl_ctx *ctx)
{
    if (!ctx || atomic_fetch_sub(&ctx->handles, 1) != 1)
        return;
    dl_scope_end(ctx, 0);
    dl_fail(ctx, DL_ESTATE, "context: it was dropped, its tensors can only be read and dropped");
    dl__ctx_unref(ctx);
}

void dl_ctx_cancel(dl_ctx *ctx)
{
    if (ctx)
        atomic_store(&ctx->cancel, 1);
}

int32_t dl_ctx_cancelled(const dl_ctx *ctx)
{
    return ctx ? atomic_load(&ctx->cancel) : 0;
}

int64_t dl_ctx_live(const dl_ctx *ctx)
{
    return ctx ? (int64_t)atomic_load(&ctx->live) : 0;
}

uint64_t dl_ctx_seed(const dl_ctx *ctx)
{
    return ctx ? ctx->opts.seed : 0;
}

int32_t dl_ctx_threads(const dl_ctx *ctx)
{
    return ctx ? ctx->opts.threads : 0;
}

dl_dtype dl_ctx_dtype(const dl_ctx *ctx)
{
    return ctx ? ctx->opts.dtype : -1;
}

int32_t dl_meta_enable(dl_ctx *ctx, int32_t on)
{
    if (!ctx)
        return DL_EINVAL;
    int32_t old = ctx->meta;
    ctx->meta = on != 0;
    return old;
}
