/* Modules that backward runs again: the same bits, in less memory. */
#include <string.h>
#include "autograd/autograd.h"
#include "dl/models.h"
#include "dl/optim.h"
#include "layer_check.h"
#include "modules.h"
#include "scratch.h"

static dl_module *body(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 3, 4, NULL), dl_layer_tanh(ctx),
                       dl_layer_residual(ctx, dl_layer_dense(ctx, 4, 4, NULL), NULL)));
}

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_recompute(ctx, body(ctx));
}

static void recompute_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(2, 3));
}

/* ---- the same bits --------------------------------------------------------------------------- */

enum { PLAIN, WRAPPED, NESTED, ALL, WAYS };

static dl_module *wrap(dl_ctx *ctx, dl_module *m, int on)
{
    return on ? dl_layer_recompute(ctx, m) : m;
}

/* Convolutions, norms, dropout, sums of paths; x is used twice in a wrapped part. */
static dl_module *block(dl_ctx *ctx, int32_t in, int32_t out, int nested)
{
    const dl_conv_opts same = {.same = 1};
    dl_module *path =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_conv2d(ctx, in, out, DL_KERNEL(3), &same, NULL),
                                           wrap(ctx, dl_layer_batchnorm2d(ctx, out, NULL), nested),
                                           dl_layer_relu(ctx), dl_layer_dropout(ctx, 0.3, NULL)));
    return dl_layer_residual(
        ctx, wrap(ctx, path, nested),
        dl_layer_conv2d(ctx, in, out, DL_KERNEL(1), NULL, &(dl_layer_opts){.no_bias = 1}));
}

static dl_module *make_way(dl_ctx *ctx, int way)
{
    dl_module *net = dl_layer_sequential(
        ctx,
        DL_LAYERS(block(ctx, 3, 4, 0), wrap(ctx, block(ctx, 4, 4, way >= NESTED), way > PLAIN),
                  dl_layer_dropout(ctx, 0.2, NULL), wrap(ctx, block(ctx, 4, 5, 0), way > PLAIN),
                  dl_layer_flatten(ctx), dl_layer_dense(ctx, 5 * 36, 2, NULL)));
    return wrap(ctx, net, way == ALL);
}

static dl_tensor *loss_of(dl_module *net, dl_tensor *x)
{
    dl_tensor *y = dl_module_forward(net, x);
    return dl_mean(dl_mul(y, y), NULL, 0, 0);
}

/* Some steps of training; the hash of what comes out, and of the gradient for x. */
static void train(int way, char hash[DL_HASH_TEXT], dl_tensor **dx, uint64_t *ticket)
{
    dl_ctx *ctx = make_ctx(2);
    dl_module *net = make_way(ctx, way);
    dl_optim *o = dl_optim_sgd(net, &(dl_sgd_opts){.lr = 0.1, .momentum = 0.9});
    for (int i = 0; i < 3; i++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *x = random_tensor(ctx, DL_F32, (uint64_t)i + 1, DL_SHAPE(4, 3, 6, 6));
        dl_grad_track(x, 1);
        dl_module_zero_grad(net);
        dl_backward(loss_of(net, x));
        dl_optim_step(o);
        if (i == 2)
            *dx = dl_tensor_to((*dx)->base.ctx, dl_grad(x));
        dl_scope_end(ctx, mark);
    }
    dl_module_hash(net, hash);
    *ticket = ctx->ticket;
    assert_int_equal(ctx->replaying, 0);
    dl_optim_drop(o);
    dl_module_drop(net);
    end_ctx(ctx);
}

static void training_has_the_same_bits_however_it_is_wrapped(void **state)
{
    dl_ctx *ctx = *state;
    char hash[WAYS][DL_HASH_TEXT];
    uint64_t ticket[WAYS];
    dl_tensor *dx[WAYS];
    for (int way = 0; way < WAYS; way++) {
        dl_tensor *room = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(1));
        dx[way] = room;
        train(way, hash[way], &dx[way], &ticket[way]);
        dl_tensor_drop(room);
        assert_string_equal(hash[way], hash[PLAIN]); /* running statistics too */
        assert_same_bits(dx[way], dx[PLAIN]);
        assert_int_equal(ticket[way], ticket[PLAIN]);
    }
    for (int way = 0; way < WAYS; way++)
        dl_tensor_drop(dx[way]);
}

/* ---- second gradients ------------------------------------------------------------------------ */

