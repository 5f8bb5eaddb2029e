/* dl/grad.h: reverse-mode automatic differentiation. Operations on tracked tensors are recorded as
 * they run; dl_backward walks the record once, newest call first. */
#ifndef DL_GRAD_H
#define DL_GRAD_H
#include "dl/tensor.h"
#ifdef __cplusplus
extern "C" {
#endif

/* on 1: gradients with respect to t (f32 or f64, else DL_EDTYPE; not itself made by a recorded
 * operation, DL_ESTATE) are wanted of operations from now on; 0: no longer, and its gradient is
 * forgotten. Operations that ran before keep to what was wanted then. */
DL_API void dl_grad_track(dl_tensor *t, int32_t on);
/* 1 if operations on t are recorded. */
DL_API int32_t dl_grad_tracked(const dl_tensor *t);

/* Switches recording on (1, the state of a new context) or off (0). Returns the old value. */
DL_API int32_t dl_grad_enable(dl_ctx *ctx, int32_t on);

/* The same values as x, in the same memory, without history: gradients stop here. */
DL_API dl_tensor *dl_detach(dl_tensor *x);

/* Adds d(scalar)/d(leaf) to the gradient of every tracked leaf it depends on. scalar has one
 * element (DL_ESHAPE). What the record had saved is released: a second backward over it is
 * DL_ESTATE, and so is one over an operand that was changed since (the message names it), and a
 * scalar that depends on nothing tracked. DL_EUNSUPPORTED: an operation on the way has no gradient.
 * On failure the gradients of the leaves on the way are marked absent. */
DL_API dl_status dl_backward(dl_tensor *scalar);

/* The gradient of a tracked leaf, laid out in memory as the leaf: borrowed, valid until the leaf is
 * dropped or untracked; NULL before backward reached it and after dl_grad_zero. Later backwards add
 * to it in place. */
DL_API dl_tensor *dl_grad(dl_tensor *leaf);
/* Marks the gradient of leaf absent: the next one overwrites it. */
DL_API void dl_grad_zero(dl_tensor *leaf);

/* Flags of dl_gradients. */
enum { DL_GRAPH_RELEASE = 0, DL_GRAPH_CREATE = 1, DL_GRAPH_RETAIN = 2 };

/* grads[j] = sum over i of (d out[i] / d wrt[j])^T seed[i], for any recorded tensors out and wrt,
 * leaves or not. seed may be NULL (then every out has one element), and so may seed[i]: ones.
 * Leaves' own gradients (dl_grad) are not touched. grads[j] belongs to a scope, and is NULL
 * where no out depends on wrt[j]; equal gradients may be one tensor, which may be a seed.
 * create_graph: DL_GRAPH_RELEASE gives up what the record saved; DL_GRAPH_RETAIN keeps it for
 * another call; DL_GRAPH_CREATE keeps it and records the computation of the gradients, so that they
 * can be differentiated again. */
DL_API dl_status dl_gradients(dl_tensor *const *out, dl_tensor *const *seed, int32_t n_out,
                              dl_tensor *const *wrt, int32_t n_wrt, int32_t create_graph,
                              dl_tensor **grads);

/* Calls fn with each complete gradient of t during dl_backward and dl_gradients. fn returns the
 * gradient to go on with: its argument, or another tensor of that shape; NULL stops with DL_EUSER.
 * Hooks run in the order they were set. fn may set and take away hooks, and may run passes of its
 * own, also over the same record. A hook of a leaf that is set while a pass runs begins with the
 * next one. The hook is gone with the record of t. release(user), if given, is called once at the
 * end, also on failure. Returns an id for dl_grad_unhook, negative on failure: DL_ESTATE where t is
 * not tracked. */
typedef dl_tensor *(*dl_grad_fn)(dl_tensor *grad, void *user);
DL_API int32_t dl_grad_hook(dl_tensor *t, dl_grad_fn fn, void *user, void (*release)(void *user));
/* Takes the hook of that id away; an id that t does not have is ignored. A hook that is taken away
 * while hooks of t run is not called again, and is released when they have returned. */
DL_API void dl_grad_unhook(dl_tensor *t, int32_t id);

/* Options of dl_gradcheck. */
typedef struct dl_gradcheck_opts {
    double step; /* of the central differences, times max(1, |x|); default 1e-5 (order 1), 1e-4 */
    double tolerance;    /* largest |analytic - numeric| / max(1, |numeric|); default 1e-6, 1e-5 */
    int32_t order;       /* 1 (default): gradients; 2: also gradients of gradients               */
    int32_t reserved[7]; /* must be zero                                                         */
} dl_gradcheck_opts;

/* A function to check: the result of operations on in[0..n). */
typedef dl_tensor *(*dl_fn)(dl_tensor *const *in, int32_t n, void *user);

/* Compares the gradients that backward gives for f at in (f64 tensors, without elements that share
 * memory; integer inputs and untracked ones are held fixed) with central differences of a fixed
 * random weighting of f's outputs. Every element of every tracked input is moved, and afterwards is
 * what it was, to the bit; still its version changed. *worst (may be NULL) receives the largest
 * error, NaN if there was none to measure. Returns DL_ENUMERIC when it exceeds the tolerance; the
 * message names the input and element where it is largest. DL_EDTYPE: a tracked input that is not
 * f64. DL_ESTATE: no input is a tracked leaf. f must give the same result for the same input:
 * random numbers are replayed, and the context's counters are left as they were. */
DL_API dl_status dl_gradcheck(dl_fn f, dl_tensor *const *in, int32_t n, void *user, double *worst,
                              const dl_gradcheck_opts *o);

#ifdef __cplusplus
}
#endif
#endif
