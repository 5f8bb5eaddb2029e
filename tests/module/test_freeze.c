/* Freezing, and what is folded in a frozen copy. */
#include <string.h>
#include "dl/grad.h"
#include "dl/models.h"
#include "layer_check.h"
#include "modules.h"
#include "scratch.h"

/* A class whose init makes the parts, as blocks of known nets do: conv-like, norm, twice. It keeps
 * them, and tensors of theirs, one of which folding takes away. */
typedef struct block {
    dl_module *part[4];
    dl_tensor *weight, *mean;
} block;

static dl_status block_init(dl_module *m, const void *config)
{
    static const char *const name[] = {"fc1", "bn1", "fc2", "bn2"};
    dl_ctx *ctx = dl_module_ctx(m);
    block *b = dl_module_state(m);
    (void)config;
    for (int32_t i = 0; i < 4; i++)
        b->part[i] =
            dl_module_add(m, name[i],
                          i % 2 ? dl_layer_batchnorm1d(ctx, 3, NULL)
                                : dl_layer_dense(ctx, 3, 3, &(dl_layer_opts){.no_bias = i == 0}));
    b->weight = dl_module_tensor(b->part[0], "weight");
    b->mean = dl_module_tensor(b->part[1], "running_mean");
    return dl_ctx_status(ctx);
}

static dl_status block_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                               int32_t n_out)
{
    const block *b = dl_module_state(m);
    dl_tensor *x = n_in == 1 && n_out == 1 ? in[0] : NULL;
    assert_ptr_equal(b->weight, dl_module_tensor(m, "fc1.weight"));
    assert_int_equal(dl_tensor_count(b->mean), 3);
    for (int32_t i = 0; i < 4; i++) {
        assert_ptr_equal(b->part[i], dl_module_child(m, i));
        x = dl_module_forward(b->part[i], x);
        x = i == 1 ? dl_relu(x) : x;
    }
    out[0] = dl_add(x, in[0]);
    return dl_ctx_status(dl_module_ctx(m));
}

static int32_t block_chains(const dl_module *m, int32_t i)
{
    (void)m;
    return i % 2 == 0;
}

static const dl_module_class block_class = {.name = "test.block",
                                            .state_size = sizeof(block),
                                            .init = block_init,
                                            .forward = block_forward,
                                            .chains = block_chains};

/* Numbers in all weights, and statistics of some batches. */
static void live(dl_module *m, const int64_t *shape, int32_t ndim)
{
    dl_ctx *ctx = dl_module_ctx(m);
    for (int32_t i = 0; i < dl_module_param_count(m); i++) {
        dl_tensor *p = dl_module_param(m, i);
        dl_tensor *r = random_tensor(ctx, p->dtype, 70 + (uint64_t)i, p->dims, p->ndim);
        const int32_t recording = dl_grad_enable(ctx, 0);
        dl__copy_elements(p, dl_add_scalar(r, 0.3));
        dl_grad_enable(ctx, recording);
    }
    for (uint64_t i = 0; i < 3; i++)
        run_layer(m, dl_add_scalar(random_tensor(ctx, dl_ctx_dtype(ctx), i, shape, ndim), 2));
}

static int is_folded(dl_module *m)
{
    return m && dl_module_param_count(m) == 0 && dl_module_buffer_count(m) == 0;
}

/* The frozen copy of m, which computes the same; yours. */
static dl_module *freeze(dl_module *m, const int64_t *shape, int32_t ndim)
{
    dl_ctx *ctx = dl_module_ctx(m);
    dl_tensor *x = random_tensor(ctx, dl_ctx_dtype(ctx), 9, shape, ndim);
    dl_module *frozen = dl_module_freeze(m);
    expect_ok(ctx);
    assert_non_null(frozen);
    dl_module_train(m, 0);
    dl_tensor *y = run_layer(m, x), *z = run_layer(frozen, x);
    assert_tensors_close(z, y, dl_ctx_dtype(ctx) == DL_F64 ? 1e-12 : 1e-5);
    dl_module_train(m, 1);
    return frozen;
}

