/* Batch normalisation with ReLU gives the bits of the operations it stands for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dl/grad.h"
#include "ops/batch_norm.h"
#include "support/support.h"

enum { X, WEIGHT, BIAS, SKIP, MEAN, VAR, OPERANDS }; /* MEAN and VAR: with given statistics */
enum { MOST = OPERANDS };

/* relu(batch_norm(x) + skip), fused or not; mean and var are results in training. */
static dl_tensor *run(dl_tensor *const *in, int fused, int eval, dl_tensor **mean, dl_tensor **var)
{
    const double eps = 1e-3;
    dl_tensor *y;
    if (fused)
        return eval ? dl__batch_norm_eval_relu(in[X], in[WEIGHT], in[BIAS], in[MEAN], in[VAR],
                                               in[SKIP], eps)
                    : dl__batch_norm_relu(in[X], in[WEIGHT], in[BIAS], in[SKIP], eps, mean, var);
    y = eval ? dl_batch_norm_eval(in[X], in[WEIGHT], in[BIAS], in[MEAN], in[VAR], eps)
             : dl_batch_norm(in[X], in[WEIGHT], in[BIAS], eps, mean, var);
    return dl_relu(in[SKIP] ? dl_add(y, in[SKIP]) : y);
}

typedef struct results {
    dl_tensor *out[3], *grad[MOST], *second[MOST];
} results;

/* The results, the gradients of y (and of the statistics, where those are asked for), and the
 * gradients of a number made from these. */
static results all_of(dl_tensor *const *given, uint32_t tracked, const dl_tensor *seed, int fused,
                      int eval, int statistics, int second)
{
    results r = {.out = {NULL}};
    dl_tensor *in[OPERANDS], *wrt[MOST], *grads[MOST], *seconds[MOST] = {NULL};
    int32_t n = 0, at[MOST];
    for (int i = 0; i < OPERANDS; i++) {
        in[i] = given[i] ? dl_detach(given[i]) : NULL;
        if (in[i] && (tracked >> i & 1)) {
            dl_grad_track(in[i], 1);
            at[n] = i;
            wrt[n++] = in[i];
        }
    }
    const int32_t outs = statistics ? 3 : 1;
    r.out[0] = run(in, fused, eval, statistics ? &r.out[1] : NULL, statistics ? &r.out[2] : NULL);
    assert_non_null(r.out[0]);
    dl_tensor *seeds[3] = {(dl_tensor *)(uintptr_t)seed, NULL, NULL};
    for (int i = 1; i < outs; i++)
        seeds[i] = random_tensor(seed->base.ctx, seed->dtype, 70 + (uint64_t)i, r.out[i]->dims, 1);
    assert_int_equal(dl_gradients(r.out, seeds, outs, wrt, n,
                                  second ? DL_GRAPH_CREATE : DL_GRAPH_RELEASE, grads),
                     DL_OK);
    if (second) {
        dl_tensor *sum = NULL;
        for (int32_t i = 0; i < n; i++) {
            dl_tensor *part = grads[i] ? dl_sum(dl_mul(grads[i], grads[i]), NULL, 0, 0) : NULL;
            sum = sum && part ? dl_add(sum, part) : sum ? sum : part;
        }
        if (dl_grad_tracked(sum))
            assert_int_equal(dl_gradients(&sum, NULL, 1, wrt, n, DL_GRAPH_RELEASE, seconds), DL_OK);
    }
    for (int32_t i = 0; i < n; i++) {
        r.grad[at[i]] = grads[i];
        r.second[at[i]] = seconds[i];
    }
    return r;
}

static void same(dl_tensor *a, dl_tensor *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (!a)
        return;
    assert_same_bits(a, b);
    for (int32_t i = 0; i < a->ndim; i++)
        assert_true(a->dims[i] == 1 || a->strides[i] == b->strides[i]);
}

static void compare(dl_tensor *const *in, uint32_t tracked, const dl_tensor *dy, int eval,
                    int statistics, int second)
{
    const results a = all_of(in, tracked, dy, 0, eval, statistics, second);
    const results b = all_of(in, tracked, dy, 1, eval, statistics, second);
    for (int i = 0; i < 3; i++)
        same(a.out[i], b.out[i]);
    for (int i = 0; i < MOST; i++) {
        assert_true((a.grad[i] == NULL) == (b.grad[i] == NULL));
        if (a.grad[i])
            assert_same_bits(a.grad[i], b.grad[i]);
        assert_true((a.second[i] == NULL) == (b.second[i] == NULL));
        if (a.second[i])
            assert_same_bits(a.second[i], b.second[i]);
    }
}

