/* The backward pass: visits the record newest call first, with a loop. */
#include "autograd/autograd.h"
#include "autograd/elementwise.h"
#include "dl/ops.h"

enum { MAX_IN = 64, MAX_OUT = 8 };

typedef struct pass {
    dl__graph graph;
    dl_ctx *ctx;
    int32_t to_leaves; /* gradients collect in the leaves, else in the nodes' dy */
    int32_t create;    /* the pass is recorded */
    int32_t retain;    /* what was saved stays */
} pass;

static int collects_in_leaf(const pass *p, const dl__node *node)
{
    return p->to_leaves && !node->op && !node->hooks;
}

/* Adds g to what output i of node has so far. */
static dl_status add_gradient(const pass *p, dl__node *node, int32_t i, dl_tensor *g)
{
    if (!node->dy[i]) {
        node->dy[i] = dl_tensor_keep(g);
        node->dy_own[i] = 0;
        return DL_OK;
    }
    if (node->dy_own[i])
        return dl__accumulate(node->dy[i], g);
    dl_tensor *sum = dl_add(node->dy[i], g);
    if (!sum)
        return p->ctx->status;
    dl_tensor_drop(node->dy[i]);
    node->dy[i] = dl_tensor_keep(sum);
    node->dy_own[i] = !p->create;
    return DL_OK;
}

static dl_status add_to_leaf(dl__node *leaf, const dl_tensor *like, dl_tensor *g)
{
    dl_tensor *grad = dl__leaf_grad(leaf, like);
    if (!grad)
        return leaf->base.ctx->status;
    grad->fresh = !leaf->has_grad;
    dl_status status = dl__accumulate(grad, g);
    leaf->has_grad = status == DL_OK;
    return status;
}

/* Hands the gradient g of operand i of node on to where it came from. */
static dl_status route(const pass *p, const dl__node *node, int32_t i, dl_tensor *g)
{
    const dl_tensor *in = node->in[i];
    if (g->dtype != in->dtype || !dl__broadcasts(in->dims, in->ndim, g->dims, g->ndim))
        return dl_fail(
            p->ctx, DL_ESHAPE,
            "backward of %s: the gradient of operand %d does not have its type and shape",
            node->op->name, (int)i);
    if (!dl__same_shape(in, g) && !(g = dl__sum_to(g, in->dims, in->ndim)))
        return p->ctx->status;
    dl__node *from = dl__node_of(in);
    return collects_in_leaf(p, from) ? add_to_leaf(from, in, g)
                                     : add_gradient(p, from, in->output, g);
}

/* Refuses a node whose operands changed, or were given up. */
static dl_status check_saved(const pass *p, const dl__node *node)
{
    const dl_op *op = node->op;
    if (!op->backward)
        return dl_fail(p->ctx, DL_EUNSUPPORTED, "backward: %s has no gradient", op->name);
    if (node->released)
        return dl_fail(p->ctx, DL_ESTATE,
                       "backward of %s: what it needs was released by an earlier "
                       "backward over the same record",
                       op->name);
    for (int32_t i = 0; i < node->n_in; i++)
        if (node->in[i] && ((op->saves_in >> i) & 1) &&
            atomic_load(&node->in[i]->storage->version) != node->in_version[i])
            return dl_fail(p->ctx, DL_ESTATE,
                           "backward of %s: operand %d was changed after the "
                           "operation ran",
                           op->name, (int)i);
    for (int32_t i = 0; i < node->n_out; i++)
        if (node->out[i].storage &&
            atomic_load(&node->out[i].storage->version) != node->out[i].version)
            return dl_fail(p->ctx, DL_ESTATE,
                           "backward of %s: its result was changed after the "
                           "operation ran",
                           op->name);
    return DL_OK;
}

/* The results of node as backward sees them; they belong to the open scope. */
static dl_status attach_outputs(const pass *p, dl__node *node, dl_tensor **out)
{
    for (int32_t i = 0; i < node->n_out; i++) {
        out[i] = dl__tensor_over(p->ctx, &node->out[i].shape, node->out[i].storage);
        if (!out[i])
            return p->ctx->status;
        dl_tensor_give(out[i]);
        if (p->create) {
            out[i]->history = dl__object_keep(node);
            out[i]->output = i;
        }
    }
    return DL_OK;
}

