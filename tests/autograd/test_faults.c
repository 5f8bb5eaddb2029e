/* Every allocation of the engine may fail: nothing leaks, and the next call is right. */
#include "autograd/autograd.h"
#include "dl/ext.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "support/support.h"

static dl_tensor *leaf(dl_ctx *ctx)
{
    dl_tensor *t = random_tensor(ctx, DL_F64, 7, DL_SHAPE(3, 3));
    dl_grad_track(t, 1);
    return t;
}

/* A sum of squares of a few layers, with broadcasting and a tensor that is used three times. */
static dl_tensor *net(dl_tensor *x, dl_tensor *w, dl_tensor *b)
{
    dl_tensor *h = dl_tanh(dl_add(dl_matmul(x, w), b));
    return dl_sum(dl_mul(dl_add(dl_mul(h, h), dl_matmul(h, w)), b), NULL, 0, 0);
}

typedef struct parts {
    dl_tensor *x, *w, *b;
} parts;

static parts make_parts(dl_ctx *ctx)
{
    parts p = {leaf(ctx), leaf(ctx), make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, 2, 3)};
    dl_grad_track(p.b, 1);
    return p;
}

/* No pass left a mark, and what failed works again, as for leaves that saw no fault. */
static void expect_right(dl_ctx *ctx, void *user)
{
    parts *p = user, fresh = make_parts(ctx);
    dl_tensor *t[] = {p->x, p->w, p->b}, *wanted[] = {fresh.x, fresh.w, fresh.b};
    for (int i = 0; i < 3; i++) {
        assert_null(dl__node_of(t[i])->visit);
        assert_null(dl_grad(t[i]));
    }
    assert_int_equal(dl_backward(net(p->x, p->w, p->b)), DL_OK);
    assert_int_equal(dl_backward(net(fresh.x, fresh.w, fresh.b)), DL_OK);
    for (int i = 0; i < 3; i++) {
        assert_same_bits(dl_grad(t[i]), dl_grad(wanted[i]));
        assert_int_equal(dl__grad_place(t[i], NULL), DL_OK);
    }
}

static dl_status forward_and_backward(dl_ctx *ctx, void *user)
{
    const parts *p = user;
    dl_tensor *y = net(p->x, p->w, p->b), *t[] = {p->x, p->w, p->b};
    dl_status status = y ? dl_backward(y) : dl_ctx_status(ctx);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dl_grad(t[i]) != NULL, status == DL_OK);
        assert_int_equal(dl__grad_place(t[i], NULL), DL_OK); /* room that stays is no leak */
    }
    return status;
}

static void forward_and_backward_survive(void **state)
{
    dl_ctx *ctx = *state;
    parts p = make_parts(ctx);
    assert_true(fault_loop(ctx, forward_and_backward, expect_right, &p) > 100);
}

static dl_status second_order(dl_ctx *ctx, void *user)
{
    const parts *p = user;
    dl_tensor *y = net(p->x, p->w, p->b), *wrt[] = {p->x, p->b}, *g[2], *gg = p->x;
    dl_status status =
        y ? dl_gradients(&y, NULL, 1, wrt, 2, DL_GRAPH_CREATE, g) : dl_ctx_status(ctx);
    if (status != DL_OK)
        return status;
    y = dl_sum(dl_mul(g[0], g[0]), NULL, 0, 0);
    status = y ? dl_gradients(&y, NULL, 1, &p->w, 1, DL_GRAPH_RELEASE, &gg) : dl_ctx_status(ctx);
    assert_true((status == DL_OK) == (gg != NULL && gg != p->x) || !y);
    return status;
}

static void gradients_of_gradients_survive(void **state)
{
    dl_ctx *ctx = *state;
    parts p = make_parts(ctx);
    assert_true(fault_loop(ctx, second_order, expect_right, &p) > 200);
}

static dl_tensor *squares(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_mul(in[0], in[0]);
}

static dl_status gradcheck(dl_ctx *ctx, void *user)
{
    (void)ctx;
    return dl_gradcheck(squares, user, 1, NULL, NULL, &(dl_gradcheck_opts){.order = 2});
}

