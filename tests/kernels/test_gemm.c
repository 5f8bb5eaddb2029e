/* Matrix products of every engine against sums in long double. */
#include "support.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "kernels/kernels.h"

static const int32_t engines[] = {DL_ENGINE_PLAIN, DL_ENGINE_NATIVE, DL_ENGINE_BLAS};
enum { ENGINES = 3 };

/* NULL if this build or machine has no such engine. */
static dl_ctx *context(int32_t engine, int32_t threads)
{
    dl_ctx_opts o = {.engine = engine, .threads = threads};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    if (dl__engine_check(ctx) == DL_OK)
        return ctx;
    assert_int_equal(engine, DL_ENGINE_BLAS);
    dl_ctx_drop(ctx);
    return NULL;
}

/* An operand [batch, rows, cols] with its memory, all of it filled. */
typedef struct operand {
    double *wide; /* f64 master copy */
    float *narrow;
    int64_t count, row, col, batch;
} operand;

enum { ROWS, COLUMNS, GAPS, BACKWARDS, SHARED, WAYS };

static operand make(uint64_t *seed, int way, int64_t batch, int64_t rows, int64_t cols)
{
    operand x = {.row = cols, .col = 1, .batch = rows * cols};
    if (way == COLUMNS)
        x.row = 1, x.col = rows;
    if (way == GAPS)
        x.row = 3 * cols + 5, x.col = 2, x.batch = rows * x.row + 7;
    if (way == SHARED)
        x.batch = 0;
    x.count = rows * (way == GAPS ? x.row : cols) * (batch + 1) + 16 + 7 * batch;
    x.wide = malloc((size_t)x.count * sizeof(double));
    x.narrow = malloc((size_t)x.count * sizeof(float));
    assert_true(x.wide && x.narrow);
    for (int64_t i = 0; i < x.count; i++) {
        x.narrow[i] = (float)(random_number(seed) * 2 - 1);
        x.wide[i] = (double)x.narrow[i];
    }
    return x;
}

static void drop(operand *x)
{
    free(x->wide);
    free(x->narrow);
}

static const void *data(const operand *x, dl_dtype dt, int64_t first)
{
    return dt == DL_F32 ? (const void *)(x->narrow + first) : (const void *)(x->wide + first);
}

