/* Convolutions of every engine against the textbook's loops. */
#include <float.h>
#include <stdio.h>
#include "support/conv_check.h"

static const int32_t engines[] = {DL_ENGINE_PLAIN, DL_ENGINE_BLAS};
enum { ENGINES = 2 };

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

static void check_point(dl_ctx *ctx, uint64_t i, const point *p)
{
    const int32_t mark = dl_scope_begin(ctx);
    int64_t xs[5] = {2, p->channels}, ws[5];
    ws[0] = p->transposed ? p->channels : p->outputs;
    ws[1] = (p->transposed ? p->outputs : p->channels) / p->groups;
    for (int32_t k = 0; k < p->axes; k++) { /* other sizes along each axis */
        xs[2 + k] = p->size + k;
        ws[2 + k] = p->kernel + k;
    }
    for (int t = 0; t < 2; t++) {
        const dl_dtype dt = t ? DL_F64 : DL_F32;
        dl_tensor *x = random_tensor(ctx, dt, i, xs, 2 + p->axes);
        dl_tensor *w = random_tensor(ctx, dt, i + 1, ws, 2 + p->axes);
        dl_tensor *b = p->bias ? random_tensor(ctx, dt, i + 2, DL_SHAPE(p->outputs)) : NULL;
        dl_tensor *y = functions[p->transposed][p->axes - 1](x, w, b, &p->o);
        expect_ok(ctx);
        dl_tensor *want = textbook_conv(x, w, b, &p->o, p->transposed);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_engine_computes_what_the_textbook_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
