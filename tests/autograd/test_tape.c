/* What the record holds on to, when it lets go, and what it refuses. */
#include <pthread.h>
#include <time.h>
#include "autograd/autograd.h"
#include "dl/conv.h"
#include "dl/grad.h"
#include "dl/optim.h"
#include "dl/layers.h"
#include "dl/ops.h"
#include "support/support.h"

enum { BIG = 4096, BYTES = BIG * 8 }; /* elements of f64 */

static dl_tensor *big(dl_ctx *ctx)
{
    dl_tensor *t = dl_tensor_give(dl_tensor_ones(ctx, DL_F64, DL_SHAPE(BIG)));
    dl_grad_track(t, 1);
    return t;
}

static dl_tensor *leaf(dl_ctx *ctx, double value)
{
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(1), value);
    dl_grad_track(t, 1);
    return t;
}

/* How many big arrays are live. */
static int64_t arrays(dl_ctx *ctx)
{
    return dl_ctx_bytes(ctx, DL_BYTES_LIVE) / BYTES;
}

static void what_backward_does_not_read_is_not_pinned(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = big(ctx);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *y = dl_add(dl_scale(dl_neg(x), 2), x); /* all linear: shapes are enough */
    dl_tensor_take(y);
    dl_scope_end(ctx, mark);
    assert_int_equal(arrays(ctx), 2);
    dl_tensor *seed = dl_tensor_ones(ctx, DL_F64, DL_SHAPE(BIG)), *g;
    assert_int_equal(dl_gradients(&y, &seed, 1, &x, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_true(((const double *)dl_tensor_data(g))[0] == -1);
    dl_tensor_drop(seed);
    dl_tensor_drop(y);
}

static void what_backward_reads_lives_as_long_as_the_record(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = big(ctx);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *y = dl_tensor_take(dl_sum(dl_exp(dl_exp(x)), NULL, 0, 0)); /* exp saves its result */
    dl_scope_end(ctx, mark);
    assert_int_equal(arrays(ctx), 3);
    dl_tensor_drop(y);
    assert_int_equal(arrays(ctx), 1);
}

enum { MUL, MATMUL, LINEAR, CONV, CONV_TRANSPOSE, PRODUCTS };

/* Of two arrays, as matrices of side x side where they must be. */
static dl_tensor *product(int which, int64_t side, dl_tensor *a, dl_tensor *b)
{
    const int64_t *matrix = (const int64_t[]){side, side}, *one = (const int64_t[]){1, side, side};
    const int64_t *kernel = (const int64_t[]){side, side, 1};
    switch (which) {
    case MUL:
        return dl_mul(a, b);
    case MATMUL:
        return dl_matmul(dl_reshape(a, matrix, 2), dl_reshape(b, matrix, 2));
    case LINEAR:
        return dl_linear(dl_reshape(a, matrix, 2), dl_reshape(b, matrix, 2), NULL);
    case CONV:
        return dl_conv1d(dl_reshape(a, one, 3), dl_reshape(b, kernel, 3), NULL, NULL);
    default:
        return dl_conv_transpose1d(dl_reshape(a, one, 3), dl_reshape(b, kernel, 3), NULL, NULL);
    }
}

/* tracked: bit i for the gradient of operand i. */
static void product_keeps_what_is_read(dl_ctx *ctx, int which, int tracked)
{
    dl_tensor *in[2], *h[2];
    for (int i = 0; i < 2; i++) {
        in[i] = big(ctx);
        dl_grad_track(in[i], tracked >> i & 1);
    }
    int32_t mark = dl_scope_begin(ctx);
    for (int i = 0; i < 2; i++)
        h[i] = dl_scale(in[i], 2);
    dl_tensor *y = dl_tensor_take(product(which, 64, h[0], h[1]));
    dl_scope_end(ctx, mark);
    assert_int_equal(arrays(ctx), 2 + 1 + (tracked == 3 ? 2 : 1)); /* leaves, y, factors */
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_OK);
    for (int i = 0; i < 2; i++) { /* twice what meets the leaf: one 2, or 64 */
        const double *g = dl_grad(in[i]) ? dl_tensor_data(dl_grad(in[i])) : NULL;
        assert_true(tracked >> i & 1 ? g && g[BIG - 1] == (which == MUL ? 4 : 256) : !g);
    }
    dl_tensor_drop(y);
}

static void a_factor_is_kept_only_for_the_gradient_of_the_other(void **state)
{
    dl_ctx *ctx = *state;
    for (int which = 0; which < PRODUCTS; which++)
        for (int tracked = 1; tracked <= 3; tracked++) {
            int32_t mark = dl_scope_begin(ctx);
            product_keeps_what_is_read(ctx, which, tracked);
            dl_scope_end(ctx, mark);
        }
}

static dl_tensor *square_of_product(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    dl_tensor *y = product(*(const int *)user, 2, in[0], in[1]);
    return dl_mul(y, y);
}

static void second_gradients_of_one_factor_are_right(void **state)
{
    dl_ctx *ctx = *state;
    const dl_gradcheck_opts twice = {.order = 2};
    for (int which = 0; which < PRODUCTS; which++)
        for (int tracked = 1; tracked <= 3; tracked++) {
            dl_tensor *in[] = {random_tensor(ctx, DL_F64, 1, DL_SHAPE(4)),
                               random_tensor(ctx, DL_F64, 2, DL_SHAPE(4))};
            for (int i = 0; i < 2; i++)
                dl_grad_track(in[i], tracked >> i & 1);
            assert_int_equal(dl_gradcheck(square_of_product, in, 2, &which, NULL, &twice), DL_OK);
        }
}

static void results_go_when_the_user_drops_them(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = big(ctx);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *h = dl_exp(x), *y = dl_tensor_take(dl_sum(dl_scale(h, 2), NULL, 0, 0));
    assert_int_equal(arrays(ctx), 3);
    dl_scope_end(ctx, mark);
    assert_int_equal(arrays(ctx), 2); /* of exp; scale and its result are not needed */
    assert_int_equal(dl_backward(y), DL_OK);
    assert_int_equal(arrays(ctx), 2); /* x and its gradient */
    dl_tensor_drop(y);
}

static int64_t peak_of_backward(dl_ctx *ctx, int n)
{
    dl_tensor *x = big(ctx);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *y = x;
    for (int i = 0; i < n; i++)
        y = dl_tanh(y);
    y = dl_tensor_take(dl_sum(y, NULL, 0, 0));
    dl_scope_end(ctx, mark);
    ctx->memory.peak = 0;
    assert_int_equal(dl_backward(y), DL_OK);
    dl_tensor_drop(y);
    return dl_ctx_bytes(ctx, DL_BYTES_PEAK) / BYTES;
}

static void activations_go_as_backward_passes_them(void **state)
{
    dl_ctx *ctx = *state;
    int64_t peak = peak_of_backward(ctx, 20);
    assert_in_range(peak, 20, 26); /* x, 20 activations, and never more than a few gradients */
}

static void *long_chain(void *arg)
{
    enum { N = 100000 };
    dl_ctx *ctx = arg;
    dl_tensor *x = leaf(ctx, 1), *y = dl_tensor_keep(x);
    int32_t mark = dl_scope_begin(ctx);
    for (int i = 0; i < N; i++) {
        int32_t inner = dl_scope_begin(ctx);
        dl_tensor *next = dl_tensor_take(i % 2 ? dl_neg(y) : dl_add(y, x));
        dl_scope_end(ctx, inner);
        dl_tensor_drop(y);
        y = next;
    }
    dl_backward(y);
    double got = dl_grad(x) ? dl_tensor_item(dl_grad(x)) : -1;
    dl_tensor_drop(y); /* the whole chain */
    y = dl_tensor_keep(x);
    for (int i = 0; i < N; i++) { /* and one that was never run backward */
        int32_t inner = dl_scope_begin(ctx);
        dl_tensor *next = dl_tensor_take(dl_mul(y, x));
        dl_scope_end(ctx, inner);
        dl_tensor_drop(y);
        y = next;
    }
    dl_tensor_drop(y);
    dl_scope_end(ctx, mark);
    return got == 1 ? arg : NULL; /* d becomes -(d + 1), and twice that is d */
}

static void a_chain_of_100000_operations_needs_little_stack(void **state)
{
    dl_ctx *ctx = *state;
    pthread_attr_t attr;
    pthread_t thread;
    void *result = NULL;
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstacksize(&attr, 128 * 1024), 0);
    assert_int_equal(pthread_create(&thread, &attr, long_chain, ctx), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    pthread_attr_destroy(&attr);
    assert_ptr_equal(result, ctx);
}

static double wide_seconds(dl_ctx *ctx, int n)
{
    struct timespec a, b;
    dl_tensor *x = leaf(ctx, 1);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *sum = x;
    for (int i = 0; i < n; i++)
        sum = dl_add(sum, dl_scale(x, 2));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    assert_int_equal(dl_backward(sum), DL_OK);
    dl_scope_end(ctx, mark);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    assert_values(dl_grad(x), 1 + 2 * n);
    return (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
}

static void a_wide_graph_takes_time_in_proportion(void **state)
{
    dl_ctx *ctx = *state;
    wide_seconds(ctx, 1000);
    double small = wide_seconds(ctx, 1000), large = wide_seconds(ctx, 30000);
    assert_true(large < 30 * small * 10 + 0.1); /* thirty times the work; quadratic would be 900 */
}

static void a_second_backward_over_a_record_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *h = dl_mul(x, x), *y = dl_scale(h, 2);
    assert_int_equal(dl_backward(y), DL_OK);
    assert_int_equal(dl_backward(y), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "backward of scale: what it needs was released by an earlier");
    assert_null(dl_grad(x));
    assert_int_equal(dl_backward(dl_add(h, x)), DL_ESTATE); /* a part of it was */
    expect_error(ctx, DL_ESTATE, "backward of mul: what it needs was released");
    assert_null(dl_grad(x));
    assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
    assert_values(dl_grad(x), 6);
}

/* ---- versions -------------------------------------------------------------------------------- */

static void refuse_changed(dl_ctx *ctx, dl_tensor *y, dl_tensor *x, const char *part)
{
    dl_tensor *g = NULL;
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, DL_GRAPH_RELEASE, &g), DL_ESTATE);
    assert_null(g);
    expect_error(ctx, DL_ESTATE, part);
    assert_int_equal(dl_backward(y), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, part);
    assert_null(dl_grad(x));
}