static double value(const void *x, dl_dtype dt, int64_t i)
{
    return dt == DL_F32 ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

static void put(void *x, dl_dtype dt, int64_t i, double v)
{
    if (dt == DL_F32)
        ((float *)x)[i] = (float)v;
    else
        ((double *)x)[i] = v;
}

/* Checks c against the sum in long double; the error bound is the one of a sum of k+2 terms. */
static int right(const dl__gemm_args *g, dl_dtype dt, const void *old)
{
    double eps = dt == DL_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
    for (int64_t z = 0; z < g->batch; z++)
        for (int64_t i = 0; i < g->m; i++)
            for (int64_t j = 0; j < g->n; j++) {
                long double sum = 0, size = 0;
                for (int64_t p = 0; p < g->k; p++) {
                    long double t =
                        (long double)value(g->a, dt, z * g->a_batch + i * g->a_row + p * g->a_col) *
                        (long double)value(g->b, dt, z * g->b_batch + p * g->b_row + j * g->b_col);
                    sum += t, size += fabsl(t);
                }
                int64_t at = z * g->c_batch + i * g->c_row + j;
                if (g->bias)
                    sum += (long double)value(g->bias, dt, z * g->bias_batch + j), size += 1;
                if (g->accumulate)
                    sum += (long double)value(old, dt, at), size += 1;
                long double off = fabsl((long double)value(g->c, dt, at) - sum);
                if (!(off <= (long double)(eps * (double)(g->k + 2)) * size))
                    return 0;
            }
    return 1;
}

/* Runs g into a c with a gap after each row and NaN everywhere; what is not c must stay as it
 * was. */
static int correct_and_tidy(dl_ctx *ctx, dl__gemm_args *g, dl_dtype dt)
{
    size_t size = dl_dtype_size(dt);
    g->c_row = g->n + 3;
    g->c_batch = g->m * g->c_row + 11;
    int64_t count = g->batch * g->c_batch + 64;
    char *c = malloc((size_t)count * size), *old = malloc((size_t)count * size);
    assert_true(c && old);
    for (int64_t i = 0; i < count; i++)
        put(c, dt, i, g->accumulate ? (double)(i % 17) / 16 : (double)NAN);
    memcpy(old, c, (size_t)count * size);
    g->c = c + 32 * size;
    assert_int_equal(dl__gemm(ctx, dt, g), DL_OK);
    int ok = right(g, dt, old + 32 * size);
    for (int64_t z = 0; z < g->batch; z++) /* put the outputs back: all must equal old then */
        for (int64_t i = 0; i < g->m; i++)
            memcpy((char *)g->c + (size_t)(z * g->c_batch + i * g->c_row) * size,
                   old + (size_t)(32 + z * g->c_batch + i * g->c_row) * size, (size_t)g->n * size);
    ok &= memcmp(c, old, (size_t)count * size) == 0;
    free(c);
    free(old);
    return ok;
}

static dl__gemm_args product(const operand *a, const operand *b, dl_dtype dt, int way_a, int way_b,
                             int64_t m, int64_t n, int64_t k)
{
    dl__gemm_args g = {.m = m, .n = n, .k = k, .batch = 1};
    g.a_row = a->row, g.a_col = a->col, g.a_batch = a->batch;
    g.b_row = b->row, g.b_col = b->col, g.b_batch = b->batch;
    g.a = data(a, dt, 0);
    g.b = data(b, dt, 0);
    if (way_a == BACKWARDS && m && k) {
        g.a = data(a, dt, m * k - 1);
        g.a_row = -g.a_row, g.a_col = -g.a_col;
    }
    if (way_b == BACKWARDS && n && k) {
        g.b = data(b, dt, n * k - 1);
        g.b_row = -g.b_row, g.b_col = -g.b_col;
    }
    return g;
}

static void try_shape(dl_ctx *ctx, int64_t m, int64_t n, int64_t k)
{
    uint64_t seed = (uint64_t)(m * 1000003 + n * 1009 + k);
    for (int way = 0; way < WAYS * WAYS; way++) {
        int way_a = way / WAYS, way_b = way % WAYS;
        operand a = make(&seed, way_a, 2, m, k), b = make(&seed, way_b, 2, k, n);
        operand bias = make(&seed, ROWS, 2, 1, n);
        for (int how = 0; how < 8; how++) {
            dl_dtype dt = how & 1 ? DL_F64 : DL_F32;
            dl__gemm_args g = product(&a, &b, dt, way_a, way_b, m, n, k);
            g.accumulate = how >> 1 & 1;
            if (how >> 2) {
                g.bias = data(&bias, dt, 0);
                g.bias_batch = n;
            }
            int backwards = way_a == BACKWARDS || way_b == BACKWARDS;
            g.batch = backwards ? 1 : 1 + (how >> 2);
            if (!correct_and_tidy(ctx, &g, dt))
                fail_msg("%s %s m %d n %d k %d ways %d %d how %d", dl__engine_name(ctx),
                         dl_dtype_name(dt), (int)m, (int)n, (int)k, way_a, way_b, how);
        }
        drop(&a);
        drop(&b);
        drop(&bias);
    }
}

static void products_are_right_for_all_sizes_strides_and_engines(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 2, 5, 7, 16, 33};
    static const int64_t more[][3] = {{97, 130, 75}, {1, 300, 145}, {3, 513, 3}, {200, 1, 80},
                                      {49, 17, 73},  {0, 5, 5},     {5, 0, 5},   {5, 5, 0},
                                      {1, 64, 0},    {6, 16, 72},   {48, 64, 72}};
    for (int e = 0; e < ENGINES; e++) {
        dl_ctx *ctx = context(engines[e], 2);
        if (!ctx)
            continue;
        int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
        for (int i = 0; i < 6 * 6 * 6; i++)
            try_shape(ctx, sizes[i / 36], sizes[i / 6 % 6], sizes[i % 6]);
        for (size_t i = 0; i < sizeof more / sizeof *more; i++)
            try_shape(ctx, more[i][0], more[i][1], more[i][2]);
        assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), before);
        dl_ctx_drop(ctx);
    }
}

