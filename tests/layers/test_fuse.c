/* Containers that fuse layers give the bits of layer by layer, and do not fuse while watched. */
#include <stdio.h>
#include "dl/grad.h"
#include "dl/models.h"
#include "layer_check.h"
#include "layers/fuse.h"

enum { MOST = 40 };

static dl_module *chain(dl_ctx *ctx, dl_module *norm)
{
    return dl_layer_sequential(ctx, (dl_module *[]){norm, dl_layer_relu(ctx), dl_layer_relu(ctx)},
                               3);
}
static dl_module *rows(dl_ctx *ctx)
{
    return chain(ctx, dl_layer_batchnorm1d(ctx, 3, NULL));
}
static dl_module *pictures(dl_ctx *ctx)
{
    return chain(ctx, dl_layer_batchnorm2d(ctx, 3, NULL));
}
static dl_module *volumes(dl_ctx *ctx)
{
    return chain(ctx, dl_layer_batchnorm3d(ctx, 3, NULL));
}
static dl_module *without_weights(dl_ctx *ctx)
{
    return chain(ctx, dl_layer_batchnorm2d(ctx, 3, &(dl_norm_opts){.no_affine = 1}));
}
static dl_module *without_statistics(dl_ctx *ctx)
{
    return chain(ctx, dl_layer_batchnorm2d(ctx, 3, &(dl_norm_opts){.no_stats = 1}));
}
static dl_module *cumulative(dl_ctx *ctx)
{
    return chain(ctx, dl_layer_batchnorm2d(ctx, 3, &(dl_norm_opts){.cumulative = 1}));
}
static dl_module *block(dl_ctx *ctx)
{
    return dl_layer_basic_block(ctx, 3, 3, NULL);
}
static dl_module *block_with_stride(dl_ctx *ctx)
{
    return dl_layer_basic_block(ctx, 3, 4, &(dl_block_opts){.stride = 2});
}
static dl_module *plain_block(dl_ctx *ctx)
{
    return dl_layer_basic_block(ctx, 3, 4, &(dl_block_opts){.shortcut = DL_SHORTCUT_NONE});
}
static dl_module *bottleneck(dl_ctx *ctx)
{
    return dl_layer_bottleneck(ctx, 3, 2, &(dl_block_opts){.shortcut = DL_SHORTCUT_PROJECT_ALL});
}
static dl_module *resnet(dl_ctx *ctx)
{
    return dl_model_cifar_resnet(ctx, 8, &(dl_resnet_opts){.width = 4, .classes = 3});
}

static const struct {
    layer_make make;
    int64_t dims[5];
    int32_t ndim, fewer; /* calls less than by layer, without a gradient */
} nets[] = {
    {rows, {7, 3}, 2, 1},
    {rows, {4, 3, 5}, 3, 1},
    {pictures, {2, 3, 4, 5}, 4, 1},
    {volumes, {2, 3, 2, 3, 4}, 5, 1},
    {without_weights, {2, 3, 4, 5}, 4, 1},
    {without_statistics, {2, 3, 4, 5}, 4, 1},
    {cumulative, {2, 3, 4, 5}, 4, 1},
    {block, {2, 3, 6, 5}, 4, 3},
    {block_with_stride, {2, 3, 6, 5}, 4, 3},
    {plain_block, {2, 3, 6, 5}, 4, 2},
    {bottleneck, {2, 3, 6, 5}, 4, 4},
    {resnet, {3, 3, 8, 8}, 4, 10},
};
enum { NETS = sizeof nets / sizeof *nets };

static int32_t see(const dl_watch *w, void *user)
{
    if (user)
        ++*(int *)user;
    (void)w;
    return 0;
}

/* m applied to x, by layers where each is watched. */
static dl_tensor *apply(dl_module *m, dl_tensor *x, int watched)
{
    dl_tensor *y = NULL;
    if (watched)
        assert_int_equal(dl_module_watch(m, &x, 1, &y, 1, see, NULL), DL_OK);
    else
        y = dl_module_forward(m, x);
    assert_non_null(y);
    return y;
}