static dl_module *make_rows(dl_ctx *ctx)
{
    const dl_norm_opts bare = {.no_affine = 1}, scaled = {.no_bias = 1, .eps = 0.5};
    return dl_layer_sequential(
        ctx,
        DL_LAYERS(dl_layer_batchnorm1d(ctx, 3, NULL), dl_layer_dense(ctx, 3, 5, NULL),
                  dl_layer_batchnorm1d(ctx, 5, NULL), dl_layer_batchnorm1d(ctx, 5, &bare),
                  dl_layer_tanh(ctx), dl_layer_batchnorm1d(ctx, 5, NULL),
                  dl_layer_dense(ctx, 5, 3, &(dl_layer_opts){.no_bias = 1}),
                  dl_layer_batchnorm1d(ctx, 3, &scaled), dl_module_new(ctx, &block_class, NULL)));
}

static void norms_after_weights_are_folded_and_others_stay(void **state)
{
    static const char *const folded[] = {"2", "3", "7", "8.bn1", "8.bn2"};
    static const char *const stays[] = {"0", "5"};
    (void)state;
    for (int32_t i = 0; i < 2; i++) {
        dl_ctx *ctx = make_typed_ctx(i ? DL_F64 : DL_F32);
        dl_module *m = make_rows(ctx);
        live(m, DL_SHAPE(6, 3));
        dl_module *frozen = freeze(m, DL_SHAPE(7, 3));
        for (size_t k = 0; k < sizeof folded / sizeof *folded; k++)
            assert_true(is_folded(dl_module_find(frozen, folded[k])));
        for (size_t k = 0; k < sizeof stays / sizeof *stays; k++)
            assert_int_equal(dl_module_buffer_count(dl_module_find(frozen, stays[k])), 3);
        assert_int_equal(dl_module_buffer_count(m), 21);
        assert_non_null(dl_module_tensor(frozen, "6.bias"));
        assert_null(dl_module_tensor(m, "6.bias"));
        assert_int_equal(dl_grad_tracked(dl_module_tensor(frozen, "6.bias")), 0);
        dl_tensor *x = random_tensor(ctx, dl_ctx_dtype(ctx), 1, DL_SHAPE(4, 5));
        assert_same_bits(run_layer(dl_module_find(frozen, "2"), x), x);
        dl_module_drop(frozen);
        dl_module_drop(m);
        end_ctx(ctx);
    }
}

/* What stands in a folded copy is what a clone, a shared one, an opened one have. */
static void frozen_nets_are_copied_and_saved(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_module *m = make_rows(ctx);
    live(m, DL_SHAPE(6, 3));
    dl_module *frozen = freeze(m, DL_SHAPE(7, 3)), *twin[5];
    assert_int_equal(scratch_begin(), 0);
    assert_int_equal(dl_module_save(frozen, scratch_at("frozen.safetensors")), DL_OK);
    twin[0] = dl_module_clone(frozen, NULL);
    twin[1] = dl_module_clone(frozen, other);
    twin[2] = dl_module_share(frozen, other);
    twin[3] = dl_module_freeze(frozen);
    twin[4] = dl_module_open(other, scratch_at("frozen.safetensors"));
    scratch_end();
    dl_tensor *x = random_tensor(ctx, DL_F32, 9, DL_SHAPE(7, 3)), *y = run_layer(frozen, x);
    for (int32_t i = 0; i < 5; i++) {
        assert_non_null(twin[i]);
        assert_int_equal(dl_module_training(twin[i]), i == 4);
        dl_module_train(twin[i], 0);
        dl_tensor *in = dl_tensor_give(dl_tensor_to(dl_module_ctx(twin[i]), x));
        assert_same_bits(run_layer(twin[i], in), y);
        assert_true(is_folded(dl_module_find(twin[i], "8.bn2")));
        assert_int_equal(dl_module_param_count(twin[i]), dl_module_param_count(frozen));
    }
    assert_true(dl_module_summary(frozen, DL_SHAPE(7, 3), NULL, 0, NULL) > 0);
    /* Opened it may be trained on, without what was folded. */
    dl_module_train(twin[4], 1);
    dl_tensor *in = dl_tensor_give(dl_tensor_to(other, x));
    assert_int_equal(dl_backward(dl_sum(run_layer(twin[4], in), NULL, 0, 0)), DL_OK);
    for (int32_t i = 0; i < 5; i++)
        dl_module_drop(twin[i]);
    dl_module_drop(frozen);
    dl_module_drop(m);
    end_ctx(other);
}