/* The bits of a product, computed by so many threads. */
static void *bits(int32_t engine, int32_t threads, dl_dtype dt, dl__gemm_args g)
{
    dl_ctx *ctx = context(engine, threads);
    assert_non_null(ctx);
    g.c_row = g.n;
    g.c_batch = g.m * g.n;
    g.c = calloc((size_t)(g.batch * g.c_batch), dl_dtype_size(dt));
    assert_non_null(g.c);
    assert_int_equal(dl__gemm(ctx, dt, &g), DL_OK);
    dl_ctx_drop(ctx);
    return g.c;
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    static const int64_t shapes[][3] = {{300, 700, 200}, {1, 3000, 700}, {128, 512, 784}};
    static const int32_t threads[] = {2, 3, 4, 7};
    for (int e = 0; e < ENGINES; e++) {
        dl_ctx *there = context(engines[e], 1);
        if (!there)
            continue;
        dl_ctx_drop(there);
        for (int s = 0; s < 3 * 2 * 3; s++) {
            int64_t m = shapes[s % 3][0], n = shapes[s % 3][1], k = shapes[s % 3][2];
            dl_dtype dt = s / 3 % 2 ? DL_F64 : DL_F32;
            int way = s / 6; /* rows, columns, gaps */
            uint64_t seed = 5;
            operand a = make(&seed, way, 2, m, k), b = make(&seed, way, 2, k, n);
            dl__gemm_args g = product(&a, &b, dt, way, way, m, n, k);
            g.batch = 2;
            size_t bytes = (size_t)(2 * m * n) * dl_dtype_size(dt);
            void *one = bits(engines[e], 1, dt, g);
            for (int t = 0; t < 4; t++) {
                void *some = bits(engines[e], threads[t], dt, g);
                assert_memory_equal(one, some, bytes);
                free(some);
            }
            free(one);
            drop(&a);
            drop(&b);
        }
    }
}

/* What plain promises and what the oracle of other engines rests on. */
static void plain_is_one_chain_of_fma_per_output(void **state)
{
    (void)state;
    enum { M = 53, N = 75, K = 157 };
    uint64_t seed = 9;
    operand a = make(&seed, ROWS, 1, M, K), b = make(&seed, COLUMNS, 1, K, N);
    for (int dbl = 0; dbl < 2; dbl++) {
        dl_dtype dt = dbl ? DL_F64 : DL_F32;
        dl__gemm_args g = product(&a, &b, dt, ROWS, COLUMNS, M, N, K);
        void *c = bits(DL_ENGINE_PLAIN, 3, dt, g);
        g.m = 1; /* a row alone has the bits it has among others */
        void *row = bits(DL_ENGINE_PLAIN, 1, dt, g);
        assert_memory_equal(c, row, N * dl_dtype_size(dt));
        for (int i = 0; i < M * N; i++) {
            double d = 0;
            float f = 0;
            for (int p = 0; p < K; p++) {
                int64_t ia = i / N * K + p, ib = i % N * K + p;
                d = fma(a.wide[ia], b.wide[ib], d);
                f = fmaf(a.narrow[ia], b.narrow[ib], f);
            }
            assert_true(value(c, dt, i) == (dbl ? d : (double)f));
        }
        free(c);
        free(row);
    }
    drop(&a);
    drop(&b);
}

static void nan_and_infinity_pass_through(void **state)
{
    (void)state;
    float a[8 * 40] = {0}, b[40 * 64], c[8 * 64];
    for (int i = 0; i < 40 * 64; i++)
        b[i] = 1;
    b[3 * 64 + 7] = INFINITY; /* times 0 */
    b[5 * 64 + 9] = NAN;
    for (int e = 0; e < ENGINES; e++) {
        dl_ctx *ctx = context(engines[e], 1);
        if (!ctx)
            continue;
        for (int64_t m = 1; m <= 8; m += 7) {
            dl__gemm_args g = {.m = m,
                               .n = 64,
                               .k = 40,
                               .a = a,
                               .a_row = 40,
                               .a_col = 1,
                               .b = b,
                               .b_row = 64,
                               .b_col = 1,
                               .c = c,
                               .c_row = 64,
                               .batch = 1};
            assert_int_equal(dl__gemm(ctx, DL_F32, &g), DL_OK);
            for (int64_t i = 0; i < m * 64; i++)
                assert_true(i % 64 == 7 || i % 64 == 9 ? isnan(c[i]) : c[i] == 0);
        }
        dl_ctx_drop(ctx);
    }
}

