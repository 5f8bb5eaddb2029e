/* Nodes: making them from calls, and what they hold on to. */
#include <string.h>
#include "autograd/autograd.h"

static void node_destroy(dl__object *o, dl__dead *dead)
{
    dl__node *node = (dl__node *)(void *)o;
    for (int32_t i = 0; i < node->n_in; i++)
        dl__object_unref(node->in[i], dead);
    for (int32_t i = 0; i < node->n_out; i++) {
        dl__object_unref(node->out[i].storage, dead);
        dl__object_unref(node->dy[i], dead);
    }
    dl__object_unref(node->grad, dead);
    dl__hooks_free(node);
}

/* A node with room for its arrays and attributes in the same block. */
static dl__node *node_new(dl_ctx *ctx, int32_t n_in, int32_t n_out, size_t attrs_size)
{
    size_t at_attrs = (sizeof(dl__node) + 15) / 16 * 16;
    size_t at_in = at_attrs + (attrs_size + 15) / 16 * 16;
    size_t at_version = at_in + (size_t)n_in * sizeof(dl_tensor *);
    size_t at_out = at_version + (size_t)n_in * sizeof(unsigned long long);
    size_t at_dy = at_out + (size_t)n_out * sizeof(dl__saved);
    size_t at_own = at_dy + (size_t)n_out * sizeof(dl_tensor *);
    char *p = dl__object_new(ctx, at_own + (size_t)n_out * sizeof(int32_t), node_destroy);
    if (!p)
        return NULL;
    dl__node *node = (dl__node *)(void *)p;
    node->attrs = p + at_attrs;
    node->in = (dl_tensor **)(void *)(p + at_in);
    node->in_version = (unsigned long long *)(void *)(p + at_version);
    node->out = (dl__saved *)(void *)(p + at_out);
    node->dy = (dl_tensor **)(void *)(p + at_dy);
    node->dy_own = (int32_t *)(void *)(p + at_own);
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

/* What the record keeps of an input: the tensor itself when backward reads it, else its shape. */
static dl_tensor *operand(dl_tensor *t, int saved)
{
    if (saved)
        return dl_tensor_keep(t);
    dl__shape shape = dl__tensor_shape(t);
    dl_tensor *stub = dl__tensor_over(t->base.ctx, &shape, NULL);
    if (stub) {
        stub->history = dl__object_keep(t->history);
        stub->output = t->output;
    }
    return stub;
}

dl_status dl__record(const dl_call *c)
{
    const dl_op *op = c->op;
    dl__node *node = node_new(c->ctx, c->n_in, c->n_out, op->attrs_size);
    if (!node)
        return c->ctx->status;
    node->op = op;
    node->number = ++c->ctx->calls;
    if (op->attrs_size)
        memcpy(node->attrs, c->attrs, op->attrs_size);
    for (int32_t i = 0; i < c->n_in; i++) {
        if (!c->in[i])
            continue;
        int saved = (op->saves_in >> i) & 1;
        node->in[i] = operand(c->in[i], saved);
        if (!node->in[i]) {
            dl__object_drop(node);
            return c->ctx->status;
        }
        if (saved)
            node->in_version[i] = atomic_load(&c->in[i]->storage->version);
    }
    for (int32_t i = 0; i < c->n_out; i++) {
        node->out[i].shape = dl__tensor_shape(c->out[i]);
        if ((op->saves_out >> i) & 1) {
            node->out[i].storage = dl__object_keep(c->out[i]->storage);
            node->out[i].version = atomic_load(&c->out[i]->storage->version);
        }
        if (dl__is_float(c->out[i]->dtype)) {
            c->out[i]->history = dl__object_keep(node);
            c->out[i]->output = i;
        }
    }
    dl__object_drop(node);
    return DL_OK;
}

void dl__node_release(dl__node *node)
{
    node->released = 1;
    for (int32_t i = 0; i < node->n_out; i++) {
        dl__object_drop(node->out[i].storage);
        node->out[i].storage = NULL;
    }
    for (int32_t i = 0; i < node->n_in; i++)
        if (node->in[i] && ((node->op->saves_in >> i) & 1)) {
            dl_tensor *kept = node->in[i];
            node->in[i] = operand(kept, 0);
            dl__object_drop(kept);
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
            leaf->out[0].shape = dl__tensor_shape(t);
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
