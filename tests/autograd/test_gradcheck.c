/* dl_gradcheck finds wrong gradients and leaves no trace. */
#include <math.h>
#include <string.h>
#include "dl/ext.h"
#include "dl/grad.h"
#include "dl/ops.h"
#include "support/support.h"

/* ---- y = x^3, with a gradient that is right, wrong, or wrong only the second time ---------- */

typedef struct fault {
    double first, second; /* factors of the gradient and of the gradient's gradient */
} fault;

static dl_status same_shape(const dl_call *c, dl_spec *out)
{
    out->dtype = c->in[0]->dtype;
    out->ndim = c->in[0]->ndim;
    memcpy(out->dims, c->in[0]->dims, sizeof out->dims);
    return DL_OK;
}

static dl_status square(const dl_call *c)
{
    const double *x = dl_tensor_data(c->in[0]);
    double *y = (double *)(void *)dl__data(c->out[0]);
    for (int64_t i = 0; i < dl_tensor_count(c->in[0]); i++)
        y[i] = x[i] * x[i];
    return DL_OK;
}

static dl_status square_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const fault *f = c->attrs;
    dx[0] = dl_scale(dl_mul(dy[0], c->in[0]), 2 * f->second);
    return DL_OK;
}

static const dl_op square_op = {.name = "square",
                                .attrs_size = sizeof(fault),
                                .saves_in = 1,
                                .infer = same_shape,
                                .forward = square,
                                .backward = square_backward};

static dl_status cube(const dl_call *c)
{
    const double *x = dl_tensor_data(c->in[0]);
    double *y = (double *)(void *)dl__data(c->out[0]);
    for (int64_t i = 0; i < dl_tensor_count(c->in[0]); i++)
        y[i] = x[i] * x[i] * x[i];
    return DL_OK;
}

static dl_status cube_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const fault *f = c->attrs;
    dl_tensor *s = NULL;
    if (dl_apply(&square_op, c->in, 1, f, &s, 1) == DL_OK)
        dx[0] = dl_scale(dl_mul(dy[0], s), 3 * f->first);
    return dl_ctx_status(c->ctx);
}

static const dl_op cube_op = {.name = "cube",
                              .attrs_size = sizeof(fault),
                              .saves_in = 1,
                              .infer = same_shape,
                              .forward = cube,
                              .backward = cube_backward};

/* x0 + x1^3; user is the fault. */
static dl_tensor *with_cube(dl_tensor *const *in, int32_t n, void *user)
{
    dl_tensor *y = NULL;
    (void)n;
    dl_apply(&cube_op, &in[1], 1, user, &y, 1);
    return dl_add(in[0], y);
}

static void tracked_pair(dl_ctx *ctx, dl_tensor **in)
{
    in[0] = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, 2, 3);
    in[1] = make_tensor(ctx, DL_F64, DL_SHAPE(3), 0.5, -2, 0.25);
    dl_grad_track(in[0], 1);
    dl_grad_track(in[1], 1);
}

static const dl_gradcheck_opts second = {.order = 2};

static void right_gradients_pass(void **state)
{
    dl_ctx *ctx = *state;
    fault f = {1, 1};
    double worst = -1;
    dl_tensor *in[2];
    tracked_pair(ctx, in);
    assert_int_equal(dl_gradcheck(with_cube, in, 2, &f, &worst, NULL), DL_OK);
    assert_true(worst >= 0 && worst < 1e-8);
    assert_int_equal(dl_gradcheck(with_cube, in, 2, &f, &worst, &second), DL_OK);
    assert_true(worst >= 0 && worst < 1e-6);
    assert_int_equal(dl_gradcheck(with_cube, in, 2, &f, NULL, NULL), DL_OK);
    assert_null(dl_grad(in[0]));
}