static void an_operand_changed_in_any_way_is_refused_by_name(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *w = make_tensor(ctx, DL_F64, DL_SHAPE(1), 2), *y;
    const char *part = "backward of mul: operand 1 was changed after the operation ran";
    y = dl_mul(x, w);
    assert_int_equal(dl_tensor_set(w, &(double){7}, 8), DL_OK);
    refuse_changed(ctx, y, x, part);
    y = dl_mul(x, w);
    assert_int_equal(dl_tensor_fill(w, 7), DL_OK); /* the same value: still a change */
    refuse_changed(ctx, y, x, part);
    y = dl_mul(x, w);
    *(double *)dl_tensor_edit(w) = 8;
    refuse_changed(ctx, y, x, part);
    y = dl_mul(x, w);
    assert_int_equal(dl_tensor_copy(w, dl_detach(x)), DL_OK);
    refuse_changed(ctx, y, x, part);
    y = dl_mul(x, w);
    assert_int_equal(dl_tensor_fill(dl_reshape(w, DL_SHAPE(1, 1)), 5), DL_OK); /* through a view */
    refuse_changed(ctx, y, x, part);
    y = dl_mul(x, dl_reshape(w, DL_SHAPE(1, 1)));
    assert_int_equal(dl_tensor_fill(w, 5), DL_OK); /* under a view */
    refuse_changed(ctx, y, x, part);
    dl_grad_track(w, 1); /* only for its gradient x is read */
    y = dl_mul(x, w);
    assert_int_equal(dl_tensor_fill(x, 5), DL_OK); /* a leaf may change between steps, not within */
    refuse_changed(ctx, y, x, "backward of mul: operand 0 was changed");
    assert_int_equal(dl_backward(dl_mul(x, w)), DL_OK);
    assert_values(dl_grad(x), 5);
}

