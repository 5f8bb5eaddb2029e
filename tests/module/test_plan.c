/* Plans of memory, beside what the allocator counts. */
#include "dl/plan.h"
#include <string.h>
#include "dl/grad.h"
#include "dl/models.h"
#include "dl/ops.h"
#include "modules.h"

static dl_ctx *make_typed(dl_dtype dt)
{
    const dl_ctx_opts opts = {.seed = 42, .threads = 2, .dtype = dt};
    dl_ctx *ctx = dl_ctx_new(&opts);
    assert_non_null(ctx);
    return ctx;
}

/* ---- nets ------------------------------------------------------------------------------------ */

typedef struct subject {
    const char *name;
    dl_module *(*make)(dl_ctx *ctx);
    int64_t dims[4];
    int32_t ndim;
} subject;

static dl_module *mlp(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 784, 256, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, 0.3, NULL), dl_layer_dense(ctx, 256, 128, NULL),
                       dl_layer_tanh(ctx), dl_layer_dense(ctx, 128, 10, NULL)));
}

static dl_module *mlp_again(dl_ctx *ctx)
{
    return dl_layer_recompute(ctx, mlp(ctx));
}

static dl_module *part(dl_ctx *ctx, int32_t in, int32_t out)
{
    const dl_conv_opts same = {.same = 1};
    return dl_layer_sequential(ctx,
                               DL_LAYERS(dl_layer_conv2d(ctx, in, out, DL_KERNEL(3), &same, NULL),
                                         dl_layer_batchnorm2d(ctx, out, NULL), dl_layer_relu(ctx),
                                         dl_layer_maxpool2d(ctx, DL_KERNEL(2), NULL)));
}

static dl_module *cnn(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx,
                               DL_LAYERS(part(ctx, 3, 16), part(ctx, 16, 32), dl_layer_flatten(ctx),
                                         dl_layer_dense(ctx, 2048, 10, NULL)));
}

static dl_module *cnn_again(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx, DL_LAYERS(dl_layer_recompute(ctx, part(ctx, 3, 16)),
                                              dl_layer_recompute(ctx, part(ctx, 16, 32)),
                                              dl_layer_flatten(ctx),
                                              dl_layer_dense(ctx, 2048, 10, NULL)));
}

static dl_module *resnet20(dl_ctx *ctx)
{
    return dl_model_cifar_resnet(ctx, 20, NULL);
}