static void a_wrong_gradient_is_found_where_it_is_worst(void **state)
{
    dl_ctx *ctx = *state;
    fault f = {1.01, 1};
    double worst = 0;
    dl_tensor *in[2];
    tracked_pair(ctx, in);
    assert_int_equal(dl_gradcheck(with_cube, in, 2, &f, &worst, NULL), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "gradcheck: order 1, input 1, element 1: the gradient is ");
    assert_true(worst > 0.0099 && worst < 0.0101); /* relative, as the derivative is large */
    assert_int_equal(
        dl_gradcheck(with_cube, in, 2, &f, &worst, &(dl_gradcheck_opts){.tolerance = 0.02}), DL_OK);
}

static void a_gradient_wrong_only_in_second_order_is_found_there(void **state)
{
    dl_ctx *ctx = *state;
    fault f = {1, 1.01};
    dl_tensor *in[2];
    tracked_pair(ctx, in);
    assert_int_equal(dl_gradcheck(with_cube, in, 2, &f, NULL, NULL), DL_OK);
    assert_int_equal(dl_gradcheck(with_cube, in, 2, &f, NULL, &second), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "gradcheck: order 2, input 1, element 1");
}

static dl_tensor *log_of(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_log(in[0]);
}

static void a_nan_is_an_error_of_any_size(void **state)
{
    dl_ctx *ctx = *state;
    double worst = 0;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(3), 1, -1, 2);
    dl_grad_track(x, 1);
    const dl_gradcheck_opts lax = {.tolerance = INFINITY};
    assert_int_equal(dl_gradcheck(log_of, &x, 1, NULL, &worst, &lax), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "differences say nan");
    assert_true(isnan(worst));
}

static dl_tensor *drop_half(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_dropout(dl_mul(in[0], in[0]), 0.5);
}

static void random_operations_are_replayed_and_the_counters_left(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = random_tensor(ctx, DL_F64, 3, DL_SHAPE(20));
    dl_grad_track(x, 1);
    dl_ctx_ticket(ctx);
    uint64_t ticket = ctx->ticket, fills = ctx->fills;
    assert_int_equal(dl_gradcheck(drop_half, &x, 1, NULL, NULL, &second), DL_OK);
    assert_true(ctx->ticket == ticket && ctx->fills == fills && ctx->replaying == 0);
}

static void inputs_are_what_they_were_to_the_bit(void **state)
{
    dl_ctx *ctx = *state;
    fault f = {1.5, 1};
    dl_tensor *in[2];
    tracked_pair(ctx, in);
    *(double *)dl_tensor_edit(in[1]) = 0x1.123456789abcdp-40; /* adding a step would lose it */
    dl_tensor *before[] = {dl_copy(dl_detach(in[0])), dl_copy(dl_detach(in[1]))};
    for (int i = 0; i < 2; i++) { /* after success and after failure */
        dl_gradcheck(with_cube, in, 2, &f, NULL, &second);
        dl_ctx_clear(ctx);
        assert_same_bits(in[0], before[0]);
        assert_same_bits(in[1], before[1]);
        f.first = 1;
    }
}

static void strided_inputs_are_moved_where_they_lie(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *t = random_tensor(ctx, DL_F64, 3, DL_SHAPE(2, 3, 2));
    for (int layout = 0; layout < LAYOUTS; layout++) {
        dl_tensor *x = with_layout(t, layout);
        dl_grad_track(x, 1);
        assert_int_equal(dl_gradcheck(drop_half, &x, 1, NULL, NULL, NULL), DL_OK);
        assert_same_bits(x, t);
    }
}

static dl_tensor *constant(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    (void)user;
    return dl_detach(in[0]);
}

static dl_tensor *fixed(dl_tensor *const *in, int32_t n, void *user)
{
    (void)in;
    (void)n;
    return user;
}

static void functions_without_gradients_are_checked_too(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(2), 1, 2);
    dl_grad_track(x, 1);
    assert_int_equal(dl_gradcheck(fixed, &x, 1, dl_copy(dl_detach(x)), NULL, &second), DL_OK);
    assert_int_equal(dl_gradcheck(constant, &x, 1, NULL, NULL, NULL), DL_ENUMERIC);
    expect_error(ctx, DL_ENUMERIC, "gradcheck: order 1, input 0, element 1: the gradient is 0");
}

