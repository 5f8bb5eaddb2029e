/* Applying an operation: check, infer, make the results, compute, record. */
#include <string.h>
#include "autograd/profile.h"
#include "core/check.h"
#include "core/parallel.h"

/* Checks what both ways of applying need and fills c; in is the caller's room for copies of the
 * inputs' handles. */
static dl_status begin(dl_call *c, const dl_op *op, dl_tensor *const *in, int32_t n_in,
                       const void *attrs, int32_t n_out, dl_tensor **room)
{
    dl_ctx *ctx = NULL;
    for (int32_t i = 0; op && in && i < n_in && !ctx; i++)
        ctx = in[i] ? in[i]->base.ctx : NULL;
    if (!ctx)
        return DL_EINVAL;
    if (ctx->status != DL_OK)
        return ctx->status;
    if (!op->name || !op->infer)
        return dl_fail(ctx, DL_EINVAL, "apply: the operation has no %s",
                       op->name ? "infer" : "name");
    if (n_in > DL__MAX_IN || n_out < 1 || n_out > DL__MAX_OUT)
        return dl_fail(ctx, DL_EINVAL, "%s: %d inputs and %d outputs, at most %d and 1 to %d fit",
                       op->name, (int)n_in, (int)n_out, DL__MAX_IN, DL__MAX_OUT);
    if (op->attrs_size && !attrs)
        return dl_fail(ctx, DL_EINVAL, "%s: its attributes are NULL", op->name);
    for (int32_t i = 0; i < n_in; i++) {
        room[i] = in[i];
        if (in[i] && in[i]->base.ctx != ctx)
            return dl_fail(ctx, DL_EINVAL,
                           "%s: inputs belong to different contexts; dl_tensor_to copies a tensor "
                           "across",
                           op->name);
        if (in[i] && !in[i]->storage)
            return dl_fail(ctx, DL_ESTATE, "%s: operand %d was not saved for backward", op->name,
                           (int)i);
    }
    *c = (dl_call){.ctx = ctx, .op = op, .n_in = n_in, .n_out = n_out, .in = room, .attrs = attrs};
    return DL_OK;
}

static int any_meta(const dl_call *c)
{
    for (int32_t i = 0; i < c->n_in; i++)
        if (c->in[i] && dl__is_meta(c->in[i]))
            return 1;
    return 0;
}

/* 1 when every element of s lies in [0, room). */
static int fits(const dl__shape *s, int64_t room)
{
    int64_t low = s->offset, high = s->offset;
    for (int32_t i = 0; i < s->ndim; i++) {
        int64_t reach, *end = s->strides[i] < 0 ? &low : &high;
        if (s->dims[i] == 0)
            return 1;
        if (!dl__mul_i64(s->dims[i] - 1, s->strides[i], &reach) || !dl__add_i64(*end, reach, end))
            return 0;
    }
    return low >= 0 && high < room;
}

/* A view of in[view_of - 1], which spec was made from. */
static dl_tensor *make_view(const dl_call *c, const dl_spec *spec, const dl__shape *shape, int meta)
{
    const int32_t i = spec->view_of - 1;
    const dl_tensor *x = i >= 0 && i < c->n_in ? c->in[i] : NULL;
    if (!x || x->dtype != shape->dtype ||
        !fits(shape, (int64_t)(x->storage->bytes / dl_dtype_size(x->dtype)))) {
        dl_fail(c->ctx, DL_EINVAL, "%s: its result is not a view of operand %d", c->op->name,
                (int)i);
        return NULL;
    }
    if (!meta || dl__is_meta(x))
        return dl__tensor_over(c->ctx, shape, x->storage);
    dl__storage *shadow =
        dl__storage_new(c->ctx, x->storage->bytes, 1); /* another operand is meta */
    dl_tensor *view = shadow ? dl__tensor_over(c->ctx, shape, shadow) : NULL;
    dl__object_drop(shadow);
    return view;
}

