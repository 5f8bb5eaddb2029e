#include <pthread.h>
#include "dl/grad.h"
#include "dl/ops.h"
#include "layer_check.h"
#include "module/module.h"
#include "modules.h"

static void fill(dl_module *m, double value)
{
    for (int32_t i = 0; i < dl_module_param_count(m); i++)
        assert_int_equal(dl_tensor_fill(dl_module_param(m, i), value), DL_OK);
}

static void a_clone_has_memory_of_its_own(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_module *net = make_net(ctx);
    char before[65], after[65];
    assert_int_equal(dl_module_hash(net, before), DL_OK);
    dl_module *twin = dl_module_clone(net, other);
    assert_ptr_equal(dl_module_ctx(twin), other);
    assert_int_equal(dl_module_hash(twin, after), DL_OK);
    assert_string_equal(before, after);
    fill(twin, 0);
    assert_int_equal(dl_module_hash(net, after), DL_OK);
    assert_string_equal(before, after);
    assert_int_equal(dl_tensor_stride(dl_module_tensor(twin, "0.weight"), 1), 3);
    dl_module_drop(net);
    assert_values(dl_module_tensor(twin, "0.bias"), 0, 0, 0);
    dl_module_drop(twin);
    end_ctx(other);
}

static void a_clone_keeps_mode_tracking_and_element_type(void **state)
{
    (void)state;
    dl_ctx *ctx = make_typed_ctx(DL_F64), *other = make_ctx(1);
    dl_module *net = make_net(ctx);
    dl_module_train(dl_module_find(net, "2"), 0);
    dl_grad_track(dl_module_tensor(net, "0.bias"), 0);
    dl_module *twin = dl_module_clone(net, other);
    assert_int_equal(dl_module_training(dl_module_find(twin, "2.body")), 0);
    assert_int_equal(dl_module_training(dl_module_find(twin, "3")), 1);
    assert_int_equal(dl_grad_tracked(dl_module_tensor(twin, "0.bias")), 0);
    assert_int_equal(dl_grad_tracked(dl_module_tensor(twin, "0.weight")), 1);
    assert_int_equal(dl_tensor_dtype(dl_module_tensor(twin, "0.weight")), DL_F64);
    dl_tensor *x = random_tensor(other, DL_F64, 1, DL_SHAPE(2, 4));
    dl_tensor *y = dl_sum(run_layer(twin, x), NULL, 0, 0);
    assert_int_equal(dl_backward(y), DL_OK);
    assert_int_equal(dl_tensor_dtype(dl_grad(dl_module_tensor(twin, "0.weight"))), DL_F64);
    assert_null(dl_grad(dl_module_tensor(net, "0.weight")));
    dl_module_drop(twin);
    dl_module_drop(net);
    end_ctx(other);
    end_ctx(ctx);
}

static void parts_that_init_does_not_make_are_copied_too(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_module_new(ctx, &nest_class, NULL);
    dl_module_add_param(m, "extra", dl_tensor_ones(ctx, DL_F32, DL_SHAPE(2)));
    dl_module_add_buffer(m, "seen", dl_tensor_full(ctx, DL_I64, 5, NULL, 0));
    dl_module_add(m, "more", dl_layer_dense(ctx, 1, 1, NULL));
    dl_module *twin = dl_module_clone(m, NULL);
    char a[65], b[65];
    assert_int_equal(dl_module_hash(m, a), DL_OK);
    assert_int_equal(dl_module_hash(twin, b), DL_OK);
    assert_string_equal(a, b);
    assert_int_equal(dl_module_param_count(twin), 7);
    assert_string_equal(dl_module_param_name(twin, 0), "extra");
    assert_values(dl_module_tensor(twin, "seen"), 5);
    dl_module_drop(twin);
    dl_module_drop(m);
}

static void a_shared_module_sees_the_same_memory(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_module *net = make_net(ctx), *shared = dl_module_share(net, other);
    fill(net, 2);
    dl_tensor *w = dl_module_tensor(shared, "0.weight");
    assert_ptr_equal(dl_tensor_data(w), dl_tensor_data(dl_module_tensor(net, "0.weight")));
    assert_values(dl_module_tensor(shared, "0.bias"), 2, 2, 2);
    dl_module_train(shared, 0);
    assert_int_equal(dl_module_training(net), 1);
    dl_module_train(shared, 1);
    dl_tensor *x = random_tensor(other, DL_F32, 1, DL_SHAPE(2, 4));
    assert_int_equal(dl_backward(dl_sum(run_layer(shared, x), NULL, 0, 0)), DL_OK);
    assert_non_null(dl_grad(w));
    assert_null(dl_grad(dl_module_tensor(net, "0.weight")));
    assert_true(counter_value(dl_module_find(net, "3")) == 0); /* buffers are only read */
    assert_int_equal(dl_module_load(shared, "x", NULL), DL_ESTATE);
    expect_error(other, DL_ESTATE, "load: a shared module");
    assert_null(dl_module_add(shared, "late", dl_layer_relu(other)));
    expect_error(other, DL_ESTATE, "it is shared");
    dl_module_drop(net); /* the memory stays as long as somebody sees it */
    assert_values(dl_module_tensor(shared, "0.bias"), 2, 2, 2);
    dl_module_drop(shared);
    end_ctx(other);
}

