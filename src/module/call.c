/* Running a module: scopes, the path in messages, and buffers that change when all went well. */
#include <string.h>
#include "autograd/profile.h"
#include "module/module.h"

/* A value that a buffer takes when the outermost call has succeeded, the only one of that buffer.
 * Both are kept. */
typedef struct update {
    struct update *next;
    dl_tensor *buffer, *value;
} update;

/* One outermost call, on its C stack; the context points at it while it runs. */
struct dl__pending {
    dl__frame *top;
    dl__trace *trace;
    update *head, **tail;
    int named; /* the standing message says where it happened */
};

const dl__frame *dl__frame_top(const dl_ctx *ctx)
{
    return ctx->pending ? ctx->pending->top : NULL;
}

static dl_status check_call(dl_module *m, dl_tensor *const *in, int32_t n_in, int32_t n_out)
{
    dl_ctx *ctx = m->base.ctx;
    if (n_in < 0 || n_out < 1 || (n_in > 0 && !in))
        return dl_fail(ctx, DL_EINVAL, "%s: called with %d inputs for %d outputs", m->cls->name,
                       (int)n_in, (int)n_out);
    for (int32_t i = 0; i < n_in; i++)
        if (in[i] && in[i]->base.ctx != ctx)
            return dl_fail(ctx, DL_EINVAL, "%s: input %d belongs to another context", m->cls->name,
                           (int)i);
    if (ctx->forward_depth >= 2 * DL__NESTING)
        return dl_fail(ctx, DL_ELIMIT, "%s: modules call one another more than %d levels deep",
                       m->cls->name, 2 * DL__NESTING);
    return DL_OK;
}

/* Runs fn inside a frame; names the first failure. */
static dl_status forward(dl_module *m, dl__forward *fn, dl_tensor *const *in, int32_t n_in,
                         dl_tensor **out, int32_t n_out)
{
    dl_ctx *ctx = m->base.ctx;
    struct dl__pending *p = ctx->pending;
    dl__frame frame = {p->top, m};
    dl__profile *profile = ctx->profile;
    dl__place_mark mark;
    if (profile)
        dl__profile_enter(profile, m->name ? m->name : m->cls->name, &mark);
    int32_t number = p->trace ? p->trace->enter(p->trace, &frame) : 0;
    p->top = &frame;
    ctx->forward_depth++;
    dl_status s = fn(m, in, n_in, out, n_out);
    ctx->forward_depth--;
    p->top = frame.up;
    if (profile)
        dl__profile_leave(profile, NULL, &mark);
    if (s != DL_OK && dl__ok(ctx))
        dl_fail(ctx, s < 0 ? s : DL_EUSER, "%s: forward failed without saying why", m->cls->name);
    for (int32_t i = 0; i < n_out && dl__ok(ctx); i++)
        if (!out[i])
            dl_fail(ctx, DL_ESTATE, "%s: output %d of %d is missing", m->cls->name, (int)i,
                    (int)n_out);
    if (!dl__ok(ctx) && !p->named)
        dl__frame_blame(ctx, &frame);
    p->named = !dl__ok(ctx);
    if (dl__ok(ctx) && p->trace)
        p->trace->leave(p->trace, number, in, n_in, out, n_out);
    return ctx->status;
}

/* Buffers take their values if all went well; the queue is emptied either way. */
static void settle(dl_ctx *ctx, struct dl__pending *p)
{
    while (p->head) {
        update *u = p->head;
        p->head = u->next;
        if (dl__ok(ctx) && dl__begin_change("module", u->buffer) == DL_OK)
            dl__copy_elements(u->buffer, u->value);
        dl_tensor_drop(u->buffer);
        dl_tensor_drop(u->value);
        dl__free(u);
    }
}

int dl__module_watched(const dl_ctx *ctx)
{
    return ctx->pending && ctx->pending->trace;
}