static dl_tensor *second(dl_module *net, dl_tensor *x, int32_t flag)
{
    dl_tensor *y = loss_of(net, x), *g = NULL, *gg = NULL;
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, flag, &g), DL_OK);
    if (flag != DL_GRAPH_CREATE) {
        assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, flag, &gg), DL_OK);
        assert_same_bits(g, gg);
        return gg;
    }
    y = dl_sum(dl_mul(g, g), NULL, 0, 0);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &gg), DL_OK);
    return gg;
}

static void gradients_of_gradients_and_repeated_ones_are_the_same(void **state)
{
    (void)state;
    const int32_t flags[] = {DL_GRAPH_CREATE, DL_GRAPH_RETAIN};
    for (int k = 0; k < 2; k++) {
        dl_ctx *a = make_ctx(1), *b = make_ctx(1);
        dl_module *plain =
            dl_layer_sequential(a, DL_LAYERS(body(a), dl_layer_dense(a, 4, 3, NULL), body(a)));
        dl_module *wrapped = dl_layer_sequential(
            b, DL_LAYERS(make(b), dl_layer_dense(b, 4, 3, NULL), dl_layer_recompute(b, make(b))));
        dl_tensor *x = random_tensor(a, DL_F32, 1, DL_SHAPE(2, 3));
        dl_tensor *z = random_tensor(b, DL_F32, 1, DL_SHAPE(2, 3));
        dl_grad_track(x, 1);
        dl_grad_track(z, 1);
        dl_tensor *copy = dl_tensor_to(a, second(wrapped, z, flags[k]));
        if (flags[k] == DL_GRAPH_CREATE) /* what comes along two ways is added up later */
            assert_tensors_close(copy, second(plain, x, flags[k]), 1e-6);
        else
            assert_same_bits(copy, second(plain, x, flags[k]));
        dl_tensor_drop(copy);
        dl_module_drop(plain);
        dl_module_drop(wrapped);
        end_ctx(a);
        end_ctx(b);
    }
}

static dl_tensor *call(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return dl_module_forward(user, in[0]);
}

static void second_gradients_are_right(void **state)
{
    (void)state;
    dl_ctx *ctx = make_typed_ctx(DL_F64);
    dl_module *net = make(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F64, 3, DL_SHAPE(2, 3));
    dl_grad_track(x, 1);
    assert_int_equal(dl_gradcheck(call, &x, 1, net, NULL, &(dl_gradcheck_opts){.order = 2}), DL_OK);
    dl_module_drop(net);
    end_ctx(ctx);
}

/* ---- names and files ------------------------------------------------------------------------- */

static void names_and_files_are_those_without_it(void **state)
{
    dl_ctx *ctx = *state;
    char hash[2][DL_HASH_TEXT];
    dl_module *plain = make_way(ctx, PLAIN), *all = make_way(ctx, ALL);
    const int32_t n = dl_module_param_count(plain);
    assert_int_equal(dl_module_param_count(all), n);
    for (int32_t i = 0; i < n; i++)
        assert_string_equal(dl_module_param_name(all, i), dl_module_param_name(plain, i));
    for (int32_t i = 0; i < dl_module_buffer_count(plain); i++)
        assert_string_equal(dl_module_buffer_name(all, i), dl_module_buffer_name(plain, i));
    assert_ptr_equal(dl_module_tensor(all, "1.body.0.weight"),
                     dl_module_param(dl_module_find(all, "1.body.0"), 0));
    assert_string_equal(dl_module_class_name(dl_module_find(all, "1")), "recompute");
    assert_string_equal(dl_module_class_name(dl_module_find(all, "1.body.1")), "recompute");
    assert_null(dl_module_find(all, "1."));
    assert_string_equal(dl_module_child_name(all, 0), "");
    dl_module_save(all, scratch_at("all.safetensors"));
    dl_module_load(plain, scratch_at("all.safetensors"), NULL);
    dl_module *opened = dl_module_open(ctx, scratch_at("all.safetensors"));
    expect_ok(ctx);
    dl_module_hash(plain, hash[0]);
    dl_module_hash(opened, hash[1]);
    assert_string_equal(hash[0], hash[1]);
    assert_string_equal(dl_module_class_name(opened), "recompute");
    assert_true(dl_module_summary(opened, DL_SHAPE(1, 3, 6, 6), NULL, 0, NULL) > 0);
    dl_module_drop(opened);
    dl_module_drop(all);
    dl_module_drop(plain);
}

static void messages_have_the_path_without_it(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_relu(ctx), make(ctx)));
    assert_null(dl_module_forward(net, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 7))));
    expect_error(ctx, DL_ESHAPE, "sequential.1.0 (dense): linear");
    dl_module_drop(net);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* A deep chain; wrapped, each of its parts is. */