/* The result, then the gradients of the input and the parameters, then those of a number made from
 * them (where second), then the buffers; the calls that were recorded. */
typedef struct findings {
    dl_tensor *item[4 * MOST];
    int32_t n;
    uint64_t calls;
} findings;

static findings study(dl_module *m, const dl_tensor *given, int watched, int second)
{
    dl_ctx *ctx = m->base.ctx;
    findings f = {.n = 0};
    dl_tensor *wrt[MOST] = {dl_detach((dl_tensor *)(uintptr_t)given)}, *grads[MOST];
    int32_t n = 1;
    dl_grad_track(wrt[0], 1);
    for (int32_t i = 0; i < dl_module_param_count(m); i++)
        wrt[n++] = dl_module_param(m, i);
    const uint64_t before = ctx->calls;
    dl_tensor *y = f.item[f.n++] = apply(m, wrt[0], watched);
    f.calls = ctx->calls - before;
    dl_tensor *seed = random_tensor(ctx, y->dtype, 9, y->dims, y->ndim);
    assert_int_equal(
        dl_gradients(&y, &seed, 1, wrt, n, second ? DL_GRAPH_CREATE : DL_GRAPH_RELEASE, grads),
        DL_OK);
    dl_tensor *sum = NULL;
    for (int32_t i = 0; i < n; i++) {
        f.item[f.n++] = grads[i];
        dl_tensor *part =
            second && grads[i] ? dl_sum(dl_mul(grads[i], grads[i]), NULL, 0, 0) : NULL;
        sum = sum && part ? dl_add(sum, part) : sum ? sum : part;
    }
    if (second) {
        assert_int_equal(dl_gradients(&sum, NULL, 1, wrt, n, DL_GRAPH_RELEASE, grads), DL_OK);
        for (int32_t i = 0; i < n; i++)
            f.item[f.n++] = grads[i];
    }
    for (int32_t i = 0; i < dl_module_buffer_count(m); i++)
        f.item[f.n++] = dl_module_buffer(m, i);
    return f;
}

/* Second gradients of a block are sums of three and more, which other calls add up in another
 * order; all else has the same bits. */
static void assert_same_findings(const findings *a, const findings *b, double tolerance)
{
    assert_int_equal(a->n, b->n);
    for (int32_t i = 0; i < a->n; i++) {
        assert_true((a->item[i] == NULL) == (b->item[i] == NULL));
        if (a->item[i] && tolerance > 0)
            assert_tensors_close(a->item[i], b->item[i], tolerance);
        else if (a->item[i])
            assert_same_bits(a->item[i], b->item[i]);
    }
}

static void check(dl_dtype dt, int training, int second)
{
    dl_ctx *ctx = make_typed_ctx(dt);
    for (int i = 0; i < NETS; i++)
        for (int layout = LAYOUT_ROWS; layout <= LAYOUT_LAST; layout += LAYOUT_LAST) {
            const int32_t scope = dl_scope_begin(ctx);
            dl_module *m = nets[i].make(ctx);
            dl_module *same = dl_module_clone(m, NULL);
            assert_non_null(same);
            dl_module_train(m, training);
            dl_module_train(same, training);
            for (uint64_t step = 0; step < 2; step++) {
                dl_tensor *x = random_tensor(ctx, dt, 1 + step, nets[i].dims, nets[i].ndim);
                x = with_layout(x, layout);
                const findings a = study(m, x, 1, second), b = study(same, x, 0, second);
                assert_same_findings(&a, &b, second && nets[i].fewer > 1 ? 1e-9 : 0);
                assert_int_equal(a.calls - b.calls, nets[i].fewer);
            }
            dl_module_drop(m);
            dl_module_drop(same);
            dl_scope_end(ctx, scope);
        }
    end_ctx(ctx);
}

static void training_gives_the_bits_of_layer_by_layer(void **state)
{
    (void)state;
    check(DL_F32, 1, 0);
    check(DL_F64, 1, 0);
}

