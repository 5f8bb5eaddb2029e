/* Which recorded calls a backward pass visits, and in which order. */
#include "autograd/autograd.h"
#include "core/check.h"

/* Nodes point at their visits: to be done whenever visits moved. */
static void point_back(dl__graph *g)
{
    for (int32_t i = 0; i < g->n; i++)
        g->visit[i].node->visit = &g->visit[i];
}

static dl_status grow(dl__graph *g)
{
    int32_t cap = g->cap ? 2 * g->cap : 64;
    dl__visit *grown = dl__realloc(g->ctx, g->visit, (size_t)cap * sizeof *grown);
    if (!grown)
        return g->ctx->status;
    g->visit = grown;
    g->cap = cap;
    point_back(g);
    return DL_OK;
}

static dl_status reach(dl__graph *g, const dl_tensor *t)
{
    dl__node *node = dl__node_of(t);
    if (!node || dl__visit_of(g, node))
        return DL_OK;
    if (g->n == g->cap && grow(g) != DL_OK)
        return g->ctx->status;
    dl__visit *v = &g->visit[g->n++];
    *v = (dl__visit){.graph = g,
                     .node = dl__object_keep(node),
                     .outer = node->visit,
                     .plain = !node->op && !node->hooks};
    node->visit = v;
    return DL_OK;
}

/* Moves visit[i] down the heap of n visits whose root is the one with the smallest number. */
static void sift(dl__visit *visit, int32_t i, int32_t n)
{
    const dl__visit moved = visit[i];
    for (;;) {
        int32_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && visit[child + 1].node->number < visit[child].node->number)
            child++;
        if (visit[child].node->number >= moved.node->number)
            break;
        visit[i] = visit[child];
        i = child;
    }
    visit[i] = moved;
}

static int in_order(const dl__visit *visit, int32_t n)
{
    for (int32_t i = 1; i < n; i++)
        if (visit[i - 1].node->number < visit[i].node->number)
            return 0;
    return 1;
}

/* Heap sort: falling numbers, no memory. Chains were found in that order. */
static void newest_first(dl__visit *visit, int32_t n)
{
    if (in_order(visit, n))
        return;
    for (int32_t i = n / 2 - 1; i >= 0; i--)
        sift(visit, i, n);
    for (int32_t last = n - 1; last > 0; last--) {
        const dl__visit least = visit[0];
        visit[0] = visit[last];
        visit[last] = least;
        sift(visit, 0, last);
    }
}

/* Marks visits from number first on that lead to one that is needed; oldest first. */
static void need(dl__graph *g, int32_t first)
{
    for (int32_t at = g->n - 1; at >= first; at--) {
        dl__visit *v = &g->visit[at];
        v->needed |= g->all;
        for (int32_t i = 0; i < v->node->n_in; i++) {
            const dl__node *from = dl__node_of(&v->node->in[i].shape);
            v->needed |= from && from->visit->needed;
        }
    }
}

/* Gradients of some visits. */
typedef struct dl__dy {
    struct dl__dy *next;
    size_t n;
    dl__partial dy[];
} dl__dy;

/* Reaches what visits from number first on depend on, and gives these room for gradients. */
static dl_status spread(dl__graph *g, int32_t first)
{
    dl_status status = DL_OK;
    size_t bytes, n = 0;
    for (int32_t at = first; at < g->n && status == DL_OK; at++) {
        const dl__node *node = g->visit[at].node;
        n += (size_t)node->n_out;
        for (int32_t i = 0; i < node->n_in && status == DL_OK; i++)
            status = reach(g, &node->in[i].shape);
    }
    if (status != DL_OK)
        return status;
    if (!dl__mul_size(n, sizeof(dl__partial), &bytes) ||
        !dl__add_size(bytes, sizeof(dl__dy), &bytes))
        return dl_fail(g->ctx, DL_ELIMIT, "backward: the record is too long");
    dl__dy *block = dl__calloc(g->ctx, bytes);
    if (!block)
        return g->ctx->status;
    block->next = g->dy;
    block->n = n;
    g->dy = block;
    dl__partial *dy = block->dy;
    for (int32_t at = first; at < g->n; at++) {
        g->visit[at].dy = dy;
        dy += g->visit[at].node->n_out;
    }
    return DL_OK;
}

static void reverse(dl__visit *visit, int32_t n)
{
    for (int32_t i = 0; i < n / 2; i++) {
        const dl__visit v = visit[i];
        visit[i] = visit[n - 1 - i];
        visit[n - 1 - i] = v;
    }
}

dl_status dl__graph_splice(dl__graph *g, int32_t at, dl_tensor *const *out, int32_t n_out)
{
    const int32_t first = g->n, rest = at + 1;
    dl_status status = DL_OK;
    for (int32_t i = 0; i < n_out && status == DL_OK; i++)
        status = reach(g, out[i]);
    if (status == DL_OK)
        status = spread(g, first);
    if (status != DL_OK)
        return status;
    for (int32_t i = first; i < g->n; i++)
        g->visit[i].repeated = 1;
    newest_first(g->visit + first, g->n - first);
    /* They are newer than what is left, but for leaves: in front of it. */
    reverse(g->visit + rest, first - rest);
    reverse(g->visit + first, g->n - first);
    reverse(g->visit + rest, g->n - rest);
    newest_first(g->visit + rest, g->n - rest);
    point_back(g);
    need(g, rest);
    return DL_OK;
}

dl_status dl__graph_collect(dl__graph *g, dl_ctx *ctx, dl_tensor *const *out, int32_t n_out)
{
    *g = (dl__graph){.ctx = ctx};
    dl_status status = DL_OK;
    for (int32_t i = 0; i < n_out && status == DL_OK; i++)
        status = reach(g, out[i]);
    if (status == DL_OK)
        status = spread(g, 0);
    if (status != DL_OK)
        return status;
    newest_first(g->visit, g->n);
    point_back(g);
    return DL_OK;
}

void dl__graph_need(dl__graph *g, dl_tensor *const *wrt, int32_t n_wrt)
{
    for (int32_t j = 0; j < n_wrt; j++) {
        dl__visit *v = dl__visit_of(g, dl__node_of(wrt[j]));
        if (v)
            v->needed = v->wanted = 1;
    }
    g->all = n_wrt == 0;
    need(g, 0);
}

void dl__graph_end(dl__graph *g)
{
    while (g->dy) {
        dl__dy *block = g->dy;
        g->dy = block->next;
        for (size_t i = 0; i < block->n; i++)
            dl_tensor_drop(block->dy[i].sum);
        dl__free(block);
    }
    for (int32_t at = 0; at < g->n; at++)
        g->visit[at].node->visit = g->visit[at].outer;
    for (int32_t at = 0; at < g->n; at++)
        dl__object_drop(g->visit[at].node);
    dl__free(g->visit);
    *g = (dl__graph){0};
}
