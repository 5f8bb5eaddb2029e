/* The record of operations. A tensor's history is a node: the call that made it, or, for a tracked
 * leaf, the place where its gradient collects. A node owns its inputs, never its outputs, so there
 * are no cycles: of its results it keeps only shapes, and the memory of those that backward
 * reads. */
#ifndef DL_AUTOGRAD_AUTOGRAD_H
#define DL_AUTOGRAD_AUTOGRAD_H
#include "dl/ext.h"
#include "dl/grad.h"
#include "tensor/tensor.h"

/* At most so many operands and results has a call; the bits of saves_in, saves_out and wants. */
enum { DL__MAX_IN = 64, DL__MAX_OUT = 8 };

typedef struct dl__hook {
    struct dl__hook *next;
    int32_t id, output; /* which output of the node it watches */
    dl_grad_fn fn;      /* NULL: unhooked while the hooks ran; goes when they have */
    void *user;
    void (*release)(void *user);
} dl__hook;

/* What is kept of an operand. shape is a handle without memory: what backward sees of an operand
 * that it does not read. Its history, a reference, is where the gradient goes; its context is NULL
 * when the operand was. */
typedef struct dl__operand {
    dl_tensor shape;
    dl_tensor *kept;            /* the operand, if backward reads it; NULL: not, or released */
    unsigned long long version; /* of its memory when the call ran */
} dl__operand;

/* What is kept of a result. */
typedef struct dl__saved {
    dl_tensor shape;            /* without memory and history */
    dl__storage *storage;       /* NULL: backward does not read it, or it was released */
    unsigned long long version; /* of storage when the call ran */
} dl__saved;

/* A call that was not recorded operation by operation: backward runs it again, recorded, and goes
 * on in what that recorded. Of the operands the first n_given are those of the call, the rest is
 * what it reads besides. */
typedef struct dl__again {
    dl__object *held; /* what run needs, a reference of the node */
    /* Its out[i] belong to scopes; DL_OK or what is in the context. */
    dl_status (*run)(struct dl__again *a, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                     int32_t n_out);
    uint64_t ticket, fills; /* the random counters of the context as it began */
    int32_t n_given, n_notes;
    uint8_t *notes; /* of run */
} dl__again;

