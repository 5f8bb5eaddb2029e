/* Convolutions and their gradients against those of PyTorch, which make_conv.py stored. All numbers
 * are small multiples of powers of two, so every order of adding gives the same: results are
 * compared bit by bit, in f64 and f32, on every engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/conv_check.h"

enum { WORDS = 40, LINE = 1 << 14, SUMS = 3 };

/* As in make_conv.py. */
static double value(int64_t i, int64_t seed)
{
    return (double)((i * 7919 + seed * 10007 + i * i % 31 * seed) % 1009 % 33 - 16) / 16;
}

static dl_tensor *made(dl_ctx *ctx, dl_dtype dt, const int64_t *dims, int32_t ndim, int64_t seed)
{
    int64_t n = 1;
    for (int32_t i = 0; i < ndim; i++)
        n *= dims[i];
    double *v = malloc((size_t)n * sizeof *v + 8);
    assert_non_null(v);
    for (int64_t i = 0; i < n; i++)
        v[i] = value(i, seed);
    dl_tensor *t = tensor_of(ctx, dt, v, dims, ndim);
    free(v);
    return t;
}

typedef struct example {
    int32_t number, axes, transposed, bias;
    int64_t xs[5], ws[5], outputs;
    dl_conv_opts o;
    dl_tensor *result[4]; /* y, dx, dw, db */
} example;

/* The numbers of a line behind its word, up to a colon or the end; *rest is behind that. */
static int32_t numbers(char *text, int64_t *v, char **rest)
{
    int32_t n = 0;
    char *p = strchr(text, ' ');
    while (p && *p && *p != '\n' && p[1] != ':') {
        assert_true(n < WORDS);
        v[n++] = strtoll(p, &p, 10);
    }
    *rest = p && p[0] && p[1] == ':' ? p + 2 : NULL;
    return n;
}

static void read_example(example *e, char *text)
{
    int64_t v[WORDS];
    char *rest;
    const int32_t n = numbers(text, v, &rest), axes = (int32_t)v[0];
    e->axes = axes;
    assert_int_equal(n, 9 + 6 * axes);
    e->transposed = v[1] != 0;
    e->xs[0] = v[2];
    e->xs[1] = v[3];
    e->outputs = v[4];
    e->o = (dl_conv_opts){.groups = (int32_t)v[5], .mode = (int32_t)v[7], .same = (int32_t)v[8]};
    e->bias = v[6] != 0;
    e->ws[0] = e->transposed ? v[3] : v[4];
    e->ws[1] = (e->transposed ? v[4] : v[3]) / v[5];
    int32_t *const lists[] = {e->o.stride, e->o.padding, e->o.dilation, e->o.output_padding};
    for (int32_t k = 0; k < axes; k++) {
        e->xs[2 + k] = v[9 + k];
        e->ws[2 + k] = v[9 + axes + k];
        for (int32_t i = 0; i < 4; i++) {
            const int32_t number = (int32_t)v[9 + (2 + i) * axes + k];
            const int optional = i == 1 ? !e->o.same : i == 3 ? e->transposed : 0;
            lists[i][k] = number == 0 && optional ? DL_OFF : number;
        }
    }
}

static void run_example(dl_ctx *ctx, dl_dtype dt, example *e)
{
    static conv_function *const functions[2][3] = {
        {dl_conv1d, dl_conv2d, dl_conv3d},
        {dl_conv_transpose1d, dl_conv_transpose2d, dl_conv_transpose3d},
    };
    dl_tensor *in[3] = {made(ctx, dt, e->xs, 2 + e->axes, 1), made(ctx, dt, e->ws, 2 + e->axes, 2),
                        e->bias ? made(ctx, dt, &e->outputs, 1, 3) : NULL};
    for (int i = 0; i < 3; i++)
        if (in[i])
            dl_grad_track(in[i], 1);
    dl_tensor *y = functions[e->transposed][e->axes - 1](in[0], in[1], in[2], &e->o);
    expect_ok(ctx);
    dl_tensor *seed = made(ctx, dt, y->dims, y->ndim, 4);
    e->result[0] = y;
    e->result[3] = NULL;
    assert_int_equal(dl_gradients(&y, &seed, 1, in, 2 + e->bias, DL_GRAPH_RELEASE, e->result + 1),
                     DL_OK);
}

