/* A call of each function of dl/ops.h and dl/grad.h. */
#include "support/calls.h"

/* ---- dl/ops.h -------------------------------------------------------------------------------- */

static const int32_t last[] = {-1};

#define OPS(X)                                                                                     \
    X(dl_add, MAKES, NULL, made(w, dl_add(w->leaf, w->y)))                                         \
    X(dl_sub, MAKES, NULL, made(w, dl_sub(w->leaf, w->y)))                                         \
    X(dl_mul, MAKES, NULL, made(w, dl_mul(w->leaf, w->y)))                                         \
    X(dl_div, MAKES, NULL, made(w, dl_div(w->leaf, w->y)))                                         \
    X(dl_scale, MAKES, NULL, made(w, dl_scale(w->leaf, 2)))                                        \
    X(dl_add_scalar, MAKES, NULL, made(w, dl_add_scalar(w->leaf, 2)))                              \
    X(dl_neg, MAKES, NULL, made(w, dl_neg(w->leaf)))                                               \
    X(dl_exp, MAKES, NULL, made(w, dl_exp(w->leaf)))                                               \
    X(dl_log, MAKES, NULL, made(w, dl_log(w->leaf)))                                               \
    X(dl_sqrt, MAKES, NULL, made(w, dl_sqrt(w->leaf)))                                             \
    X(dl_matmul, MAKES, NULL, made(w, dl_matmul(w->leaf, w->mixed)))                               \
    X(dl_linear, MAKES, NULL, made(w, dl_linear(w->leaf, w->weight, w->bias)))                     \
    X(dl_sum, MAKES, NULL, made(w, dl_sum(w->leaf, last, 1, 0)))                                   \
    X(dl_mean, MAKES, NULL, made(w, dl_mean(w->leaf, NULL, 0, 0)))                                 \
    X(dl_max, MAKES, NULL, made(w, dl_max(w->leaf, last, 1, 1)))                                   \
    X(dl_argmax, MAKES, NULL, made(w, dl_argmax(w->leaf, 1, 0)))                                   \
    X(dl_reshape, MAKES, NULL, made(w, dl_reshape(w->mixed, DL_SHAPE(2, -1))))                     \
    X(dl_permute, MAKES, NULL, made(w, dl_permute(w->leaf, (const int32_t[]){1, 0}, 2)))           \
    X(dl_transpose, MAKES, NULL, made(w, dl_transpose(w->leaf, 0, 1)))                             \
    X(dl_slice, MAKES, NULL, made(w, dl_slice(w->leaf, 1, 0, 4, 2)))                               \
    X(dl_select, MAKES, NULL, made(w, dl_select(w->leaf, 1, 2)))                                   \
    X(dl_expand, MAKES, NULL, made(w, dl_expand(w->one, DL_SHAPE(3, 4))))                          \
    X(dl_squeeze, MAKES, NULL, made(w, dl_squeeze(w->one, 0)))                                     \
    X(dl_unsqueeze, MAKES, NULL, made(w, dl_unsqueeze(w->leaf, 0)))                                \
    X(dl_flatten, MAKES, NULL, made(w, dl_flatten(w->mixed, 0, -1)))                               \
    X(dl_contiguous, MAKES, NULL, made(w, dl_contiguous(w->mixed)))                                \
    X(dl_copy, MAKES, NULL, made(w, dl_copy(w->leaf)))                                             \
    X(dl_cast, MAKES, NULL, made(w, dl_cast(w->leaf, DL_F64)))                                     \
    X(dl_relu, MAKES, NULL, made(w, dl_relu(w->leaf)))                                             \
    X(dl_sigmoid, MAKES, NULL, made(w, dl_sigmoid(w->leaf)))                                       \
    X(dl_tanh, MAKES, NULL, made(w, dl_tanh(w->leaf)))                                             \
    X(dl_softmax, MAKES, NULL, made(w, dl_softmax(w->leaf, 0)))                                    \
    X(dl_log_softmax, MAKES, NULL, made(w, dl_log_softmax(w->leaf, -1)))                           \
    X(dl_dropout, MAKES, NULL, made(w, dl_dropout(w->leaf, 0.5)))                                  \
    X(dl_dropout_unscaled, MAKES, NULL, made(w, dl_dropout_unscaled(w->leaf, 0.5)))                \
    X(dl_mse, MAKES, NULL, made(w, dl_mse(w->leaf, w->y, NULL)))                                   \
    X(dl_cross_entropy, MAKES, NULL, made(w, dl_cross_entropy(w->leaf, w->labels, NULL)))
CALL_TABLE(calls_ops, OPS)

/* ---- dl/grad.h ------------------------------------------------------------------------------- */

/* A number that depends on the leaf by two roads. */
static dl_tensor *number(dl_tensor *leaf)
{
    return dl_mean(dl_mul(dl_exp(leaf), leaf), NULL, 0, 0);
}

static void make_number(world *w)
{
    dl_grad_zero(w->leaf);
    w->tmp = dl_tensor_take(number(w->leaf));
}

static void make_plain(world *w)
{
    w->tmp = dl_tensor_take(random_tensor(w->ctx, DL_F32, 21, DL_SHAPE(2)));
}

static dl_status track(world *w)
{
    dl_grad_track(w->tmp, 1);
    return dl_grad_tracked(w->tmp) ? DL_OK : dl_ctx_status(w->ctx);
}

static dl_status gradients(world *w)
{
    dl_tensor *g = NULL;
    dl_status s = dl_gradients(&w->tmp, NULL, 1, &w->leaf, 1, DL_GRAPH_CREATE, &g);
    return (s == DL_OK) == (g != NULL) ? s : UNEXPECTED;
}

static dl_tensor *through(dl_tensor *grad, void *user)
{
    (void)user;
    return grad;
}

static int released;
static void release(void *user)
{
    (void)user;
    released++;
}

static dl_status hook(world *w)
{
    released = 0;
    int32_t id = dl_grad_hook(w->leaf, through, NULL, release);
    if (id < 0)
        return released == 1 ? id : UNEXPECTED;
    dl_grad_unhook(w->leaf, id);
    return released == 1 ? DL_OK : UNEXPECTED;
}

static dl_tensor *cube(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_mul(in[0], dl_mul(in[0], in[0]));
}

static dl_status gradcheck(world *w)
{
    return dl_gradcheck(cube, &w->leaf64, 1, NULL, NULL, &(dl_gradcheck_opts){.order = 2});
}

#define GRAD(X)                                                                                    \
    X(dl_grad_track, MAKES, make_plain, track(w))                                                  \
    X(dl_grad_tracked, LOOKS, NULL, looked(dl_grad_tracked(w->leaf) == 1))                         \
    X(dl_grad_enable, LOOKS, NULL, looked(dl_grad_enable(w->ctx, 1) == 1))                         \
    X(dl_detach, MAKES, NULL, made(w, dl_detach(w->leaf)))                                         \
    X(dl_backward, MAKES, make_number, dl_backward(w->tmp))                                        \
    X(dl_grad, LOOKS, NULL, (dl_grad(w->leaf), DL_OK))                                             \
    X(dl_grad_zero, LOOKS, NULL, (dl_grad_zero(w->leaf), looked(!dl_grad(w->leaf))))               \
    X(dl_gradients, MAKES, make_number, gradients(w))                                              \
    X(dl_grad_hook, MAKES, NULL, hook(w))                                                          \
    X(dl_grad_unhook, LOOKS, NULL, (dl_grad_unhook(w->leaf, w->hook), DL_OK))                      \
    X(dl_gradcheck, MAKES, NULL, gradcheck(w))
CALL_TABLE(calls_grad, GRAD)
