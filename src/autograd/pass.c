/* The backward pass: visits the record newest call first, with a loop. */
#include "autograd/elementwise.h"
#include "autograd/profile.h"
#include "dl/ops.h"

/* Gradients of a plain leaf go straight into its accumulator; hooks want them complete. */
static int collects_in_leaf(const dl__pass *p, const dl__node *node)
{
    return p->to_leaves && node->visit->plain;
}

/* 1 when a sum may be made in place; not where it must be recorded, or checked as an operation. */
static int adds_in_place(const dl__pass *p)
{
    return !p->create && !p->ctx->opts.check_finite;
}

/* 1 when g was made in the open scope, of this visit, and nobody else has it or its elements: then
 * the pass may add to it in place. */
static int only_ours(const dl__pass *p, const dl_tensor *g)
{
    const dl_ctx *ctx = p->ctx;
    if (!adds_in_place(p) || g->history || atomic_load(&g->base.refs) != 1 ||
        g->storage->borrowed || atomic_load(&g->storage->base.refs) != 1 || dl__overlaps(g))
        return 0;
    const dl__object *o = ctx->scope[ctx->n_scope - 1];
    while (o && o != &g->base)
        o = o->next;
    return o != NULL;
}

/* Adds g, which may be `ours` to add to, to what there is of an output's gradient. Numbers have the
 * same sum in either order. */
static dl_status add_partial(const dl__pass *p, dl__partial *dy, dl_tensor *g, int ours)
{
    dl_tensor *sum = g, *old = dy->sum;
    const int alike = old && dl__is_meta(old) == dl__is_meta(g);
    dl_status status = DL_OK;
    if (alike && dy->own)
        return dl__accumulate(old, g);
    if (alike && ours) {
        status = dl__accumulate(g, old);
    } else if (old) {
        sum = dl_add(old, g);
        status = p->ctx->status;
        ours = adds_in_place(p);
    }
    if (status != DL_OK)
        return status;
    dl_tensor_drop(old);
    *dy = (dl__partial){.sum = dl_tensor_keep(sum), .own = ours};
    return DL_OK;
}

static dl_status add_to_leaf(dl__node *leaf, dl_tensor *g)
{
    dl_tensor *grad = dl__leaf_grad(leaf, dl__is_meta(g));
    return grad ? dl__accumulate(grad, g) : leaf->base.ctx->status;
}

/* Adds g, which may be `ours` to add to, to the gradient of an output of from. */
static dl_status hand_on(const dl__pass *p, dl__node *from, int32_t output, dl_tensor *g, int ours)
{
    return collects_in_leaf(p, from) ? add_to_leaf(from, g)
                                     : add_partial(p, &from->visit->dy[output], g, ours);
}

/* Hands the gradient g of operand i of call c on to where the operand came from, at; twice: it is
 * also the gradient of another operand. */
static dl_status route(const dl__pass *p, const dl_call *c, int32_t i, const dl_tensor *at,
                       dl_tensor *g, int twice)
{
    const dl_tensor *in = c->in[i];
    dl__node *from = dl__node_of(at);
    if (g->base.ctx != p->ctx || !g->storage)
        return dl_fail(p->ctx, DL_EINVAL,
                       "backward of %s: the gradient of operand %d is of another context, or an "
                       "operand that was not saved",
                       c->op->name, (int)i);
    if (g->dtype != in->dtype || !dl__broadcasts(in->dims, in->ndim, g->dims, g->ndim))
        return dl_fail(
            p->ctx, DL_ESHAPE,
            "backward of %s: the gradient of operand %d does not have its type and shape",
            c->op->name, (int)i);
    if (!dl__same_shape(in, g) && !(g = dl__sum_to(g, in->dims, in->ndim)))
        return p->ctx->status;
    return hand_on(p, from, at->output, g, !twice && only_ours(p, g));
}

/* The operands and results of node as its backward sees them; what is made here belongs to the
 * open scope. */
static dl_status attach(const dl__pass *p, dl__node *node, dl_tensor **in, dl_tensor **out)
{
    for (int32_t i = 0; i < node->n_in; i++) {
        dl__operand *o = &node->in[i];
        in[i] = o->kept ? o->kept : o->shape.base.ctx ? &o->shape : NULL;
    }
    for (int32_t i = 0; i < node->n_out; i++) {
        dl__saved *s = &node->out[i];
        out[i] = &s->shape;
        if (!s->storage)
            continue;
        const dl__shape shape = dl__tensor_shape(&s->shape);
        if (!(out[i] = dl__tensor_over(p->ctx, &shape, s->storage)))
            return p->ctx->status;
        dl_tensor_give(out[i]);
        if (p->create) {
            out[i]->history = dl__object_keep(node);
            out[i]->output = i;
        }
    }
    return DL_OK;
}

