#include <math.h>
#include "core/ctx.h"
#include "dl/ext.h"
#include "dl/optim.h"
#include "layer_check.h"
#include "scratch.h"

static dl_module *make(dl_ctx *ctx)
{
    return dl_layer_batchnorm1d(ctx, 3, &(dl_norm_opts){.eps = 0.25});
}

static dl_module *make_plain(dl_ctx *ctx)
{
    return dl_layer_batchnorm1d(ctx, 3, &(dl_norm_opts){.eps = 0.25, .no_affine = 1});
}

static dl_module *make_without_statistics(dl_ctx *ctx)
{
    return dl_layer_batchnorm1d(ctx, 3, &(dl_norm_opts){.eps = 0.25, .no_stats = 1, .no_bias = 1});
}

static void batchnorm1d_does_what_every_layer_does(void **state)
{
    (void)state;
    layer_check(make, DL_SHAPE(5, 3));
    layer_check(make, DL_SHAPE(2, 3, 4));
    layer_check(make_plain, DL_SHAPE(4, 3));
    layer_check(make_without_statistics, DL_SHAPE(4, 3));
}

static void parts_have_the_names_of_pytorch(void **state)
{
    dl_ctx *ctx = *state;
    static const char *const name[] = {"weight", "bias"};
    static const char *const buffer[] = {"running_mean", "running_var", "num_batches_tracked"};
    dl_module *m = dl_layer_batchnorm1d(ctx, 2, NULL);
    for (int32_t i = 0; i < 2; i++)
        assert_string_equal(dl_module_param_name(m, i), name[i]);
    for (int32_t i = 0; i < 3; i++)
        assert_string_equal(dl_module_buffer_name(m, i), buffer[i]);
    assert_values(dl_module_param(m, 0), 1, 1);
    assert_values(dl_module_param(m, 1), 0, 0);
    assert_values(dl_module_buffer(m, 0), 0, 0);
    assert_values(dl_module_buffer(m, 1), 1, 1);
    assert_int_equal(dl_tensor_dtype(dl_module_buffer(m, 2)), DL_I64);
    assert_int_equal(dl_tensor_ndim(dl_module_buffer(m, 2)), 0);
    dl_module_drop(m);
    m = make_without_statistics(ctx);
    assert_int_equal(dl_module_param_count(m), 1);
    assert_int_equal(dl_module_buffer_count(m), 0);
    dl_module_drop(m);
}

/* Two values of one channel: mean 2, variance 1, unbiased 2. */
static void running_statistics_move_by_the_momentum(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_batchnorm1d(ctx, 1, &(dl_norm_opts){.momentum = 0.5});
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), 1, 3);
    run_layer(m, x);
    assert_values(dl_module_buffer(m, 0), 1);
    assert_values(dl_module_buffer(m, 1), 1.5);
    run_layer(m, x);
    assert_values(dl_module_buffer(m, 0), 1.5);
    assert_values(dl_module_buffer(m, 1), 1.75);
    assert_values(dl_module_buffer(m, 2), 2);
    dl_module_train(m, 0);
    run_layer(m, x);
    assert_values(dl_module_buffer(m, 0), 1.5);
    assert_values(dl_module_buffer(m, 2), 2);
    dl_module_drop(m);
}

static void cumulative_statistics_are_plain_averages(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_batchnorm1d(ctx, 1, &(dl_norm_opts){.cumulative = 1});
    for (int i = 0; i < 4; i++)
        run_layer(m, make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), 4 * i - 1, 4 * i + 1));
    assert_values(dl_module_buffer(m, 0), 6);
    assert_values(dl_module_buffer(m, 1), 2);
    assert_values(dl_module_buffer(m, 2), 4);
    dl_module_drop(m);
}

/* With momentum 0 the statistics stay, batches are counted. */
static void a_momentum_of_really_zero_keeps_the_statistics(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_batchnorm1d(ctx, 1, &(dl_norm_opts){.momentum = DL_OFF});
    run_layer(m, make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), 1, 3));
    assert_values(dl_module_buffer(m, 0), 0);
    assert_values(dl_module_buffer(m, 1), 1);
    assert_values(dl_module_buffer(m, 2), 1);
    dl_module_drop(m);
}

