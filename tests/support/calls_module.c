/* A call of each function of dl/ext.h, dl/init.h, dl/layers.h and dl/module.h. */
#include <string.h>
#include "support/calls.h"
#include "support/modules.h"

/* ---- operations of dl/ext.h ------------------------------------------------------------------ */

static dl_status twice_infer(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0];
    out->dtype = x->dtype;
    out->ndim = x->ndim;
    memcpy(out->dims, x->dims, sizeof out->dims);
    return DL_OK;
}

static dl_status twice_forward(const dl_call *c)
{
    const float *x = dl_tensor_data(c->in[0]);
    float *y = dl_tensor_edit(c->out[0]);
    for (int64_t i = 0; y && i < dl_tensor_count(c->in[0]); i++)
        y[i] = 2 * x[i];
    return dl_ctx_status(c->ctx);
}

static dl_status twice_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    if (dl_call_wants(c, 0))
        dx[0] = dl_scale(dy[0], 2);
    return dl_ctx_status(c->ctx);
}

static const dl_op twice = {.name = "test.twice",
                            .infer = twice_infer,
                            .forward = twice_forward,
                            .backward = twice_backward};

static dl_status apply(world *w)
{
    dl_tensor *y = NULL;
    dl_status s = dl_apply(&twice, &w->leaf, 1, NULL, &y, 1);
    return (s == DL_OK) == (y != NULL) ? s : UNEXPECTED;
}

static void make_like_x(world *w)
{
    w->tmp = dl_tensor_zeros(w->ctx, DL_F32, DL_SHAPE(3, 4));
}

/* Where dl_call_wants is asked: in the backward of twice. */
static void make_twice(world *w)
{
    dl_tensor *y = NULL;
    dl_apply(&twice, &w->leaf, 1, NULL, &y, 1);
    w->tmp = dl_tensor_take(dl_mean(y, NULL, 0, 0));
}

/* ---- modules of dl/ext.h --------------------------------------------------------------------- */

static void make_empty(world *w)
{
    w->part = dl_module_new(w->ctx, &pair_class, NULL);
    w->tmp = dl_tensor_zeros(w->ctx, DL_F32, DL_SHAPE(2));
}

static void make_container(world *w)
{
    w->part = dl_layer_sequential(w->ctx, NULL, 0);
    w->part2 = dl_layer_tanh(w->ctx);
}

/* The function adopts; so the world keeps a reference of its own. */
static dl_status add_tensor(world *w, int buffer)
{
    dl_tensor *t = dl_tensor_keep(w->tmp);
    return made(w, buffer ? dl_module_add_buffer(w->part, "b", t)
                          : dl_module_add_param(w->part, "p", t));
}

static dl_status add_module(world *w)
{
    dl_module *child = w->part2;
    w->part2 = NULL; /* adopted, also when it fails */
    return made(w, dl_module_add(w->part, "child", child));
}

static dl_status update(world *w)
{
    dl_tensor *one = w->one;
    if (dl_ctx_status(w->ctx) != DL_OK) {
        dl_module_update_buffer(w->counter, dl_module_buffer(w->counter, 0), one);
        return dl_ctx_status(w->ctx);
    }
    w->tmp = dl_tensor_zeros(w->ctx, DL_F32, DL_SHAPE(3)); /* its forward updates a buffer */
    return made(w, dl_module_forward(w->counter, w->tmp));
}

static dl_status next_buffer(world *w)
{
    dl_tensor *b = dl_module_tensor(w->counter, "count");
    dl_tensor *next = dl_module_next_buffer(w->counter, b);
    return looked(next == (dl_ctx_status(w->ctx) == DL_OK ? b : NULL));
}

static dl_status fail_elsewhere(world *w)
{
    dl_status a = dl_fail(w->other, DL_EIO, "test: %d", 2);
    dl_status b = dl_fail_text(w->other, DL_ESHAPE, "test: later");
    dl_status s = looked(a == DL_EIO && b == DL_ESHAPE && dl_ctx_status(w->other) == DL_EIO);
    dl_ctx_clear(w->other);
    return s;
}

static dl_status autopsy(world *w)
{
    if (w->ctx)
        w->ctx->opts.check_finite = 1;
    dl_status s = dl_autopsy_save(w->ctx, w->at[PATH_OUT]);
    if (w->ctx)
        w->ctx->opts.check_finite = 0;
    if (s == DL_OK)
        s = dl_autopsy_save(w->ctx, NULL);
    return s;
}

/* The file of an operation that goes well. */
static void make_autopsy(world *w)
{
    static const char *const name = "operand.0", *const key = "dl.call",
                             *const how = "{\"version\":1,\"op\":\"exp\",\"seed\":1,\"results\":"
                                          "1,\"operands\":[[1,3]]}";
    dl_safetensors_save(w->ctx, w->at[PATH_OUT], &name, &w->x, 1, &key, &how, 1, NULL);
}

