#include "support/golden.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dl/grad.h"

enum { INPUTS = 8, OPS = 128, NUMBERS = 512, LINE = 1 << 15 };

/* ---- reading --------------------------------------------------------------------------------- */

/* A line "WORD .. : NUMBER ..". */
typedef struct line {
    char text[LINE];
    char *word[GOLDEN_WORDS];
    int32_t n_words;
    double v[NUMBERS];
    int64_t n;
} line;

/* 0 at the end of the file. */
static int next_line(FILE *f, line *l)
{
    l->n_words = 0;
    l->n = 0;
    if (!fgets(l->text, LINE, f))
        return 0;
    char *p = strtok(l->text, " \n");
    for (; p && strcmp(p, ":") != 0; p = strtok(NULL, " \n")) {
        assert_true(l->n_words < GOLDEN_WORDS);
        l->word[l->n_words++] = p;
    }
    assert_non_null(p);
    while ((p = strtok(NULL, " \n"))) {
        char *end;
        assert_true(l->n < NUMBERS);
        l->v[l->n++] = strtod(p, &end);
        assert_true(*end == 0);
    }
    return 1;
}

/* The words from first on as a shape; its rank. */
static int32_t shape_of(const line *l, int32_t first, int64_t *dims)
{
    for (int32_t i = first; i < l->n_words; i++)
        dims[i - first] = strtoll(l->word[i], NULL, 10);
    return l->n_words - first;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static dl_dtype type;    /* of the floats of this run      */
static int64_t compared; /* numbers                        */
static const char *family;
static const golden_op *ops;
static int32_t n_ops;

/* To 1e-12 in f64 and 4 units in the last place in f32, of the number; sums that cancel may be off
 * by 4 units of what was summed, which the largest number stands for, or at_least: gradients are
 * sums of terms as large as the seeds. */
static void expect_numbers(const char *what, const dl_tensor *t, const line *l, double at_least)
{
    assert_int_equal(dl_tensor_count(t), l->n);
    double *got = values_of(t), largest = at_least, unit = type == DL_F32 ? 0x1p-24 : 0x1p-53;
    for (int64_t i = 0; i < l->n; i++)
        largest = fmax(largest, fabs(l->v[i]));
    for (int64_t i = 0; i < l->n; i++, compared++) {
        double want = l->v[i], tolerance = type == DL_F32 ? 8 * unit : 1e-12;
        if ((isnan(got[i]) && isnan(want)) || got[i] == want)
            continue;
        if (!(fabs(got[i] - want) <= tolerance * fabs(want) + 8 * unit * largest))
            fail_msg("%s, element %lld: got %.17g, PyTorch has %.17g", what, (long long)i, got[i],
                     want);
    }
    free(got);
}

typedef struct example {
    char what[128];
    dl_ctx *ctx;
    golden_args a;
    int32_t op, n;
    dl_tensor *in[INPUTS], *grads[INPUTS], *y;
    double seed; /* the largest */
} example;

static int seen[OPS]; /* operations that have a case */

static void begin(example *e, dl_ctx *ctx, const line *l, int number)
{
    memset(e, 0, sizeof *e);
    e->ctx = ctx;
    for (e->op = 0; e->op < n_ops && strcmp(ops[e->op].name, l->word[1]) != 0;)
        e->op++;
    if (e->op == n_ops)
        fail_msg("no operation is called %s", l->word[1]);
    seen[e->op] = 1;
    snprintf(e->what, sizeof e->what, "case %d, %s in %s", number, l->word[1], dl_dtype_name(type));
    e->a.n = shape_of(l, 2, e->a.k);
    for (int32_t i = 0; i < e->a.n; i++)
        e->a.axes[i] = (int32_t)e->a.k[i];
    memcpy(e->a.r, l->v, (size_t)l->n * sizeof *l->v);
}

static void add_input(example *e, const line *l)
{
    int64_t dims[GOLDEN_WORDS];
    int32_t ndim = shape_of(l, 2, dims);
    assert_true(e->n < INPUTS);
    dl_tensor *t = tensor_of(e->ctx, *l->word[1] == 'i' ? DL_I64 : type, l->v, dims, ndim);
    assert_int_equal(dl_tensor_count(t), l->n);
    if (*l->word[1] == 'g')
        dl_grad_track(t, 1);
    e->in[e->n++] = t;
    e->a.n_in = e->n;
}

static void check_out(example *e, const line *l)
{
    int64_t dims[GOLDEN_WORDS];
    int32_t ndim = shape_of(l, 1, dims);
    e->y = ops[e->op].call(e->in, &e->a);
    if (!e->y)
        fail_msg("%s: %s", e->what, dl_ctx_message(e->ctx));
    assert_int_equal(dl_tensor_ndim(e->y), ndim);
    for (int32_t i = 0; i < ndim; i++)
        assert_int_equal(dl_tensor_dim(e->y, i), dims[i]);
    expect_numbers(e->what, e->y, l, 0);
}

static void compute_gradients(example *e, const line *l)
{
    int64_t dims[DL_MAX_DIMS];
    dl_tensor *wrt[INPUTS], *found[INPUTS];
    int32_t n = 0, ndim = dl_tensor_ndim(e->y), at = 0;
    for (int32_t i = 0; i < ndim; i++)
        dims[i] = dl_tensor_dim(e->y, i);
    for (int64_t i = 0; i < l->n; i++)
        e->seed = fmax(e->seed, fabs(l->v[i]));
    dl_tensor *seed = tensor_of(e->ctx, type, l->v, dims, ndim);
    for (int32_t i = 0; i < e->n; i++)
        if (dl_grad_tracked(e->in[i]))
            wrt[n++] = e->in[i];
    if (dl_gradients(&e->y, &seed, 1, wrt, n, DL_GRAPH_RELEASE, found) != DL_OK)
        fail_msg("%s: %s", e->what, dl_ctx_message(e->ctx));
    for (int32_t i = 0; i < e->n; i++)
        e->grads[i] = dl_grad_tracked(e->in[i]) ? found[at++] : NULL;
}

static void run_file(dl_ctx *ctx, dl_dtype dtype)
{
    static line l;
    example e = {.op = -1};
    int number = 0, mark = dl_scope_begin(ctx);
    char path[512];
    snprintf(path, sizeof path, "%s/golden/%s.txt", DL_TESTS_DIR, family);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    type = dtype;
    compared = 0;
    memset(seen, 0, sizeof seen);
    while (next_line(f, &l)) {
        if (strcmp(l.word[0], "case") == 0) {
            dl_scope_end(ctx, mark);
            mark = dl_scope_begin(ctx);
            begin(&e, ctx, &l, ++number);
        } else if (strcmp(l.word[0], "in") == 0) {
            add_input(&e, &l);
        } else if (strcmp(l.word[0], "out") == 0) {
            check_out(&e, &l);
        } else if (strcmp(l.word[0], "seed") == 0) {
            compute_gradients(&e, &l);
        } else {
            assert_string_equal(l.word[0], "grad");
            int32_t i = atoi(l.word[1]);
            assert_non_null(e.grads[i]);
            char what[sizeof e.what + 32];
            snprintf(what, sizeof what, "%s, gradient %d", e.what, (int)i);
            expect_numbers(what, e.grads[i], &l, e.seed);
        }
    }
    fclose(f);
    dl_scope_end(ctx, mark);
    for (int32_t i = 0; i < n_ops; i++)
        if (!seen[i])
            fail_msg("no case of %s", ops[i].name);
    assert_true(compared > 0);
}

static void operations_agree_with_pytorch_in_f64(void **state)
{
    run_file(*state, DL_F64);
}

static void operations_agree_with_pytorch_in_f32(void **state)
{
    run_file(*state, DL_F32);
}

int golden_main(const char *name, const golden_op *table, int32_t n)
{
    const struct CMUnitTest tests[] = {
        with_ctx(operations_agree_with_pytorch_in_f64),
        with_ctx(operations_agree_with_pytorch_in_f32),
    };
    family = name;
    ops = table;
    n_ops = n;
    return n > OPS ? 1 : cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