/* Fails when a norm computes something. */
static int32_t no_norm(const dl_watch *w, void *user)
{
    (void)user;
    return strstr(dl_module_class_name(w->module), "batchnorm") != NULL && w->out[0] != w->in[0];
}

/* Of lines, pictures and volumes; groups, weights of transposed convolutions. */
#define CONVOLVED(d, in_, out_, c)                                                                 \
    DL_LAYERS(dl_layer_conv##d(ctx, in_, out_, DL_KERNEL(3), c, &bare),                            \
              dl_layer_batchnorm##d(ctx, out_, NULL), dl_layer_relu(ctx),                          \
              dl_layer_conv_transpose##d(ctx, out_, in_, DL_KERNEL(3), c, NULL),                   \
              dl_layer_batchnorm##d(ctx, in_, &(dl_norm_opts){.no_affine = 1}))

static void convolutions_take_norms_in(void **state)
{
    static const int64_t shape[] = {2, 4, 6, 5, 6};
    (void)state;
    for (int32_t k = 0; k < 6; k++) {
        dl_ctx *ctx = make_typed_ctx(k % 2 ? DL_F64 : DL_F32);
        const dl_layer_opts bare = {.no_bias = 1};
        const dl_conv_opts grouped = {.groups = 2, .padding = {1}};
        dl_module *m = k / 2 == 0   ? dl_layer_sequential(ctx, CONVOLVED(1d, 4, 6, &grouped))
                       : k / 2 == 1 ? dl_layer_sequential(ctx, CONVOLVED(2d, 4, 6, &grouped))
                                    : dl_layer_sequential(ctx, CONVOLVED(3d, 4, 6, &grouped));
        expect_ok(ctx);
        live(m, shape, 3 + k / 2);
        dl_module *frozen = freeze(m, shape, 3 + k / 2);
        assert_true(is_folded(dl_module_find(frozen, "1")));
        assert_true(is_folded(dl_module_find(frozen, "4")));
        assert_non_null(dl_module_tensor(frozen, "0.bias"));
        /* The weights lie in memory as they did. */
        for (int32_t i = 0; i < 3 + k / 2; i++)
            assert_int_equal(dl_tensor_stride(dl_module_tensor(frozen, "0.weight"), i),
                             dl_tensor_stride(dl_module_tensor(m, "0.weight"), i));
        dl_module_drop(frozen);
        dl_module_drop(m);
        end_ctx(ctx);
    }
}

static void a_frozen_residual_net_runs_no_norm(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_module *m =
        dl_model_resnet(ctx, 50, &(dl_resnet_opts){.classes = 3, .width = 8, .small_input = 1});
    expect_ok(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 9, DL_SHAPE(2, 3, 16, 16)), *y = NULL, *z;
    for (uint64_t i = 0; i < 3; i++)
        run_layer(m, random_tensor(ctx, DL_F32, i, DL_SHAPE(4, 3, 16, 16)));
    dl_module *frozen = freeze(m, DL_SHAPE(2, 3, 16, 16));
    assert_int_equal(dl_module_watch(frozen, &x, 1, &y, 1, no_norm, NULL), DL_OK);
    assert_int_equal(dl_module_buffer_count(frozen), 0);
    assert_int_equal(dl_module_buffer_count(m), 3 * 53);
    assert_int_equal(scratch_begin(), 0);
    assert_int_equal(dl_module_save(frozen, scratch_at("frozen.safetensors")), DL_OK);
    dl_module *twin = dl_module_open(other, scratch_at("frozen.safetensors"));
    scratch_end();
    assert_non_null(twin);
    dl_module_train(twin, 0);
    z = run_layer(twin, dl_tensor_give(dl_tensor_to(other, x)));
    assert_same_bits(z, y);
    dl_module_drop(twin);
    dl_module_drop(frozen);
    dl_module_drop(m);
    end_ctx(other);
}

/* Calls its children one after the other, the first of them twice, and promises nothing. */
static dl_status again_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                               int32_t n_out)
{
    (void)n_in, (void)n_out;
    dl_tensor *y = dl_module_forward(dl_module_child(m, 0), in[0]);
    out[0] = dl_module_forward(dl_module_child(m, 1), dl_module_forward(dl_module_child(m, 0), y));
    return dl_ctx_status(dl_module_ctx(m));
}
static const dl_module_class again_class = {
    .name = "test.again", .takes_children = 1, .forward = again_forward};