static void a_result_that_is_read_and_changed_is_refused(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 0), *y = dl_exp(x);
    assert_int_equal(dl_tensor_fill(y, 3), DL_ESTATE); /* it has history */
    expect_error(ctx, DL_ESTATE, "fill: an operation made the tensor while recording");
    assert_int_equal(dl_tensor_fill(dl_detach(y), 3), DL_OK);
    refuse_changed(ctx, y, x, "backward of exp: result 0 was changed after the operation ran");
}

static void what_is_not_read_may_change(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *w = make_tensor(ctx, DL_F64, DL_SHAPE(1), 2);
    dl_tensor *y = dl_scale(dl_add(x, w), 5);
    assert_int_equal(dl_tensor_fill(w, 9), DL_OK);
    assert_int_equal(dl_tensor_fill(x, 9), DL_OK);
    assert_int_equal(dl_tensor_fill(dl_detach(y), 9), DL_OK);
    assert_int_equal(dl_backward(y), DL_OK);
    assert_values(dl_grad(x), 5);
    y = dl_mul(x, w); /* nobody asks for the gradient of w: x is not read */
    assert_int_equal(dl_tensor_fill(x, 4), DL_OK);
    assert_int_equal(dl_backward(y), DL_OK);
    assert_values(dl_grad(x), 5 + 9);
}