static int64_t compared;

static void compare(const example *e, const char *what, double got, char **text)
{
    const double want = strtod(*text, text);
    if (got != want)
        fail_msg("case %d, %s: got %.17g, PyTorch has %.17g", (int)e->number, what, got, want);
    compared++;
}

static void compare_all(const example *e, const char *what, dl_tensor *t, char *text)
{
    const int64_t n = dl_tensor_count(t);
    double *v = values_of(t);
    for (int64_t i = 0; i < n; i++)
        compare(e, what, v[i], &text);
    assert_true(strspn(text, " \n") == strlen(text));
    free(v);
}

static void compare_line(const example *e, char *text)
{
    static const char *const names[] = {"y", "dx", "dw", "db"};
    int64_t dims[WORDS];
    char *rest;
    const int32_t ndim = numbers(text, dims, &rest);
    assert_non_null(rest);
    if (!strncmp(text, "sums", 4)) {
        for (int i = 0; i < 3 + e->bias; i++) {
            double *v = values_of(e->result[i]), sum[SUMS] = {0};
            for (int64_t k = 0; k < dl_tensor_count(e->result[i]); k++)
                for (int j = 0; j < SUMS; j++)
                    sum[j] += v[k] * value(k, 5 + j);
            for (int j = 0; j < SUMS; j++)
                compare(e, names[i], sum[j], &rest);
            free(v);
        }
        return;
    }
    for (int i = 0; i < 3; i++)
        if (!strncmp(text, names[i], strlen(names[i])) && text[strlen(names[i])] == ' ')
            compare_all(e, names[i], e->result[i], rest);
    for (int32_t k = 0; k < ndim; k++)
        assert_int_equal(dl_tensor_dim(e->result[0], k), dims[k]);
}

/* The whole file; the number of cases. */
static int32_t run_file(dl_ctx *ctx, dl_dtype dt)
{
    static char text[LINE];
    example e = {0};
    int32_t mark = -1;
    FILE *f = fopen(DL_TESTS_DIR "/golden/conv.txt", "r");
    assert_non_null(f);
    while (fgets(text, LINE, f)) {
        if (!strncmp(text, "case", 4)) {
            if (mark >= 0)
                dl_scope_end(ctx, mark);
            mark = dl_scope_begin(ctx);
            e.number++;
            read_example(&e, text);
            run_example(ctx, dt, &e);
        } else {
            compare_line(&e, text);
        }
    }
    dl_scope_end(ctx, mark);
    fclose(f);
    return e.number;
}

static void on_engine(int32_t engine)
{
    const dl_ctx_opts o = {.engine = engine, .threads = 2};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    if (dl_ctx_engine(ctx) != engine || dl_ctx_status(ctx) != DL_OK) {
        assert_int_equal(engine, DL_ENGINE_BLAS); /* this build or machine has none */
        dl_ctx_drop(ctx);
        return;
    }
    for (int t = 0; t < 2; t++) {
        compared = 0;
        assert_true(run_file(ctx, t ? DL_F64 : DL_F32) >= 300);
        assert_true(compared > 4000);
    }
    end_ctx(ctx);
}

static void plain_convolutions_agree_with_pytorch(void **state)
{
    (void)state;
    on_engine(DL_ENGINE_PLAIN);
}

static void native_convolutions_agree_with_pytorch(void **state)
{
    (void)state;
    on_engine(DL_ENGINE_NATIVE);
}

static void blas_convolutions_agree_with_pytorch(void **state)
{
    (void)state;
    on_engine(DL_ENGINE_BLAS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_convolutions_agree_with_pytorch),
        cmocka_unit_test(native_convolutions_agree_with_pytorch),
        cmocka_unit_test(blas_convolutions_agree_with_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