/* ---- dl/profile.h ---------------------------------------------------------------------------- */

static dl_status profile(world *w)
{
    dl_status s = dl_profile_start(w->ctx, NULL);
    return s == DL_OK ? dl_profile_stop(w->ctx) : s;
}

static void make_profile(world *w)
{
    dl_profile_start(w->ctx, NULL);
    dl_exp(w->x);
    dl_profile_stop(w->ctx);
}

static dl_status rows(world *w)
{
    dl_profile_row row[4];
    const int32_t n = dl_profile_rows(w->ctx, DL_PROFILE_CALLS, row, 4);
    return n < 0 ? n : looked(n == 1);
}

static dl_status table(world *w)
{
    const int64_t n = dl_profile_text(w->ctx, DL_PROFILE_LAYERS, 0, NULL, 0);
    return n < 0 ? (dl_status)n : looked(n > 100);
}

static dl_status plan(world *w)
{
    dl_plan_bytes p;
    return dl_plan(w->net, DL_SHAPE(3, 4), NULL, &p);
}

static dl_status plan_text(world *w)
{
    const int64_t n = dl_plan_text(w->net, DL_SHAPE(3, 4), NULL, NULL, 0);
    return n < 0 ? (dl_status)n : looked(n > 100);
}

#define PROFILE(X)                                                                                 \
    X(dl_profile_start, SETS, NULL, profile(w))                                                    \
    X(dl_profile_stop, SETS, NULL, profile(w))                                                     \
    X(dl_profile_rows, MAKES, make_profile, rows(w))                                               \
    X(dl_profile_text, MAKES, make_profile, table(w))                                              \
    X(dl_profile_trace, MAKES, make_profile, dl_profile_trace(w->ctx, w->at[PATH_OUT]))            \
    X(dl_profile_seconds, LOOKS, NULL, looked(dl_profile_seconds(w->ctx) >= 0))                    \
    X(dl_profile_peak, LOOKS, NULL, looked(dl_profile_peak(w->ctx, DL_F32) >= 0))                  \
    X(dl_plan, SETS, NULL, plan(w))                                                                \
    X(dl_plan_text, SETS, NULL, plan_text(w))

static const counter_config config = {3, {1, 2, 3}, 0.5};

#define EXT(X)                                                                                     \
    X(dl_fail, LOOKS, NULL, fail_elsewhere(w))                                                     \
    X(dl_fail_text, LOOKS, NULL, fail_elsewhere(w))                                                \
    X(dl_apply, MAKES, NULL, apply(w))                                                             \
    X(dl_apply_into, MAKES, make_like_x, dl_apply_into(&twice, &w->x, 1, NULL, w->tmp))            \
    X(dl_call_wants, MAKES, make_twice, dl_backward(w->tmp))                                       \
    X(dl_op_register, SETS, NULL, dl_op_register(w->ctx, &twice))                                  \
    X(dl_autopsy_save, MAKES, NULL, autopsy(w))                                                    \
    X(dl_autopsy_replay, MAKES, make_autopsy, dl_autopsy_replay(w->ctx, w->at[PATH_OUT]))          \
    X(dl_ctx_ticket, LOOKS, NULL, looked(dl_ctx_ticket(w->other) < 100))                           \
    X(dl_module_new, MAKES, NULL, owned(w, dl_module_new(w->ctx, &counter_class, &config)))        \
    X(dl_module_register, SETS, NULL, dl_module_register(w->ctx, &counter_class))                  \
    X(dl_module_state, LOOKS, NULL, looked(dl_module_state(w->counter) != NULL))                   \
    X(dl_module_config, LOOKS, NULL, looked(dl_module_config(w->counter) != NULL))                 \
    X(dl_module_add_param, MAKES, make_empty, add_tensor(w, 0))                                    \
    X(dl_module_add_buffer, MAKES, make_empty, add_tensor(w, 1))                                   \
    X(dl_module_add, MAKES, make_container, add_module(w))                                         \
    X(dl_module_update_buffer, MAKES, NULL, update(w))                                             \
    X(dl_module_next_buffer, LOOKS, NULL, next_buffer(w))

/* ---- dl/init.h, dl/layers.h ------------------------------------------------------------------ */

