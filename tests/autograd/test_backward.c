/* What dl_backward computes, and where it collects it. */
#include <math.h>
#include "autograd/autograd.h"
#include "dl/grad.h"
#include "dl/ext.h"
#include "dl/ops.h"
#include "support/support.h"

static dl_tensor *leaf(dl_ctx *ctx, double value)
{
    dl_tensor *t = make_tensor(ctx, DL_F64, DL_SHAPE(1), value);
    dl_grad_track(t, 1);
    return t;
}

static dl_tensor *leaf_like(dl_tensor *t)
{
    dl_grad_track(t, 1);
    return t;
}

static void chains_multiply_derivatives(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 2);
    assert_int_equal(dl_backward(dl_scale(dl_mul(dl_scale(x, 3), dl_neg(x)), 5)), DL_OK);
    assert_values(dl_grad(x), -60); /* -15 x^2 */
}

static void diamonds_add_the_gradients_of_both_sides(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *h = dl_mul(x, x);
    assert_int_equal(dl_backward(dl_add(dl_scale(h, 2), dl_mul(h, h))), DL_OK);
    assert_values(dl_grad(x), 2 * 2 * 3 + 4 * 27);
}

static void one_tensor_may_be_an_operand_twice(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3),
              *w = leaf_like(make_tensor(ctx, DL_F64, DL_SHAPE(2, 2), 1, 2, 3, 4));
    assert_int_equal(dl_backward(dl_add(x, x)), DL_OK);
    assert_values(dl_grad(x), 2);
    assert_int_equal(dl_backward(dl_sum(dl_matmul(w, w), NULL, 0, 0)), DL_OK);
    assert_values(dl_grad(w), 7, 11, 9, 13);
    assert_int_equal(dl_backward(dl_sum(dl_matmul(w, w), NULL, 0, 0)), DL_OK);
    assert_values(dl_grad(w), 14, 22, 18, 26);
}

static void three_uses_are_summed_in_place_after_the_second(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 2), *h = dl_mul(x, x);
    dl_tensor *y = dl_add(dl_scale(h, 1), dl_add(dl_scale(h, 10), dl_scale(h, 100)));
    assert_int_equal(dl_backward(dl_add(y, dl_scale(h, 1000))), DL_OK);
    assert_values(dl_grad(x), 4 * 1111);
}

/* y = a + b, whose backward gives one tensor for both, or a constant of its caller's for a. */
typedef struct pair_attrs {
    dl_tensor *constant;
} pair_attrs;

static dl_status pair_infer(const dl_call *c, dl_spec *out)
{
    (void)c;
    *out = (dl_spec){.dtype = DL_F64, .ndim = 1, .dims = {1}};
    return DL_OK;
}

static dl_status pair_forward(const dl_call *c)
{
    return dl_tensor_copy(c->out[0], dl_add(c->in[0], c->in[1]));
}

static dl_status pair_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const pair_attrs *a = c->attrs;
    dx[1] = dl_scale(dy[0], 1);
    dx[0] = a->constant ? a->constant : dx[1];
    return c->ctx->status;
}

static dl_tensor *pair(dl_tensor *a, dl_tensor *b, dl_tensor *constant)
{
    static const dl_op op = {.name = "pair",
                             .attrs_size = sizeof(pair_attrs),
                             .infer = pair_infer,
                             .forward = pair_forward,
                             .backward = pair_backward};
    dl_tensor *in[] = {a, b}, *y = NULL;
    dl_apply(&op, in, 2, &(pair_attrs){constant}, &y, 1);
    return y;
}

static void a_gradient_that_others_have_is_not_added_to_in_place(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 1), *z = leaf(ctx, 1),
              *constant = make_tensor(ctx, DL_F64, DL_SHAPE(1), 7);
    for (int i = 0; i < 2; i++) {
        dl_tensor *a = dl_scale(x, 1), *b = dl_scale(z, 1), *other = dl_scale(a, 100);
        assert_int_equal(dl_backward(dl_add(other, pair(a, b, i ? constant : NULL))), DL_OK);
        assert_values(dl_grad(x), i ? 107 : 101);
        assert_values(dl_grad(z), 1);
        dl_grad_zero(x);
        dl_grad_zero(z);
    }
    assert_values(constant, 7);
}

