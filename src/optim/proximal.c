/* The proximal step for an L1 penalty: weights that it does not pay to keep become exactly 0. */
#include <math.h>
#include "kernels/loops.h"
#include "module/module.h"
#include "optim/optim.h"

DL__LOOP1(shrink, x > s0 ? x - s0 : x < -s0 ? x + s0 : x == x ? 0 : x)

void dl__optim_shrink(dl_dtype dt, void *w, int64_t n, double t)
{
    const int64_t size = (int64_t)dl_dtype_size(dt), step[] = {size, size};
    const double arg[DL__ARGS] = {t};
    char *const p[] = {w, w};
    dl__loops_get(&shrink, dt)(n, p, step, arg);
}

dl_status dl_optim_proximal(dl_optim *o, const char *pattern, double lambda)
{
    if (!o || !dl__ok(o->base.ctx))
        return o ? o->base.ctx->status : DL_EINVAL;
    dl_ctx *ctx = o->base.ctx;
    lambda = dl__option(lambda, 0);
    if (dl__option_range(ctx, "optim_proximal", "lambda", lambda, INFINITY) != DL_OK)
        return ctx->status;
    int32_t hits = 0;
    for (int32_t i = 0; i < o->n; i++) {
        dl__slice *s = &o->slice[i];
        if (!dl__param_picked(pattern, s->name, s->param))
            continue;
        s->proximal = lambda;
        hits++;
    }
    if (hits)
        return DL_OK;
    if (!pattern)
        return dl_fail(ctx, DL_EINVAL, "optim_proximal: no parameter has two axes or more");
    return dl_fail(ctx, DL_EINVAL, "optim_proximal: no parameter's name fits \"%.200s\"", pattern);
}
