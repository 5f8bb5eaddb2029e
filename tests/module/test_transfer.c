/* Transfer learning: the body of a trained net goes into another one, is frozen, and a new head is
 * trained on it. */
#include <stdlib.h>
#include "dl/data.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "dl/optim.h"
#include "dl/train.h"
#include "layer_check.h"
#include "scratch.h"

/* body: dense, batch norm, relu; head: dense. */
static dl_module *make_body(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx,
                               DL_LAYERS(dl_layer_dense(ctx, 6, 16, NULL),
                                         dl_layer_batchnorm1d(ctx, 16, NULL), dl_layer_relu(ctx)));
}

static dl_module *make_net(dl_ctx *ctx, int64_t classes)
{
    return dl_layer_sequential(ctx,
                               DL_LAYERS(make_body(ctx), dl_layer_dense(ctx, 16, classes, NULL)));
}

/* Examples with labels 0 .. classes - 1, made of one feature. */
static dl_dataset *make_data(dl_ctx *ctx, int32_t classes)
{
    enum { N = 96 };
    int64_t labels[N];
    dl_tensor *x = random_tensor(ctx, DL_F32, 5, DL_SHAPE(N, 6));
    double *v = values_of(x);
    for (int i = 0; i < N; i++)
        labels[i] = (int64_t)((v[6 * i] + 1) / 2 * classes);
    free(v);
    dl_tensor *t = dl_tensor_give(dl_tensor_from(ctx, DL_I64, labels, DL_SHAPE(N)));
    return dl_dataset_tensors((dl_tensor *const[]){x, t}, 2);
}

static void train(dl_module *net, int32_t classes, int32_t epochs)
{
    dl_ctx *ctx = dl_module_ctx(net);
    dl_dataset *d = make_data(ctx, classes);
    dl_optim *o = dl_optim_adam(net, &(dl_adam_opts){.lr = 0.02, .weight_decay = 0.01});
    dl_train(net, o, dl_loss_classify, NULL, d, &(dl_train_opts){.epochs = epochs, .batch = 16});
    expect_ok(ctx);
    dl_optim_drop(o);
    dl_dataset_drop(d);
}

static double accuracy(dl_module *net, int32_t classes)
{
    double a = 0;
    dl_dataset *d = make_data(dl_module_ctx(net), classes);
    assert_int_equal(dl_evaluate(net, dl_loss_classify, NULL, d, 0, NULL, &a), DL_OK);
    dl_dataset_drop(d);
    return a;
}

/* A trained net on disk; scratch_begin before, scratch_end after. */
static const char *pretrain(dl_ctx *ctx)
{
    dl_module *net = make_net(ctx, 2);
    train(net, 2, 30);
    assert_true(accuracy(net, 2) > 0.9);
    assert_int_equal(dl_module_save(net, scratch_at("net.safetensors")), DL_OK);
    dl_module_drop(net);
    return scratch_at("net.safetensors");
}

static void a_frozen_body_keeps_its_bits_while_the_head_learns(void **state)
{
    dl_ctx *ctx = *state;
    char before[DL_HASH_TEXT], after[DL_HASH_TEXT], loaded[DL_HASH_TEXT];
    assert_int_equal(scratch_begin(), 0);
    const char *path = pretrain(ctx);
    dl_module *net = make_net(ctx, 3), *body = dl_module_find(net, "0");
    dl_module *source = dl_module_open(ctx, path);
    assert_int_equal(dl_module_load(body, path, &(dl_load_opts){.prefix = "0.", .partial = 1}),
                     DL_OK);
    scratch_end();
    assert_int_equal(dl_module_hash(body, before), DL_OK);
    assert_int_equal(dl_module_hash(dl_module_find(source, "0"), loaded), DL_OK);
    assert_string_equal(before, loaded);
    dl_module_drop(source);

    assert_int_equal(dl_module_track_named(net, "0.*", 0), 4);
    dl_module_hold(body, 1);
    const double first = accuracy(net, 3);
    train(net, 3, 60);
    assert_int_equal(dl_module_hash(body, after), DL_OK);
    assert_string_equal(before, after); /* weights, statistics and count of batches */
    assert_true(accuracy(net, 3) > first + 0.1);
    assert_int_equal(dl_module_training(body), 0);
    assert_int_equal(dl_module_training(net), 1);

    assert_int_equal(dl_module_track_named(net, "*", 1), 6);
    dl_module_hold(body, 0);
    train(net, 3, 1);
    assert_int_equal(dl_module_hash(body, after), DL_OK);
    assert_string_not_equal(before, after);
    dl_module_drop(net);
}

