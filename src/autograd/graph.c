/* Which recorded calls a backward pass visits, and in which order. */
#include "autograd/autograd.h"

static dl_status reach(dl__graph *g, const dl_tensor *t)
{
    dl__node *node = t ? dl__node_of(t) : NULL;
    if (!node || node->reached)
        return DL_OK;
    if (g->n == g->cap) {
        int32_t cap = g->cap ? 2 * g->cap : 64;
        dl__node **grown = dl__realloc(g->ctx, g->node, (size_t)cap * sizeof(dl__node *));
        if (!grown)
            return g->ctx->status;
        g->node = grown;
        g->cap = cap;
    }
    node->reached = 1;
    g->node[g->n++] = dl__object_keep(node);
    return DL_OK;
}

/* Moves node[i] down the heap of n nodes whose root is the one with the smallest number. */
static void sift(dl__node **node, int32_t i, int32_t n)
{
    dl__node *moved = node[i];
    for (;;) {
        int32_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && node[child + 1]->number < node[child]->number)
            child++;
        if (node[child]->number >= moved->number)
            break;
        node[i] = node[child];
        i = child;
    }
    node[i] = moved;
}

/* Heap sort: falling numbers, no memory. */
static void newest_first(dl__node **node, int32_t n)
{
    for (int32_t i = n / 2 - 1; i >= 0; i--)
        sift(node, i, n);
    for (int32_t last = n - 1; last > 0; last--) {
        dl__node *least = node[0];
        node[0] = node[last];
        node[last] = least;
        sift(node, 0, last);
    }
}

dl_status dl__graph_collect(dl__graph *g, dl_ctx *ctx, dl_tensor *const *out, int32_t n_out)
{
    *g = (dl__graph){.ctx = ctx};
    dl_status status = DL_OK;
    for (int32_t i = 0; i < n_out && status == DL_OK; i++)
        status = reach(g, out[i]);
    for (int32_t at = 0; at < g->n && status == DL_OK; at++)
        for (int32_t i = 0; i < g->node[at]->n_in && status == DL_OK; i++)
            status = reach(g, g->node[at]->in[i]);
    newest_first(g->node, g->n);
    return status;
}

void dl__graph_need(dl__graph *g, dl_tensor *const *wrt, int32_t n_wrt)
{
    for (int32_t i = 0; i < g->n; i++)
        g->node[i]->needed = n_wrt == 0;
    for (int32_t i = 0; i < n_wrt; i++) {
        dl__node *node = dl__node_of(wrt[i]);
        node->needed = node->wanted = node->reached;
    }
    for (int32_t at = g->n - 1; at >= 0; at--)
        for (int32_t i = 0; i < g->node[at]->n_in; i++) {
            const dl_tensor *in = g->node[at]->in[i];
            if (in && in->history && dl__node_of(in)->needed)
                g->node[at]->needed = 1;
        }
}

void dl__graph_end(dl__graph *g)
{
    for (int32_t at = 0; at < g->n; at++) {
        dl__node *node = g->node[at];
        for (int32_t i = 0; i < node->n_out; i++) {
            dl__object_drop(node->dy[i]);
            node->dy[i] = NULL;
            node->dy_own[i] = 0;
        }
        node->reached = 0;
        node->needed = 0;
        node->wanted = 0;
    }
    for (int32_t at = 0; at < g->n; at++)
        dl__object_drop(g->node[at]);
    dl__free(g->node);
    *g = (dl__graph){0};
}
