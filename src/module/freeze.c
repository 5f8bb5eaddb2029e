/* Freezing: a copy for inference, and folding in it. */
#include "dl/grad.h"
#include "module/module.h"

/* All of it in evaluation mode, below parts that are held too. */
static void mark(dl_module *m, int32_t folding, int32_t frozen)
{
    m->folding = folding;
    m->training = 0;
    m->frozen = frozen;
    dl__table_forget(m);
    for (int32_t i = 0; i < m->n_child; i++)
        mark(m->child[i], folding, frozen);
}

static int32_t count_in(const dl__parts *p, const dl_tensor *t)
{
    int32_t n = 0;
    for (int32_t i = 0; i < p->n; i++)
        n += p->item[i].tensor == t;
    return n;
}

/* Names of t in the tree. */
static int32_t names_of(const dl_module *m, const dl_tensor *t)
{
    int32_t n = count_in(&m->params, t) + count_in(&m->buffers, t);
    for (int32_t i = 0; i < m->n_child; i++)
        n += names_of(m->child[i], t);
    return n;
}

/* 1 when each of the tensors has data, and one name in the tree of root. */
static int alone_among(const dl_module *root, const dl__parts *p)
{
    for (int32_t i = 0; i < p->n; i++)
        if (dl__is_meta(p->item[i].tensor) || names_of(root, p->item[i].tensor) != 1)
            return 0;
    return 1;
}

static int alone(const dl_module *root, const dl_module *m)
{
    return alone_among(root, &m->params) && alone_among(root, &m->buffers);
}

int32_t dl_module_absorb(dl_module *m, dl_tensor *scale, dl_tensor *shift)
{
    if (!m)
        return DL_EINVAL;
    if (!dl__ok(m->base.ctx))
        return m->base.ctx->status;
    if (!m->folding)
        return dl_fail(m->base.ctx, DL_ESTATE,
                       "%s: nothing is folded into it now, only dl_module_freeze does that",
                       m->cls->name);
    if (!scale || !shift)
        return dl_fail(m->base.ctx, DL_EINVAL, "%s: %s of what is folded into it is NULL",
                       m->cls->name, scale ? "shift" : "scale");
    return m->cls->absorb ? m->cls->absorb(m, scale, shift) : 0;
}

/* Folds m into before where that can be: 1, 0 or a failure. */
static int32_t fold(const dl_module *root, dl_module *m, dl_module *before)
{
    if (!m->cls->fold || !before->cls->absorb || !alone(root, m) || !alone(root, before))
        return 0;
    dl_ctx *ctx = m->base.ctx;
    const int32_t scope = dl_scope_begin(ctx);
    if (scope < 0)
        return scope;
    int32_t done = m->cls->fold(m, before);
    dl_scope_end(ctx, scope);
    return dl__ok(ctx) ? done : ctx->status;
}

static dl_status fold_tree(const dl_module *root, dl_module *m)
{
    dl_module *before = m->n_child > 0 ? m->child[0] : NULL;
    for (int32_t i = 1; m->cls->chains && i < m->n_child; i++) {
        const int32_t done = m->cls->chains(m, i - 1) ? fold(root, m->child[i], before) : 0;
        if (done < 0)
            return dl_fail(m->base.ctx, done, "%s: it could not be frozen", m->child[i]->cls->name);
        if (!done) /* what was folded gives its input, so before feeds the next child, too */
            before = m->child[i];
    }
    for (int32_t i = 0; i < m->n_child; i++)
        if (fold_tree(root, m->child[i]) != DL_OK)
            return m->base.ctx->status;
    return DL_OK;
}

dl_module *dl_module_freeze(dl_module *m)
{
    dl_module *copy = dl__module_rebuild(m, NULL, DL__MODULE_COPY);
    if (!copy)
        return NULL;
    dl_ctx *ctx = copy->base.ctx;
    const int32_t recording = dl_grad_enable(ctx, 0), meta = dl_meta_enable(ctx, 0);
    dl_status s = dl_module_track(copy, 0);
    if (s == DL_OK) {
        mark(copy, 1, 0);
        s = fold_tree(copy, copy);
        mark(copy, 0, 1);
    }
    dl_grad_enable(ctx, recording);
    dl_meta_enable(ctx, meta);
    if (s == DL_OK)
        return copy;
    dl_module_drop(copy);
    return NULL;
}
