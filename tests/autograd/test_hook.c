/* Hooks on gradients. */
#include "dl/grad.h"
#include "dl/ops.h"
#include "support/support.h"

typedef struct probe {
    int calls, released, order;
    double seen;  /* of the last call */
    dl_tensor *t; /* the tensor hooked */
    int32_t id;
    dl_tensor *(*then)(struct probe *p, dl_tensor *grad);
} probe;

static int counter; /* orders the calls of a test */

static dl_tensor *watch(dl_tensor *grad, void *user)
{
    probe *p = user;
    p->calls++;
    p->order = ++counter;
    p->seen = dl_tensor_item(grad);
    return p->then ? p->then(p, grad) : grad;
}

static void count_release(void *user)
{
    ((probe *)user)->released++;
}

static int32_t hook(dl_tensor *t, probe *p)
{
    p->t = t;
    return p->id = dl_grad_hook(t, watch, p, count_release);
}

static dl_tensor *leaf(dl_ctx *ctx, double value)
{
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(1), value);
    dl_grad_track(t, 1);
    return t;
}

static dl_tensor *doubled(probe *p, dl_tensor *grad)
{
    (void)p;
    return dl_scale(grad, 2);
}

static dl_tensor *stop(probe *p, dl_tensor *grad)
{
    (void)p;
    (void)grad;
    return NULL;
}

static dl_tensor *misshape(probe *p, dl_tensor *grad)
{
    (void)p;
    return dl_unsqueeze(grad, 0);
}

static dl_tensor *unhook_self(probe *p, dl_tensor *grad)
{
    dl_grad_unhook(p->t, p->id);
    assert_int_equal(p->released, 0); /* user is still in use */
    return grad;
}

static void hooks_run_in_order_and_each_sees_what_the_one_before_made(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe a = {.then = doubled}, b = {.then = doubled}, c = {0};
    dl_tensor *x = leaf(ctx, 3), *h = dl_mul(x, x);
    assert_true(hook(h, &a) > 0 && hook(h, &b) > 0 && hook(h, &c) > 0);
    assert_int_equal(dl_backward(dl_scale(h, 10)), DL_OK);
    assert_true(a.order < b.order && b.order < c.order);
    assert_true(a.seen == 10 && b.seen == 20 && c.seen == 40);
    assert_values(dl_grad(x), 240);
    dl_scope_end(ctx, mark);
}

static void a_leafs_hook_sees_the_complete_gradient_once(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe p = {.then = doubled};
    dl_tensor *x = leaf(ctx, 3);
    hook(x, &p);
    assert_int_equal(dl_backward(dl_add(dl_mul(x, x), dl_scale(x, 4))), DL_OK);
    assert_int_equal(p.calls, 1);
    assert_true(p.seen == 10);
    assert_values(dl_grad(x), 20);
    assert_int_equal(dl_backward(dl_scale(x, 1)), DL_OK);
    assert_true(p.calls == 2 && p.seen == 1); /* what had collected before is not its business */
    assert_values(dl_grad(x), 22);
    dl_tensor *y = dl_scale(x, 5), *g;
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_true(p.calls == 3 && p.seen == 5);
    assert_values(g, 10);
    dl_scope_end(ctx, mark);
}

static void a_hook_that_returns_nothing_stops_the_pass(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe p = {.then = stop};
    dl_tensor *x = leaf(ctx, 3), *w = leaf(ctx, 4), *h = dl_mul(x, x);
    hook(h, &p);
    assert_int_equal(dl_backward(dl_mul(h, w)), DL_EUSER);
    expect_error(ctx, DL_EUSER, "backward: a gradient hook stopped it");
    assert_null(dl_grad(x));
    assert_null(dl_grad(w)); /* had come before the stop */
    dl_scope_end(ctx, mark);
}

static void a_hook_that_returns_another_shape_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe p = {.then = misshape};
    dl_tensor *x = leaf(ctx, 3);
    hook(x, &p);
    assert_int_equal(dl_backward(dl_mul(x, x)), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "backward: a gradient hook returned a tensor of another shape");
    assert_null(dl_grad(x));
    dl_scope_end(ctx, mark);
}

static void a_hook_is_released_once_when_unhooked(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe a = {0}, b = {0}, c = {0};
    dl_tensor *x = leaf(ctx, 3);
    hook(x, &a);
    hook(x, &b);
    dl_grad_unhook(x, a.id);
    assert_true(a.released == 1 && b.released == 0);
    dl_grad_unhook(x, a.id);
    dl_grad_unhook(x, 77);
    dl_grad_unhook(NULL, 1);
    assert_true(a.released == 1 && b.released == 0);
    dl_grad_unhook(x, b.id);
    hook(x, &c);
    assert_true(c.id != a.id && c.id != b.id); /* an old id never means a new hook */
    int32_t record = dl_scope_begin(ctx);
    assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
    dl_scope_end(ctx, record);
    assert_true(a.calls == 0 && b.calls == 0 && c.calls == 1);
    dl_grad_track(x, 0);
    assert_true(a.released == 1 && b.released == 1 && c.released == 1);
    dl_scope_end(ctx, mark);
}

static void a_hook_goes_with_the_record(void **state)
{
    dl_ctx *ctx = *state;
    probe p = {0};
    dl_tensor *x = leaf(ctx, 3);
    int32_t mark = dl_scope_begin(ctx);
    hook(dl_mul(x, x), &p);
    assert_int_equal(p.released, 0);
    dl_scope_end(ctx, mark);
    assert_int_equal(p.released, 1);
}

