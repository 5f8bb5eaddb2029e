/* Which engine a context uses. */
#include <string.h>
#include "core/ctx.h"
#include "core/env.h"
#include "kernels/blas/blas.h"
#include "kernels/kernels.h"
#include "kernels/native/conv.h"
#include "kernels/native/native.h"
#include "kernels/plain/plain.h"

const struct dl__kernels dl__kernels_plain = {
    .engine = DL_ENGINE_PLAIN,
    .name = "plain",
    .gemm_f32 = dl__plain_gemm_f32,
    .gemm_f64 = dl__plain_gemm_f64,
};

const struct dl__kernels dl__kernels_native = {
    .engine = DL_ENGINE_NATIVE,
    .name = "native",
    .gemm_f32 = dl__native_gemm_f32,
    .gemm_f64 = dl__native_gemm_f64,
    .gemm = dl__native_gemm,
    .conv_forward = dl__native_choose_forward,
    .conv_data = dl__native_choose_data,
    .conv_weight = dl__native_choose_weight,
};

/* The engine that DL_ENGINE names, negative if it is no engine. */
static int32_t from_environment(const char *name)
{
    static const char *const names[] = {"auto", "native", "blas", "plain"}; /* by DL_ENGINE_* */
    for (int32_t i = 0; name && i < 4; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return name ? -1 : DL_ENGINE_AUTO;
}

static const struct dl__kernels *resolve(dl_ctx *ctx)
{
    int32_t engine = ctx->opts.engine;
    const char *why, *name = dl__env("DL_ENGINE");
    if (engine == DL_ENGINE_AUTO)
        engine = from_environment(name);
    if (engine < 0) {
        dl_fail(ctx, DL_EINVAL,
                "engine: DL_ENGINE is \"%.40s\", wanted auto, native, blas or plain", name);
        return NULL;
    }
    if (engine == DL_ENGINE_NATIVE || (engine == DL_ENGINE_AUTO && dl__native_fast()))
        return &dl__kernels_native;
    if (engine == DL_ENGINE_PLAIN)
        return &dl__kernels_plain;
    const struct dl__kernels *blas = dl__blas(&why);
    if (!blas && engine == DL_ENGINE_BLAS)
        dl_fail(ctx, DL_EUNSUPPORTED, "engine: blas was asked for, but %s", why);
    if (!blas && engine == DL_ENGINE_AUTO) {
        dl__log(ctx, 1, "engine: plain instead of blas, because %s", why);
        return &dl__kernels_plain;
    }
    return blas;
}

const struct dl__kernels *dl__kernels(dl_ctx *ctx)
{
    if (!ctx)
        return NULL;
    if (!ctx->kernels)
        ctx->kernels = resolve(ctx);
    return ctx->kernels;
}

dl_status dl__engine_check(dl_ctx *ctx)
{
    if (!ctx)
        return DL_EINVAL;
    return dl__kernels(ctx) ? DL_OK : dl_ctx_status(ctx);
}

const char *dl__engine_name(const dl_ctx *ctx)
{
    return ctx && ctx->kernels ? ctx->kernels->name : "unresolved";
}

const char *dl__blas_core(const dl_ctx *ctx)
{
    return ctx && ctx->kernels && ctx->kernels->engine == DL_ENGINE_BLAS ? dl__blas_corename() : "";
}

int32_t dl_ctx_engine(const dl_ctx *ctx)
{
    if (!ctx)
        return DL_EINVAL;
    const struct dl__kernels *table = dl__kernels((dl_ctx *)(uintptr_t)ctx); /* may be first use */
    return table ? table->engine : ctx->opts.engine;
}
