/* The record of operations. A tensor's history is a node: the call that made it, or, for a tracked
 * leaf, the place where its gradient collects. A node owns its inputs, never its outputs, so there
 * are no cycles: of its results it keeps only shapes, and the memory of those that backward reads. */
#ifndef DL_AUTOGRAD_AUTOGRAD_H
#define DL_AUTOGRAD_AUTOGRAD_H
#include "dl/ext.h"
#include "dl/grad.h"
#include "tensor/tensor.h"

typedef struct dl__hook {
    struct dl__hook *next;
    int32_t id;
    dl_grad_fn fn;
    void *user;
    void (*release)(void *user);
} dl__hook;

/* What is kept of an operand or result. */
typedef struct dl__saved {
    dl__shape shape;
    dl__storage *storage;  /* NULL: only the shape was kept, or it was released */
    unsigned long long version; /* of storage when the call ran */
} dl__saved;

typedef struct dl__node {
    dl__object base;
    const dl_op *op;  /* NULL: a leaf */
    uint64_t number;  /* of the call; larger than that of every input; a leaf has 0 */
    int32_t n_in, n_out;
    void *attrs;
    dl_tensor **in;   /* what backward sees of the inputs: shape, history, data if saved */
    unsigned long long *in_version;
    dl__saved *out;
    int32_t released; /* what was saved is gone */
    dl__hook *hooks;
    /* A leaf's. */
    dl_tensor *grad;  /* collects; may exist while absent */
    int32_t has_grad; /* grad holds a gradient */
    /* While a backward pass runs. */
    dl_tensor **dy;   /* gradient of each output so far, owned */
    int32_t *dy_own;  /* dy[i] belongs to the pass alone and may be added to in place */
    int32_t reached;  /* the pass visits this node */
    int32_t needed;   /* a wanted gradient lies behind it */
} dl__node;

static inline dl__node *dl__node_of(const dl_tensor *t)
{
    return (dl__node *)(void *)t->history;
}
/* Records a call whose results are c->out; called by dl_apply. */
dl_status dl__record(const dl_call *c);
/* 1 when a result of these inputs has a gradient path and recording is on. */
int dl__recording(dl_ctx *ctx, dl_tensor *const *in, int32_t n_in);

/* Makes dst, a leaf's accumulator, hold dst + x (x if dst is fresh). Same shape. */
dl_status dl__accumulate(dl_tensor *dst, dl_tensor *x);
/* x summed over the axes that broadcasting added or stretched, to the shape dims. */
dl_tensor *dl__sum_to(dl_tensor *x, const int64_t *dims, int32_t ndim);
/* Lets the gradient of leaf collect in grad (same shape; NULL: memory of its own); for the flat arena
 * of an optimizer. What had collected is forgotten. */
dl_status dl__grad_place(dl_tensor *leaf, dl_tensor *grad);
#endif