/* The other way to the same: into a net where the parts have other names. */
static void rules_bring_names_to_another_net(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(scratch_begin(), 0);
    const char *path = pretrain(ctx);
    dl_module *net = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_identity(ctx), make_body(ctx), dl_layer_dense(ctx, 16, 5, NULL)));
    dl_tensor *head = dl_module_tensor(net, "2.weight"), *kept = dl_copy(head);
    const dl_load_opts o = {.rename = "0.=1.,1.=old_head.", .partial = 1};
    assert_int_equal(dl_module_load(net, path, &o), DL_OK);
    dl_module *source = dl_module_open(ctx, path);
    assert_same_bits(dl_module_tensor(net, "1.1.running_var"),
                     dl_module_tensor(source, "0.1.running_var"));
    assert_same_bits(dl_module_tensor(net, "1.0.weight"), dl_module_tensor(source, "0.0.weight"));
    assert_same_bits(head, kept);
    dl_module_drop(source);
    dl_module_drop(net);
    scratch_end();
}

static void a_held_part_stays_in_evaluation_mode(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx, 2), *body = dl_module_find(net, "0");
    dl_module_hold(body, 1);
    dl_module_train(net, 1);
    dl_module_train(body, 1);
    assert_int_equal(dl_module_training(body), 0);
    assert_int_equal(dl_module_training(dl_module_find(net, "0.1")), 0);
    assert_int_equal(dl_module_training(dl_module_find(net, "1")), 1);
    dl_module *copy = dl_module_clone(net, NULL);
    dl_module_train(copy, 1);
    assert_int_equal(dl_module_training(dl_module_find(copy, "0.1")), 0);
    assert_int_equal(dl_module_training(dl_module_find(copy, "1")), 1);
    dl_module_hold(body, 0);
    assert_int_equal(dl_module_training(body), 0);
    dl_module_train(net, 1);
    assert_int_equal(dl_module_training(dl_module_find(net, "0.1")), 1);
    dl_module_hold(NULL, 1);
    dl_module_drop(copy);
    dl_module_drop(net);
}

static void what_joins_a_held_part_is_held(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = dl_layer_sequential(ctx, NULL, 0);
    dl_module_hold(net, 1);
    dl_module *late = dl_module_add(net, "0", make_body(ctx));
    assert_non_null(late);
    dl_module_train(net, 1);
    dl_module_train(late, 1);
    assert_int_equal(dl_module_training(dl_module_find(net, "0.1")), 0);
    dl_module_drop(net);
}

static void patterns_choose_what_is_tracked(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx, 2);
    assert_int_equal(dl_module_track_named(net, "*.bias", 0), 3);
    assert_int_equal(dl_grad_tracked(dl_module_tensor(net, "0.0.bias")), 0);
    assert_int_equal(dl_grad_tracked(dl_module_tensor(net, "0.0.weight")), 1);
    assert_int_equal(dl_module_track_named(net, "0.1.*", 0), 2);
    assert_int_equal(dl_module_track_named(net, "0.?.*", 1), 4);
    assert_int_equal(dl_grad_tracked(dl_module_tensor(net, "0.0.bias")), 1);
    assert_int_equal(dl_grad_tracked(dl_module_tensor(net, "1.bias")), 0);
    assert_int_equal(dl_module_track_named(net, "head.*", 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "track_named: no parameter's name fits \"head.*\"");
    assert_int_equal(dl_module_track_named(net, NULL, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "track_named: the pattern is NULL");
    assert_int_equal(dl_module_track_named(NULL, "*", 0), DL_EINVAL);
    dl_module *frozen = dl_module_freeze(net);
    assert_int_equal(dl_module_track_named(frozen, "*", 1), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "a frozen module is not trained");
    dl_module_drop(frozen);
    dl_module_drop(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(a_frozen_body_keeps_its_bits_while_the_head_learns),
        with_ctx(rules_bring_names_to_another_net),
        with_ctx(a_held_part_stays_in_evaluation_mode),
        with_ctx(what_joins_a_held_part_is_held),
        with_ctx(patterns_choose_what_is_tracked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