static void a_gradient_that_nobody_else_has_is_added_to_in_place(void **state)
{
    enum { N = 1 << 18 };
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf_like(dl_tensor_give(dl_tensor_ones(ctx, DL_F32, DL_SHAPE(N))));
    dl_tensor *h = dl_scale(x, 2), *other = dl_scale(h, 3), *y[3], *grad;
    for (int i = 0; i < 3; i++)
        y[i] = dl_sum(dl_mul(h, other), NULL, 0, 0);
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    assert_int_equal(dl_gradients(y, NULL, 3, &h, 1, DL_GRAPH_RELEASE, &grad), DL_OK);
    /* Sums for h and for other, and what is added to each; blocks are up to a sixteenth larger. */
    assert_true(dl_ctx_bytes(ctx, DL_BYTES_PEAK) - before < 4 * 4 * N + 2 * N);
    assert_true(*(const float *)dl_tensor_data(grad) == 3 * (6 + 3 * 2));
}

static void leaves_off_the_path_have_no_gradient(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 2), *unused = leaf(ctx, 5),
              *constant = make_tensor(ctx, DL_F64, DL_SHAPE(1), 7);
    dl_mul(x, unused); /* nothing depends on it */
    assert_int_equal(dl_backward(dl_mul(x, constant)), DL_OK);
    assert_values(dl_grad(x), 7);
    assert_null(dl_grad(unused));
    assert_null(dl_grad(constant));
    assert_null(dl_grad(NULL));
}

static void broadcast_operands_get_sums(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *m = leaf_like(make_tensor(ctx, DL_F64, DL_SHAPE(2, 3), 1, 2, 3, 4, 5, 6));
    dl_tensor *row = leaf_like(make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, 10, 100));
    dl_tensor *column = leaf_like(make_tensor(ctx, DL_F64, DL_SHAPE(2, 1), 2, 3));
    dl_tensor *scalar = leaf_like(tensor_of(ctx, DL_F64, (double[]){4}, NULL, 0));
    dl_tensor *y = dl_mul(dl_mul(m, row), dl_mul(column, scalar));
    assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_OK);
    assert_values(dl_grad(m), 8, 80, 800, 12, 120, 1200);
    assert_values(dl_grad(row), 8 + 48, 16 + 60, 24 + 72);
    assert_shape(dl_grad(column), 2, 1);
    assert_values(dl_grad(column), 4 * 321, 4 * 654);
    assert_int_equal(dl_tensor_ndim(dl_grad(scalar)), 0);
    assert_values(dl_grad(scalar), 2 * 321 + 3 * 654);
}

static void backwards_add_up_until_zeroed_and_then_overwrite(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 2);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
        assert_values(dl_grad(x), 4 * i);
    }
    dl_tensor *place = dl_grad(x);
    dl_grad_zero(x);
    assert_null(dl_grad(x));
    assert_int_equal(dl_tensor_fill(place, NAN), DL_OK); /* what stands there does not count */
    assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
    assert_ptr_equal(dl_grad(x), place);
    assert_values(place, 4);
    dl_grad_zero(NULL);
}

static void an_accumulator_offered_and_a_gradient_returned_both_count(void **state)
{
    /* matmul adds the gradient of one operand in place and the broadcast one is summed down. */
    dl_ctx *ctx = *state;
    dl_tensor *w = leaf_like(make_tensor(ctx, DL_F64, DL_SHAPE(1, 2, 2), 1, 2, 3, 4));
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(dl_backward(dl_sum(dl_add(dl_matmul(w, w), w), NULL, 0, 0)), DL_OK);
        assert_values(dl_grad(w), 8 * i, 12 * i, 10 * i, 14 * i);
    }
}

static void a_tracked_leaf_is_its_own_gradient_source(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 2);
    assert_int_equal(dl_backward(x), DL_OK);
    assert_values(dl_grad(x), 1);
}

static dl_tensor *pass_on(dl_tensor *grad, void *user)
{
    (void)user;
    return grad;
}

static void gradients_lie_in_memory_as_their_leaf(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = with_layout(random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3, 4, 5)), LAYOUT_LAST);
    for (int hooked = 0; hooked < 2; hooked++) {
        dl_grad_track(x, 0);
        dl_grad_track(x, 1);
        if (hooked)
            assert_true(dl_grad_hook(x, pass_on, NULL, NULL) > 0);
        dl_tensor *y = dl_exp(x), *rows = dl_tensor_give(dl_tensor_to(ctx, x));
        for (int32_t i = 0; i < 4; i++)
            assert_int_equal(dl_tensor_stride(y, i), dl_tensor_stride(x, i));
        assert_int_equal(dl_backward(dl_sum(dl_mul(rows, y), NULL, 0, 0)), DL_OK);
        for (int32_t i = 0; i < 4; i++)
            assert_int_equal(dl_tensor_stride(dl_grad(x), i), dl_tensor_stride(x, i));
    }
}