/* Calls its only child on x, and on 10 x. */
static dl_status twice_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                               int32_t n_out)
{
    (void)n_in;
    (void)n_out;
    dl_module *child = dl_module_child(m, 0);
    dl_tensor *first = dl_module_forward(child, in[0]);
    out[0] = dl_add(first, dl_module_forward(child, dl_scale(in[0], 10)));
    return dl_ctx_status(dl_module_ctx(m));
}
static const dl_module_class twice_class = {
    .name = "test.twice", .takes_children = 1, .forward = twice_forward};

static void two_uses_in_one_forward_both_count(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *twice = dl_module_new(ctx, &twice_class, NULL);
    dl_module *m =
        dl_module_add(twice, "bn", dl_layer_batchnorm1d(ctx, 1, &(dl_norm_opts){.momentum = 0.5}));
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 1), 1, 3);
    run_layer(twice, x);
    assert_values(dl_module_buffer(m, 0), 0.5 * (0.5 * 2) + 0.5 * 20);
    assert_values(dl_module_buffer(m, 1), 0.5 * (0.5 + 0.5 * 2) + 0.5 * 200);
    assert_values(dl_module_buffer(m, 2), 2);
    dl_module_drop(twice);
}

static void a_failed_forward_a_shared_one_and_a_check_leave_the_statistics(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_module *net = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_batchnorm1d(ctx, 3, NULL), dl_layer_dense(ctx, 9, 1, NULL)));
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3));
    dl_tensor *count = dl_module_tensor(net, "0.num_batches_tracked");
    assert_null(dl_module_forward(net, x));
    expect_error(ctx, DL_ESHAPE, "sequential.1 (dense)");
    assert_values(count, 0);
    dl_module *shared = dl_module_share(dl_module_find(net, "0"), other);
    dl_tensor *in = dl_tensor_give(dl_tensor_to(other, x));
    assert_same_bits(run_layer(shared, in), run_layer(dl_module_find(net, "0"), x));
    assert_values(count, 1);
    dl_module_drop(shared);
    ctx->replaying++;
    run_layer(dl_module_find(net, "0"), x);
    ctx->replaying--;
    assert_values(count, 1);
    dl_module_drop(net);
    end_ctx(other);
}

static void statistics_are_saved_and_opened(void **state)
{
    dl_ctx *ctx = *state;
    char a[DL_HASH_TEXT], b[DL_HASH_TEXT];
    dl_module *m = dl_layer_batchnorm1d(ctx, 3, &(dl_norm_opts){.momentum = 0.25});
    for (uint64_t i = 0; i < 3; i++)
        run_layer(m, random_tensor(ctx, DL_F32, i, DL_SHAPE(4, 3)));
    assert_int_equal(scratch_begin(), 0);
    assert_int_equal(dl_module_save(m, scratch_at("bn.safetensors")), DL_OK);
    dl_module *twin = dl_module_open(ctx, scratch_at("bn.safetensors"));
    scratch_end();
    assert_non_null(twin);
    dl_tensor *x = random_tensor(ctx, DL_F32, 9, DL_SHAPE(4, 3));
    run_layer(m, x);
    run_layer(twin, x);
    assert_int_equal(dl_module_hash(m, a), DL_OK);
    assert_int_equal(dl_module_hash(twin, b), DL_OK);
    assert_string_equal(a, b);
    dl_module_drop(m);
    dl_module_drop(twin);
}

