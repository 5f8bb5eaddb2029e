#include "core/ctx.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "modules.h"

static void several_inputs_and_outputs(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_module_new(ctx, &pair_class, NULL);
    dl_tensor *in[2] = {make_tensor(ctx, DL_F32, DL_SHAPE(2), 5, 7),
                        make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2)};
    dl_tensor *out[2];
    assert_int_equal(dl_module_call(m, in, 2, out, 2), DL_OK);
    assert_values(out[0], 6, 9);
    assert_values(out[1], 4, 5);
    in[1] = NULL; /* an optional input */
    assert_int_equal(dl_module_call(m, in, 2, out, 2), DL_OK);
    assert_ptr_equal(out[0], in[0]);
    assert_ptr_equal(out[1], in[0]);
    assert_int_equal(dl_module_call(m, in, -1, out, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "called with -1 inputs");
    assert_int_equal(dl_module_call(m, NULL, 1, out, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "called with 1 inputs");
    assert_int_equal(dl_module_call(m, in, 2, out, 0), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "for 0 outputs");
    assert_int_equal(dl_module_call(m, in, 2, NULL, 2), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "no place for outputs");
    dl_module_drop(m);
}

static void only_results_leave_a_call(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    dl_grad_enable(ctx, 0);
    int64_t live = dl_ctx_live(ctx);
    int32_t mark = dl_scope_begin(ctx);
    assert_non_null(dl_module_forward(net, x));
    assert_int_equal(dl_ctx_live(ctx), live + 2); /* the result and its memory */
    dl_scope_end(ctx, mark);
    assert_int_equal(dl_ctx_live(ctx), live);
    dl_grad_enable(ctx, 1);
    dl_module_drop(net);
}

static void gradients_arrive_at_parameters_and_are_marked_absent(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    assert_int_equal(dl_backward(dl_sum(dl_module_forward(net, x), NULL, 0, 0)), DL_OK);
    for (int32_t i = 0; i < 5; i++)
        assert_non_null(dl_grad(dl_module_param(net, i)));
    dl_module_zero_grad(net);
    for (int32_t i = 0; i < 5; i++)
        assert_null(dl_grad(dl_module_param(net, i)));
    dl_module_drop(net);
}

static void buffers_change_when_the_outermost_call_has_succeeded(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net = make_net(ctx), *counter = dl_module_find(net, "3");
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4));
    for (int i = 1; i <= 3; i++) {
        assert_non_null(dl_module_forward(net, x));
        assert_true(counter_value(counter) == i);
    }
    dl_module_train(net, 0);
    assert_non_null(dl_module_forward(net, x));
    assert_true(counter_value(counter) == 3);
    dl_module_drop(net);
}

static void buffers_stay_when_a_later_layer_fails(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *net =
        dl_layer_sequential(ctx, DL_LAYERS(make_counter(ctx, 3), dl_layer_dense(ctx, 9, 9, NULL)));
    assert_null(dl_module_forward(net, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3))));
    expect_error(ctx, DL_ESHAPE, "sequential.1 (dense): linear: ");
    assert_true(counter_value(dl_module_find(net, "0")) == 0);
    assert_null(ctx->pending);
    assert_int_equal(ctx->forward_depth, 0);
    dl_module_drop(net);
}

static void buffers_stay_in_replay_and_gradient_check(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_counter(ctx, 3);
    ctx->replaying++;
    assert_non_null(dl_module_forward(m, random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 3))));
    ctx->replaying--;
    assert_true(counter_value(m) == 0);
    dl_module_drop(m);
}

static void updates_are_checked(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_counter(ctx, 3), *other = make_counter(ctx, 3);
    dl_tensor *count = dl_module_tensor(m, "count");
    dl_module_update_buffer(m, count, count);
    expect_error(ctx, DL_ESTATE, "in forward only");
    dl_module_update_buffer(other, count, count);
    expect_error(ctx, DL_EINVAL, "wants a buffer of the module");
    dl_module_update_buffer(m, count, NULL);
    expect_error(ctx, DL_EINVAL, "wants a buffer of the module");
    dl_module_update_buffer(m, count, make_tensor(ctx, DL_F32, DL_SHAPE(2), 1, 2));
    expect_error(ctx, DL_ESHAPE, "another shape");
    dl_module_update_buffer(m, count, make_tensor(ctx, DL_F64, DL_SHAPE(1), 1));
    expect_error(ctx, DL_EDTYPE, "another shape or element type");
    dl_module_drop(m);
    dl_module_drop(other);
}