static dl_module *deep(dl_ctx *ctx, int wrapped)
{
    dl_module *part[8];
    for (int i = 0; i < 8; i++) {
        dl_module *layer[8];
        for (int k = 0; k < 8; k++)
            layer[k] = k % 2 ? dl_layer_tanh(ctx) : dl_layer_dense(ctx, 32, 32, NULL);
        part[i] = wrap(ctx, dl_layer_sequential(ctx, layer, 8), wrapped);
    }
    return dl_layer_sequential(ctx, part, 8);
}

static int64_t peak_of(int wrapped)
{
    dl_ctx *ctx = make_ctx(1);
    dl_module *net = deep(ctx, wrapped);
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2048, 32));
    dl_backward(loss_of(net, x));
    dl_scope_end(ctx, mark);
    expect_ok(ctx);
    const int64_t peak = dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before;
    dl_module_drop(net);
    end_ctx(ctx);
    return peak;
}

static void the_peak_of_memory_falls(void **state)
{
    (void)state;
    const int64_t one = 2048 * 32 * 4, plain = peak_of(0), wrapped = peak_of(1);
    assert_true(plain >= 32 * one);            /* the result of each tanh */
    assert_true(wrapped >= 8 * one);           /* the input of each part  */
    assert_true(wrapped <= (8 + 8 + 5) * one); /* and results of one part, gradients, x */
}

/* ---- what else there is ---------------------------------------------------------------------- */

static void several_inputs_and_outputs_go_through(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_recompute(ctx, dl_module_new(ctx, &pair_class, NULL));
    dl_tensor *in[] = {random_tensor(ctx, DL_F32, 1, DL_SHAPE(3)),
                       random_tensor(ctx, DL_F32, 2, DL_SHAPE(3))},
              *out[2], *g[2];
    dl_grad_track(in[0], 1);
    dl_grad_track(in[1], 1);
    assert_int_equal(dl_module_call(m, in, 2, out, 2), DL_OK);
    dl_tensor *y = dl_sum(out[1], NULL, 0, 0); /* the difference alone */
    assert_int_equal(dl_gradients(&y, NULL, 1, in, 2, DL_GRAPH_RELEASE, g), DL_OK);
    assert_values(g[0], 1, 1, 1);
    assert_values(g[1], -1, -1, -1);
    in[1] = NULL; /* an optional one */
    assert_int_equal(dl_module_call(m, in, 2, out, 2), DL_OK);
    dl_backward(dl_sum(out[0], NULL, 0, 0));
    assert_values(dl_grad(in[0]), 1, 1, 1);
    dl_module_drop(m);
}

static void a_body_that_gives_its_input_is_no_trouble(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_recompute(ctx, dl_layer_identity(ctx));
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3));
    dl_grad_track(x, 1);
    dl_tensor *y = dl_module_forward(m, x);
    assert_ptr_not_equal(x, y);
    dl_backward(dl_sum(dl_mul(y, x), NULL, 0, 0));
    assert_same_bits(dl_grad(x), dl_scale(dl_detach(x), 2));
    dl_module_drop(m);
}

static void it_runs_again_in_the_mode_it_had(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_recompute(ctx, dl_layer_dropout(ctx, 0.5, NULL));
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(100));
    dl_grad_track(x, 1);
    dl_tensor *y = dl_module_forward(m, x);
    dl_module_train(m, 0);
    dl_dropout(x, 0.5); /* the counters of the context go on */
    dl_backward(dl_sum(y, NULL, 0, 0));
    assert_int_equal(dl_module_training(dl_module_child(m, 0)), 0);
    const float *g = dl_tensor_data(dl_grad(x)), *v = dl_tensor_data(y);
    for (int i = 0; i < 100; i++)
        assert_true(g[i] == (v[i] == 0 ? 0.0f : 2.0f));
    dl_module_drop(m);
}

static void without_recording_it_is_its_body(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3));
    dl_grad_enable(ctx, 0);
    dl_tensor *y = dl_module_forward(m, x);
    assert_false(dl_grad_tracked(y));
    dl_grad_enable(ctx, 1);
    dl_module_track(m, 0);
    assert_false(dl_grad_tracked(dl_module_forward(m, x)));
    dl_module_drop(m);
}