static void modules_that_are_used_twice_are_not_folded(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_module_new(ctx, &again_class, NULL);
    dl_module_add(m, "fc", dl_layer_dense(ctx, 3, 3, NULL));
    dl_module_add(m, "bn", dl_layer_batchnorm1d(ctx, 3, NULL));
    live(m, DL_SHAPE(6, 3));
    dl_module *frozen = freeze(m, DL_SHAPE(7, 3));
    assert_false(is_folded(dl_module_find(frozen, "bn")));
    dl_module_drop(frozen);
    dl_module_drop(m);
}

/* A dense layer whose weights are those of the layer around it. */
static dl_status tied_init(dl_module *m, const void *config)
{
    dl_ctx *ctx = dl_module_ctx(m);
    (void)config;
    dl_module *net = dl_module_add(
        m, "net",
        dl_layer_sequential(
            ctx, DL_LAYERS(dl_layer_dense(ctx, 3, 3, NULL), dl_layer_batchnorm1d(ctx, 3, NULL),
                           dl_layer_dense(ctx, 3, 3, NULL), dl_layer_batchnorm1d(ctx, 3, NULL))));
    dl_module_add_param(m, "tied", dl_tensor_keep(dl_module_tensor(net, "0.weight")));
    dl_module_add_param(m, "bias", dl_tensor_keep(dl_module_tensor(net, "3.bias")));
    return dl_ctx_status(ctx);
}

static dl_status tied_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out)
{
    (void)n_in, (void)n_out;
    dl_tensor *y = dl_module_forward(dl_module_child(m, 0), in[0]);
    out[0] = dl_linear(y, dl_module_tensor(m, "tied"), dl_module_tensor(m, "bias"));
    return dl_ctx_status(dl_module_ctx(m));
}
static const dl_module_class tied_class = {
    .name = "test.tied", .init = tied_init, .forward = tied_forward};

static void tensors_with_two_names_are_not_folded(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_module_new(ctx, &tied_class, NULL);
    expect_ok(ctx);
    live(m, DL_SHAPE(6, 3));
    dl_module *frozen = freeze(m, DL_SHAPE(7, 3));
    assert_false(is_folded(dl_module_find(frozen, "net.1")));
    assert_false(is_folded(dl_module_find(frozen, "net.3")));
    dl_module_drop(frozen);
    dl_module_drop(m);
}

static dl_module *pair_of(dl_ctx *ctx, const dl_norm_opts *o)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 3, 3, NULL), dl_layer_batchnorm1d(ctx, 3, o)));
}

static void what_cannot_be_folded_stays(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = pair_of(ctx, &(dl_norm_opts){.no_stats = 1});
    dl_module *frozen = freeze(m, DL_SHAPE(7, 3));
    assert_int_equal(dl_module_param_count(dl_module_find(frozen, "1")), 2);
    dl_module_drop(frozen);
    dl_module_drop(m);
    /* A variance of 0 without eps: the scale is infinite. */
    m = pair_of(ctx, &(dl_norm_opts){.eps = DL_OFF});
    assert_int_equal(dl_tensor_fill(dl_module_tensor(m, "1.running_var"), 0), DL_OK);
    frozen = dl_module_freeze(m);
    expect_ok(ctx);
    assert_false(is_folded(dl_module_find(frozen, "1")));
    dl_module_drop(frozen);
    dl_module_drop(m);
    dl_meta_enable(ctx, 1);
    m = pair_of(ctx, NULL);
    dl_meta_enable(ctx, 0);
    frozen = dl_module_freeze(m);
    expect_ok(ctx);
    assert_false(is_folded(dl_module_find(frozen, "1")));
    dl_module_drop(frozen);
    dl_module_drop(m);
    /* Lines of three: the norm has other channels than the layer before. */
    m = dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 4, 5, NULL), dl_layer_batchnorm1d(ctx, 3, NULL)));
    live(m, DL_SHAPE(6, 3, 4));
    frozen = freeze(m, DL_SHAPE(2, 3, 4));
    assert_false(is_folded(dl_module_find(frozen, "1")));
    dl_module_drop(frozen);
    dl_module_drop(m);
}