/* A class that misbehaves as its state says. */
enum { SILENT, NO_OUTPUT, RECURSES, DROPS_ITSELF };
typedef struct odd_config {
    int32_t how;
} odd_config;

static dl_status odd_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                             int32_t n_out)
{
    const odd_config *c = dl_module_config(m);
    switch (c->how) {
    case SILENT:
        return 7;
    case RECURSES:
        return dl_module_call(m, in, n_in, out, n_out);
    case DROPS_ITSELF:
        dl_module_drop(m);
        out[0] = in[0];
        return DL_OK;
    default:
        return DL_OK;
    }
}

static const dl_module_class odd_class = {
    .name = "test.odd", .config_size = sizeof(odd_config), .forward = odd_forward};

static void misbehaving_classes_are_errors_not_crashes(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2));
    const dl_status code[] = {DL_EUSER, DL_ESTATE, DL_ELIMIT};
    const char *const says[] = {"test.odd: forward failed without saying why",
                                "test.odd: output 0 of 1 is missing", "more than 128 levels"};
    for (int how = SILENT; how <= RECURSES; how++) {
        const odd_config c = {how};
        dl_module *m = dl_module_new(ctx, &odd_class, &c);
        assert_null(dl_module_forward(m, x));
        expect_error(ctx, code[how], says[how]);
        assert_int_equal(ctx->forward_depth, 0);
        dl_module_drop(m);
    }
    const odd_config c = {DROPS_ITSELF};
    assert_ptr_equal(dl_module_forward(dl_module_new(ctx, &odd_class, &c), x), x);
}

static void nothing_runs_while_an_error_stands(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = make_counter(ctx, 2);
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2)), *y = x;
    dl_fail(ctx, DL_EUSER, "test: first");
    assert_null(dl_module_forward(m, x));
    assert_int_equal(dl_module_call(m, &x, 1, &y, 1), DL_EUSER);
    assert_null(y);
    assert_null(dl_module_clone(m, NULL));
    expect_error(ctx, DL_EUSER, "test: first");
    assert_true(counter_value(m) == 0);
    dl_module_drop(m);
}

typedef struct run {
    dl_module *net;
    dl_tensor *x;
    double count;
} run;

static dl_status forward(dl_ctx *ctx, void *user)
{
    run *r = user;
    dl_tensor *y = dl_module_forward(r->net, r->x);
    return y ? DL_OK : dl_ctx_status(ctx);
}

static void count_is_as_before(dl_ctx *ctx, void *user)
{
    run *r = user;
    (void)ctx;
    assert_true(counter_value(dl_module_find(r->net, "3")) == r->count);
}

static void a_call_survives_short_memory_and_changes_no_buffer(void **state)
{
    dl_ctx *ctx = *state;
    run r = {make_net(ctx), random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 4)), 0};
    /* Twice: fault_loop goes on after a success, which counts. */
    assert_true(fault_loop(ctx, forward, NULL, &r) > 0);
    assert_true(counter_value(dl_module_find(r.net, "3")) == 2);
    dl_module_drop(r.net);
    r.net = make_net(ctx);
    dl_module_train(r.net, 0);
    assert_true(fault_loop(ctx, forward, count_is_as_before, &r) > 0);
    dl_module_drop(r.net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(several_inputs_and_outputs),
        with_ctx(only_results_leave_a_call),
        with_ctx(gradients_arrive_at_parameters_and_are_marked_absent),
        with_ctx(buffers_change_when_the_outermost_call_has_succeeded),
        with_ctx(buffers_stay_when_a_later_layer_fails),
        with_ctx(buffers_stay_in_replay_and_gradient_check),
        with_ctx(updates_are_checked),
        with_ctx(misbehaving_classes_are_errors_not_crashes),
        with_ctx(nothing_runs_while_an_error_stands),
        with_ctx(a_call_survives_short_memory_and_changes_no_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