typedef struct dl__node {
    dl__object base;
    const dl_op *op; /* NULL: a leaf */
    uint64_t number; /* of the call; larger than that of every input; a leaf has 0 */
    int32_t n_in, n_out;
    void *attrs;
    dl__operand *in;
    dl__saved *out;
    int32_t released; /* what was saved is gone */
    int32_t hooking;  /* hooks are running */
    int32_t hook_ids; /* given out so far */
    dl__hook *hooks;
    dl__again *again; /* in the node's block; NULL: op has a backward */
    uint64_t here;    /* with a profile: dl__profile_here when the call ran; else 0 */
    char *place;      /* with check_finite: the module that called, or a leaf's path; else NULL */
    dl_tensor *grad;  /* of a leaf: collects; while it is fresh there is no gradient */
    struct dl__visit *visit; /* what the innermost running pass knows of this node, or NULL */
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
/* Records a call that backward runs again, and makes that the history of its float results, which
 * have none yet. a and its notes are copied, what it holds is kept. */
dl_status dl__record_again(dl_ctx *ctx, const dl__again *a, dl_tensor *const *in, int32_t n_in,
                           dl_tensor *const *out, int32_t n_out);
/* Runs it again, with the random numbers it had and without changing buffers (recompute.c). */
dl_status dl__run_again(dl__node *node, dl_tensor **out);
/* Makes stub a handle with the shape of t and no memory, never to be kept or dropped. */
void dl__shape_stub(dl_tensor *stub, const dl_tensor *t);
/* Refuses a node without a gradient, and one whose operands were changed or given up. */
dl_status dl__check_saved(const dl__node *node);
/* Gives up what node had saved: a backward over it is then refused. */
void dl__node_release(dl__node *node);
/* ---- visiting the record (graph.c) ---- */
/* The gradient of an output so far. */
typedef struct dl__partial {
    dl_tensor *sum; /* a reference; NULL: none yet */
    int32_t own;    /* the pass alone has it, and may add to it in place */
} dl__partial;
/* What one backward pass knows of one node. Passes nest: a hook, or an operation's backward, may
 * run another one over the same nodes. */
typedef struct dl__visit {
    struct dl__graph *graph;
    dl__node *node;          /* a reference */
    struct dl__visit *outer; /* the node's visit by a pass around this one */
    dl__partial *dy;         /* one for each output */
    int32_t plain;           /* a leaf without hooks as the pass began: dl__leaf_grad collects */
    int32_t needed;          /* a wanted gradient lies here or behind it */
    int32_t wanted;          /* the gradient of one of its outputs is asked for: dy stays */
    int32_t repeated;        /* recorded by this pass, which ran a call again */
} dl__visit;
/* The nodes that some outputs depend on, newest first. */
typedef struct dl__graph {
    dl_ctx *ctx;
    dl__visit *visit;
    int32_t n, cap;
    struct dl__dy *dy; /* of all visits, in blocks */
    int32_t all;       /* dl__graph_need was told so */
} dl__graph;
/* Ends with dl__graph_end, also when it fails; g must stay where it is. */
dl_status dl__graph_collect(dl__graph *g, dl_ctx *ctx, dl_tensor *const *out, int32_t n_out);
/* Puts the nodes that out depend on, and g does not reach yet, behind visit[at], newest first; all
 * of g behind it moves. */
dl_status dl__graph_splice(dl__graph *g, int32_t at, dl_tensor *const *out, int32_t n_out);
/* Marks as needed the nodes from which some wrt can be reached; n_wrt 0: all. */
void dl__graph_need(dl__graph *g, dl_tensor *const *wrt, int32_t n_wrt);
/* The visit of node by g; NULL when g does not reach it. */
static inline dl__visit *dl__visit_of(const dl__graph *g, const dl__node *node)
{
    return node->visit && node->visit->graph == g ? node->visit : NULL;
}
/* Drops gradients still held, and leaves the nodes as they were. */
void dl__graph_end(dl__graph *g);

/* ---- the backward pass (pass.c) ---- */
typedef struct dl__pass {
    dl__graph graph;
    dl_ctx *ctx;
    int32_t to_leaves; /* gradients collect in the leaves, else in the visits' dy */
    int32_t create;    /* the pass is recorded */
    int32_t retain;    /* what was saved stays */
} dl__pass;
/* Checks that a pass can begin at out, with seed or (NULL) ones; who is the message's prefix. */
dl_status dl__pass_check(dl_ctx *ctx, const char *who, const dl_tensor *out, const dl_tensor *seed);
/* The whole pass from out with its seeds to wrt (n_wrt 0: all leaves). The visits stay, for the
 * caller to read: dl__graph_end(&p->graph) ends it, also when it failed. */
dl_status dl__pass_run(dl__pass *p, dl_tensor *const *out, dl_tensor *const *seed, int32_t n_out,
                       dl_tensor *const *wrt, int32_t n_wrt);

/* ---- hooks (hook.c) ---- */
/* Calls the hooks of an output of node on its gradient: the one to go on with, borrowed; NULL on
 * failure. */
dl_tensor *dl__hooks_run(dl__node *node, int32_t output, dl_tensor *grad);
void dl__hooks_free(dl__node *node);

/* ---- gradients (accumulate.c) ---- */
/* dst = dst + x, or x where dst is fresh; same shape and type; not recorded. DL_ESTATE when x is
 * meta and dst is not. */
dl_status dl__accumulate(dl_tensor *dst, dl_tensor *x);
/* The leaf's accumulator, made if there is none; for a meta gradient or one with data. Borrowed,
 * NULL on failure. */
dl_tensor *dl__leaf_grad(dl__node *leaf, int meta);
/* Lets the gradient of leaf collect in grad (same shape; NULL: memory of its own), for the flat
 * arena of an optimizer. What had collected is forgotten. */
dl_status dl__grad_place(dl_tensor *leaf, dl_tensor *grad);

/* ---- operations by name (registry.c) ---- */
/* NULL if there is none. */
const dl_op *dl__op_find(const char *name);
/* The operations of the library, ending with NULL; made by the build. */
extern const void *const dl__operations[];

/* ---- operations that the engine needs ---- */
/* x summed over the axes that broadcasting added or stretched, to the shape dims. */
dl_tensor *dl__sum_to(dl_tensor *x, const int64_t *dims, int32_t ndim);
/* A view of x stretched to dims, which it broadcasts to. */
dl_tensor *dl__expand(dl_tensor *x, const int64_t *dims, int32_t ndim);
/* 1 when dims broadcast to big. */
int dl__broadcasts(const int64_t *dims, int32_t ndim, const int64_t *big, int32_t n_big);

/* ---- NaN and infinity (finite.c) ---- */
/* DL_ENUMERIC when a float result holds a NaN or infinity: the message says where and what the
 * operands are. */
dl_status dl__check_finite(const dl_call *c);
/* Remembers which module runs and what its parameters are called, for a backward that fails. */
dl_status dl__place_note(dl__node *node, const dl_call *c);
/* What the module layer does with a call that made a NaN or an infinity, and the message about it,
 * while no error stands. It leaves none; what it could not do it adds to the message. */
struct dl__autopsy {
    void (*write)(const dl_call *c, char message[DL__MESSAGE]);
    char path[];
};
#endif
