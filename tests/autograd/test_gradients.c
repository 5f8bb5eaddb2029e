/* dl_gradients: any outputs, any inputs, again and again. */
#include "dl/grad.h"
#include "dl/ops.h"
#include "support/support.h"

static dl_tensor *leaf(dl_ctx *ctx, double value)
{
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(1), value);
    dl_grad_track(t, 1);
    return t;
}

static dl_status one(dl_tensor *y, dl_tensor *x, int32_t flag, dl_tensor **g)
{
    return dl_gradients(&y, NULL, 1, &x, 1, flag, g);
}

static void seeds_weigh_the_outputs(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2), 2, 3), *g;
    dl_grad_track(x, 1);
    dl_tensor *out[] = {dl_mul(x, x), dl_sum(x, NULL, 0, 0)};
    dl_tensor *seed[] = {make_tensor(ctx, DL_F64, DL_SHAPE(2), 10, 100), NULL};
    assert_int_equal(dl_gradients(out, seed, 2, &x, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_values(g, 41, 601);
    assert_null(dl_grad(x)); /* what leaves collect is not touched */
}

static void the_same_output_and_the_same_input_count_each_time(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *y = dl_mul(x, x), *out[] = {y, y}, *wrt[] = {x, x}, *g[2];
    assert_int_equal(dl_gradients(out, NULL, 2, wrt, 2, DL_GRAPH_RELEASE, g), DL_OK);
    assert_values(g[0], 12);
    assert_values(g[1], 12);
}

static void inputs_may_be_leaves_results_and_outputs(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *unused = leaf(ctx, 1), *h = dl_mul(x, x), *y = dl_scale(h, 5);
    dl_tensor *wrt[] = {x, h, y, unused}, *g[] = {x, x, x, x};
    assert_int_equal(dl_gradients(&y, NULL, 1, wrt, 4, DL_GRAPH_RELEASE, g), DL_OK);
    assert_values(g[0], 30);
    assert_values(g[1], 5);
    assert_values(g[2], 1);
    assert_null(g[3]); /* not reached */
    assert_null(dl_grad(x));
}

static void what_lies_behind_an_input_is_not_visited(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *h = dl_mul(x, x), *y = dl_mul(h, h), *g;
    assert_int_equal(one(y, h, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_values(g, 18);
    assert_int_equal(dl_backward(h), DL_OK); /* so its record is whole */
    assert_values(dl_grad(x), 6);
}

static void the_gradients_of_an_untaken_branch_are_not_computed(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *z = leaf(ctx, 4), *g;
    dl_tensor *side = dl_mul(z, z), *y = dl_mul(dl_exp(x), side);
    assert_int_equal(dl_backward(side), DL_OK); /* released: visiting it would fail */
    assert_int_equal(one(y, x, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_true(dl_tensor_item(g) > 321 && dl_tensor_item(g) < 322);
}

static void retain_keeps_the_record_and_release_gives_it_up(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *y = dl_mul(dl_mul(x, x), x), *g;
    assert_int_equal(one(y, x, DL_GRAPH_RETAIN, &g), DL_OK);
    assert_values(g, 27);
    assert_false(dl_grad_tracked(g));
    assert_int_equal(one(y, x, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_values(g, 27);
    assert_int_equal(one(y, x, DL_GRAPH_RETAIN, &g), DL_ESTATE);
    assert_null(g);
    expect_error(ctx, DL_ESTATE, "backward of mul: what it needs was released");
}

static void created_graphs_nest_to_the_fourth_derivative(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *h = dl_mul(x, x), *y = dl_mul(h, h); /* x^4 */
    static const double wanted[] = {4 * 27, 12 * 9, 24 * 3, 24};
    for (int k = 0; k < 4; k++) {
        dl_tensor *g;
        assert_int_equal(one(y, x, DL_GRAPH_CREATE, &g), DL_OK);
        assert_values(g, wanted[k]);
        y = g;
    }
    assert_null(dl_grad(x));
}

static void a_created_graph_can_be_run_backward(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *g;
    int32_t old = dl_grad_enable(ctx, 0); /* CREATE records whatever is switched off */
    dl_grad_enable(ctx, 1);
    dl_tensor *y = dl_div(dl_exp(x), x);
    dl_grad_enable(ctx, 0);
    assert_int_equal(one(y, x, DL_GRAPH_CREATE, &g), DL_OK);
    assert_int_equal(dl_grad_enable(ctx, old), 0);
    assert_int_equal(dl_backward(dl_mul(g, g)), DL_OK); /* a gradient penalty */
    double e = 20.085536923187668, d1 = e * (1. / 3 - 1. / 9), d2 = e * (1. / 3 - 2. / 9 + 2. / 27);
    assert_close(dl_grad(x), (&(double){2 * d1 * d2}), 1, 1e-14);
}

static void a_seed_can_be_differentiated(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *v = leaf(ctx, 7), *y = dl_mul(x, x), *g, *gg;
    assert_int_equal(dl_gradients(&y, &v, 1, &x, 1, DL_GRAPH_CREATE, &g), DL_OK);
    assert_values(g, 42);
    assert_int_equal(one(g, v, DL_GRAPH_RELEASE, &gg), DL_OK);
    assert_values(gg, 6);
}

static void an_output_as_its_own_input_gives_the_seed(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *y = dl_mul(x, x), *g;
    dl_tensor *seed = make_tensor(ctx, DL_F64, DL_SHAPE(1), 8);
    assert_int_equal(dl_gradients(&y, &seed, 1, &y, 1, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_values(g, 8);
    assert_int_equal(one(x, x, DL_GRAPH_RELEASE, &g), DL_OK);
    assert_values(g, 1);
}

static void results_survive_their_scope_only_when_taken(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *y = dl_add(x, dl_scale(x, 2)), *wrt[] = {x, x}, *g[2];
    int32_t mark = dl_scope_begin(ctx);
    assert_int_equal(dl_gradients(&y, NULL, 1, wrt, 2, DL_GRAPH_RETAIN, g), DL_OK);
    dl_tensor_take(g[0]);
    dl_tensor_take(g[1]);
    dl_scope_end(ctx, mark);
    assert_values(g[0], 3);
    assert_values(g[1], 3);
    dl_tensor_drop(g[0]);
    dl_tensor_drop(g[1]);
}

static void wrong_arguments_are_refused(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_tensor *x = leaf(ctx, 3), *y = dl_mul(x, x), *g = x, *constant = dl_detach(x);
    dl_tensor *stranger = make_tensor(other, DL_F64, DL_SHAPE(1), 1);
    dl_tensor *narrow = make_tensor(ctx, DL_F32, DL_SHAPE(1), 1);
    dl_tensor *wide = make_tensor(ctx, DL_F64, DL_SHAPE(2), 1, 1), *none = NULL;
    assert_int_equal(dl_gradients(NULL, NULL, 1, &x, 1, 0, &g), DL_EINVAL);
    assert_null(g);
    assert_int_equal(dl_gradients(&y, NULL, 0, &x, 1, 0, &g), DL_EINVAL);
    assert_int_equal(dl_gradients(&none, NULL, 1, &x, 1, 0, &g), DL_EINVAL);
    assert_int_equal(dl_gradients(&y, NULL, 1, NULL, 1, 0, &g), DL_EINVAL);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 0, 0, &g), DL_EINVAL);
    assert_int_equal(dl_gradients(&y, NULL, 1, &x, 1, 0, NULL), DL_EINVAL);
    dl_ctx_clear(ctx); /* where a context could be found, it says so */
#define REFUSED(out, seed, n_out, wrt, flag, code, part)                                           \
    g = x;                                                                                         \
    assert_int_equal(dl_gradients(out, seed, n_out, wrt, 1, flag, &g), code);                      \
    assert_null(g);                                                                                \
    expect_error(ctx, code, part)
    dl_tensor *two[] = {y, NULL};
    REFUSED(&y, NULL, 1, &x, 3, DL_EINVAL, "gradients: create_graph is 3");
    REFUSED(&y, NULL, 1, &x, -1, DL_EINVAL, "gradients: create_graph is -1");
    REFUSED(two, NULL, 2, &x, 0, DL_EINVAL, "gradients: a tensor is NULL or of another context");
    REFUSED(&y, NULL, 1, &none, 0, DL_EINVAL, "gradients: wrt[0] is NULL");
    REFUSED(&y, NULL, 1, &stranger, 0, DL_EINVAL, "gradients: wrt[0] is NULL or of another");
    REFUSED(&y, NULL, 1, &constant, 0, DL_ESTATE, "gradients: wrt[0] is neither tracked");
    REFUSED(&constant, NULL, 1, &x, 0, DL_ESTATE, "gradients: the tensor was not recorded");
    REFUSED(&y, &stranger, 1, &x, 0, DL_EINVAL, "gradients: a seed is of another context");
    REFUSED(&y, &narrow, 1, &x, 0, DL_EDTYPE, "gradients: the seed of a tensor of f64 is f32");
    REFUSED(&y, &wide, 1, &x, 0, DL_ESHAPE, "gradients: a seed does not have the shape");
    dl_tensor *vector = dl_mul(wide, x);
    REFUSED(&vector, NULL, 1, &x, 0, DL_ESHAPE, "gradients: the tensor has 2 elements");
    dl_fail_text(ctx, DL_EUSER, "stop");
    REFUSED(&y, NULL, 1, &x, 0, DL_EUSER, "stop");
    assert_int_equal(one(y, x, DL_GRAPH_RELEASE, &g), DL_OK); /* nothing was spoilt */
    assert_values(g, 6);
    end_ctx(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(seeds_weigh_the_outputs),
        with_ctx(the_same_output_and_the_same_input_count_each_time),
        with_ctx(inputs_may_be_leaves_results_and_outputs),
        with_ctx(what_lies_behind_an_input_is_not_visited),
        with_ctx(the_gradients_of_an_untaken_branch_are_not_computed),
        with_ctx(retain_keeps_the_record_and_release_gives_it_up),
        with_ctx(created_graphs_nest_to_the_fourth_derivative),
        with_ctx(a_created_graph_can_be_run_backward),
        with_ctx(a_seed_can_be_differentiated),
        with_ctx(an_output_as_its_own_input_gives_the_seed),
        with_ctx(results_survive_their_scope_only_when_taken),
        with_ctx(wrong_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
