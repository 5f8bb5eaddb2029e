/* Batch normalisation with the statistics of a whole dataset. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dl/average.h"
#include "dl/ext.h"
#include "dl/layers.h"
#include "dl/ops.h"
#include "dl/train.h"
#include "support/support.h"

enum { N = 23, C = 3, H = 4 };

static dl_dataset *make_data(dl_ctx *ctx, dl_dtype dt, int64_t n)
{
    dl_tensor *field[] = {
        dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, &n, 1)),
        dl_add_scalar(dl_scale(random_tensor(ctx, dt, 1, DL_SHAPE(n, C)), 3), 100)};
    return dl_dataset_tensors(field, 2);
}

/* The field of make_data again, whole. */
static dl_tensor *all_of(dl_ctx *ctx, dl_dtype dt)
{
    return dl_add_scalar(dl_scale(random_tensor(ctx, dt, 1, DL_SHAPE(N, C)), 3), 100);
}

/* Norm, dropout, dense, ReLU, norm. */
static dl_module *make_net(dl_ctx *ctx)
{
    const dl_norm_opts bare = {.no_affine = 1};
    return dl_layer_sequential(ctx, DL_LAYERS(dl_layer_batchnorm1d(ctx, C, &bare),
                                              dl_layer_dropout(ctx, 0.5, NULL),
                                              dl_layer_dense(ctx, C, H, NULL), dl_layer_relu(ctx),
                                              dl_layer_batchnorm1d(ctx, H, &bare)));
}

/* Mean and unbiased variance of each column of x [N, c], in two passes. */
static void moments(const double *x, int c, double *mean, double *var)
{
    for (int k = 0; k < c; k++) {
        mean[k] = var[k] = 0;
        for (int i = 0; i < N; i++)
            mean[k] += x[i * c + k] / N;
        for (int i = 0; i < N; i++)
            var[k] += (x[i * c + k] - mean[k]) * (x[i * c + k] - mean[k]) / (N - 1);
    }
}

static void is_measured(dl_module *norm, dl_tensor *x, int c, double tolerance)
{
    double mean[H], var[H], *v = values_of(x);
    moments(v, c, mean, var);
    free(v);
    assert_close(dl_module_tensor(norm, "running_mean"), mean, c, tolerance);
    assert_close(dl_module_tensor(norm, "running_var"), var, c, tolerance);
}

static void check_net(dl_ctx *ctx, dl_dtype dt, double tolerance)
{
    const int32_t batch[] = {4, 1, 0, 23};
    const double batches[] = {6, 23, 1, 1};
    dl_dataset *d = make_data(ctx, dt, N);
    for (int i = 0; i < 4; i++) {
        dl_module *m = make_net(ctx);
        assert_int_equal(dl_bn_recalibrate(m, d, 1, batch[i]), 2);
        assert_values(dl_module_tensor(m, "0.num_batches_tracked"), batches[i]);
        dl_module_train(m, 0);
        dl_tensor *x = all_of(ctx, dt);
        for (int32_t k = 0; k < 5; k++) {
            dl_module *layer = dl_module_child(m, k);
            if (k % 4 == 0)
                is_measured(layer, x, k ? H : C, tolerance);
            x = dl_module_forward(layer, x);
        }
        dl_module_drop(m);
    }
    dl_dataset_drop(d);
}

/* With it, what each layer gives in evaluation has mean 0 and variance 1 over the data. */
static void every_layer_has_the_statistics_of_what_comes_to_it(void **state)
{
    check_net(*state, DL_F64, 1e-13);
}

static void f32_nets_have_them_to_their_last_digits(void **state)
{
    check_net(*state, DL_F32, 2e-6);
}

/* [N, C, L]: each position counts. */
static void lines_have_the_statistics_of_all_positions(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(3, 1, 2), 1, 2, 3, 4, 5, 9);
    dl_dataset *d = dl_dataset_tensors(&x, 1);
    dl_module *m = dl_layer_batchnorm1d(ctx, 1, NULL);
    assert_int_equal(dl_bn_recalibrate(m, d, 0, 2), 1);
    assert_values(dl_module_buffer(m, 0), 4);
    assert_values(dl_module_buffer(m, 1), 8);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