/* A dense layer that took one of these in would refuse what they take. */
static void norms_of_other_axes_than_the_weights_stay(void **state)
{
    static const int64_t shape[] = {2, 3, 5, 2, 4};
    const dl_norm_opts stats = {.stats = 1};
    dl_ctx *ctx = *state;
    dl_module *norm[] = {dl_layer_instancenorm1d(ctx, 3, &stats),
                         dl_layer_batchnorm2d(ctx, 3, NULL), dl_layer_batchnorm3d(ctx, 3, NULL)};
    for (int32_t k = 0; k < 3; k++) {
        int64_t dims[5];
        memcpy(dims, shape, sizeof dims);
        dims[2 + k] = 4;
        dl_module *m =
            dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 4, 3, NULL), norm[k]));
        live(m, dims, 3 + k);
        dl_module *frozen = freeze(m, dims, 3 + k);
        assert_int_equal(dl_module_buffer_count(frozen), 3);
        dl_module_drop(frozen);
        dl_module_drop(m);
    }
    dl_module *m =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_conv2d(ctx, 2, 3, DL_KERNEL(2), NULL, NULL),
                                           dl_layer_instancenorm2d(ctx, 3, &stats)));
    live(m, DL_SHAPE(2, 2, 4, 5));
    dl_module *frozen = freeze(m, DL_SHAPE(3, 2, 4, 5));
    assert_true(is_folded(dl_module_find(frozen, "1")));
    dl_module_drop(frozen);
    dl_module_drop(m);
}

/* Of [N, L, C] a dense layer computes along axis 2, and its norm stood on axis 1. */
static void a_folded_dense_layer_wants_rows(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = pair_of(ctx, NULL), *frozen = dl_module_freeze(m);
    run_layer(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 3)));
    assert_null(dl_module_forward(frozen, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 3))));
    expect_error(ctx, DL_ESHAPE,
                 "(dense): the input is [2, 3, 3], wanted [N, 3], because a normalization is "
                 "folded into the weights");
    assert_null(dl_module_forward(frozen, random_tensor(ctx, DL_F32, 1, DL_SHAPE(3))));
    expect_error(ctx, DL_ESHAPE, "(dense): the input is [3], wanted [N, 3]");
    dl_module_drop(frozen);
    dl_module_drop(m);
}

static void held_parts_are_folded_too(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = pair_of(ctx, NULL);
    live(m, DL_SHAPE(6, 3));
    dl_module_hold(dl_module_find(m, "1"), 1);
    dl_module *frozen = freeze(m, DL_SHAPE(7, 3));
    assert_true(is_folded(dl_module_find(frozen, "1")));
    dl_module_drop(frozen);
    dl_module_drop(m);
}

static void a_part_that_trains_below_a_held_one_is_frozen_in_evaluation_mode(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *drop = dl_layer_dropout(ctx, 0.5, NULL);
    dl_module *m = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_sequential(ctx, DL_LAYERS(drop))));
    dl_module_hold(dl_module_find(m, "0"), 1);
    dl_module_hold(dl_module_find(m, "0.0"), 0);
    dl_module_train(dl_module_find(m, "0.0"), 1);
    assert_int_equal(dl_module_training(dl_module_find(m, "0.0")), 1);
    dl_module *frozen = dl_module_freeze(m);
    assert_int_equal(dl_module_training(dl_module_find(frozen, "0.0")), 0);
    dl_module_drop(frozen);
    dl_module_drop(m);
}