static const struct {
    int64_t dims[5];
    int32_t ndim;
} shapes[] = {
    {{4, 3}, 2},         {{9, 1}, 2},          {{3, 2, 5}, 3},      {{2, 3, 4, 5}, 4},
    {{40, 16, 3, 3}, 4}, {{3, 70, 7, 2}, 4},   {{1, 300, 2, 3}, 4}, {{2, 4, 1, 1}, 4},
    {{2, 1, 33, 9}, 4},  {{2, 3, 2, 3, 2}, 5}, {{2, 3, 0, 4}, 4},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Random operands of shape s. */
static void operands(dl_ctx *ctx, int s, dl_dtype dt, dl_tensor **in)
{
    const int64_t *channels = &shapes[s].dims[1];
    in[X] = random_tensor(ctx, dt, 1, shapes[s].dims, shapes[s].ndim);
    in[SKIP] = random_tensor(ctx, dt, 2, shapes[s].dims, shapes[s].ndim);
    in[WEIGHT] = random_tensor(ctx, dt, 3, channels, 1);
    in[BIAS] = random_tensor(ctx, dt, 4, channels, 1);
    in[MEAN] = random_tensor(ctx, dt, 5, channels, 1);
    in[VAR] = dl_add_scalar(dl_abs(random_tensor(ctx, dt, 6, channels, 1)), 0.1);
}

static void results_and_gradients_are_those_of_the_parts(void **state)
{
    dl_ctx *ctx = *state;
    for (int s = 0; s < SHAPES; s++)
        for (int i = 0; i < 2 * 2 * 2 * 2; i++) {
            dl_tensor *in[OPERANDS];
            const dl_dtype dt = i & 1 ? DL_F64 : DL_F32;
            const int eval = i >> 3 & 1;
            const int32_t scope = dl_scope_begin(ctx);
            operands(ctx, s, dt, in);
            dl_tensor *dy = random_tensor(ctx, dt, 7, shapes[s].dims, shapes[s].ndim);
            if (i & 2)
                in[SKIP] = NULL;
            if (i & 4)
                in[WEIGHT] = in[BIAS] = NULL;
            if (eval || dl_tensor_count(in[X]) > 0)
                compare(in, 63, dy, eval, 0, 0);
            dl_scope_end(ctx, scope);
        }
}

static void so_they_are_in_every_layout(void **state)
{
    dl_ctx *ctx = *state;
    for (int s = 2; s < 6; s++)
        for (int i = 0; i < LAYOUTS * LAYOUTS * LAYOUTS; i++) {
            dl_tensor *in[OPERANDS];
            const int32_t scope = dl_scope_begin(ctx);
            operands(ctx, s, i % 2 ? DL_F64 : DL_F32, in);
            dl_tensor *dy = random_tensor(ctx, in[X]->dtype, 7, shapes[s].dims, shapes[s].ndim);
            in[X] = with_layout(in[X], i % LAYOUTS);
            in[SKIP] = i % 3 == 0 ? NULL : with_layout(in[SKIP], i / LAYOUTS % LAYOUTS);
            compare(in, 63, with_layout(dy, i / LAYOUTS / LAYOUTS), 0, 0, 0);
            compare(in, 63, dy, 1, 0, 0);
            dl_scope_end(ctx, scope);
        }
}

/* Any part of the operands may be without history. */
static void so_they_are_whatever_is_tracked(void **state)
{
    dl_ctx *ctx = *state;
    for (uint32_t tracked = 1; tracked < 1u << OPERANDS; tracked++) {
        dl_tensor *in[OPERANDS];
        const int32_t scope = dl_scope_begin(ctx);
        operands(ctx, 3, DL_F32, in);
        dl_tensor *dy = random_tensor(ctx, DL_F32, 7, shapes[3].dims, shapes[3].ndim);
        compare(in, tracked, dy, 1, 0, 0);
        if (tracked & 15)
            compare(in, tracked & 15, dy, 0, 0, 0);
        dl_scope_end(ctx, scope);
    }
}

static void gradients_of_statistics_and_second_gradients_are_the_same_too(void **state)
{
    dl_ctx *ctx = *state;
    for (int s = 0; s < 5; s++)
        for (int i = 0; i < 4; i++) {
            dl_tensor *in[OPERANDS];
            const int32_t scope = dl_scope_begin(ctx);
            operands(ctx, s, i & 1 ? DL_F64 : DL_F32, in);
            dl_tensor *dy = random_tensor(ctx, in[X]->dtype, 7, shapes[s].dims, shapes[s].ndim);
            if (i & 2)
                in[SKIP] = NULL;
            compare(in, 15, dy, 0, 1, 0);
            compare(in, 15, dy, 0, 1, 1);
            compare(in, 15, dy, 0, 0, 1);
            compare(in, 63, dy, 1, 0, 1);
            dl_scope_end(ctx, scope);
        }
}

static void nan_infinity_and_zero_are_treated_as_by_the_parts(void **state)
{
    dl_ctx *ctx = *state;
    static const double values[] = {NAN, INFINITY, -INFINITY, -0.0, 0, 1e38};
    for (int k = 0; k < 6; k++)
        for (int eval = 0; eval < 2; eval++) {
            dl_tensor *in[OPERANDS];
            operands(ctx, 4, DL_F32, in);
            dl_tensor *dy = random_tensor(ctx, DL_F32, 7, shapes[4].dims, shapes[4].ndim);
            float *x = dl_tensor_edit(in[X]), *skip = dl_tensor_edit(in[SKIP]);
            for (int i = 0; i < 400; i += 97)
                x[i] = (float)values[k];
            compare(in, 15, dy, eval, 0, 0);
            for (int i = 1; i < 400; i += 31)
                skip[i] = (float)values[k];
            memset(x, 0, 400 * sizeof *x);
            compare(in, 15, dy, eval, 0, 0);
        }
}

static void what_is_added_must_have_the_shape_and_type_of_the_input(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *in[OPERANDS], *y;
    operands(ctx, 2, DL_F32, in);
    dl_tensor *row = random_tensor(ctx, DL_F32, 1, DL_SHAPE(2, 5));
    dl_tensor *wide = random_tensor(ctx, DL_F64, 1, shapes[2].dims, shapes[2].ndim);
    y = dl__batch_norm_relu(in[X], NULL, NULL, row, 1e-5, NULL, NULL);
    assert_null(y);
    expect_error(ctx, DL_ESHAPE,
                 "batch_norm_relu: the input is [3, 2, 5], what is added to it [2, 5]");
    y = dl__batch_norm_eval_relu(in[X], NULL, NULL, in[MEAN], in[VAR], row, 1e-5);
    assert_null(y);
    expect_error(ctx, DL_ESHAPE, "batch_norm_eval_relu: the input is [3, 2, 5]");
    assert_null(dl__batch_norm_relu(in[X], NULL, NULL, wide, 1e-5, NULL, NULL));
    expect_error(ctx, DL_EDTYPE, "batch_norm_relu: operands are f32 and f64");
    assert_null(dl__batch_norm_relu(in[X], NULL, NULL, NULL, NAN, NULL, NULL));
    expect_error(ctx, DL_EINVAL, "batch_norm: eps is nan");
    assert_null(dl__batch_norm_relu(random_tensor(ctx, DL_F32, 1, DL_SHAPE(1, 3)), NULL, NULL, NULL,
                                    1e-5, NULL, NULL));
    expect_error(ctx, DL_ESHAPE, "batch_norm: the input is [1, 3], which has 1 values");
}

static dl_status forward_and_backward(dl_ctx *ctx, void *user)
{
    dl_tensor *const *in = user, *y, *grads[2];
    for (int eval = 0; eval < 2; eval++) {
        y = run(in, 1, eval, NULL, NULL);
        if (!y || dl_gradients(&y, &in[OPERANDS], 1, (dl_tensor *[]){in[X], in[SKIP]}, 2,
                               DL_GRAPH_RELEASE, grads) != DL_OK)
            return ctx->status;
    }
    return DL_OK;
}

static void allocations_may_fail(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *in[OPERANDS + 1];
    operands(ctx, 3, DL_F32, in);
    in[OPERANDS] = random_tensor(ctx, DL_F32, 7, shapes[3].dims, shapes[3].ndim);
    in[X] = with_layout(in[X], LAYOUT_GAPS); /* copies are made, too */
    dl_grad_track(in[X], 1);
    dl_grad_track(in[SKIP], 1);
    assert_true(fault_loop(ctx, forward_and_backward, NULL, in) > 10);
}

/* What lies between the parts is nowhere: live objects are the result and what backward reads. */
static void nothing_between_the_parts_is_kept(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *in[OPERANDS];
    operands(ctx, 4, DL_F32, in);
    const int64_t size = dl_tensor_count(in[X]) * 4;
    dl_grad_track(in[X], 1);
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    assert_non_null(run(in, 1, 0, NULL, NULL));
    assert_in_range(dl_ctx_bytes(ctx, DL_BYTES_LIVE) - before, size, size + size / 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with_ctx(results_and_gradients_are_those_of_the_parts),
        with_ctx(so_they_are_in_every_layout),
        with_ctx(so_they_are_whatever_is_tracked),
        with_ctx(gradients_of_statistics_and_second_gradients_are_the_same_too),
        with_ctx(nan_infinity_and_zero_are_treated_as_by_the_parts),
        with_ctx(what_is_added_must_have_the_shape_and_type_of_the_input),
        with_ctx(allocations_may_fail),
        with_ctx(nothing_between_the_parts_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