static dl_tensor *make_output(const dl_call *c, const dl_spec *spec, int meta)
{
    dl__shape shape;
    if (dl__shape_check(c->ctx, c->op->name, spec->dtype, spec->dims, spec->ndim, &shape) != DL_OK)
        return NULL;
    int given = spec->view_of != 0;
    for (int32_t i = 0; i < spec->ndim; i++)
        given |= spec->strides[i] != 0;
    if (given)
        memcpy(shape.strides, spec->strides, sizeof shape.strides);
    if (spec->view_of) {
        shape.offset = spec->offset;
        return make_view(c, spec, &shape, meta);
    }
    if (given && !fits(&shape, dl__shape_count(&shape))) {
        dl_fail(c->ctx, DL_EINVAL, "%s: the strides of its result leave gaps", c->op->name);
        return NULL;
    }
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

/* f(c), seen by the profile that runs, if one does. */
static dl_status seen(const dl_call *c, dl_status (*f)(const dl_call *c))
{
    return __builtin_expect(c->ctx->profile != NULL, 0) ? dl__profile_call(c, f) : f(c);
}

/* What engines take in a call, about at most: copies of operands and results in other layouts; in
 * products also transformed weights, partial sums of the smallest tensor, and a tile per thread. */
static void plan(const dl_call *c)
{
    enum { TILE = 1 << 20, PARTIAL = 64 << 20, PARTS = 128, POINTS = 4 };
    int64_t all = 0, least = INT64_MAX;
    for (int32_t i = 0; i < c->n_in + c->n_out; i++) {
        const dl_tensor *t = i < c->n_in ? c->in[i] : c->out[i - c->n_in];
        const int64_t bytes = t ? dl__count_of(t) * (int64_t)dl_dtype_size(t->dtype) : 0;
        all += bytes;
        least = t && t->ndim > 1 && bytes < least ? bytes : least;
    }
    if (c->op->flags & DL_OP_PRODUCT && least < INT64_MAX / PARTS)
        all += POINTS * least + (PARTS * least < PARTIAL ? PARTS * least : PARTIAL) +
               (int64_t)TILE * c->ctx->opts.threads;
    if (c->op->forward && all > c->ctx->plan_scratch)
        c->ctx->plan_scratch = all;
}

static int any_out_meta(const dl_call *c)
{
    for (int32_t i = 0; i < c->n_out; i++)
        if (dl__is_meta(c->out[i]))
            return 1;
    return 0;
}

/* The whole call; outputs are the caller's. */
static dl_status run(const dl_call *c)
{
    dl_spec spec[DL__MAX_OUT];
    memset(spec, 0, (size_t)c->n_out * sizeof *spec);
    dl_status status = infer(c, spec);
    const int meta = any_meta(c);
    for (int32_t i = 0; i < c->n_out && status == DL_OK; i++) {
        c->out[i] = make_output(c, &spec[i], meta);
        status = c->out[i] ? DL_OK : c->ctx->status;
    }
    if (status == DL_OK && c->op->forward && !any_out_meta(c))
        status = forward(c);
    else if (status == DL_OK && c->ctx->planning)
        plan(c);
    if (status == DL_OK && !(c->op->flags & DL_OP_INTEGER_OUT) &&
        dl__recording(c->ctx, c->in, c->n_in))
        status = dl__record(c);
    for (int32_t i = 0; i < c->n_out; i++) {
        if (status == DL_OK)
            dl_tensor_give(c->out[i]);
        else
            dl_tensor_drop(c->out[i]);
        c->out[i] = status == DL_OK ? c->out[i] : NULL;
    }
    return status;
}

dl_status dl_apply(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs,
                   dl_tensor **out, int32_t n_out)
{
    dl_call c;
    dl_tensor *room[DL__MAX_IN];
    for (int32_t i = 0; out && i < n_out; i++)
        out[i] = NULL;
    dl_status status = begin(&c, op, in, n_in, attrs, out ? n_out : 0, room);
    if (status != DL_OK)
        return status;
    c.out = out;
    return seen(&c, run);
}

/* Refuses a dst that cannot be added to. */
static dl_status check_dst(const dl_call *c, dl_tensor *dst)
{
    const char *name = c->op->name;
    if (!dst || dst->base.ctx != c->ctx)
        return dl_fail(c->ctx, DL_EINVAL, "%s: the accumulator is NULL or of another context",
                       name);
    for (int32_t i = 0; i < c->n_in; i++)
        if (c->in[i] == dst)
            return dl_fail(c->ctx, DL_EINVAL, "%s: the accumulator is its operand %d", name,
                           (int)i);
    if (dl__is_meta(dst))
        return DL_OK;
    if (any_meta(c))
        return dl_fail(c->ctx, DL_ESTATE,
                       "%s: a meta result cannot be added to an accumulator with data", name);
    return dl__begin_change(name, dst);
}

/* Lets the operation add straight into dst; 0 when its result does not have dst's shape. */
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
    if (!dl__is_meta(dst))
        *status = seen(c, forward);
    else if (c->ctx->planning)
        plan(c);
    if (*status == DL_OK)
        dst->fresh = 0;
    return 1;
}

/* Computes the result by itself, sums it down to dst's shape and adds it. */
static dl_status add_result(const dl_call *c, dl_tensor *dst)
{
    dl_tensor *y = NULL;
    dl_status status = dl_apply(c->op, c->in, c->n_in, c->attrs, &y, 1);
    if (status != DL_OK)
        return status;
    if (y->dtype != dst->dtype)
        return dl_fail(c->ctx, DL_EDTYPE, "%s: the result is %s, the accumulator %s", c->op->name,
                       dl_dtype_name(y->dtype), dl_dtype_name(dst->dtype));
    if (!dl__broadcasts(dst->dims, dst->ndim, y->dims, y->ndim))
        return dl_fail(c->ctx, DL_ESHAPE,
                       "%s: the accumulator's shape does not broadcast to the result's",
                       c->op->name);
    if (!dl__same_shape(y, dst) && !(y = dl__sum_to(y, dst->dims, dst->ndim)))
        return c->ctx->status;
    return dl__accumulate(dst, y);
}

dl_status dl_apply_into(const dl_op *op, dl_tensor *const *in, int32_t n_in, const void *attrs,
                        dl_tensor *dst)
{
    dl_call c;
    dl_tensor *room[DL__MAX_IN];
    dl_status status = begin(&c, op, in, n_in, attrs, 1, room);
    if (status == DL_OK)
        status = check_dst(&c, dst);
    if (status != DL_OK || ((op->flags & DL_OP_ACCUMULATES) && into(&c, dst, &status)))
        return status;
    int32_t recording = dl_grad_enable(c.ctx, 0), mark = dl_scope_begin(c.ctx);
    status = mark < 0 ? mark : add_result(&c, dst);
    dl_scope_end(c.ctx, mark);
    dl_grad_enable(c.ctx, recording);
    return status;
}

int32_t dl_call_wants(const dl_call *c, int32_t i)
{
    return c && i >= 0 && i < c->n_in && (c->wants >> i & 1);
}

uint64_t dl_ctx_ticket(dl_ctx *ctx)
{
    return ctx ? ctx->ticket++ : 0;
}
