/* Nodes: making them from calls, and what they hold on to. */
#include <string.h>
#include "autograd/profile.h"

static void node_destroy(dl__object *o, dl__dead *dead)
{
    dl__node *node = (dl__node *)(void *)o;
    for (int32_t i = 0; i < node->n_in; i++) {
        dl__object_unref(node->in[i].kept, dead);
        dl__object_unref(node->in[i].shape.history, dead);
    }
    for (int32_t i = 0; i < node->n_out; i++)
        dl__object_unref(node->out[i].storage, dead);
    dl__object_unref(node->grad, dead);
    if (node->again)
        dl__object_unref(node->again->held, dead);
    dl__free(node->place);
    dl__hooks_free(node);
}

/* A node with room for its arrays and attributes in the same block. */
static dl__node *node_new(dl_ctx *ctx, int32_t n_in, int32_t n_out, size_t attrs_size)
{
    size_t at_attrs = (sizeof(dl__node) + 15) / 16 * 16;
    size_t at_in = at_attrs + (attrs_size + 15) / 16 * 16;
    size_t at_out = at_in + (size_t)n_in * sizeof(dl__operand);
    char *p = dl__object_new(ctx, at_out + (size_t)n_out * sizeof(dl__saved), node_destroy);
    if (!p)
        return NULL;
    dl__node *node = (dl__node *)(void *)p;
    node->attrs = p + at_attrs;
    node->in = (dl__operand *)(void *)(p + at_in);
    node->out = (dl__saved *)(void *)(p + at_out);
    node->n_in = n_in;
    node->n_out = n_out;
    return node;
}

int dl__recording(const dl_ctx *ctx, dl_tensor *const *in, int32_t n_in)
{
    if (ctx->grad_off)
        return 0;
    for (int32_t i = 0; i < n_in; i++)
        if (in[i] && in[i]->history)
            return 1;
    return 0;
}

void dl__shape_stub(dl_tensor *stub, const dl_tensor *t)
{
    *stub = (dl_tensor){
        .base.ctx = t->base.ctx, .dtype = t->dtype, .ndim = t->ndim, .offset = t->offset};
    atomic_init(&stub->base.refs, 1);
    memcpy(stub->dims, t->dims, sizeof stub->dims);
    memcpy(stub->strides, t->strides, sizeof stub->strides);
}

static unsigned long long version_of(const dl__storage *s)
{
    return atomic_load_explicit(&s->version, memory_order_relaxed);
}

static void keep_operand(dl__operand *in, dl_tensor *t, int saved)
{
    if (saved) {
        in->shape.base.ctx = t->base.ctx;
        in->kept = dl_tensor_keep(t);
        in->version = version_of(t->storage);
    } else {
        dl__shape_stub(&in->shape, t);
    }
    in->shape.history = dl__object_keep(t->history);
    in->shape.output = t->output;
}

static void keep_result(dl__saved *out, const dl_tensor *t, int saved)
{
    dl__shape_stub(&out->shape, t);
    if (saved) {
        out->storage = dl__object_keep(t->storage);
        out->version = version_of(t->storage);
    }
}

/* The operands that backward reads, as bits. A factor, without which the other's gradient cannot be
 * had, is not read where nobody can ask for that. */
static uint64_t saves_of(const dl_call *c)
{
    uint64_t saves = c->op->saves_in;
    for (int32_t i = 0; i < 2 && (c->op->flags & DL_OP_PRODUCT); i++)
        if (c->n_in > 1 && !(c->in[1 - i] && c->in[1 - i]->history))
            saves &= ~((uint64_t)1 << i);
    return saves;
}

/* Fills in a new node: a call of op just now, of whose operands and results those in saves_in and
 * saves_out, as bits, are kept. It becomes the history of the float results. */
static void note_call(dl__node *node, const dl_op *op, dl_tensor *const *in, uint64_t saves_in,
                      dl_tensor *const *out, uint64_t saves_out)
{
    dl_ctx *ctx = node->base.ctx;
    node->op = op;
    node->number = ++ctx->calls;
    node->here = ctx->profile ? dl__profile_here(ctx->profile) : 0;
    for (int32_t i = 0; i < node->n_in; i++)
        if (in[i])
            keep_operand(&node->in[i], in[i], (saves_in >> i) & 1);
    for (int32_t i = 0; i < node->n_out; i++) {
        keep_result(&node->out[i], out[i], (saves_out >> i) & 1);
        if (dl__is_float(out[i]->dtype)) {
            out[i]->history = dl__object_keep(node);
            out[i]->output = i;
        }
    }
}

