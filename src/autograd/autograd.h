/* The record of operations. A tensor's history is a node: the call that made it, or, for a tracked
 * leaf, the place where its gradient collects. A node owns its inputs, never its outputs, so there
 * are no cycles: of its results it keeps only shapes, and the memory of those that backward
 * reads. */
#ifndef DL_AUTOGRAD_AUTOGRAD_H
#define DL_AUTOGRAD_AUTOGRAD_H
#include "dl/ext.h"
#include "dl/grad.h"
#include "tensor/tensor.h"

typedef struct dl__hook {
    struct dl__hook *next;
    int32_t id, output; /* which output of the node it watches */
    dl_grad_fn fn;
    void *user;
    void (*release)(void *user);
} dl__hook;

/* What is kept of an operand or result. */
typedef struct dl__saved {
    dl__shape shape;
    dl__storage *storage;       /* NULL: only the shape was kept, or it was released */
    unsigned long long version; /* of storage when the call ran */
} dl__saved;

typedef struct dl__node {
    dl__object base;
    const dl_op *op; /* NULL: a leaf */
    uint64_t number; /* of the call; larger than that of every input; a leaf has 0 */
    int32_t n_in, n_out;
    void *attrs;
    dl_tensor **in; /* what backward sees of the inputs: shape, history, data if saved */
    unsigned long long *in_version;
    dl__saved *out;
    int32_t released; /* what was saved is gone */
    dl__hook *hooks;
    /* A leaf's. */
    dl_tensor *grad;  /* collects; may exist while absent */
    int32_t has_grad; /* grad holds a gradient */
    /* While a backward pass runs. */
    dl_tensor **dy;  /* gradient of each output so far, owned */
    int32_t *dy_own; /* dy[i] belongs to the pass alone and may be added to in place */
    int32_t reached; /* the pass visits this node */
    int32_t needed;  /* a wanted gradient lies here or behind it */
    int32_t wanted;  /* dl_gradients asked for the gradient of one of its outputs */
} dl__node;

static inline dl__node *dl__node_of(const dl_tensor *t)
{
    return (dl__node *)(void *)t->history;
}

/* ---- recording (node.c) ---- */
/* 1 when results of these inputs are to be recorded. */
int dl__recording(const dl_ctx *ctx, dl_tensor *const *in, int32_t n_in);
/* Records a call and makes it the history of its float results. */
dl_status dl__record(const dl_call *c);
/* Gives up what node had saved: a backward over it is then refused. */
void dl__node_release(dl__node *node);
/* ---- visiting the record (graph.c) ---- */
/* The nodes that some outputs depend on, newest first. */
typedef struct dl__graph {
    dl_ctx *ctx;
    dl__node **node;
    int32_t n, cap;
} dl__graph;
dl_status dl__graph_collect(dl__graph *g, dl_ctx *ctx, dl_tensor *const *out, int32_t n_out);
/* Marks as needed the nodes from which some wrt can be reached; n_wrt 0: all. */
void dl__graph_need(dl__graph *g, dl_tensor *const *wrt, int32_t n_wrt);
/* Drops gradients still held by the nodes and forgets the list. */
void dl__graph_end(dl__graph *g);

/* ---- hooks (hook.c) ---- */
/* Calls the hooks of output i of node; returns the gradient to go on with, NULL on failure. The
 * result is owned by the caller like *grad was. */
dl_tensor *dl__hooks_run(dl__node *node, int32_t output, dl_tensor *grad);
void dl__hooks_free(dl__node *node);

/* ---- gradients (accumulate.c) ---- */
/* dst = dst + x, or x where dst is fresh; same shape and type; not recorded. */
dl_status dl__accumulate(dl_tensor *dst, dl_tensor *x);
/* The leaf's accumulator, made if there is none; borrowed, NULL on failure. */
dl_tensor *dl__leaf_grad(dl__node *leaf, const dl_tensor *like);
/* Lets the gradient of leaf collect in grad (same shape; NULL: memory of its own), for the flat
 * arena of an optimizer. What had collected is forgotten. */
dl_status dl__grad_place(dl_tensor *leaf, dl_tensor *grad);

/* ---- operations that the engine needs ---- */
/* x summed over the axes that broadcasting added or stretched, to the shape dims. */
dl_tensor *dl__sum_to(dl_tensor *x, const int64_t *dims, int32_t ndim);
/* A view of x stretched to dims, which it broadcasts to. */
dl_tensor *dl__expand(dl_tensor *x, const int64_t *dims, int32_t ndim);
/* 1 when dims broadcast to big. */
int dl__broadcasts(const int64_t *dims, int32_t ndim, const int64_t *big, int32_t n_big);
/* DL_ENUMERIC naming op when a float result holds a NaN or infinity. */
dl_status dl__check_finite(const dl_call *c);
#endif