/* Calls the operation's backward and hands on what it gives. */
static dl_status differentiate(const pass *p, dl__node *node)
{
    dl_tensor *out[MAX_OUT], *dx[MAX_IN] = {NULL}, *offered[MAX_IN] = {NULL};
    dl_status status = check_saved(p, node);
    if (status == DL_OK)
        status = attach_outputs(p, node, out);
    dl_call c = {.ctx = p->ctx,
                 .op = node->op,
                 .n_in = node->n_in,
                 .n_out = node->n_out,
                 .in = node->in,
                 .out = out,
                 .attrs = node->attrs};
    for (int32_t i = 0; i < node->n_in && status == DL_OK; i++) {
        dl__node *from = dl_call_wants(&c, i) ? dl__node_of(node->in[i]) : NULL;
        if (!from || !collects_in_leaf(p, from))
            continue;
        dx[i] = offered[i] = dl__leaf_grad(from, node->in[i]);
        if (!dx[i])
            return p->ctx->status;
        dx[i]->fresh = !from->has_grad;
    }
    if (status == DL_OK)
        status = node->op->backward(&c, node->dy, dx);
    if (status != DL_OK)
        return dl_fail(p->ctx, status, "backward of %s: failed", node->op->name);
    for (int32_t i = 0; i < node->n_in && p->ctx->status == DL_OK; i++) {
        if (!dl_call_wants(&c, i) || !dx[i])
            continue;
        if (dx[i] == offered[i])
            dl__node_of(node->in[i])->has_grad |= !dx[i]->fresh;
        else
            route(p, node, i, dx[i]);
    }
    return p->ctx->status;
}

/* Runs the hooks of node on its complete gradients. */
static dl_status run_hooks(dl__node *node)
{
    for (int32_t i = 0; node->hooks && i < node->n_out; i++) {
        if (!node->dy[i])
            continue;
        dl_tensor *g = dl__hooks_run(node, i, node->dy[i]);
        if (!g)
            return node->base.ctx->status;
        if (g != node->dy[i]) {
            dl_tensor_keep(g);
            dl_tensor_drop(node->dy[i]);
            node->dy[i] = g;
            node->dy_own[i] = 0;
        }
    }
    return DL_OK;
}

static dl_status visit(const pass *p, dl__node *node)
{
    int has = 0, wants = 0;
    for (int32_t i = 0; i < node->n_out; i++)
        has |= node->dy[i] != NULL;
    for (int32_t i = 0; i < node->n_in; i++)
        wants |= node->in[i] && node->in[i]->history && dl__node_of(node->in[i])->needed;
    if (!has)
        return DL_OK;
    dl_status status = run_hooks(node);
    if (status == DL_OK && wants)
        status = differentiate(p, node);
    if (status == DL_OK && !node->op && p->to_leaves && node->dy[0])
        status = add_to_leaf(node, node->dy[0], node->dy[0]);
    for (int32_t i = 0; i < node->n_out && !node->wanted; i++) {
        dl_tensor_drop(node->dy[i]);
        node->dy[i] = NULL;
    }
    if (node->op && wants && !p->retain && status == DL_OK)
        dl__node_release(node);
    return status;
}

/* Visits all nodes; each in a scope of its own. */
static dl_status run(pass *p)
{
    dl_status status = p->ctx->status;
    for (int32_t at = 0; at < p->graph.n && status == DL_OK; at++) {
        dl__node *node = p->graph.node[at];
        if (!node->needed)
            continue;
        int32_t mark = dl_scope_begin(p->ctx);
        status = mark < 0 ? mark : visit(p, node);
        dl_scope_end(p->ctx, mark);
        if (p->ctx->status != DL_OK)
            status = p->ctx->status;
    }
    return status;
}

int32_t dl_call_wants(const dl_call *c, int32_t i)
{
    return c && i >= 0 && i < c->n_in && c->in[i] && c->in[i]->history &&
           dl__node_of(c->in[i])->needed;
}

static dl_status check_out(dl_ctx *ctx, const char *who, dl_tensor *out, dl_tensor *seed)
{
    if (!out || out->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "%s: a tensor is missing or of another context", who);
    if (!out->history)
        return dl_fail(ctx, DL_ESTATE,
                       "%s: the tensor was not recorded: it depends on nothing that is tracked",
                       who);
    if (!seed && dl__count_of(out) != 1)
        return dl_fail(ctx, DL_ESHAPE,
                       "%s: the tensor has %lld elements, without a seed it wants 1", who,
                       (long long)dl__count_of(out));
    if (seed && (seed->base.ctx != ctx || seed->dtype != out->dtype || !dl__same_shape(seed, out)))
        return dl_fail(ctx, DL_ESHAPE, "%s: a seed wants the context, type and shape of its tensor",
                       who);
    return DL_OK;
}