dl_status dl__record(const dl_call *c)
{
    const dl_op *op = c->op;
    dl__node *node = node_new(c->ctx, c->n_in, c->n_out, op->attrs_size);
    if (!node)
        return c->ctx->status;
    if (op->attrs_size)
        memcpy(node->attrs, c->attrs, op->attrs_size);
    note_call(node, op, c->in, saves_of(c), c->out, op->saves_out);
    dl_status status = c->ctx->opts.check_finite ? dl__place_note(node, c) : DL_OK;
    dl__object_drop(node);
    return status;
}

/* For messages and traces; it is never applied. */
static const dl_op recompute = {.name = "recompute"};

dl_status dl__record_again(dl_ctx *ctx, const dl__again *a, dl_tensor *const *in, int32_t n_in,
                           dl_tensor *const *out, int32_t n_out)
{
    dl__node *node = node_new(ctx, n_in, n_out, sizeof *a + (size_t)a->n_notes);
    if (!node)
        return ctx->status;
    node->again = node->attrs;
    *node->again = *a;
    node->again->notes = (uint8_t *)(node->again + 1);
    memcpy(node->again->notes, a->notes, (size_t)a->n_notes);
    dl__object_keep(a->held);
    note_call(node, &recompute, in, UINT64_MAX, out, 0);
    dl__object_drop(node);
    return DL_OK;
}

dl_status dl__check_saved(const dl__node *node)
{
    dl_ctx *ctx = node->base.ctx;
    const char *name = node->op->name;
    if (!node->op->backward && !node->again)
        return dl_fail(ctx, DL_EUNSUPPORTED, "backward: %s has no gradient", name);
    if (node->released)
        return dl_fail(ctx, DL_ESTATE,
                       "backward of %s: what it needs was released by an earlier backward over "
                       "the same record",
                       name);
    for (int32_t i = 0; i < node->n_in; i++)
        if (node->in[i].kept && version_of(node->in[i].kept->storage) != node->in[i].version)
            return dl_fail(ctx, DL_ESTATE,
                           "backward of %s: operand %d was changed after the operation ran", name,
                           (int)i);
    for (int32_t i = 0; i < node->n_out; i++)
        if (node->out[i].storage && version_of(node->out[i].storage) != node->out[i].version)
            return dl_fail(ctx, DL_ESTATE,
                           "backward of %s: result %d was changed after the operation ran", name,
                           (int)i);
    return DL_OK;
}

void dl__node_release(dl__node *node)
{
    node->released = 1;
    for (int32_t i = 0; i < node->n_out; i++) {
        dl__object_drop(node->out[i].storage);
        node->out[i].storage = NULL;
    }
    for (int32_t i = 0; i < node->n_in; i++) {
        dl_tensor_drop(node->in[i].kept);
        node->in[i].kept = NULL;
    }
}

int32_t dl_grad_enable(dl_ctx *ctx, int32_t on)
{
    if (!ctx)
        return DL_EINVAL;
    int32_t old = !ctx->grad_off;
    ctx->grad_off = !on;
    return old;
}

int32_t dl_grad_tracked(const dl_tensor *t)
{
    return t && t->history;
}

void dl_grad_track(dl_tensor *t, int32_t on)
{
    if (!t || !dl__ok(t->base.ctx))
        return;
    dl_ctx *ctx = t->base.ctx;
    if (t->history && dl__node_of(t)->op) {
        dl_fail(ctx, DL_ESTATE,
                "grad_track: the tensor was made by %s while recording; only leaves "
                "can be tracked, dl_detach it first",
                dl__node_of(t)->op->name);
        return;
    }
    if (!on) {
        dl__object_drop(t->history);
        t->history = NULL;
        t->leaf = 0;
        return;
    }
    if (!dl__is_float(t->dtype)) {
        dl_fail(ctx, DL_EDTYPE, "grad_track: the tensor is %s, gradients are for f32 and f64",
                dl_dtype_name(t->dtype));
        return;
    }
    if (!t->history) {
        dl__node *leaf = node_new(ctx, 0, 1, 0);
        if (leaf)
            dl__shape_stub(&leaf->out[0].shape, t);
        t->history = (dl__object *)leaf;
        t->output = 0;
        t->leaf = leaf != NULL;
    }
}

dl_tensor *dl_detach(dl_tensor *x)
{
    if (!x || !dl__ok(x->base.ctx))
        return NULL;
    dl__shape shape = dl__tensor_shape(x);
    return dl_tensor_give(dl__tensor_over(x->base.ctx, &shape, x->storage));
}