static void a_frozen_module_is_for_inference_alone(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx), *frozen = dl_module_freeze(net);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    dl_tensor *y = run_layer(frozen, x);
    assert_int_equal(dl_grad_tracked(y), 0);
    assert_same_bits(y, run_layer(net, x));
    assert_int_equal(dl_module_training(frozen), 0);
    assert_true(counter_value(dl_module_find(frozen, "3")) == 0);
    dl_module_train(frozen, 1);
    expect_error(ctx, DL_ESTATE, "stays in evaluation mode");
    dl_module_train(frozen, 0);
    expect_ok(ctx);
    assert_int_equal(dl_module_track(frozen, 1), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "is not trained");
    fill(net, 0);
    assert_same_bits(run_layer(frozen, x), y);
    dl_module *shared = dl_module_share(frozen, NULL);
    dl_module_train(shared, 1);
    expect_error(ctx, DL_ESTATE, "stays in evaluation mode");
    dl_module_drop(shared);
    dl_module_drop(frozen);
    dl_module_drop(net);
}

/* A class that makes another shape each time. */
static int64_t next_size = 2;
static dl_status fickle_init(dl_module *m, const void *config)
{
    dl_ctx *ctx = dl_module_ctx(m);
    (void)config;
    dl_module_add_param(m, "w", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(next_size++)));
    return dl_ctx_status(ctx);
}

static void an_init_that_does_not_repeat_itself_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_module_class fickle = pair_class;
    fickle.init = fickle_init;
    dl_module *m = dl_module_new(ctx, &fickle, NULL);
    assert_null(dl_module_clone(m, NULL));
    expect_error(ctx, DL_ESTATE, "\"w\" has another shape than init gives it");
    dl_module_drop(m);
}

static void a_clone_of_meta_is_meta(void **state)
{
    dl_ctx *ctx = *state;
    dl_meta_enable(ctx, 1);
    dl_module *m = dl_layer_dense(ctx, 1 << 20, 1 << 20, NULL);
    dl_meta_enable(ctx, 0);
    dl_module *twin = dl_module_clone(m, NULL);
    assert_int_equal(dl_tensor_meta(dl_module_param(twin, 0)), 1);
    dl_module_drop(twin);
    dl_module_drop(m);
}

/* ---- short memory ---- */

static dl_status copy_all_ways(dl_ctx *ctx, void *user)
{
    dl_module *copy[3] = {dl_module_clone(user, ctx), NULL, NULL};
    if (copy[0])
        copy[1] = dl_module_share(user, ctx);
    if (copy[1])
        copy[2] = dl_module_freeze(user);
    for (int i = 0; i < 3; i++)
        dl_module_drop(copy[i]);
    return dl_ctx_status(ctx);
}

static void copies_survive_short_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    assert_true(fault_loop(ctx, copy_all_ways, NULL, net) > 50);
    dl_module_drop(net);
}

/* ---- threads ---- */

enum { THREADS = 8, ROUNDS = 20 };

typedef struct worker {
    pthread_t thread;
    dl_module *net;
    const float *x;
    float y[6];
    dl_status status;
} worker;

static void *infer(void *arg)
{
    worker *w = arg;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.threads = 1});
    dl_module *net = dl_module_share(w->net, ctx);
    dl_module_train(net, 0);
    for (int round = 0; round < ROUNDS; round++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *x = dl_tensor_give(dl_tensor_from(ctx, DL_F32, w->x, DL_SHAPE(2, 4)));
        dl_tensor_get(dl_module_forward(net, x), w->y, sizeof w->y);
        dl_scope_end(ctx, mark);
    }
    dl_module_drop(net);
    w->status = dl_ctx_status(ctx);
    dl_ctx_drop(ctx);
    return NULL;
}

static void eight_threads_infer_on_one_net(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    const float x[8] = {1, -2, 3, -4, 5, -6, 7, -8};
    worker w[THREADS];
    for (int i = 0; i < THREADS; i++) {
        w[i] = (worker){.net = net, .x = x};
        assert_int_equal(pthread_create(&w[i].thread, NULL, infer, &w[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(w[i].thread, NULL);
    dl_module_train(net, 0);
    dl_tensor *y = run_layer(net, dl_tensor_give(dl_tensor_from(ctx, DL_F32, x, DL_SHAPE(2, 4))));
    float want[6];
    assert_int_equal(dl_tensor_get(y, want, sizeof want), DL_OK);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(w[i].status, DL_OK);
        assert_memory_equal(w[i].y, want, sizeof want);
    }
    dl_module_drop(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_clone_has_memory_of_its_own),
        cmocka_unit_test(a_clone_keeps_mode_tracking_and_element_type),
        with_ctx(parts_that_init_does_not_make_are_copied_too),
        with_ctx(a_shared_module_sees_the_same_memory),
        with_ctx(a_frozen_module_is_for_inference_alone),
        with_ctx(an_init_that_does_not_repeat_itself_is_refused),
        with_ctx(a_clone_of_meta_is_meta),
        with_ctx(copies_survive_short_memory),
        with_ctx(eight_threads_infer_on_one_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