static const subject subjects[] = {
    {"mlp", mlp, {64, 784}, 2},
    {"mlp, recomputed", mlp_again, {64, 784}, 2},
    {"cnn", cnn, {16, 3, 32, 32}, 4},
    {"cnn, recomputed", cnn_again, {16, 3, 32, 32}, 4},
    {"resnet20", resnet20, {4, 3, 32, 32}, 4},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* ---- what really happens --------------------------------------------------------------------- */

static int64_t peak_of(dl_module *net, const subject *s, dl_dtype dt, int train)
{
    dl_ctx *ctx = dl_module_ctx(net);
    const int32_t recording = dl_grad_enable(ctx, train);
    dl_module_train(net, train);
    dl_module_zero_grad(net);
    atomic_store(&ctx->memory.peak, atomic_load(&ctx->memory.live));
    const int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = dl_tensor_give(dl_tensor_zeros(ctx, dt, s->dims, s->ndim));
    dl_tensor *y = dl_module_forward(net, x);
    if (train)
        dl_backward(dl_sum(y, NULL, 0, 0));
    dl_scope_end(ctx, mark);
    dl_grad_enable(ctx, recording);
    expect_ok(ctx);
    return dl_ctx_bytes(ctx, DL_BYTES_PEAK);
}

static void check(const subject *s, dl_dtype dt)
{
    dl_ctx *ctx = make_typed(dt);
    dl_module *net = s->make(ctx);
    dl_plan_bytes p;
    assert_int_equal(dl_plan(net, s->dims, s->ndim, NULL, &p), DL_OK);
    const int64_t infer = peak_of(net, s, dt, 0);
    peak_of(net, s, dt, 1); /* from now on gradients have their memory */
    const int64_t train = peak_of(net, s, dt, 1);
    print_message("%s %s: inference %lld %+lld, training %lld %+lld, scratch %lld\n", s->name,
                  dl_dtype_name(dt), (long long)p.infer_peak, (long long)(infer - p.infer_peak),
                  (long long)p.train_peak, (long long)(train - p.train_peak), (long long)p.scratch);
    assert_true(p.parameters == dl_module_param_elements(net) * (int64_t)dl_dtype_size(dt));
    /* Blocks of the arena may be a bit larger than asked for. */
    const int64_t slack = p.train_peak / 100 + 4096;
    assert_true(infer >= p.infer_peak - slack && infer <= p.infer_peak + p.scratch + slack);
    assert_true(train >= p.train_peak - slack && train <= p.train_peak + p.scratch + slack);
    assert_true(p.infer_peak < p.train_peak);
    assert_true(p.train_peak >= p.parameters + p.buffers + p.gradients + p.input + p.activations);
    dl_module_drop(net);
    end_ctx(ctx);
}

static void plans_are_what_the_allocator_counts(void **state)
{
    (void)state;
    for (int i = 0; i < SUBJECTS; i++) {
        check(&subjects[i], DL_F32);
        check(&subjects[i], DL_F64);
    }
}

static void recomputing_takes_less(void **state)
{
    dl_ctx *ctx = *state;
    dl_plan_bytes a, b;
    dl_module *plain = cnn(ctx), *again = cnn_again(ctx);
    dl_plan(plain, DL_SHAPE(64, 3, 32, 32), NULL, &a);
    dl_plan(again, DL_SHAPE(64, 3, 32, 32), NULL, &b);
    assert_true(b.activations < a.activations / 2);
    assert_true(b.train_peak < a.train_peak);
    dl_module_drop(plain);
    dl_module_drop(again);
}

static void planning_changes_nothing(void **state)
{
    dl_ctx *ctx = *state;
    char before[65], after[65];
    dl_plan_bytes p;
    dl_module *net = cnn(ctx);
    dl_module_hash(net, before);
    const int64_t live = dl_ctx_live(ctx);
    const uint64_t ticket = ctx->ticket, fills = ctx->fills;
    assert_int_equal(dl_plan(net, DL_SHAPE(2, 3, 32, 32), NULL, &p), DL_OK);
    dl_module_hash(net, after);
    assert_string_equal(before, after);
    assert_int_equal(dl_ctx_live(ctx), live);
    assert_true(ctx->ticket == ticket && ctx->fills == fills);
    assert_int_equal(dl_module_training(net), 1);
    assert_null(dl_grad(dl_module_param(net, 0)));
    dl_module_drop(net);
}

static void what_is_not_trained_has_no_step(void **state)
{
    dl_ctx *ctx = *state;
    dl_plan_bytes p;
    dl_module *net = mlp(ctx), *frozen = dl_module_freeze(net);
    assert_int_equal(dl_plan(frozen, DL_SHAPE(2, 784), NULL, &p), DL_OK);
    assert_true(p.train_peak == 0 && p.gradients == 0 && p.activations == 0 && p.infer_peak > 0);
    dl_module_drop(frozen);
    dl_module_drop(net);
}

static void a_plan_can_be_read(void **state)
{
    dl_ctx *ctx = *state;
    char text[2048];
    dl_module *net = mlp(ctx);
    const int64_t n = dl_plan_text(net, DL_SHAPE(8, 784), NULL, text, sizeof text);
    assert_int_equal(n, strlen(text));
    assert_non_null(strstr(text, "parameters"));
    assert_non_null(strstr(text, "940,584")); /* 4 (784 256 + 256 + 256 128 + 128 + 1290) */
    assert_int_equal(dl_plan_text(net, DL_SHAPE(8, 784), NULL, NULL, 0), n);
    dl_module_drop(net);
}

static void wrong_plans_are_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_plan_bytes p = {.parameters = 1};
    dl_module *net = mlp(ctx);
    assert_int_equal(dl_plan(NULL, DL_SHAPE(1), NULL, &p), DL_EINVAL);
    assert_true(p.parameters == 0);
    assert_int_equal(dl_plan(net, DL_SHAPE(8, 784), NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "plan: there is no place");
    assert_int_equal(dl_plan(net, DL_SHAPE(8, 7), NULL, &p), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "sequential.0 (dense): linear");
    assert_true(dl_plan(net, DL_SHAPE(8, -7), NULL, &p) < 0);
    expect_error(ctx, dl_ctx_status(ctx), "plan");
    assert_int_equal(dl_plan_text(net, DL_SHAPE(8, 784), NULL, NULL, 1), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "the buffer is NULL");
    const dl_plan_opts set = {.reserved = {1}};
    assert_int_equal(dl_plan(net, DL_SHAPE(8, 784), &set, &p), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "plan");
    dl_module_drop(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_are_what_the_allocator_counts),
        with_ctx(recomputing_takes_less),
        with_ctx(planning_changes_nothing),
        with_ctx(what_is_not_trained_has_no_step),
        with_ctx(a_plan_can_be_read),
        with_ctx(wrong_plans_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