/* The hash after some steps of training. */
static void train_some(int32_t threads, char hex[DL_HASH_TEXT])
{
    dl_ctx *ctx = make_ctx(threads);
    dl_module *net = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 20, 70, NULL), dl_layer_batchnorm1d(ctx, 70, NULL),
                       dl_layer_relu(ctx), dl_layer_layernorm(ctx, DL_SHAPE(70), NULL),
                       dl_layer_dense(ctx, 70, 1, NULL)));
    dl_optim *o = dl_optim_sgd(net, &(dl_sgd_opts){.lr = 0.01, .momentum = 0.9});
    for (uint64_t i = 0; i < 8; i++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *x = random_tensor(ctx, DL_F32, i, DL_SHAPE(700, 20));
        dl_module_zero_grad(net);
        dl_backward(
            dl_mean(dl_mul(dl_module_forward(net, x), dl_module_forward(net, x)), NULL, 0, 0));
        dl_optim_step(o);
        dl_scope_end(ctx, mark);
    }
    expect_ok(ctx);
    assert_int_equal(dl_module_hash(net, hex), DL_OK);
    dl_optim_drop(o);
    dl_module_drop(net);
    end_ctx(ctx);
}

static void training_has_the_same_bits_on_any_number_of_threads(void **state)
{
    static const int32_t threads[] = {2, 3, 7};
    char one[DL_HASH_TEXT], many[DL_HASH_TEXT];
    (void)state;
    train_some(1, one);
    for (int i = 0; i < 3; i++) {
        train_some(threads[i], many);
        assert_string_equal(one, many);
    }
}

static void batchnorm1d_names_inputs_that_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_batchnorm1d(ctx, 3, NULL), *plain = make_plain(ctx);
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 2))));
    expect_error(ctx, DL_ESHAPE,
                 "batchnorm1d: the input is [4, 2], wanted [N, C] or [N, C, L] "
                 "with 3 channels");
    assert_null(dl_module_forward(plain, random_tensor(ctx, DL_F32, 1, DL_SHAPE(4, 3, 1, 1))));
    expect_error(ctx, DL_ESHAPE, "batchnorm1d: the input is [4, 3, 1, 1]");
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(3))));
    expect_error(ctx, DL_ESHAPE, "batchnorm1d: the input is [3]");
    assert_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3))));
    expect_error(ctx, DL_ESHAPE, "which has 1 values for each channel");
    assert_null(dl_module_forward(plain, random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3))));
    assert_int_equal(dl_ctx_status(ctx), DL_EDTYPE);
    dl_ctx_clear(ctx);
    dl_module_train(m, 0);
    run_layer(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3)));
    dl_module_drop(m);
    dl_module_drop(plain);
}

static void batchnorm1d_refuses_options_it_does_not_know(void **state)
{
    dl_ctx *ctx = *state;
    static const dl_norm_opts wrong[] = {
        {.eps = -2},    {.eps = NAN},     {.momentum = 1.5}, {.momentum = -0.5},  {.no_affine = 2},
        {.no_bias = 2}, {.no_stats = -1}, {.cumulative = 3}, {.reserved = {0, 1}}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(dl_layer_batchnorm1d(ctx, 3, &wrong[i]));
        expect_error(ctx, DL_EINVAL, "batchnorm1d: ");
    }
    assert_null(dl_layer_batchnorm1d(ctx, 0, NULL));
    expect_error(ctx, DL_EINVAL, "batchnorm1d: 0 channels");
    assert_null(dl_layer_batchnorm1d(ctx, INT64_MAX, NULL));
    assert_true(dl_ctx_status(ctx) < 0);
    dl_ctx_clear(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batchnorm1d_does_what_every_layer_does),
        with_ctx(parts_have_the_names_of_pytorch),
        with_ctx(running_statistics_move_by_the_momentum),
        with_ctx(cumulative_statistics_are_plain_averages),
        with_ctx(a_momentum_of_really_zero_keeps_the_statistics),
        with_ctx(two_uses_in_one_forward_both_count),
        with_ctx(a_failed_forward_a_shared_one_and_a_check_leave_the_statistics),
        with_ctx(statistics_are_saved_and_opened),
        cmocka_unit_test(training_has_the_same_bits_on_any_number_of_threads),
        with_ctx(batchnorm1d_names_inputs_that_do_not_fit),
        with_ctx(batchnorm1d_refuses_options_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