static dl_status freeze_once(dl_ctx *ctx, void *user)
{
    dl_module *frozen = dl_module_freeze(user);
    dl_module_drop(frozen);
    return frozen ? DL_OK : dl_ctx_status(ctx);
}

static dl_status open_once(dl_ctx *ctx, void *user)
{
    dl_module *m = dl_module_open(ctx, user);
    dl_module_drop(m);
    return m ? DL_OK : dl_ctx_status(ctx);
}

static void freezing_survives_short_memory(void **state)
{
    dl_ctx *ctx = *state;
    char before[DL_HASH_TEXT], after[DL_HASH_TEXT];
    dl_module *m = make_rows(ctx);
    live(m, DL_SHAPE(6, 3));
    assert_int_equal(dl_module_hash(m, before), DL_OK);
    assert_true(fault_loop(ctx, freeze_once, NULL, m) > 0);
    dl_module *frozen = dl_module_freeze(m);
    assert_true(fault_loop(ctx, freeze_once, NULL, frozen) > 0);
    assert_int_equal(scratch_begin(), 0);
    assert_int_equal(dl_module_save(frozen, scratch_at("frozen.safetensors")), DL_OK);
    assert_true(
        fault_loop(ctx, open_once, NULL, (void *)(uintptr_t)scratch_at("frozen.safetensors")) > 0);
    scratch_end();
    assert_int_equal(dl_module_hash(m, after), DL_OK);
    assert_string_equal(before, after);
    dl_module_drop(frozen);
    dl_module_drop(m);
}

static int32_t bad_fold(dl_module *m, dl_module *before)
{
    dl_ctx *ctx = dl_module_ctx(m);
    dl_tensor *one = dl_tensor_give(dl_tensor_ones(ctx, DL_F64, DL_SHAPE(3)));
    return dl_module_absorb(before, one, NULL);
}
static dl_status same_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out)
{
    (void)n_in, (void)n_out;
    out[0] = in[0];
    return dl_ctx_status(dl_module_ctx(m));
}
static const dl_module_class bad_class = {
    .name = "test.bad", .forward = same_forward, .fold = bad_fold};

static void wrong_uses_of_absorb_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *one = dl_tensor_give(dl_tensor_ones(ctx, DL_F64, DL_SHAPE(3)));
    dl_module *dense = dl_layer_dense(ctx, 3, 3, NULL);
    assert_int_equal(dl_module_absorb(NULL, one, one), DL_EINVAL);
    assert_int_equal(dl_module_absorb(dense, one, one), DL_ESTATE);
    expect_error(ctx, DL_ESTATE,
                 "dense: nothing is folded into it now, only dl_module_freeze does that");
    dl_module *m = dl_layer_sequential(ctx, DL_LAYERS(dense, dl_module_new(ctx, &bad_class, NULL)));
    assert_null(dl_module_freeze(m));
    expect_error(ctx, DL_EINVAL, "dense: shift of what is folded into it is NULL");
    dl_module_drop(m);
    assert_null(dl_module_freeze(NULL));
}

int main(void)
{
    dl_ctx *ctx = make_ctx(1);
    if (dl_module_register(ctx, &block_class) != DL_OK)
        return 1;
    end_ctx(ctx);
    const struct CMUnitTest tests[] = {
        with_ctx(norms_after_weights_are_folded_and_others_stay),
        with_ctx(frozen_nets_are_copied_and_saved),
        cmocka_unit_test(convolutions_take_norms_in),
        with_ctx(a_frozen_residual_net_runs_no_norm),
        with_ctx(modules_that_are_used_twice_are_not_folded),
        with_ctx(tensors_with_two_names_are_not_folded),
        with_ctx(what_cannot_be_folded_stays),
        with_ctx(norms_of_other_axes_than_the_weights_stay),
        with_ctx(a_folded_dense_layer_wants_rows),
        with_ctx(held_parts_are_folded_too),
        with_ctx(a_part_that_trains_below_a_held_one_is_frozen_in_evaluation_mode),
        with_ctx(freezing_survives_short_memory),
        with_ctx(wrong_uses_of_absorb_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
