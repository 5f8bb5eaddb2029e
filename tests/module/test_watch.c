/* Calls that tell about each module in them. */
#include "core/ctx.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "modules.h"
#include <stdio.h>
#include <string.h>

/* What was told, as a text: "path class depth shape-of-result;". */
typedef struct log_of {
    char text[2048];
    int32_t stop_after, calls;
    dl_tensor *kept;
    dl_module *inner; /* run within the function */
} log_of;

static int32_t note(const dl_watch *w, void *user)
{
    log_of *l = user;
    size_t at = strlen(l->text);
    snprintf(l->text + at, sizeof l->text - at, "%s %s %d;", w->path,
             dl_module_class_name(w->module), (int)w->depth);
    assert_true(w->n_in >= 1 && w->n_out >= 1 && w->in[0] && w->out[0]);
    if (l->inner)
        assert_non_null(dl_module_forward(l->inner, w->in[0]));
    if (l->kept == NULL && w->depth == 1)
        l->kept = dl_tensor_keep(w->out[0]);
    return ++l->calls == l->stop_after;
}

static dl_tensor *watch(dl_module *m, dl_tensor *x, log_of *l)
{
    dl_tensor *y = NULL;
    dl_module_watch(m, &x, 1, &y, 1, note, l);
    return y;
}

static void modules_are_told_in_the_order_in_which_they_end(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    log_of l = {.text = ""};
    assert_non_null(watch(net, x, &l));
    assert_string_equal(l.text, "0 dense 1;1 tanh 1;2.body dense 2;2 residual 1;"
                                "3 test.counter 1; sequential 0;");
    dl_tensor *first = dl_module_forward(dl_module_find(net, "0"), x);
    assert_same_bits(l.kept, first); /* what is kept lives on */
    dl_tensor_drop(l.kept);
    dl_module_drop(net);
}

static void a_watched_call_has_the_same_results_and_gradients(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx), *other = dl_module_clone(net, NULL);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    log_of l = {.text = ""};
    dl_tensor *y = watch(net, x, &l), *z = dl_module_forward(other, x);
    assert_same_bits(y, z);
    dl_backward(dl_sum(y, NULL, 0, 0));
    dl_backward(dl_sum(z, NULL, 0, 0));
    for (int32_t i = 0; i < dl_module_param_count(net); i++)
        assert_same_bits(dl_grad(dl_module_param(net, i)), dl_grad(dl_module_param(other, i)));
    assert_true(counter_value(dl_module_find(net, "3")) == 1); /* buffers changed once */
    dl_tensor_drop(l.kept);
    dl_module_drop(net);
    dl_module_drop(other);
}

static void nothing_stays_behind(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    log_of l = {.text = "", .stop_after = 3};
    assert_null(watch(net, x, &l));
    expect_error(ctx, DL_EUSER, "watch: stopped after \"2.body\" (dense)");
    assert_int_equal(l.calls, 3);
    assert_non_null(dl_module_forward(net, x));
    assert_int_equal(l.calls, 3);
    assert_null(ctx->pending);
    assert_int_equal(ctx->forward_depth, 0);
    dl_tensor_drop(l.kept);
    dl_module_drop(net);
}

static int32_t leave_error(const dl_watch *w, void *user)
{
    (void)user;
    return dl_fail(dl_module_ctx(w->module), DL_ENUMERIC, "looker: it is not finite") != DL_OK;
}

static void an_error_of_the_function_stands(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4)), *y;
    assert_int_equal(dl_module_watch(net, &x, 1, &y, 1, leave_error, NULL), DL_ENUMERIC);
    assert_null(y);
    expect_error(ctx, DL_ENUMERIC, "looker: it is not finite");
    dl_module_drop(net);
}

static void what_the_function_runs_is_its_own(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = dl_layer_sequential(
        ctx,
        DL_LAYERS(dl_layer_relu(ctx), dl_layer_sequential(ctx, DL_LAYERS(dl_layer_tanh(ctx)))));
    log_of l = {.text = "", .inner = make_net(ctx)};
    assert_non_null(watch(net, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4)), &l));
    assert_string_equal(l.text, "0 relu 1;1.0 tanh 2;1 sequential 1; sequential 0;");
    dl_tensor_drop(l.kept);
    dl_module_drop(l.inner);
    dl_module_drop(net);
}

/* The same module in two places, a copy for inference, a share in another context. */
static void repeated_frozen_and_shared_modules_can_be_watched(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *relu = dl_layer_relu(ctx);
    dl_module *net = dl_layer_sequential(ctx, DL_LAYERS(relu, dl_layer_dense(ctx, 4, 4, NULL)));
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    log_of l = {.text = ""};
    dl_module *frozen = dl_module_freeze(net);
    assert_non_null(watch(frozen, x, &l));
    assert_string_equal(l.text, "0 relu 1;1 dense 1; sequential 0;");
    dl_tensor_drop(l.kept);
    dl_ctx *away = make_ctx(1);
    dl_module *shared = dl_module_share(net, away);
    l = (log_of){.text = ""};
    assert_non_null(watch(shared, dl_tensor_give(dl_tensor_to(away, x)), &l));
    assert_int_equal(l.calls, 3);
    dl_tensor_drop(l.kept);
    dl_module_drop(shared);
    end_ctx(away);
    dl_module_drop(frozen);
    dl_module_drop(net);
}

static int32_t again(const dl_watch *w, void *user)
{
    dl_tensor *y;
    *(dl_status *)user = dl_module_watch(w->module, w->in, 1, &y, 1, again, user);
    return 0;
}

static void what_is_wrong_is_said(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4)), *y = x;
    dl_status s = DL_OK;
    assert_int_equal(dl_module_watch(NULL, &x, 1, &y, 1, note, NULL), DL_EINVAL);
    assert_null(y);
    assert_int_equal(dl_module_watch(net, &x, 1, &y, 1, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no function");
    assert_int_equal(dl_module_watch(net, &x, 1, NULL, 1, note, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no place for outputs");
    assert_int_equal(dl_module_watch(net, &x, -1, &y, 1, note, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "called with -1 inputs");
    assert_int_equal(dl_module_watch(net, &x, 1, &y, 1, again, &s), DL_ESTATE);
    assert_int_equal(s, DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "watch: a module is running");
    x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 5));
    assert_int_equal(dl_module_watch(net, &x, 1, &y, 1, note, &(log_of){.text = ""}), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "sequential.0 (dense)");
    dl_module_drop(net);
}

static int32_t pass(const dl_watch *w, void *user)
{
    (void)w;
    (void)user;
    return 0;
}

typedef struct asked {
    dl_module *net;
    dl_tensor *x;
} asked;

static dl_status call(dl_ctx *ctx, void *user)
{
    asked *a = user;
    dl_tensor *y;
    (void)ctx;
    return dl_module_watch(a->net, &a->x, 1, &y, 1, pass, NULL);
}

static void any_allocation_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    asked a = {make_net(ctx), random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4))};
    assert_true(fault_loop(ctx, call, NULL, &a) > 10);
    dl_module_drop(a.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(modules_are_told_in_the_order_in_which_they_end),
        with_ctx(a_watched_call_has_the_same_results_and_gradients),
        with_ctx(nothing_stays_behind),
        with_ctx(an_error_of_the_function_stands),
        with_ctx(what_the_function_runs_is_its_own),
        with_ctx(repeated_frozen_and_shared_modules_can_be_watched),
        with_ctx(what_is_wrong_is_said),
        with_ctx(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
