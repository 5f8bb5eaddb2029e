/* Applying an operation: check, infer, make the results, compute, record. */
#include <string.h>
#include "autograd/autograd.h"
#include "core/parallel.h"

enum { MAX_IN = 64, MAX_OUT = 8 };

/* The context of the inputs; NULL, with *status set, when the call cannot go on. */
static dl_ctx *common_ctx(const dl_op *op, dl_tensor *const *in, int32_t n_in, dl_status *status)
{
    dl_ctx *ctx = NULL;
    *status = DL_EINVAL;
    if (!op || !in || n_in < 1)
        return NULL;
    for (int32_t i = 0; i < n_in && !ctx; i++)
        ctx = in[i] ? in[i]->base.ctx : NULL;
    if (!ctx)
        return NULL;
    *status = ctx->status;
    if (ctx->status != DL_OK)
        return NULL;
    for (int32_t i = 0; i < n_in; i++) {
        if (in[i] && in[i]->base.ctx != ctx)
            *status = dl_fail(ctx, DL_EINVAL,
                              "%s: inputs belong to different contexts; "
                              "dl_tensor_to copies a tensor across",
                              op->name);
        else if (in[i] && !in[i]->storage)
            *status = dl_fail(ctx, DL_ESTATE, "%s: operand %d was not saved for backward", op->name,
                              (int)i);
    }
    return *status == DL_OK ? ctx : NULL;
}

static int any_meta(const dl_call *c)
{
    for (int32_t i = 0; i < c->n_in; i++)
        if (c->in[i] && dl__is_meta(c->in[i]))
            return 1;
    return 0;
}

static dl_tensor *make_output(const dl_call *c, const dl_spec *spec, int meta)
{
    dl__shape shape = {.dtype = spec->dtype, .ndim = spec->ndim, .offset = spec->offset};
    memcpy(shape.dims, spec->dims, sizeof shape.dims);
    memcpy(shape.strides, spec->strides, sizeof shape.strides);
    if (spec->view_of)
        return dl__tensor_over(c->ctx, &shape, c->in[spec->view_of - 1]->storage);
    int given = 0;
    for (int32_t i = 0; i < spec->ndim; i++)
        given |= spec->strides[i] != 0;
    if (!given)
        dl__row_major(shape.ndim, shape.dims, shape.strides);
    return dl__tensor_new(c->ctx, &shape, meta);
}

/* infer, and what the context says if infer did not pass a failure on. */
static dl_status infer(const dl_call *c, dl_spec *spec)
{
    dl_status status = c->op->infer(c, spec);
    if (status != DL_OK)
        return dl_fail(c->ctx, status, "%s: refused", c->op->name);
    return c->ctx->status;
}

static dl_status forward(const dl_call *c)
{
    dl__fpmode host = dl__fpmode_enter();
    dl_status status = c->op->forward(c);
    dl__fpmode_leave(host);
    if (status != DL_OK)
        return dl_fail(c->ctx, status, "%s: failed", c->op->name);
    if (c->ctx->status == DL_OK && c->ctx->opts.check_finite)
        return dl__check_finite(c);
    return c->ctx->status;
}

/* The whole call; outputs are the caller's. */
static dl_status run(dl_call *c)
{
    dl_spec spec[MAX_OUT];
    memset(spec, 0, (size_t)c->n_out * sizeof *spec);
    dl_status status = infer(c, spec);
    int meta = any_meta(c);
    for (int32_t i = 0; i < c->n_out && status == DL_OK; i++) {
        c->out[i] = make_output(c, &spec[i], meta);
        status = c->out[i] ? DL_OK : c->ctx->status;
    }
    if (status == DL_OK && c->op->forward && !dl__is_meta(c->out[0]))
        status = forward(c);
    if (status == DL_OK && !(c->op->flags & DL_OP_INTEGER_OUT) &&
        dl__recording(c->ctx, c->in, c->n_in))
        status = dl__record(c);
    if (status == DL_OK)
        return DL_OK;
    for (int32_t i = 0; i < c->n_out; i++) {
        dl__object_drop(c->out[i]);
        c->out[i] = NULL;
    }
    return status;
}

dl_status dl_apply(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs,
                   dl_tensor **out, int32_t n_out)
{
    dl_status status;
    for (int32_t i = 0; out && i < n_out; i++)
        out[i] = NULL;
    dl_ctx *ctx = common_ctx(op, in, n_in, &status);
    if (!ctx)
        return status;
    if (!out || n_out < 1 || n_out > MAX_OUT || n_in > MAX_IN)
        return dl_fail(ctx, DL_EINVAL,
                       "%s: %d inputs and %d outputs, at most %d and %d are possible", op->name,
                       (int)n_in, (int)n_out, MAX_IN, MAX_OUT);
    dl_call c = {.ctx = ctx, .op = op, .n_in = n_in, .n_out = n_out, .out = out, .attrs = attrs};
    dl_tensor *inputs[MAX_IN];
    memcpy(inputs, in, (size_t)n_in * sizeof *inputs);
    c.in = inputs;
    status = run(&c);
    for (int32_t i = 0; i < n_out && status == DL_OK; i++)
        dl_tensor_give(out[i]);
    return status;
}

/* Lets op add straight into dst; 0 when its result does not have dst's shape. */
static int into(dl_call *c, dl_tensor *dst, dl_status *status)
{
    dl_spec spec = {0};
    *status = infer(c, &spec);
    if (*status != DL_OK)
        return 1;
    if (spec.ndim != dst->ndim || spec.dtype != dst->dtype ||
        memcmp(spec.dims, dst->dims, (size_t)spec.ndim * sizeof *spec.dims) != 0)
        return 0;
    c->out = &dst;
    c->accumulate = !dst->fresh;
    if (!dl__is_meta(dst) && !any_meta(c))
        *status = forward(c);
    if (*status == DL_OK)
        dst->fresh = 0;
    return 1;
}

dl_status dl_apply_into(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs,
                        dl_tensor *dst)
{
    dl_status status;
    dl_ctx *ctx = common_ctx(op, in, n_in, &status);
    if (!ctx)
        return status;
    if (!dst || dst->base.ctx != ctx || n_in > MAX_IN)
        return dl_fail(ctx, DL_EINVAL, "%s: the accumulator is missing or of another context",
                       op->name);
    dl_tensor *inputs[MAX_IN];
    memcpy(inputs, in, (size_t)n_in * sizeof *inputs);
    dl_call c = {.ctx = ctx, .op = op, .n_in = n_in, .n_out = 1, .in = inputs, .attrs = attrs};
    if ((op->flags & DL_OP_ACCUMULATES) && into(&c, dst, &status))
        return status;
    int32_t recording = dl_grad_enable(ctx, 0), mark = dl_scope_begin(ctx);
    dl_tensor *y = NULL;
    status = mark < 0 ? ctx->status : dl_apply(op, in, n_in, attrs, &y, 1);
    if (status == DL_OK && !dl__same_shape(y, dst))
        y = dl__sum_to(y, dst->dims, dst->ndim);
    if (status == DL_OK)
        status = dl__accumulate(dst, y);
    dl_scope_end(ctx, mark);
    dl_grad_enable(ctx, recording);
    return status;
}

uint64_t dl_ctx_ticket(dl_ctx *ctx)
{
    return ctx ? ctx->ticket++ : 0;
}