static void a_gradient_that_collects_more_counts_as_changed(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *w = leaf(ctx, 2);
    for (int i = 0; i < 2; i++) { /* once overwritten, once added to */
        assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
        dl_tensor *y = dl_mul(dl_grad(x), w);
        if (i == 0)
            dl_grad_zero(x);
        assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
        refuse_changed(ctx, y, w, "backward of mul: operand 0 was changed");
    }
}

static void an_optimizer_step_and_a_load_count_as_changes(void **state)
{
    dl_ctx *ctx = *state;
    dl_module *m = dl_layer_dense(ctx, 2, 1, NULL);
    dl_optim *sgd = dl_optim_sgd(m, &(dl_sgd_opts){.lr = 0.1});
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(1, 2), 1, 2);
    dl_grad_track(x, 1);
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *old = dl_sum(dl_module_forward(m, x), NULL, 0, 0);
    assert_int_equal(dl_backward(dl_sum(dl_module_forward(m, x), NULL, 0, 0)), DL_OK);
    assert_int_equal(dl_optim_step(sgd), DL_OK);
    assert_int_equal(dl_backward(old), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "backward of linear: operand 1 was changed");
    assert_int_equal(dl_module_save(m, "test_tape.safetensors"), DL_OK);
    old = dl_sum(dl_module_forward(m, x), NULL, 0, 0);
    assert_int_equal(dl_module_load(m, "test_tape.safetensors", NULL), DL_OK);
    assert_int_equal(dl_backward(old), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "backward of linear: operand 1 was changed");
    dl_scope_end(ctx, mark);
    dl_optim_drop(sgd);
    dl_module_drop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(what_backward_does_not_read_is_not_pinned),
        with_ctx(what_backward_reads_lives_as_long_as_the_record),
        with_ctx(a_factor_is_kept_only_for_the_gradient_of_the_other),
        with_ctx(second_gradients_of_one_factor_are_right),
        with_ctx(results_go_when_the_user_drops_them),
        with_ctx(activations_go_as_backward_passes_them),
        with_ctx(a_chain_of_100000_operations_needs_little_stack),
        with_ctx(a_wide_graph_takes_time_in_proportion),
        with_ctx(a_second_backward_over_a_record_is_refused),
        with_ctx(an_operand_changed_in_any_way_is_refused_by_name),
        with_ctx(a_result_that_is_read_and_changed_is_refused),
        with_ctx(what_is_not_read_may_change),
        with_ctx(a_gradient_that_collects_more_counts_as_changed),
        with_ctx(an_optimizer_step_and_a_load_count_as_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