/* Puts the seed of out, or ones, where the pass begins. */
static dl_status plant(const pass *p, dl_tensor *out, dl_tensor *seed)
{
    dl_tensor *ones = NULL;
    if (!seed) {
        int32_t meta = dl_meta_enable(p->ctx, dl__is_meta(out) || p->ctx->meta);
        seed = ones = dl_tensor_ones(p->ctx, out->dtype, out->dims, out->ndim);
        dl_meta_enable(p->ctx, meta);
    }
    if (!seed)
        return p->ctx->status;
    dl_status status = add_gradient(p, dl__node_of(out), out->output, seed);
    dl_tensor_drop(ones);
    return status;
}

/* The pass from out with its seeds. */
static dl_status pass_run(pass *p, dl_tensor *const *out, dl_tensor *const *seed, int32_t n_out,
                          dl_tensor *const *wrt, int32_t n_wrt)
{
    int32_t recording = dl_grad_enable(p->ctx, p->create), mark = dl_scope_begin(p->ctx);
    dl_status status = mark < 0 ? mark : dl__graph_collect(&p->graph, p->ctx, out, n_out);
    if (status == DL_OK)
        dl__graph_need(&p->graph, wrt, n_wrt);
    for (int32_t i = 0; i < n_out && status == DL_OK; i++)
        status = plant(p, out[i], seed ? seed[i] : NULL);
    if (status == DL_OK)
        status = run(p);
    dl_scope_end(p->ctx, mark);
    dl_grad_enable(p->ctx, recording);
    return status;
}

dl_status dl_backward(dl_tensor *scalar)
{
    if (!scalar)
        return DL_EINVAL;
    dl_ctx *ctx = scalar->base.ctx;
    if (!dl__ok(ctx) || check_out(ctx, "backward", scalar, NULL) != DL_OK)
        return ctx->status;
    pass p = {.ctx = ctx, .to_leaves = 1};
    dl_status status = pass_run(&p, &scalar, NULL, 1, NULL, 0);
    for (int32_t i = 0; i < p.graph.n && status != DL_OK; i++)
        p.graph.node[i]->has_grad = 0;
    dl__graph_end(&p.graph);
    return status;
}

static dl_status check_gradients(dl_ctx *ctx, dl_tensor *const *out, dl_tensor *const *seed,
                                 int32_t n_out, dl_tensor *const *wrt, int32_t n_wrt, int32_t flag)
{
    if (flag < DL_GRAPH_RELEASE || flag > DL_GRAPH_RETAIN)
        return dl_fail(ctx, DL_EINVAL, "gradients: create_graph is %d, it wants DL_GRAPH_*",
                       (int)flag);
    for (int32_t i = 0; i < n_out; i++)
        if (check_out(ctx, "gradients", out[i], seed ? seed[i] : NULL) != DL_OK)
            return ctx->status;
    for (int32_t j = 0; j < n_wrt; j++)
        if (!wrt[j] || wrt[j]->base.ctx != ctx || !wrt[j]->history)
            return dl_fail(ctx, DL_ESTATE, "gradients: wrt[%d] is missing or not tracked", (int)j);
    return DL_OK;
}

dl_status dl_gradients(dl_tensor *const *out, dl_tensor *const *seed, int32_t n_out,
                       dl_tensor *const *wrt, int32_t n_wrt, int32_t create_graph,
                       dl_tensor **grads)
{
    for (int32_t j = 0; grads && j < n_wrt; j++)
        grads[j] = NULL;
    if (!out || n_out < 1 || !out[0] || !wrt || n_wrt < 1 || !grads)
        return DL_EINVAL;
    dl_ctx *ctx = out[0]->base.ctx;
    if (!dl__ok(ctx) || check_gradients(ctx, out, seed, n_out, wrt, n_wrt, create_graph) != DL_OK)
        return ctx->status;
    pass p = {.ctx = ctx,
              .create = create_graph == DL_GRAPH_CREATE,
              .retain = create_graph != DL_GRAPH_RELEASE};
    dl_status status = pass_run(&p, out, seed, n_out, wrt, n_wrt);
    for (int32_t j = 0; j < n_wrt && status == DL_OK; j++) {
        dl__node *node = dl__node_of(wrt[j]);
        if (node->reached)
            grads[j] = dl_tensor_give(dl_tensor_keep(node->dy[wrt[j]->output]));
    }
    dl__graph_end(&p.graph);
    return status;
}
