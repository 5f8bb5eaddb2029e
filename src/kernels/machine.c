/* What computes: the engine, the instruction set, the cores. */
#include <stdio.h>
#include "core/ctx.h"
#include "core/isa.h"
#include "core/parallel.h"
#include "kernels/kernels.h"

int64_t dl_ctx_machine(dl_ctx *ctx, char *buf, size_t cap)
{
    if (!ctx)
        return DL_EINVAL;
    if (!dl__kernels(ctx))
        return ctx->status;
    const char *core = dl__blas_core(ctx);
    int n = snprintf(buf, buf ? cap : 0, "engine %s%s%s%s, instructions %s, %d of %d cores",
                     dl__engine_name(ctx), *core ? " (OpenBLAS " : "", core, *core ? ")" : "",
                     dl__isa_name(dl__isa()), (int)ctx->opts.threads, (int)dl__cores());
    return n < 0 ? DL_EINVAL : n;
}