static dl_status run(dl_module *m, dl__forward *fn, dl_tensor *const *in, int32_t n_in,
                     dl_tensor **out, int32_t n_out, dl__trace *trace)
{
    dl_ctx *ctx = m->base.ctx;
    struct dl__pending pending = {NULL, trace, NULL, &pending.head, 0};
    int outermost = !ctx->pending;
    if (!dl__ok(ctx) || check_call(m, in, n_in, n_out) != DL_OK)
        return ctx->status;
    int32_t mark = dl_scope_begin(ctx);
    if (mark < 0)
        return mark;
    if (outermost) {
        ctx->pending = &pending;
        ctx->place = dl__frame_place;
    }
    dl_module_keep(m); /* a callback may drop the last other reference */
    dl_status s = forward(m, fn, in, n_in, out, n_out);
    if (outermost) {
        settle(ctx, &pending);
        ctx->pending = NULL;
        s = ctx->status;
    }
    if (s != DL_OK)
        memset(out, 0, (size_t)n_out * sizeof *out);
    dl__scope_end_giving(ctx, mark, (void *const *)out, n_out);
    dl_module_drop(m);
    return s;
}

dl_status dl__module_run(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out, dl__trace *trace)
{
    return run(m, m->cls->forward, in, n_in, out, n_out, trace);
}

dl_status dl__module_run_as(dl_module *m, dl__forward *fn, dl_tensor *const *in, int32_t n_in,
                            dl_tensor **out, int32_t n_out)
{
    memset(out, 0, (size_t)n_out * sizeof *out);
    return run(m, fn, in, n_in, out, n_out, NULL);
}

dl_status dl_module_call(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    for (int32_t i = 0; out && i < n_out; i++)
        out[i] = NULL;
    if (!m)
        return DL_EINVAL;
    if (!out)
        return dl_fail(m->base.ctx, DL_EINVAL, "%s: no place for outputs", m->cls->name);
    return dl__module_run(m, in, n_in, out, n_out, NULL);
}

dl_tensor *dl_module_forward(dl_module *m, dl_tensor *x)
{
    dl_tensor *y = NULL;
    if (m && x)
        dl__module_run(m, &x, 1, &y, 1, NULL);
    return y;
}

static int owns_buffer(const dl_module *m, const dl_tensor *buffer)
{
    for (int32_t i = 0; i < m->buffers.n; i++)
        if (m->buffers.item[i].tensor == buffer)
            return 1;
    return 0;
}

/* What is to become of buffer, or NULL. */
static update *queued(const dl_ctx *ctx, const dl_tensor *buffer)
{
    for (update *u = ctx->pending ? ctx->pending->head : NULL; u; u = u->next)
        if (u->buffer == buffer)
            return u;
    return NULL;
}

void dl_module_update_buffer(dl_module *m, dl_tensor *buffer, dl_tensor *value)
{
    if (!m || !dl__ok(m->base.ctx))
        return;
    dl_ctx *ctx = m->base.ctx;
    if (!buffer || !value || !owns_buffer(m, buffer) || value->base.ctx != ctx) {
        dl_fail(ctx, DL_EINVAL, "%s: update of a buffer wants a buffer of the module and a value",
                m->cls->name);
        return;
    }
    if (value->dtype != buffer->dtype || !dl__same_shape(value, buffer)) {
        dl_fail(ctx, value->dtype != buffer->dtype ? DL_EDTYPE : DL_ESHAPE,
                "%s: the new value of a buffer has another shape or element type", m->cls->name);
        return;
    }
    if (!ctx->pending) {
        dl_fail(ctx, DL_ESTATE, "%s: buffers are updated in forward only", m->cls->name);
        return;
    }
    if (m->shared || ctx->replaying || dl__is_meta(buffer) || dl__is_meta(value))
        return;
    update *u = queued(ctx, buffer);
    if (u) {
        dl_tensor_keep(value);
        dl_tensor_drop(u->value);
        u->value = value;
        return;
    }
    if (!(u = dl__alloc(ctx, sizeof *u)))
        return;
    *u = (update){NULL, dl_tensor_keep(buffer), dl_tensor_keep(value)};
    *ctx->pending->tail = u;
    ctx->pending->tail = &u->next;
}

dl_tensor *dl_module_next_buffer(dl_module *m, dl_tensor *buffer)
{
    if (!m || !dl__ok(m->base.ctx))
        return NULL;
    if (!buffer || !owns_buffer(m, buffer)) {
        dl_fail(m->base.ctx, DL_EINVAL, "%s: the next value is asked of no buffer of the module",
                m->cls->name);
        return NULL;
    }
    const update *u = queued(m->base.ctx, buffer);
    return u ? u->value : buffer;
}