#define INIT(X)                                                                                    \
    X(dl_init_constant, SETS, NULL, dl_init_constant(w->t, 2))                                     \
    X(dl_init_uniform, SETS, NULL, dl_init_uniform(w->t, -1, 1))                                   \
    X(dl_init_normal, SETS, NULL, dl_init_normal(w->t, 0, 1))                                      \
    X(dl_init_trunc_normal, SETS, NULL, dl_init_trunc_normal(w->t, 0, 1, -2, 2))                   \
    X(dl_init_he, SETS, NULL, dl_init_he(w->t, NULL))                                              \
    X(dl_init_glorot, SETS, NULL, dl_init_glorot(w->t, NULL))                                      \
    X(dl_init_lecun, SETS, NULL, dl_init_lecun(w->t, NULL))                                        \
    X(dl_init_orthogonal, MAKES, NULL, dl_init_orthogonal(w->t, 1))                                \
    X(dl_init_layer, SETS, NULL, dl_init_layer(w->t, NULL, DL_INIT_PYTORCH))

/* Two layers, which containers adopt, also when they fail. */
static void make_two(world *w)
{
    w->part = dl_layer_dense(w->ctx, 2, 2, NULL);
    w->part2 = dl_layer_relu(w->ctx);
}

static dl_status container(world *w, int residual)
{
    dl_module *layer[] = {w->part, w->part2};
    w->part = w->part2 = NULL;
    return owned(w, residual ? dl_layer_residual(w->ctx, layer[0], layer[1])
                             : dl_layer_sequential(w->ctx, layer, 2));
}

static dl_status wrapped(world *w)
{
    dl_module *body = w->part;
    w->part = NULL;
    return owned(w, dl_layer_recompute(w->ctx, body));
}

#define LAYERS(X)                                                                                  \
    X(dl_layer_dense, MAKES, NULL, owned(w, dl_layer_dense(w->ctx, 3, 2, NULL)))                   \
    X(dl_layer_relu, MAKES, NULL, owned(w, dl_layer_relu(w->ctx)))                                 \
    X(dl_layer_sigmoid, MAKES, NULL, owned(w, dl_layer_sigmoid(w->ctx)))                           \
    X(dl_layer_tanh, MAKES, NULL, owned(w, dl_layer_tanh(w->ctx)))                                 \
    X(dl_layer_softmax, MAKES, NULL, owned(w, dl_layer_softmax(w->ctx, -1)))                       \
    X(dl_layer_log_softmax, MAKES, NULL, owned(w, dl_layer_log_softmax(w->ctx, -1)))               \
    X(dl_layer_dropout, MAKES, NULL, owned(w, dl_layer_dropout(w->ctx, 0.5, NULL)))                \
    X(dl_layer_flatten, MAKES, NULL, owned(w, dl_layer_flatten(w->ctx)))                           \
    X(dl_layer_identity, MAKES, NULL, owned(w, dl_layer_identity(w->ctx)))                         \
    X(dl_layer_sequential, MAKES, make_two, container(w, 0))                                       \
    X(dl_layer_residual, MAKES, make_two, container(w, 1))                                         \
    X(dl_layer_recompute, MAKES, make_small, wrapped(w))

/* ---- dl/module.h ----------------------------------------------------------------------------- */

static void make_like_t(world *w)
{
    w->tmp = dl_tensor_ones(w->ctx, DL_F32, DL_SHAPE(3, 4));
}

static dl_status call_it(world *w)
{
    dl_tensor *y = NULL;
    dl_status s = dl_module_call(w->net, &w->x, 1, &y, 1);
    return (s == DL_OK) == (y != NULL) ? s : UNEXPECTED;
}

static int32_t count_call(const dl_watch *seen, void *user)
{
    *(int32_t *)user += seen->n_out;
    return 0;
}

static dl_status watch(world *w)
{
    int32_t n = 0;
    dl_tensor *y = NULL;
    dl_status s = dl_module_watch(w->net, &w->x, 1, &y, 1, count_call, &n);
    return (s == DL_OK) == (y && n == 6) ? s : UNEXPECTED;
}

static dl_status same_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out)
{
    (void)n_in, (void)n_out;
    out[0] = in[0];
    return dl_ctx_status(dl_module_ctx(m));
}

static int32_t twofold(dl_module *m, dl_module *before)
{
    dl_tensor *one = dl_tensor_give(dl_tensor_ones(dl_module_ctx(m), DL_F64, DL_SHAPE(2)));
    return dl_module_absorb(before, one, one);
}

static const dl_module_class fold_class = {
    .name = "test.fold", .forward = same_forward, .fold = twofold};

/* dl_module_absorb works while dl_module_freeze does, which asks the fold of a class. */
static void make_folding(world *w)
{
    w->part = dl_layer_sequential(w->ctx, DL_LAYERS(dl_layer_dense(w->ctx, 2, 2, NULL),
                                                    dl_module_new(w->ctx, &fold_class, NULL)));
}

static void make_small(world *w)
{
    w->part = dl_layer_dense(w->ctx, 2, 2, NULL);
    dl_module_track(w->part, 0);
}

static dl_status train(world *w)
{
    dl_module_train(w->net, 0);
    dl_status s = looked(dl_module_training(w->net) == 0);
    dl_module_train(w->net, 1);
    return s;
}