static void nothing_else_changes(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = make_data(ctx, DL_F32, N);
    dl_module *m = make_net(ctx);
    dl_module_hold(dl_module_child(m, 0), 1);
    dl_module_train(dl_module_child(m, 1), 0);
    const uint64_t ticket = ctx->ticket, fills = ctx->fills;
    dl_tensor *w = dl_copy(dl_module_tensor(m, "2.weight"));
    assert_int_equal(dl_bn_recalibrate(m, d, 1, 5), 1);
    assert_values(dl_module_tensor(m, "0.running_mean"), 0, 0, 0);
    assert_values(dl_module_tensor(m, "4.num_batches_tracked"), 5);
    assert_same_bits(dl_module_tensor(m, "2.weight"), w);
    assert_true(ctx->ticket == ticket && ctx->fills == fills);
    assert_int_equal(dl_module_training(m), 1);
    assert_int_equal(dl_module_training(dl_module_child(m, 1)), 0);
    assert_int_equal(dl_grad_enable(ctx, 1), 1);
    dl_module_drop(m);
    m = dl_layer_dense(ctx, C, 2, NULL);
    assert_int_equal(dl_bn_recalibrate(m, d, 1, 0), 0);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

/* Averaged weights have running statistics of other weights; these are put right. */
static void the_net_of_an_average_can_be_measured(void **state)
{
    dl_ctx *ctx = *state;
    dl_dataset *d = make_data(ctx, DL_F64, N);
    dl_module *m = make_net(ctx);
    dl_average *a = dl_average_new(m, 0.5);
    dl_module *net = dl_average_module(a);
    assert_int_equal(dl_bn_recalibrate(net, d, 1, 0), 2);
    is_measured(dl_module_child(net, 0), all_of(ctx, DL_F64), C, 1e-13);
    dl_average_drop(a);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

static void the_bits_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    char first[DL_HASH_TEXT], hash[DL_HASH_TEXT];
    for (int32_t threads = 1; threads <= 4; threads++) {
        dl_ctx *ctx = make_ctx(threads);
        dl_dataset *d = make_data(ctx, DL_F32, 5000);
        dl_module *m = make_net(ctx);
        assert_int_equal(dl_bn_recalibrate(m, d, 1, 3000), 2);
        dl_module_hash(m, threads == 1 ? first : hash);
        if (threads > 1)
            assert_string_equal(hash, first);
        dl_module_drop(m);
        dl_dataset_drop(d);
        end_ctx(ctx);
    }
}

/* A class of a program's own, whose inputs have their channels elsewhere. */
static dl_status odd_init(dl_module *m, const void *config)
{
    (void)config;
    dl_ctx *ctx = dl_module_ctx(m);
    dl_module_add_buffer(m, "running_mean", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(7)));
    dl_module_add_buffer(m, "running_var", dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(7)));
    dl_module_add_buffer(m, "num_batches_tracked", dl_tensor_zeros(ctx, DL_I64, NULL, 0));
    return dl_ctx_status(ctx);
}

static dl_status odd_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                             int32_t n_out)
{
    (void)m, (void)n_in, (void)n_out;
    out[0] = dl_scale(in[0], 2);
    return DL_OK;
}

static const dl_module_class odd_class = {
    .name = "test.odd", .init = odd_init, .forward = odd_forward};

static dl_tensor *cancel(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    dl_ctx_cancel(user);
    return in[0];
}

static void fails(dl_ctx *ctx, dl_module *m, dl_dataset *d, int32_t field, dl_status code,
                  const char *part)
{
    char before[DL_HASH_TEXT], after[DL_HASH_TEXT];
    dl_module_hash(m, before);
    assert_int_equal(dl_bn_recalibrate(m, d, field, 20), code);
    expect_error(ctx, code, part);
    dl_module_hash(m, after);
    assert_string_equal(before, after);
}

static void failures_change_nothing(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_dataset *d = make_data(ctx, DL_F32, N), *foreign = make_data(other, DL_F32, N);
    dl_dataset *one = make_data(ctx, DL_F32, 1);
    dl_dataset *empty = dl_dataset_subset(dl_dataset_keep(d), NULL, 0);
    dl_module *m = make_net(ctx), *frozen = dl_module_freeze(m), *shared = dl_module_share(m, ctx);
    assert_int_equal(dl_bn_recalibrate(NULL, d, 1, 0), DL_EINVAL);
    fails(ctx, m, NULL, 1, DL_EINVAL, "bn_recalibrate: the dataset is NULL");
    fails(ctx, m, foreign, 1, DL_EINVAL, "bn_recalibrate: the dataset is of another context");
    fails(ctx, m, d, 2, DL_EINVAL, "bn_recalibrate: field 2 of 2");
    fails(ctx, m, d, -1, DL_EINVAL, "bn_recalibrate: field -1 of 2");
    fails(ctx, m, empty, 1, DL_EINVAL, "no examples");
    fails(ctx, m, d, 0, DL_ESHAPE, "(batchnorm1d): the input is [20]");
    fails(ctx, m, one, 1, DL_ESHAPE,
          "bn_recalibrate: 1 values of a channel came to 0, wanted 2 or more");
    fails(ctx, frozen, d, 1, DL_ESTATE, "bn_recalibrate: the module is frozen");
    fails(ctx, shared, d, 1, DL_ESTATE, "bn_recalibrate: the module is a shared one");
    dl_tensor_fill(dl_module_tensor(m, "2.weight"), INFINITY); /* the first layer is measured */
    fails(ctx, m, d, 1, DL_ENUMERIC, "what came to 4 is not finite");
    dl_module_drop(frozen);
    dl_module_drop(shared);
    dl_module_drop(m);
    m = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_batchnorm1d(ctx, C, NULL),
                                           dl_layer_lambda(ctx, "cancel", cancel, ctx, NULL)));
    fails(ctx, m, d, 1, DL_EUSER, "bn_recalibrate: cancelled");
    dl_module_drop(m);
    m = dl_module_new(ctx, &odd_class, NULL);
    fails(ctx, m, d, 1, DL_ESHAPE, "bn_recalibrate: test.odd wants one input [N, 7, ..]");
    dl_module_drop(m);
    dl_dataset_drop(empty);
    dl_dataset_drop(one);
    dl_dataset_drop(d);
    dl_dataset_drop(foreign);
    end_ctx(other);
}