/* Offers the accumulators of plain leaves for backward to add into. */
static dl_status offer(const dl__pass *p, const dl__visit *v, uint64_t wants, int meta,
                       dl_tensor **dx)
{
    for (int32_t i = 0; i < v->node->n_in; i++) {
        dl__node *from = dl__node_of(&v->node->in[i].shape);
        dx[i] = NULL;
        if ((wants >> i & 1) && collects_in_leaf(p, from) && !(dx[i] = dl__leaf_grad(from, meta)))
            return p->ctx->status;
    }
    return DL_OK;
}

static int is_twice(dl_tensor *const *dx, int32_t n, int32_t i)
{
    for (int32_t k = 0; k < n; k++)
        if (k != i && dx[k] == dx[i])
            return 1;
    return 0;
}

/* Calls the operation's backward and hands on what it gives. */
static dl_status differentiate(const dl__pass *p, dl__visit *v, uint64_t wants)
{
    dl__node *node = v->node;
    dl_tensor *in[DL__MAX_IN], *out[DL__MAX_OUT], *dy[DL__MAX_OUT];
    dl_tensor *dx[DL__MAX_IN], *offered[DL__MAX_IN];
    int meta = 0;
    for (int32_t i = 0; i < node->n_out; i++) {
        dy[i] = v->dy[i].sum;
        meta |= dy[i] && dl__is_meta(dy[i]);
    }
    dl_status status = dl__check_saved(node);
    if (status == DL_OK)
        status = attach(p, node, in, out);
    if (status == DL_OK)
        status = offer(p, v, wants, meta, offered);
    if (status != DL_OK)
        return status;
    for (int32_t i = 0; i < node->n_in; i++)
        dx[i] = offered[i];
    const dl_call c = {.ctx = p->ctx,
                       .op = node->op,
                       .n_in = node->n_in,
                       .n_out = node->n_out,
                       .in = in,
                       .out = out,
                       .attrs = node->attrs,
                       .wants = wants};
    const char *outer = p->ctx->backward;
    p->ctx->backward = node->place ? node->place : node->op->name;
    status = node->op->backward(&c, dy, dx);
    p->ctx->backward = outer;
    if (status != DL_OK)
        return dl_fail(p->ctx, status, "backward of %s: failed", node->op->name);
    for (int32_t i = 0; i < node->n_in && p->ctx->status == DL_OK; i++)
        if ((wants >> i & 1) && dx[i] && dx[i] != offered[i])
            route(p, &c, i, &node->in[i].shape, dx[i], is_twice(dx, node->n_in, i));
    return p->ctx->status;
}

/* Runs the hooks of a node on its complete gradients. */
static dl_status run_hooks(dl__visit *v)
{
    for (int32_t i = 0; v->node->hooks && i < v->node->n_out; i++) {
        dl__partial *dy = &v->dy[i];
        dl_tensor *g = dy->sum ? dl__hooks_run(v->node, i, dy->sum) : NULL;
        if (!g && dy->sum)
            return v->node->base.ctx->status;
        if (g != dy->sum) {
            dl_tensor_keep(g);
            dl_tensor_drop(dy->sum);
            *dy = (dl__partial){.sum = g};
        }
    }
    return DL_OK;
}

/* The inputs of a node whose gradients are needed, as bits. */
static uint64_t wants_of(const dl__visit *v)
{
    uint64_t wants = 0;
    for (int32_t i = 0; i < v->node->n_in; i++) {
        const dl__node *from = dl__node_of(&v->node->in[i].shape);
        wants |= (uint64_t)(from && from->visit->needed) << i;
    }
    return wants;
}

/* Runs the call of visit[at] again: what that records comes next, and gets its gradients. */
static dl_status repeat(dl__pass *p, int32_t at)
{
    dl__node *node = p->graph.visit[at].node;
    dl_tensor *y[DL__MAX_OUT];
    dl_status status = dl__check_saved(node);
    if (status == DL_OK)
        status = dl__run_again(node, y);
    if (status == DL_OK)
        status = dl__graph_splice(&p->graph, at, y, node->n_out);
    for (int32_t i = 0; i < node->n_out && status == DL_OK; i++) {
        dl_tensor *dy = p->graph.visit[at].dy[i].sum;
        if (dy && y[i]->history)
            status = hand_on(p, dl__node_of(y[i]), y[i]->output, dy, 0);
    }
    return status;
}