static dl_status hold(world *w)
{
    dl_module_hold(w->net, 1);
    dl_module_train(w->net, 1);
    dl_status s = looked(dl_module_training(w->net) == 0);
    dl_module_hold(w->net, 0);
    dl_module_train(w->net, 1);
    return s;
}

static dl_status track_named(world *w)
{
    int32_t n = dl_module_track_named(w->part, "*", 1);
    return n < 0 ? n : looked(n == 2);
}

static dl_status hash(world *w)
{
    char hex[DL_HASH_TEXT];
    return dl_module_hash(w->net, hex);
}

static dl_status summary(world *w)
{
    int64_t n = dl_module_summary(w->net, DL_SHAPE(1, 4), NULL, 0, NULL);
    return n > 0 ? DL_OK : (dl_status)n;
}

#define MODULE(X)                                                                                  \
    X(dl_module_forward, MAKES, make_like_t, made(w, dl_module_forward(w->net, w->tmp)))           \
    X(dl_module_watch, MAKES, NULL, watch(w))                                                      \
    X(dl_module_call, MAKES, NULL, call_it(w))                                                     \
    X(dl_module_train, LOOKS, NULL, train(w))                                                      \
    X(dl_module_hold, LOOKS, NULL, hold(w))                                                        \
    X(dl_module_training, LOOKS, NULL, looked(dl_module_training(w->net) == 1))                    \
    X(dl_module_keep, LOOKS, NULL, (dl_module_drop(dl_module_keep(w->net)), DL_OK))                \
    X(dl_module_drop, LOOKS, NULL, (dl_module_drop(dl_module_keep(w->net)), DL_OK))                \
    X(dl_module_ctx, LOOKS, NULL, looked(dl_module_ctx(w->net) != NULL))                           \
    X(dl_module_param_count, LOOKS, NULL, looked(dl_module_param_count(w->net) == 5))              \
    X(dl_module_param, LOOKS, NULL, looked(dl_module_param(w->net, 4) != NULL))                    \
    X(dl_module_param_name, LOOKS, NULL, looked(dl_module_param_name(w->net, 4) != NULL))          \
    X(dl_module_buffer_count, LOOKS, NULL, looked(dl_module_buffer_count(w->net) == 1))            \
    X(dl_module_buffer, LOOKS, NULL, looked(dl_module_buffer(w->net, 0) != NULL))                  \
    X(dl_module_buffer_name, LOOKS, NULL, looked(dl_module_buffer_name(w->net, 0) != NULL))        \
    X(dl_module_tensor, LOOKS, NULL, looked(dl_module_tensor(w->net, "0.weight") != NULL))         \
    X(dl_module_find, LOOKS, NULL, looked(dl_module_find(w->net, "2.body") != NULL))               \
    X(dl_module_child_count, LOOKS, NULL, looked(dl_module_child_count(w->net) == 4))              \
    X(dl_module_child, LOOKS, NULL, looked(dl_module_child(w->net, 0) != NULL))                    \
    X(dl_module_child_name, LOOKS, NULL, looked(dl_module_child_name(w->net, 0) != NULL))          \
    X(dl_module_class_name, LOOKS, NULL, looked(dl_module_class_name(w->net) != NULL))             \
    X(dl_module_param_elements, LOOKS, NULL, looked(dl_module_param_elements(w->net) == 30))       \
    X(dl_module_zero_grad, LOOKS, NULL, (dl_module_zero_grad(w->net), DL_OK))                      \
    X(dl_module_track, MAKES, make_small, dl_module_track(w->part, 1))                             \
    X(dl_module_track_named, MAKES, make_small, track_named(w))                                    \
    X(dl_module_clone, MAKES, NULL, owned(w, dl_module_clone(w->net, w->ctx)))                     \
    X(dl_module_share, MAKES, NULL, owned(w, dl_module_share(w->foreign_net, w->ctx)))             \
    X(dl_module_absorb, MAKES, make_folding, owned(w, dl_module_freeze(w->part)))                  \
    X(dl_module_freeze, MAKES, NULL, owned(w, dl_module_freeze(w->net)))                           \
    X(dl_module_save, MAKES, NULL, dl_module_save(w->net, w->at[PATH_OUT]))                        \
    X(dl_module_load, MAKES, NULL, dl_module_load(w->net, w->at[PATH_NET], NULL))                  \
    X(dl_module_open, MAKES, NULL, owned(w, dl_module_open(w->ctx, w->at[PATH_NET])))              \
    X(dl_module_hash, MAKES, NULL, hash(w))                                                        \
    X(dl_module_summary, MAKES, NULL, summary(w))

#define ALL(X) EXT(X) INIT(X) LAYERS(X) MODULE(X) PROFILE(X)
CALL_TABLE(calls_module, ALL)