static void evaluation_gives_the_bits_of_layer_by_layer(void **state)
{
    (void)state;
    check(DL_F32, 0, 0);
    check(DL_F64, 0, 0);
}

static void second_gradients_are_those_of_layer_by_layer(void **state)
{
    (void)state;
    check(DL_F64, 1, 1);
    check(DL_F64, 0, 1);
}

/* What a frozen net folded away is not looked for. */
static void a_frozen_net_gives_the_bits_of_layer_by_layer(void **state)
{
    dl_ctx *ctx = *state;
    for (int i = 0; i < NETS; i++) {
        dl_module *m = nets[i].make(ctx), *frozen = dl_module_freeze(m);
        dl_tensor *x = random_tensor(ctx, DL_F32, 1, nets[i].dims, nets[i].ndim);
        assert_same_bits(apply(frozen, x, 0), apply(frozen, x, 1));
        dl_module_drop(m);
        dl_module_drop(frozen);
    }
}

static void who_watches_sees_every_layer(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = pictures(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 4)), *y;
    int seen = 0;
    assert_int_equal(dl_module_watch(m, &x, 1, &y, 1, see, &seen), DL_OK);
    assert_int_equal(seen, 4);
    assert_int_equal(dl__layer_takes_relu(dl_module_find(m, "0"), x), 1);
    dl_module_drop(m);
}

/* The first operation whose result is not finite must be found, and ReLU hides -inf. */
static void a_search_for_what_is_not_finite_goes_layer_by_layer(void **state)
{
    (void)state;
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 1, .check_finite = 1});
    dl_module *m = pictures(ctx);
    dl_tensor_fill(dl_module_tensor(m, "0.bias"), 1e38);
    dl_tensor_fill(dl_module_tensor(m, "0.weight"), -3e38);
    const int32_t scope = dl_scope_begin(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 4));
    assert_null(dl_module_forward(m, x));
    expect_error(ctx, DL_ENUMERIC, "batch_norm: its result");
    dl_scope_end(ctx, scope);
    dl_module_drop(m);
    end_ctx(ctx);
}

static void failures_are_those_of_layer_by_layer(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = pictures(ctx);
    char text[2][512];
    dl_tensor *bad[] = {
        random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4, 4, 4)),
        random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4)),
        random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3, 1, 1)),
    };
    for (int i = 0; i < 3; i++) {
        for (int watched = 0; watched < 2; watched++) {
            dl_tensor *y;
            if (watched)
                dl_module_watch(m, &bad[i], 1, &y, 1, see, NULL);
            else
                dl_module_forward(m, bad[i]);
            snprintf(text[watched], sizeof text[watched], "%s", dl_ctx_message(ctx));
            assert_int_not_equal(dl_ctx_status(ctx), DL_OK);
            dl_ctx_clear(ctx);
        }
        assert_string_equal(text[0], text[1]);
    }
    dl_module_drop(m);
}

static dl_status forward(dl_ctx *ctx, void *user)
{
    dl_tensor *x = user;
    for (int i = 2; i < 8; i += 5) {
        dl_module *m = nets[i].make(ctx);
        if (m)
            dl_module_forward(m, x);
        dl_module_drop(m);
    }
    return dl__ok(ctx) ? DL_OK : ctx->status;
}

static void allocations_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3, 4, 4));
    dl_grad_track(x, 1);
    assert_true(fault_loop(ctx, forward, NULL, x) > 20);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_gives_the_bits_of_layer_by_layer),
        cmocka_unit_test(evaluation_gives_the_bits_of_layer_by_layer),
        cmocka_unit_test(second_gradients_are_those_of_layer_by_layer),
        with_ctx(a_frozen_net_gives_the_bits_of_layer_by_layer),
        with_ctx(who_watches_sees_every_layer),
        cmocka_unit_test(a_search_for_what_is_not_finite_goes_layer_by_layer),
        with_ctx(failures_are_those_of_layer_by_layer),
        with_ctx(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