static dl_status go_over(dl__pass *p, int32_t at, uint64_t wants)
{
    dl__visit *v = &p->graph.visit[at];
    return v->node->again ? repeat(p, at) : differentiate(p, v, wants);
}

/* go_over, in the place where the node was recorded, for the profile that runs. */
static dl_status go_over_seen(dl__pass *p, int32_t at, uint64_t wants)
{
    const dl__node *node = p->graph.visit[at].node;
    dl__profile *profile = p->ctx->profile;
    dl__place_mark mark;
    if (!profile)
        return go_over(p, at, wants);
    dl__profile_return(profile, node->here, &mark);
    const dl_status status = go_over(p, at, wants);
    dl__profile_leave(profile, node->op->name, &mark);
    return status;
}

static dl_status visit(dl__pass *p, int32_t at)
{
    dl__visit *v = &p->graph.visit[at];
    dl__node *node = v->node;
    const uint64_t wants = node->again ? 1 : wants_of(v);
    dl_status status = v->plain ? DL_OK : run_hooks(v);
    if (status == DL_OK && wants)
        status = go_over_seen(p, at, wants);
    v = &p->graph.visit[at]; /* visits may have moved */
    if (status == DL_OK && !node->op && p->to_leaves)
        status = add_to_leaf(node, v->dy[0].sum);
    for (int32_t i = 0; i < node->n_out && !v->wanted; i++) {
        dl_tensor_drop(v->dy[i].sum);
        v->dy[i].sum = NULL;
    }
    if (status == DL_OK && wants && (!p->retain || (v->repeated && !p->create)))
        dl__node_release(node);
    return status;
}

static int has_gradient(const dl__visit *v)
{
    for (int32_t i = 0; i < v->node->n_out; i++)
        if (v->dy[i].sum)
            return 1;
    return 0;
}

/* Visits all nodes; each in a scope of its own. */
static dl_status run(dl__pass *p)
{
    dl_ctx *ctx = p->ctx;
    for (int32_t at = 0; at < p->graph.n && ctx->status == DL_OK; at++) {
        const dl__visit *v = &p->graph.visit[at];
        if (!v->needed || !has_gradient(v))
            continue;
        int32_t mark = dl_scope_begin(ctx);
        if (mark >= 0)
            visit(p, at);
        dl_scope_end(ctx, mark);
    }
    return ctx->status;
}

/* Puts the seed of out, or ones, where the pass begins. */
static dl_status plant(const dl__pass *p, const dl_tensor *out, dl_tensor *seed)
{
    dl_tensor *ones = NULL;
    if (!seed) {
        int32_t meta = dl_meta_enable(p->ctx, dl__is_meta(out));
        seed = ones = dl_tensor_ones(p->ctx, out->dtype, out->dims, out->ndim);
        dl_meta_enable(p->ctx, meta);
    }
    if (!seed)
        return p->ctx->status;
    dl__node *node = dl__node_of(out);
    dl_status status = add_partial(p, &node->visit->dy[out->output], seed, 0);
    dl_tensor_drop(ones);
    return status;
}

dl_status dl__pass_run(dl__pass *p, dl_tensor *const *out, dl_tensor *const *seed, int32_t n_out,
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

dl_status dl__pass_check(dl_ctx *ctx, const char *who, const dl_tensor *out, const dl_tensor *seed)
{
    if (!out || out->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "%s: a tensor is NULL or of another context", who);
    if (!out->history)
        return dl_fail(ctx, DL_ESTATE,
                       "%s: the tensor was not recorded: it depends on nothing that is tracked",
                       who);
    if (!seed && dl__count_of(out) != 1)
        return dl_fail(ctx, DL_ESHAPE,
                       "%s: the tensor has %lld elements, without a seed it wants 1", who,
                       (long long)dl__count_of(out));
    if (seed && seed->base.ctx != ctx)
        return dl_fail(ctx, DL_EINVAL, "%s: a seed is of another context", who);
    if (seed && seed->dtype != out->dtype)
        return dl_fail(ctx, DL_EDTYPE, "%s: the seed of a tensor of %s is %s", who,
                       dl_dtype_name(out->dtype), dl_dtype_name(seed->dtype));
    if (seed && !dl__same_shape(seed, out))
        return dl_fail(ctx, DL_ESHAPE, "%s: a seed does not have the shape of its tensor", who);
    return DL_OK;
}