/* Operands that end at a page nobody may touch. */
static void nothing_beyond_the_operands_is_read(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 16 * page;
    char *end[3];
    for (int i = 0; i < 3; i++) {
        char *p =
            mmap(NULL, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(p != MAP_FAILED);
        assert_int_equal(mprotect(p + bytes, page, PROT_NONE), 0);
        end[i] = p + bytes;
    }
    dl_ctx *ctx = context(DL_ENGINE_PLAIN, 1);
    for (int64_t m = 1; m < 9; m++)
        for (int64_t n = 1; n < 70; n++)
            for (int how = 0; how < 8; how++) {
                int64_t k = 5, size = how & 1 ? 8 : 4;
                dl__gemm_args g = {.m = m,
                                   .n = n,
                                   .k = k,
                                   .c_row = n,
                                   .batch = 1,
                                   .a = end[0] - m * k * size,
                                   .b = end[1] - k * n * size,
                                   .c = end[2] - m * n * size};
                g.a_row = how & 2 ? 1 : k, g.a_col = how & 2 ? m : 1;
                g.b_row = how & 4 ? 1 : n, g.b_col = how & 4 ? k : 1;
                assert_int_equal(dl__gemm(ctx, how & 1 ? DL_F64 : DL_F32, &g), DL_OK);
            }
    dl_ctx_drop(ctx);
    for (int i = 0; i < 3; i++)
        munmap(end[i] - bytes, bytes + page);
}

static void memory_that_is_short_leaves_the_output_alone(void **state)
{
    (void)state;
    dl_ctx *ctx = context(DL_ENGINE_BLAS, 1);
    if (!ctx)
        skip();
    uint64_t seed = 3;
    operand a = make(&seed, GAPS, 1, 70, 60), b = make(&seed, GAPS, 1, 60, 50);
    float *c = malloc(70 * 50 * sizeof *c);
    assert_non_null(c);
    dl__gemm_args g = product(&a, &b, DL_F32, GAPS, GAPS, 70, 50, 60);
    g.c = c, g.c_row = 50;
    int failures = 0;
    int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    for (int k = 1;; k++) {
        for (int i = 0; i < 70 * 50; i++)
            c[i] = 7;
        dl__memory_fail(ctx, k, 0);
        dl_status status = dl__gemm(ctx, DL_F32, &g);
        dl__memory_fail(ctx, 0, 0);
        assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), before);
        if (status == DL_OK)
            break;
        failures++;
        assert_int_equal(status, DL_ENOMEM);
        expect_error(ctx, DL_ENOMEM, "");
        for (int i = 0; i < 70 * 50; i++)
            assert_true(c[i] == 7);
    }
    assert_int_equal(failures, 2); /* both operands had to be packed */
    free(c);
    drop(&a);
    drop(&b);
    dl_ctx_drop(ctx);
}

static void packing_beyond_the_limit_is_refused(void **state)
{
    (void)state;
    const dl_ctx_opts o = {.engine = DL_ENGINE_BLAS, .memory_limit = 8192};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    if (dl__engine_check(ctx) != DL_OK) {
        dl_ctx_drop(ctx);
        skip();
    }
    const float x = 1; /* every element; BLAS cannot read strides of 0 */
    float c[70 * 50];
    const dl__gemm_args g = {
        .m = 70, .n = 50, .k = 60, .a = &x, .b = &x, .c = c, .c_row = 50, .batch = 1};
    assert_int_equal(dl__gemm(ctx, DL_F32, &g), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "memory: ");
    dl_ctx_drop(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_right_for_all_sizes_strides_and_engines),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(plain_is_one_chain_of_fma_per_output),
        cmocka_unit_test(nan_and_infinity_pass_through),
        cmocka_unit_test(nothing_beyond_the_operands_is_read),
        cmocka_unit_test(memory_that_is_short_leaves_the_output_alone),
        cmocka_unit_test(packing_beyond_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
