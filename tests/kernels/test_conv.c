/* Convolutions of every engine against the textbook's loops. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/conv_check.h"

static const int32_t engines[] = {DL_ENGINE_PLAIN, DL_ENGINE_NATIVE, DL_ENGINE_BLAS};
enum { ENGINES = 3 };

/* NULL if this build or machine has no such engine. */
static dl_ctx *context(int32_t engine, int32_t threads)
{
    const dl_ctx_opts o = {.engine = engine, .threads = threads};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    if (dl_ctx_engine(ctx) == engine && dl_ctx_status(ctx) == DL_OK)
        return ctx;
    assert_int_equal(engine, DL_ENGINE_BLAS);
    dl_ctx_drop(ctx);
    return NULL;
}

static conv_function *const functions[2][3] = {
    {dl_conv1d, dl_conv2d, dl_conv3d},
    {dl_conv_transpose1d, dl_conv_transpose2d, dl_conv_transpose3d},
};

/* A point of the grid. */
typedef struct point {
    int32_t axes, transposed, size, kernel, groups, channels, outputs, bias;
    dl_conv_opts o;
} point;

/* The point number i, its numbers drawn; 0 when the window has no place. */
static int point_of(uint64_t i, point *p)
{
    uint64_t s = i * 977 + 5;
    for (int k = 0; k < 4; k++)
        random_number(&s);
#define DRAW(n) ((int32_t)(random_number(&s) * (n)))
    *p = (point){.axes = 1 + DRAW(3), .transposed = DRAW(2)};
    p->size = 1 + DRAW(p->axes == 3 ? 5 : 9);
    p->kernel = 1 + DRAW(p->axes == 3 ? 3 : 5);
    static const int32_t groups[] = {1, 1, 1, 2, 3};
    p->groups = groups[DRAW(5)];
    p->channels = p->groups * (1 + DRAW(3));
    p->outputs = p->groups * (1 + DRAW(3));
    p->bias = DRAW(2);
    p->o.groups = p->groups;
    for (int32_t k = 0; k < p->axes; k++) {
        p->o.stride[k] = 1 + DRAW(3);
        p->o.dilation[k] = 1 + DRAW(3);
        const int32_t most = p->kernel + 1;
        p->o.padding[k] = DRAW(most) ? DRAW(most) + 1 : DL_OFF;
        p->o.padding_end[k] = DRAW(2) ? p->o.padding[k] : DRAW(2) ? 1 + DRAW(2) : DL_OFF;
        if (p->transposed)
            p->o.output_padding[k] = p->o.stride[k] > 1 && DRAW(2) ? p->o.stride[k] - 1 : DL_OFF;
    }
    for (int32_t k = 0; k < p->axes; k++) {
        const int32_t pad = (p->o.padding[k] == DL_OFF ? 0 : p->o.padding[k]) +
                            (p->o.padding_end[k] == DL_OFF ? 0 : p->o.padding_end[k]);
        const int32_t reach = p->o.dilation[k] * (p->kernel + k - 1) + 1;
        if (p->transposed ? (p->size + k - 1) * p->o.stride[k] + reach - pad < 1
                          : p->size + k + pad < reach)
            return 0;
    }
    return 1;
}

/* x and w; sizes differ along each axis. */
static void make_operands(dl_ctx *ctx, dl_dtype dt, uint64_t seed, const point *p, dl_tensor *in[2])
{
    int64_t xs[5] = {2, p->channels}, ws[5];
    ws[0] = p->transposed ? p->channels : p->outputs;
    ws[1] = (p->transposed ? p->outputs : p->channels) / p->groups;
    for (int32_t k = 0; k < p->axes; k++) {
        xs[2 + k] = p->size + k;
        ws[2 + k] = p->kernel + k;
    }
    in[0] = random_tensor(ctx, dt, seed, xs, 2 + p->axes);
    in[1] = random_tensor(ctx, dt, seed + 1, ws, 2 + p->axes);
}