static void hooks_may_unhook_themselves_while_they_run(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe a = {.then = unhook_self}, b = {.then = unhook_self}, c = {0};
    dl_tensor *x = leaf(ctx, 3);
    hook(x, &a);
    hook(x, &b);
    hook(x, &c);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
        assert_true(a.calls == 1 && b.calls == 1 && c.calls == i);
        assert_true(a.released == 1 && b.released == 1 && c.released == 0);
    }
    assert_values(dl_grad(x), 12);
    dl_scope_end(ctx, mark);
}

static probe *victim;

static dl_tensor *unhook_other(probe *p, dl_tensor *grad)
{
    dl_grad_unhook(p->t, victim->id);
    return grad;
}

static void hooks_may_unhook_those_that_come_after(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe a = {.then = unhook_other}, b = {0}, c = {0};
    dl_tensor *x = leaf(ctx, 3);
    hook(x, &a);
    hook(x, &b);
    hook(x, &c);
    victim = &b;
    assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
    assert_true(b.calls == 0 && b.released == 1 && c.calls == 1);
    dl_scope_end(ctx, mark);
}

static dl_tensor *hook_older_leaf(probe *p, dl_tensor *grad)
{
    if (!victim->t)
        hook(p->t, victim);
    return grad;
}

static void a_leafs_hook_set_during_a_pass_begins_with_the_next(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe setter = {.then = hook_older_leaf}, late = {0};
    dl_tensor *x = leaf(ctx, 3), *h = dl_mul(x, x);
    hook(h, &setter);
    setter.t = x;
    victim = &late;
    dl_tensor *y = dl_add(h, dl_scale(x, 100)); /* that part has come when the hook is set */
    assert_int_equal(dl_backward(y), DL_OK);
    assert_int_equal(late.calls, 0);
    assert_values(dl_grad(x), 106);
    assert_int_equal(dl_backward(dl_scale(x, 2)), DL_OK);
    assert_true(late.calls == 1 && late.seen == 2);
    dl_scope_end(ctx, mark);
}

static dl_tensor *inner_out, *inner_wrt;
static double inner_found;

static dl_tensor *run_inner(probe *p, dl_tensor *grad)
{
    dl_tensor *g = NULL;
    (void)p;
    dl_status status = dl_gradients(&inner_out, NULL, 1, &inner_wrt, 1, DL_GRAPH_RETAIN, &g);
    if (status == DL_OK)
        inner_found = dl_tensor_item(g);
    return grad;
}

static void a_hook_may_run_a_pass_over_other_calls_on_the_same_leaf(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe p = {.then = run_inner};
    dl_tensor *x = leaf(ctx, 3), *a = dl_mul(x, x), *y = dl_add(dl_scale(dl_mul(a, x), 2), a);
    hook(a, &p);
    inner_out = dl_mul(x, x);
    inner_wrt = x;
    assert_int_equal(dl_backward(y), DL_OK);
    assert_true(inner_found == 6);
    assert_values(dl_grad(x), 2 * 27 + 6);
    dl_scope_end(ctx, mark);
}

static dl_tensor *run_inner_once(probe *p, dl_tensor *grad)
{
    p->then = NULL; /* the inner pass comes through here, too */
    return run_inner(p, grad);
}

static void a_pass_within_a_pass_over_all_its_nodes_disturbs_nothing(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe p = {.then = run_inner_once};
    dl_tensor *x = leaf(ctx, 3), *a = dl_mul(x, x), *b = dl_mul(a, x),
              *y = dl_add(dl_scale(b, 2), a);
    hook(b, &p);
    inner_out = y;
    inner_wrt = x;
    dl_tensor *g;
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RETAIN, &g), DL_OK);
    assert_true(p.calls == 2 && inner_found == 60);
    assert_values(g, 60);
    p.calls = 0;
    p.then = run_inner_once;
    assert_int_equal(dl_backward(y), DL_ESTATE); /* it had released what lies before the hook */
    expect_error(ctx, DL_ESTATE, "was released");
    assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
    assert_values(dl_grad(x), 6);
    dl_scope_end(ctx, mark);
}

static void hooks_are_refused_where_there_is_no_gradient(void **state)
{
    dl_ctx *ctx = *state;
    int32_t mark = dl_scope_begin(ctx); /* ends before the probes do */
    probe p = {0};
    dl_tensor *x = leaf(ctx, 3), *constant = make_tensor(ctx, DL_F64, DL_SHAPE(1), 1);
    assert_int_equal(hook(NULL, &p), DL_EINVAL);
    assert_int_equal(dl_grad_hook(x, NULL, &p, count_release), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "grad_hook: the function is NULL");
    assert_int_equal(hook(constant, &p), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "grad_hook: the tensor is not tracked");
    dl_fail_text(ctx, DL_EUSER, "stop");
    assert_int_equal(hook(x, &p), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stop");
    assert_int_equal(p.released, 4);
    assert_int_equal(dl_grad_hook(constant, NULL, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "grad_hook: the function is NULL");
    dl_scope_end(ctx, mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(hooks_run_in_order_and_each_sees_what_the_one_before_made),
        with_ctx(a_leafs_hook_sees_the_complete_gradient_once),
        with_ctx(a_hook_that_returns_nothing_stops_the_pass),
        with_ctx(a_hook_that_returns_another_shape_is_refused),
        with_ctx(a_hook_is_released_once_when_unhooked),
        with_ctx(a_hook_goes_with_the_record),
        with_ctx(hooks_may_unhook_themselves_while_they_run),
        with_ctx(hooks_may_unhook_those_that_come_after),
        with_ctx(a_leafs_hook_set_during_a_pass_begins_with_the_next),
        with_ctx(a_hook_may_run_a_pass_over_other_calls_on_the_same_leaf),
        with_ctx(a_pass_within_a_pass_over_all_its_nodes_disturbs_nothing),
        with_ctx(hooks_are_refused_where_there_is_no_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