typedef struct faults {
    dl_module *m;
    dl_dataset *d;
    char before[DL_HASH_TEXT], measured[DL_HASH_TEXT];
} faults;

static dl_status measure(dl_ctx *ctx, void *user)
{
    const faults *f = user;
    (void)ctx;
    const int32_t n = dl_bn_recalibrate(f->m, f->d, 1, 7);
    return n < 0 ? n : DL_OK;
}

/* All of it or nothing: the loop begins anew when the call has succeeded once. */
static void as_before(dl_ctx *ctx, void *user)
{
    const faults *f = user;
    char after[DL_HASH_TEXT];
    (void)ctx;
    dl_module_hash(f->m, after);
    assert_true(!strcmp(after, f->before) || !strcmp(after, f->measured));
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    faults f = {make_net(ctx), make_data(ctx, DL_F32, N), "", ""};
    dl_module *copy = dl_module_clone(f.m, NULL);
    dl_module_hash(copy, f.before);
    assert_int_equal(dl_bn_recalibrate(copy, f.d, 1, 7), 2);
    dl_module_hash(copy, f.measured);
    dl_module_drop(copy);
    assert_true(fault_loop(ctx, measure, as_before, &f) > 20);
    dl_module_drop(f.m);
    dl_dataset_drop(f.d);
}

/* A convolutional net, with its pictures channels-last between its layers. */
static void norms_of_pictures_are_measured(void **state)
{
    dl_ctx *ctx = *state;
    const dl_norm_opts bare = {.no_affine = 1};
    dl_tensor *all = dl_add_scalar(random_tensor(ctx, DL_F32, 1, DL_SHAPE(N, C, 5, 5)), 2);
    dl_tensor *field[] = {all};
    dl_dataset *d = dl_dataset_tensors(field, 1);
    dl_module *m = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_conv2d(ctx, C, H, DL_KERNEL(3), NULL, NULL),
                       dl_layer_batchnorm2d(ctx, H, &bare), dl_layer_relu(ctx),
                       dl_layer_instancenorm2d(ctx, H, &(dl_norm_opts){.stats = 1})));
    expect_ok(ctx);
    assert_int_equal(dl_bn_recalibrate(m, d, 0, 7), 1);
    /* [N, H, 3, 3] -> [N 9, H] */
    const int32_t order[] = {0, 2, 3, 1};
    dl_tensor *y = dl_permute(dl_module_forward(dl_module_child(m, 0), all), order, 4);
    double mean[H], var[H];
    for (int64_t k = 0; k < H; k++) {
        dl_tensor *column = dl_select(dl_cast(y, DL_F64), 3, k);
        mean[k] = dl_tensor_item(dl_mean(column, NULL, 0, 0));
        var[k] = dl_tensor_item(dl_var(column, NULL, 0, 0, 1));
    }
    assert_close(dl_module_tensor(m, "1.running_mean"), mean, H, 1e-5);
    assert_close(dl_module_tensor(m, "1.running_var"), var, H, 1e-5);
    /* Those of instance normalization are another thing, and stay. */
    assert_values(dl_module_tensor(m, "3.running_mean"), 0, 0, 0, 0);
    dl_module_drop(m);
    dl_dataset_drop(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(norms_of_pictures_are_measured),
        with_f64(every_layer_has_the_statistics_of_what_comes_to_it),
        with_ctx(f32_nets_have_them_to_their_last_digits),
        with_ctx(lines_have_the_statistics_of_all_positions),
        with_ctx(nothing_else_changes),
        with_f64(the_net_of_an_average_can_be_measured),
        cmocka_unit_test(the_bits_do_not_depend_on_the_number_of_threads),
        with_ctx(failures_change_nothing),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
