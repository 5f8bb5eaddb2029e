/* The memory that a net needs: a copy without data runs in a context of its own, whose counters
 * take meta tensors for real ones. */
#include "dl/plan.h"
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/text.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "module/module.h"
#include "module/sheet.h"

/* The peak of what follows is counted from here. */
static void begin_peak(dl_ctx *ctx)
{
    atomic_store(&ctx->memory.peak, atomic_load(&ctx->memory.live));
}

static int64_t elements(const dl_tensor *t)
{
    return dl__count_of(t) * (int64_t)dl_dtype_size(t->dtype);
}

/* Bytes of elements; and what is tracked in m, is in copy. */
static dl_status count(dl_module *m, dl_module *copy, dl_plan_bytes *out)
{
    const int32_t n = dl_module_param_count(m);
    for (int32_t i = 0; i < n; i++) {
        const dl_tensor *p = dl_module_param(m, i);
        const int32_t tracked = dl_grad_tracked(p);
        out->parameters += elements(p);
        out->gradients += tracked ? elements(p) : 0;
        dl_grad_track(dl_module_param(copy, i), tracked);
    }
    for (int32_t i = 0; i < dl_module_buffer_count(m); i++)
        out->buffers += elements(dl_module_buffer(m, i));
    return n < 0 ? n : dl_ctx_status(dl_module_ctx(copy));
}

static dl_status infer(dl_module *net, const dl__shape *input)
{
    dl_ctx *ctx = net->base.ctx;
    dl_module_train(net, 0);
    begin_peak(ctx);
    const int32_t mark = dl_scope_begin(ctx), recording = dl_grad_enable(ctx, 0);
    dl_tensor *x = dl__tensor_new(ctx, input, 1);
    if (x)
        dl_module_forward(net, dl_tensor_give(x));
    dl_grad_enable(ctx, recording);
    dl_scope_end(ctx, mark);
    return ctx->status;
}

/* A step of training. */
static dl_status step(dl_module *net, const dl__shape *input, int64_t *activations)
{
    dl_ctx *ctx = net->base.ctx;
    dl_module_train(net, 1);
    dl_module_zero_grad(net);
    begin_peak(ctx);
    const int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = dl__tensor_new(ctx, input, 1);
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    dl_tensor *y = x ? dl_module_forward(net, dl_tensor_give(x)) : NULL;
    *activations = dl_ctx_bytes(ctx, DL_BYTES_LIVE) - before;
    if (y && dl_grad_tracked(y))
        dl_backward(dl_sum(y, NULL, 0, 0));
    dl_scope_end(ctx, mark);
    return ctx->status;
}

/* In ctx, which plans and is empty. */
static dl_status run(dl_ctx *ctx, dl_module *m, const dl__shape *input, dl_plan_bytes *out)
{
    dl_module *net = dl__module_rebuild(m, ctx, DL__MODULE_META);
    dl_status s = net ? count(m, net, out) : ctx->status;
    if (s == DL_OK && (s = infer(net, input)) == DL_OK)
        out->infer_peak = dl_ctx_bytes(ctx, DL_BYTES_PEAK);
    const int trains = s == DL_OK && out->gradients > 0 && !m->frozen;
    for (int i = 0; i < 2 && trains && s == DL_OK; i++) /* gradients are there from the second on */
        s = step(net, input, &out->activations);
    out->train_peak = s == DL_OK && trains ? dl_ctx_bytes(ctx, DL_BYTES_PEAK) : 0;
    out->scratch = ctx->plan_scratch;
    dl_module_drop(net);
    return s;
}

static dl_status check(dl_module *m, const int64_t *shape, int32_t ndim, const dl_plan_opts *o,
                       dl__shape *input)
{
    dl_ctx *ctx = m->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (ctx->pending)
        return dl_fail(ctx, DL_ESTATE, "plan: a module is running");
    if (o && DL__RESERVED(ctx, "plan", o) != DL_OK)
        return ctx->status;
    const dl_tensor *first = dl_module_param(m, 0);
    const dl_dtype dt = o && o->dtype ? o->dtype : first ? first->dtype : DL_F32;
    return dl__shape_check(ctx, "plan", dt, shape, ndim, input);
}

dl_status dl_plan(dl_module *m, const int64_t *shape, int32_t ndim, const dl_plan_opts *o,
                  dl_plan_bytes *out)
{
    dl__shape input;
    if (out)
        *out = (dl_plan_bytes){0};
    if (!m)
        return DL_EINVAL;
    dl_ctx *ctx = m->base.ctx;
    if (!out)
        return dl_fail(ctx, DL_EINVAL, "plan: there is no place for it");
    if (check(m, shape, ndim, o, &input) != DL_OK)
        return ctx->status;
    dl_ctx_opts opts = ctx->opts;
    opts.memory_limit = 0;
    opts.check_finite = 0;
    dl_ctx *own = dl_ctx_new(&opts);
    if (!own)
        return dl_fail(ctx, DL_ENOMEM, "plan: memory is short");
    own->planning = 1;
    const dl_status s = run(own, m, &input, out);
    out->input = dl__shape_count(&input) * (int64_t)dl_dtype_size(input.dtype);
    if (s != DL_OK) {
        *out = (dl_plan_bytes){0};
        dl_fail(ctx, s, "%s", dl_ctx_message(own));
    }
    dl_ctx_drop(own);
    return ctx->status;
}

int64_t dl_plan_text(dl_module *m, const int64_t *shape, int32_t ndim, const dl_plan_opts *o,
                     char *buf, size_t cap)
{
    dl_plan_bytes p;
    dl__sheet s = {buf, cap, 0};
    if (buf && cap)
        buf[0] = 0;
    if (m && dl__ok(m->base.ctx) && cap && !buf)
        return dl_fail(m->base.ctx, DL_EINVAL, "plan: the buffer is NULL");
    const dl_status status = dl_plan(m, shape, ndim, o, &p);
    if (status != DL_OK)
        return status;
    const struct {
        const char *name;
        int64_t bytes;
    } line[] = {{"parameters", p.parameters},        {"buffers", p.buffers},
                {"gradients", p.gradients},          {"input", p.input},
                {"activations", p.activations},      {"peak of training", p.train_peak},
                {"peak of inference", p.infer_peak}, {"scratch, at most", p.scratch}};
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        char text[128], mib[DL__NUMBER], bytes[DL__GROUPED];
        snprintf(text, sizeof text, "%-18s %10s MiB %20s\n", line[i].name,
                 dl__fixed_text(mib, (double)line[i].bytes / (1 << 20), 2),
                 dl__grouped(bytes, line[i].bytes));
        dl__sheet_put(&s, text);
    }
    return (int64_t)s.n;
}