static void changes_between_forward_and_backward_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3)), *y, *w = dl_module_param(m, 0);
    y = dl_sum(dl_module_forward(m, x), NULL, 0, 0);
    dl_tensor_edit(w);
    assert_int_equal(dl_backward(y), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "backward of recompute: operand 1 was changed");
    y = dl_sum(dl_module_forward(m, x), NULL, 0, 0);
    dl_grad_track(w, 0);
    assert_int_equal(dl_backward(y), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "operand 1 is no longer tracked");
    y = dl_sum(dl_module_forward(m, x), NULL, 0, 0);
    dl_grad_track(x, 1);
    assert_int_equal(dl_backward(y), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "operand 0 is no longer tracked");
    y = dl_sum(dl_module_forward(m, x), NULL, 0, 0);
    assert_int_equal(dl_backward(y), DL_OK);
    assert_int_equal(dl_backward(y), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "released by an earlier backward");
    dl_module_drop(m);
}

/* Gives another shape every time. */
static dl_tensor *fickle(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return (*(int *)user)++ ? dl_unsqueeze(in[0], 0) : in[0];
}

static void other_results_the_second_time_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    int calls = 0;
    dl_module *m = dl_layer_recompute(ctx, dl_layer_lambda(ctx, "fickle", fickle, &calls, NULL));
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2));
    dl_grad_track(x, 1);
    assert_int_equal(dl_backward(dl_sum(dl_module_forward(m, x), NULL, 0, 0)), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "result 0 has another shape the second time");
    assert_null(dl_grad(x));
    dl_module_drop(m);
}

static void recompute_wraps_one_module(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t live = dl_ctx_live(ctx);
    assert_null(dl_layer_recompute(ctx, NULL));
    expect_error(ctx, DL_EINVAL, "recompute: layer 0 is NULL");
    assert_null(dl_layer_recompute(NULL, NULL));
    dl_module *m = dl_layer_recompute(ctx, dl_layer_relu(ctx));
    assert_null(dl_module_add(m, "", dl_layer_relu(ctx)));
    expect_error(ctx, DL_EINVAL, "recompute: it wraps one module");
    assert_null(dl_module_add(m, "more", dl_layer_relu(ctx)));
    expect_error(ctx, DL_EINVAL, "recompute: it wraps one module");
    dl_module_drop(m);
    extern const dl_module_class dl__class_recompute;
    m = dl_module_new(ctx, &dl__class_recompute, NULL);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2))));
    expect_error(ctx, DL_ESTATE, "recompute: it has no body");
    assert_null(dl_module_find(m, "x"));
    dl_module_drop(m);
    assert_int_equal(dl_ctx_live(ctx) - live, 2); /* the input, its memory */
}

/* Nodes of a net that is wrapped in parts are reached in the order they have unwrapped, though the
 * record holds tensors that the wrapped parts do not see. */
static dl_status step(dl_ctx *ctx, void *user)
{
    dl_tensor *x = dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2, 3)));
    dl_module_zero_grad(user);
    if (!x)
        return dl_ctx_status(ctx);
    dl_tensor *y = dl_module_forward(user, dl_neg(x));
    return y ? dl_backward(dl_sum(y, NULL, 0, 0)) : dl_ctx_status(ctx);
}

static dl_module *make_chain(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(make(ctx),
                       dl_layer_recompute(
                           ctx, dl_layer_recompute(ctx, dl_layer_batchnorm1d(ctx, 4, NULL)))));
}

static void every_failure_of_memory_is_survived(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_chain(ctx);
    int32_t mark = dl_scope_begin(ctx);
    step(ctx, m); /* gradients are there from now on */
    dl_scope_end(ctx, mark);
    assert_true(fault_loop(ctx, step, NULL, m) > 20);
    assert_int_equal(ctx->replaying, 0);
    assert_int_equal(ctx->grad_off, 0);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recompute_does_what_every_layer_does),
        with_ctx(training_has_the_same_bits_however_it_is_wrapped),
        cmocka_unit_test(gradients_of_gradients_and_repeated_ones_are_the_same),
        cmocka_unit_test(second_gradients_are_right),
        with_scratch_ctx(names_and_files_are_those_without_it),
        with_ctx(messages_have_the_path_without_it),
        cmocka_unit_test(the_peak_of_memory_falls),
        with_ctx(several_inputs_and_outputs_go_through),
        with_ctx(a_body_that_gives_its_input_is_no_trouble),
        with_ctx(it_runs_again_in_the_mode_it_had),
        with_ctx(without_recording_it_is_its_body),
        with_ctx(changes_between_forward_and_backward_are_refused),
        with_ctx(other_results_the_second_time_are_refused),
        with_ctx(recompute_wraps_one_module),
        with_ctx(every_failure_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