static void gradcheck_unchanged(dl_ctx *ctx, void *user)
{
    assert_int_equal(ctx->replaying, 0);
    assert_values(*(dl_tensor **)user, 0.1, 3);
}

static void gradcheck_survives(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2), 0.1, 3);
    dl_grad_track(x, 1);
    assert_true(fault_loop(ctx, gradcheck, gradcheck_unchanged, &x) > 100);
}

static dl_status detach(dl_ctx *ctx, void *user)
{
    return dl_detach(user) ? DL_OK : dl_ctx_status(ctx);
}

static dl_status track(dl_ctx *ctx, void *user)
{
    dl_grad_track(user, 1);
    if (dl_ctx_status(ctx) == DL_OK) {
        assert_true(dl_grad_tracked(user));
        dl_grad_track(user, 0);
    }
    return dl_ctx_status(ctx);
}

static void not_tracked(dl_ctx *ctx, void *user)
{
    (void)ctx;
    assert_false(dl_grad_tracked(user));
}

static int released;

static void count_release(void *user)
{
    (void)user;
    released++;
}

static dl_tensor *pass_on(dl_tensor *grad, void *user)
{
    (void)user;
    return grad;
}

static dl_status hook(dl_ctx *ctx, void *user)
{
    (void)ctx;
    int32_t id = dl_grad_hook(user, pass_on, NULL, count_release);
    return id < 0 ? id : DL_OK;
}

static void the_small_functions_survive(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 7, DL_SHAPE(3));
    assert_int_equal(fault_loop(ctx, detach, NULL, x), 2);
    assert_int_equal(fault_loop(ctx, track, not_tracked, x), 2);
    dl_grad_track(x, 1);
    assert_int_equal(fault_loop(ctx, hook, NULL, x), 2);
    assert_int_equal(released, 2);
    dl_grad_track(x, 0);
    assert_int_equal(released, 4); /* the two that were set in the end */
}

/* ---- operations ------------------------------------------------------------------------------ */

static dl_status infer(const dl_call *c, dl_spec *out)
{
    for (int32_t k = 0; k < c->n_out; k++) {
        out[k].dtype = c->in[0]->dtype;
        out[k].ndim = 1;
        out[k].dims[0] = 3;
        out[k].view_of = k == 1;
        out[k].strides[0] = k == 1;
    }
    return DL_OK;
}

static dl_status forward(const dl_call *c)
{
    for (int64_t i = 0; i < 3; i++)
        ((double *)(void *)dl__data(c->out[0]))[i] = 1;
    return DL_OK;
}

static const dl_op op = {.name = "probe", .saves_in = 1, .infer = infer, .forward = forward};

static dl_status apply(dl_ctx *ctx, void *user)
{
    dl_tensor *x = user, *out[2] = {x, x};
    (void)ctx;
    dl_status status = dl_apply(&op, &x, 1, NULL, out, 2);
    assert_true(status == DL_OK || (!out[0] && !out[1]));
    return status;
}

static dl_status apply_into(dl_ctx *ctx, void *user)
{
    dl_tensor **t = user;
    dl_status status = dl_apply_into(&op, &t[0], 1, NULL, t[1]);
    if (status == DL_OK) {
        assert_values(t[1], 8);
        assert_int_equal(dl_tensor_fill(t[1], 5), DL_OK);
    }
    (void)ctx;
    return status;
}

static void accumulator_unchanged(dl_ctx *ctx, void *user)
{
    dl_tensor **t = user;
    assert_values(t[1], 5);
    assert_int_equal(dl_grad_enable(ctx, 1), 1);
}

static void apply_survives(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t[] = {random_tensor(ctx, DL_F64, 7, DL_SHAPE(3)),
                      make_tensor(ctx, DL_F64, DL_SHAPE(1), 5)};
    dl_grad_track(t[0], 1);
    assert_int_equal(fault_loop(ctx, apply, NULL, t[0]), 2 * 4); /* 2 results, memory, record */
    assert_true(fault_loop(ctx, apply_into, accumulator_unchanged, t) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(forward_and_backward_survive),
        with_ctx(gradients_of_gradients_survive),
        with_ctx(gradcheck_survives),
        with_ctx(the_small_functions_survive),
        with_ctx(apply_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