static void what_cannot_be_checked_is_refused(void **state)
{
    dl_ctx *ctx = *state, *other = make_ctx(1);
    dl_tensor *x = make_tensor(ctx, DL_F64, DL_SHAPE(1), 1), *many[40];
    dl_tensor *narrow = make_tensor(ctx, DL_F32, DL_SHAPE(1), 1), *none = NULL;
    double worst = 0, data = 1;
    assert_int_equal(dl_gradcheck(log_of, &x, 1, NULL, &worst, NULL), DL_ESTATE);
    assert_true(isnan(worst));
    expect_error(ctx, DL_ESTATE, "gradcheck: no input is a tracked leaf");
    dl_grad_track(narrow, 1);
    assert_int_equal(dl_gradcheck(log_of, &narrow, 1, NULL, NULL, NULL), DL_EDTYPE);
    expect_error(ctx, DL_EDTYPE, "gradcheck: tracked input 0 is f32, wanted f64");
    dl_grad_track(x, 1);
    assert_int_equal(dl_gradcheck(NULL, &x, 1, NULL, NULL, NULL), DL_EINVAL);
    assert_int_equal(dl_gradcheck(log_of, NULL, 1, NULL, NULL, NULL), DL_EINVAL);
    assert_int_equal(dl_gradcheck(log_of, &none, 1, NULL, NULL, NULL), DL_EINVAL);
    expect_ok(ctx);
    const dl_gradcheck_opts bad[] = {{.order = 3},       {.order = -1},       {.step = -1},
                                     {.step = NAN},      {.step = INFINITY},  {.tolerance = -1},
                                     {.tolerance = NAN}, {.reserved = {0, 1}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(dl_gradcheck(log_of, &x, 1, NULL, NULL, &bad[i]), DL_EINVAL);
        expect_error(ctx, DL_EINVAL, "gradcheck: at most 31 inputs, order 1 or 2");
    }
    for (int i = 0; i < 40; i++)
        many[i] = x;
    assert_int_equal(dl_gradcheck(log_of, many, 32, NULL, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "gradcheck: at most 31 inputs");
    assert_int_equal(dl_gradcheck(log_of, many, 31, NULL, NULL, NULL), DL_OK);
    dl_tensor *two[] = {x, make_tensor(other, DL_F64, DL_SHAPE(1), 1)};
    assert_int_equal(dl_gradcheck(log_of, two, 2, NULL, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "gradcheck: input 1 is meta or of another context");
    dl_tensor *shared = dl_tensor_give(
        dl_tensor_wrap(ctx, DL_F64, &data, (int64_t[]){2}, (int64_t[]){0}, 1, NULL, NULL));
    dl_grad_track(shared, 1);
    assert_int_equal(dl_gradcheck(log_of, &shared, 1, NULL, NULL, NULL), DL_EINVAL);
    expect_error(ctx, DL_EINVAL, "gradcheck: elements of tracked input 0 share memory");
    assert_int_equal(dl_gradcheck(fixed, &x, 1, narrow, NULL, NULL), DL_EUSER);
    expect_error(ctx, DL_EUSER, "gradcheck: the function gave no f64 tensor");
    assert_int_equal(dl_gradcheck(fixed, &x, 1, NULL, NULL, NULL), DL_EUSER);
    expect_error(ctx, DL_EUSER, "gradcheck: the function gave no f64 tensor");
    dl_fail_text(ctx, DL_EIO, "stop");
    assert_int_equal(dl_gradcheck(log_of, &x, 1, NULL, NULL, NULL), DL_EIO);
    expect_error(ctx, DL_EIO, "stop");
    end_ctx(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(right_gradients_pass),
        with_ctx(a_wrong_gradient_is_found_where_it_is_worst),
        with_ctx(a_gradient_wrong_only_in_second_order_is_found_there),
        with_ctx(a_nan_is_an_error_of_any_size),
        with_ctx(random_operations_are_replayed_and_the_counters_left),
        with_ctx(inputs_are_what_they_were_to_the_bit),
        with_ctx(strided_inputs_are_moved_where_they_lie),
        with_ctx(functions_without_gradients_are_checked_too),
        with_ctx(what_cannot_be_checked_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