static void element_types_do_not_mix(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 2), *f = make_tensor(ctx, DL_F32, DL_SHAPE(1), 3);
    assert_null(dl_mul(x, f));
    expect_error(ctx, DL_EDTYPE, "mul: operands are f64 and f32");
    assert_int_equal(dl_backward(dl_mul(dl_cast(x, DL_F32), f)), DL_OK);
    assert_int_equal(dl_tensor_dtype(dl_grad(x)), DL_F64);
    assert_values(dl_grad(x), 3);
}

static void backward_refuses_what_has_no_gradient(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf_like(make_tensor(ctx, DL_F64, DL_SHAPE(2), 1, 2));
    assert_int_equal(dl_backward(NULL), DL_EINVAL);
    expect_ok(ctx);
    assert_int_equal(dl_backward(make_tensor(ctx, DL_F64, DL_SHAPE(1), 1)), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "backward: the tensor was not recorded");
    assert_int_equal(dl_backward(dl_scale(x, 2)), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "backward: the tensor has 2 elements, without a seed it wants 1");
    dl_tensor *y = dl_sum(x, NULL, 0, 0);
    dl_fail_text(ctx, DL_EUSER, "stop");
    assert_int_equal(dl_backward(y), DL_EUSER);
    expect_error(ctx, DL_EUSER, "stop");
    assert_null(dl_grad(x));
    assert_int_equal(dl_backward(y), DL_OK); /* the refusal cost nothing */
}

static void recording_can_be_switched_off(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 2);
    assert_int_equal(dl_grad_enable(ctx, 0), 1);
    assert_false(dl_grad_tracked(dl_mul(x, x)));
    assert_int_equal(dl_grad_enable(ctx, 1), 0);
    assert_true(dl_grad_tracked(dl_mul(x, x)));
    assert_int_equal(dl_grad_enable(NULL, 1), DL_EINVAL);
}

static void detach_stops_gradients_and_shares_memory(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *h = dl_mul(x, x), *d = dl_detach(h);
    assert_false(dl_grad_tracked(d));
    assert_ptr_equal(dl_tensor_data(d), dl_tensor_data(h));
    assert_int_equal(dl_backward(dl_mul(d, x)), DL_OK);
    assert_values(dl_grad(x), 9);
    assert_null(dl_detach(NULL));
    dl_fail_text(ctx, DL_EUSER, "stop");
    assert_null(dl_detach(x));
    expect_error(ctx, DL_EUSER, "stop");
}

static void tracking_has_rules(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *i = make_tensor(ctx, DL_I32, DL_SHAPE(1), 3);
    dl_grad_track(NULL, 1);
    assert_false(dl_grad_tracked(NULL));
    dl_grad_track(i, 1);
    expect_error(ctx, DL_EDTYPE, "grad_track: the tensor is i32");
    dl_grad_track(dl_mul(x, x), 1);
    expect_error(ctx, DL_ESTATE, "grad_track: the tensor was made by mul");
    assert_int_equal(dl_backward(dl_mul(x, x)), DL_OK);
    dl_tensor *grad = dl_grad(x);
    dl_grad_track(x, 1); /* already: nothing happens */
    assert_ptr_equal(dl_grad(x), grad);
    dl_grad_track(x, 0);
    assert_false(dl_grad_tracked(x));
    assert_null(dl_grad(x));
    dl_grad_track(x, 0);
}

static void a_record_keeps_to_what_was_tracked_when_it_was_made(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf(ctx, 3), *w = make_tensor(ctx, DL_F64, DL_SHAPE(1), 5);
    dl_tensor *mul = dl_mul(x, w), *sum = dl_add(x, w);
    dl_grad_track(w, 1); /* too late for both */
    assert_int_equal(dl_backward(mul), DL_OK);
    assert_int_equal(dl_backward(sum), DL_OK);
    assert_null(dl_grad(w));
    assert_values(dl_grad(x), 6);
    mul = dl_mul(x, w);
    sum = dl_add(x, w);
    dl_grad_track(x, 0);
    dl_grad_track(x, 1); /* a new leaf: the old one's record is not its own */
    assert_int_equal(dl_backward(mul), DL_OK);
    assert_int_equal(dl_backward(sum), DL_OK);
    assert_null(dl_grad(x));
    assert_values(dl_grad(w), 4);
}