static void check_point(dl_ctx *ctx, uint64_t i, const point *p)
{
    const int32_t mark = dl_scope_begin(ctx);
    for (int t = 0; t < 2; t++) {
        const dl_dtype dt = t ? DL_F64 : DL_F32;
        dl_tensor *in[2];
        make_operands(ctx, dt, i, p, in);
        dl_tensor *b = p->bias ? random_tensor(ctx, dt, i + 2, DL_SHAPE(p->outputs)) : NULL;
        dl_tensor *y = functions[p->transposed][p->axes - 1](in[0], in[1], b, &p->o);
        expect_ok(ctx);
        dl_tensor *want = textbook_conv(in[0], in[1], b, &p->o, p->transposed);
        assert_tensors_close(dl_cast(y, DL_F64), want, t ? 1e-13 : 2e-5);
    }
    dl_scope_end(ctx, mark);
}

static void every_engine_computes_what_the_textbook_says(void **state)
{
    (void)state;
    for (int e = 0; e < ENGINES; e++) {
        dl_ctx *ctx = context(engines[e], 2);
        int64_t points = 0;
        for (uint64_t i = 0; ctx && i < 1500; i++) {
            point p;
            if (!point_of(i, &p))
                continue;
            check_point(ctx, i, &p);
            points++;
        }
        if (ctx) {
            assert_true(points > 1000);
            end_ctx(ctx);
        }
    }
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* y is linear in w, so an element of dw is <dy, y of a weight that is 1 there and 0 elsewhere>;
 * likewise of dx. Some elements of each. */
static void check_gradient(dl_ctx *ctx, const point *p, dl_tensor *const in[2], int which,
                           dl_tensor *dy, dl_tensor *got)
{
    const int64_t n = dl_tensor_count(in[which]);
    double *unit = calloc((size_t)n, sizeof *unit), *g = values_of(got), *d = values_of(dy);
    assert_non_null(unit);
    for (int64_t i = 0; i < n; i += 1 + n / 16) {
        const int32_t mark = dl_scope_begin(ctx);
        unit[i] = 1;
        dl_tensor *one = tensor_of(ctx, DL_F64, unit, in[which]->dims, in[which]->ndim);
        dl_tensor *y =
            textbook_conv(which ? in[0] : one, which ? one : in[1], NULL, &p->o, p->transposed);
        double *v = values_of(y), want = 0;
        for (int64_t k = 0; k < dl_tensor_count(y); k++)
            want += v[k] * d[k];
        free(v);
        assert_true(g[i] - want < 1e-12 && want - g[i] < 1e-12);
        unit[i] = 0;
        dl_scope_end(ctx, mark);
    }
    free(unit);
    free(g);
    free(d);
}

static void gradients_of_every_engine_are_those_of_the_textbook(void **state)
{
    (void)state;
    for (int e = 0; e < ENGINES; e++) {
        dl_ctx *ctx = context(engines[e], 2);
        for (uint64_t i = 5000; ctx && i < 5150; i++) {
            point p;
            if (!point_of(i, &p))
                continue;
            const int32_t mark = dl_scope_begin(ctx);
            dl_tensor *in[2], *grads[2];
            make_operands(ctx, DL_F64, i, &p, in);
            dl_grad_track(in[0], 1);
            dl_grad_track(in[1], 1);
            dl_tensor *y = functions[p.transposed][p.axes - 1](in[0], in[1], NULL, &p.o);
            dl_tensor *dy = random_tensor(ctx, DL_F64, i + 7, y->dims, y->ndim);
            assert_int_equal(dl_gradients(&y, &dy, 1, in, 2, DL_GRAPH_RELEASE, grads), DL_OK);
            check_gradient(ctx, &p, in, 0, dy, grads[0]);
            check_gradient(ctx, &p, in, 1, dy, grads[1]);
            dl_scope_end(ctx, mark);
        }
        if (ctx)
            end_ctx(ctx);
    }
}

/* ---- threads --------------------------------------------------------------------------------- */

/* Shapes that are cut into tiles, blocks and parts in different ways. */
static const struct shape {
    int64_t n, channels, outputs, size, kernel;
    dl_conv_opts o;
} shapes[] = {
    {16, 16, 16, 32, 3, {.padding = {1}}},
    {16, 16, 32, 31, 3, {.padding = {1}, .stride = {2}}},
    {8, 32, 64, 16, 1, {.stride = {2}}},
    {8, 24, 40, 17, 1, {.groups = 1}},
    {1, 96, 300, 7, 3, {.padding = {1}}}, /* few places: cut along the outputs */
    {4, 70, 70, 20, 3, {.padding = {1}, .groups = 70}},
    {4, 70, 70, 20, 5, {.padding = {2}, .groups = 70, .stride = {2}, .dilation = {2}}},
    {4, 24, 36, 20, 3, {.padding = {1}, .groups = 12}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, RESULTS = 4 };

/* y and the gradients of x, w, b; the caller's. */
static void run_shape(dl_ctx *ctx, dl_dtype dt, const struct shape *s, dl_tensor *out[RESULTS])
{
    const int64_t groups = s->o.groups ? s->o.groups : 1;
    const int32_t mark = dl_scope_begin(ctx);
    dl_tensor *in[3] = {
        random_tensor(ctx, dt, 1, DL_SHAPE(s->n, s->channels, s->size, s->size)),
        random_tensor(ctx, dt, 2, DL_SHAPE(s->outputs, s->channels / groups, s->kernel, s->kernel)),
        random_tensor(ctx, dt, 3, DL_SHAPE(s->outputs))};
    for (int i = 0; i < 3; i++)
        dl_grad_track(in[i], 1);
    dl_tensor *y = dl_conv2d(in[0], in[1], in[2], &s->o);
    expect_ok(ctx);
    dl_tensor *dy = random_tensor(ctx, dt, 4, y->dims, y->ndim);
    assert_int_equal(dl_gradients(&y, &dy, 1, in, 3, DL_GRAPH_RELEASE, out + 1), DL_OK);
    out[0] = dl_detach(y);
    for (int i = 0; i < RESULTS; i++)
        dl_tensor_take(out[i]);
    dl_scope_end(ctx, mark);
}

static void the_bits_do_not_depend_on_the_number_of_threads(void **state)
{
    static const int32_t threads[] = {1, 2, 3, 4, 7};
    (void)state;
    for (int e = 0; e < ENGINES; e++)
        for (int k = 0; k < SHAPES; k++) {
            double *want[RESULTS] = {NULL};
            for (int t = 0; t < 5; t++) {
                dl_ctx *ctx = context(engines[e], threads[t]);
                dl_tensor *out[RESULTS];
                if (!ctx)
                    continue;
                run_shape(ctx, DL_F32, &shapes[k], out);
                for (int i = 0; i < RESULTS; i++) {
                    double *v = values_of(out[i]);
                    const size_t bytes = (size_t)dl_tensor_count(out[i]) * sizeof *v;
                    assert_true(!want[i] || memcmp(v, want[i], bytes) == 0);
                    if (want[i])
                        free(v);
                    else
                        want[i] = v;
                    dl_tensor_drop(out[i]);
                }
                end_ctx(ctx);
            }
            for (int i = 0; i < RESULTS; i++)
                free(want[i]);
        }
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* Against weights of all channels that are zero outside the groups: the depthwise loops and the
 * products of groups are a product of everything. */
static void groups_are_a_weight_with_blocks(void **state)
{
    dl_ctx *ctx = *state;
    for (int k = 5; k < SHAPES; k++) {
        struct shape s = shapes[k];
        const int64_t g = s.o.groups, cg = s.channels / g, og = s.outputs / g;
        dl_tensor *x = random_tensor(ctx, DL_F64, 1, DL_SHAPE(2, s.channels, 9, 8));
        dl_tensor *w = random_tensor(ctx, DL_F64, 2, DL_SHAPE(s.outputs, cg, s.kernel, s.kernel));
        dl_tensor *wide = dl_tensor_give(
            dl_tensor_zeros(ctx, DL_F64, DL_SHAPE(s.outputs, s.channels, s.kernel, s.kernel)));
        for (int64_t i = 0; i < g; i++) {
            dl_tensor *to =
                dl_slice(dl_slice(wide, 0, i * og, (i + 1) * og, 1), 1, i * cg, (i + 1) * cg, 1);
            dl__copy_elements(to, dl_slice(w, 0, i * og, (i + 1) * og, 1));
        }
        dl_tensor *y = dl_conv2d(x, w, NULL, &s.o);
        s.o.groups = 0;
        assert_tensors_close(y, dl_conv2d(x, wide, NULL, &s.o), 1e-13);
        expect_ok(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_engine_computes_what_the_textbook_says),
        cmocka_unit_test(gradients_of_every_engine_are_those_of_the_textbook),
        cmocka_unit_test(the_bits_do_not_depend_on_the_number_of_threads),
        with_ctx(groups_are_a_weight_with_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
