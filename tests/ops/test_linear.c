#include "autograd/autograd.h"
#include "support/op_check.h"

static dl_tensor *linear(dl_tensor *const *in, int32_t n, void *user)
{
    (void)user;
    return dl_linear(in[0], in[1], n > 2 ? in[2] : NULL);
}

static const op_case cases[] = {
    CASE("a batch", IN(4, 3), IN(5, 3), IN(5)),
    CASE("without a bias", IN(4, 3), IN(5, 3)),
    CASE("a vector", IN(3), IN(5, 3), IN(5)),
    CASE("two leading axes", IN(2, 3, 4), IN(2, 4), IN(2)),
    CASE("one output", IN(4, 3), IN(1, 3), IN(1)),
    CASE("one input", IN(4, 1), IN(3, 1), IN(3)),
    CASE("no rows", IN(0, 3), IN(5, 3), IN(5)),
    CASE("no inputs", IN(4, 0), IN(2, 0), IN(2)),
    LARGE_CASE("large", IN(90, 200), IN(150, 200), IN(150)),
};
static const op_test test = {"linear", linear, OP_CASES(cases), .flags = 0};

static void linear_is_x_w_transposed_plus_b(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F32, DL_SHAPE(2, 2), 1, 2, 3, 4);
    dl_tensor *w = make_tensor(ctx, DL_F32, DL_SHAPE(3, 2), 1, 0, 0, 1, 1, 1);
    dl_tensor *b = make_tensor(ctx, DL_F32, DL_SHAPE(3), 10, 20, 30);
    assert_values(dl_linear(x, w, b), 11, 22, 33, 13, 24, 37);
    assert_values(dl_linear(x, w, NULL), 1, 2, 3, 3, 4, 7);
    expect_ok(ctx);
}

static void linear_of_no_inputs_is_the_bias(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    dl_tensor *w = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 0));
    assert_values(dl_linear(x, w, make_tensor(ctx, DL_F32, DL_SHAPE(2), 3, 4)), 3, 4, 3, 4);
    assert_values(dl_linear(x, w, NULL), 0, 0, 0, 0);
}

/* As layers keep a weight: [in][out] in memory. Gradients collect in an arena of that layout. */
static void linear_adds_gradients_into_the_place_given_for_them(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, 3, 4));
    dl_tensor *w = with_layout(random_tensor(ctx, DL_F64, 2, DL_SHAPE(5, 4)), LAYOUT_COLUMNS);
    dl_tensor *b = random_tensor(ctx, DL_F64, 3, DL_SHAPE(5));
    dl_tensor *arena = random_tensor(ctx, DL_F64, 4, DL_SHAPE(25));
    dl_tensor *dw = dl_transpose(dl_reshape(dl_slice(arena, 0, 0, 20, 1), DL_SHAPE(4, 5)), 0, 1);
    dl_tensor *db = dl_slice(arena, 0, 20, 25, 1);
    dl_tensor *one = dl_expand(make_tensor(ctx, DL_F64, DL_SHAPE(1), 1), DL_SHAPE(30));
    dl_grad_track(w, 1);
    dl_grad_track(b, 1);
    assert_int_equal(dl__grad_place(w, dw), DL_OK);
    assert_int_equal(dl__grad_place(b, db), DL_OK);
    for (int use = 0; use < 2; use++)
        dl_backward(dl_matmul(dl_reshape(dl_linear(x, w, b), DL_SHAPE(30)), one));
    expect_ok(ctx);
    dl_tensor *two = dl_expand(make_tensor(ctx, DL_F64, DL_SHAPE(1), 2), DL_SHAPE(5, 6));
    assert_tensors_close(dw, dl_matmul(two, dl_reshape(x, DL_SHAPE(6, 4))), 1e-14);
    assert_values(db, 12, 12, 12, 12, 12);
}

static void linear_refuses_shapes_that_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F32, 1, DL_SHAPE(5, 4));
    dl_tensor *w = random_tensor(ctx, DL_F32, 1, DL_SHAPE(3, 5));
    dl_tensor *b = random_tensor(ctx, DL_F32, 1, DL_SHAPE(4));
    assert_null(dl_linear(x, w, NULL));
    expect_error(ctx, DL_ESHAPE, "linear: input is [5, 4], weight wants 5 inputs");
    assert_null(dl_linear(dl_transpose(x, 0, 1), w, b));
    expect_error(ctx, DL_ESHAPE, "linear: bias is [4], weight wants [3]");
    assert_null(dl_linear(x, b, NULL));
    expect_error(ctx, DL_ESHAPE, "linear: weight is [4], wanted [outputs, inputs]");
    assert_null(dl_linear(dl_squeeze(random_tensor(ctx, DL_F32, 1, DL_SHAPE(1)), 0), w, NULL));
    expect_error(ctx, DL_ESHAPE, "linear: input is [], weight wants 5 inputs");
    assert_null(dl_linear(x, NULL, NULL));
    expect_ok(ctx);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        with_ctx(linear_is_x_w_transposed_plus_b),
        with_ctx(linear_of_no_inputs_is_the_bias),
        with_ctx(linear_adds_gradients_into_the_place_given_for_them),
        with_ctx(linear_refuses_shapes_that_do_not_fit),
    };
    return op_main(&test, more, OP_LENGTH(more));
}