static void gradients_can_collect_in_a_place_that_is_given(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = leaf_like(make_tensor(ctx, DL_F64, DL_SHAPE(2), 1, 2));
    dl_tensor *place = make_tensor(ctx, DL_F64, DL_SHAPE(2), NAN, NAN);
    assert_int_equal(dl__grad_place(x, place), DL_OK);
    assert_null(dl_grad(x));
    assert_int_equal(dl_backward(dl_sum(dl_mul(x, x), NULL, 0, 0)), DL_OK);
    assert_ptr_equal(dl_grad(x), place);
    assert_values(place, 2, 4);
    assert_int_equal(dl__grad_place(x, make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, 2, 3)), DL_ESHAPE);
    expect_error(ctx, DL_ESHAPE, "grad_place");
    assert_int_equal(dl__grad_place(place, NULL), DL_ESTATE);
    expect_error(ctx, DL_ESTATE, "grad_place");
    assert_int_equal(dl__grad_place(x, NULL), DL_OK);
    assert_null(dl_grad(x));
}

static dl_tensor *meta_leaf(dl_ctx *ctx)
{
    dl_meta_enable(ctx, 1);
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_F64, DL_SHAPE(2)));
    dl_meta_enable(ctx, 0);
    return leaf_like(t);
}

static void meta_tensors_have_meta_gradients(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *m = meta_leaf(ctx), *x = leaf_like(make_tensor(ctx, DL_F64, DL_SHAPE(2), 1, 2));
    for (int i = 0; i < 2; i++) { /* saved by mul, only a shape for add */
        assert_int_equal(dl_backward(dl_sum(i ? dl_mul(m, m) : dl_add(m, m), NULL, 0, 0)), DL_OK);
        assert_true(dl_tensor_meta(dl_grad(m)));
    }
    assert_int_equal(dl_backward(dl_sum(dl_add(m, x), NULL, 0, 0)), DL_OK);
    assert_true(dl_tensor_meta(dl_grad(x)));
    assert_int_equal(dl_backward(dl_sum(x, NULL, 0, 0)), DL_OK);
    assert_true(dl_tensor_meta(dl_grad(x))); /* a sum with something unknown */
    dl_grad_zero(x);
    assert_int_equal(dl_backward(dl_sum(x, NULL, 0, 0)), DL_OK);
    assert_values(dl_grad(x), 1, 1);
    for (int i = 0; i < 2; i++) {
        dl_tensor *y = i ? dl_mul(m, x) : dl_add(m, x);
        assert_int_equal(dl_backward(dl_sum(y, NULL, 0, 0)), DL_ESTATE);
        expect_error(ctx, DL_ESTATE, "meta");
    }
}

static void nothing_at_all_has_a_gradient_of_nothing(void **state)
{
    dl_ctx *ctx = *state;
    const int64_t none[] = {0, 3};
    dl_tensor *x = leaf_like(random_tensor(ctx, DL_F64, 1, none, 2));
    assert_int_equal(dl_backward(dl_sum(dl_mul(x, x), NULL, 0, 0)), DL_OK);
    assert_shape(dl_grad(x), 0, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(chains_multiply_derivatives),
        with_ctx(diamonds_add_the_gradients_of_both_sides),
        with_ctx(one_tensor_may_be_an_operand_twice),
        with_ctx(three_uses_are_summed_in_place_after_the_second),
        with_ctx(a_gradient_that_others_have_is_not_added_to_in_place),
        with_ctx(a_gradient_that_nobody_else_has_is_added_to_in_place),
        with_ctx(leaves_off_the_path_have_no_gradient),
        with_ctx(broadcast_operands_get_sums),
        with_ctx(backwards_add_up_until_zeroed_and_then_overwrite),
        with_ctx(an_accumulator_offered_and_a_gradient_returned_both_count),
        with_ctx(a_tracked_leaf_is_its_own_gradient_source),
        with_ctx(gradients_lie_in_memory_as_their_leaf),
        with_ctx(element_types_do_not_mix),
        with_ctx(backward_refuses_what_has_no_gradient),
        with_ctx(recording_can_be_switched_off),
        with_ctx(detach_stops_gradients_and_shares_memory),
        with_ctx(tracking_has_rules),
        with_ctx(a_record_keeps_to_what_was_tracked_when_it_was_made),
        with_ctx(gradients_can_collect_in_a_place_that_is_given),
        with_ctx(meta_tensors_have_meta_gradients),
        with_ctx(nothing_at_all_has_a_gradient_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
