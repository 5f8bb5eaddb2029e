/* Reductions against plain loops, for every type, shape, order of strides and number of threads. */
#include "support.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "kernels/reduce.h"

static const dl_dtype types[] = {DL_F32, DL_F64, DL_I32, DL_I64, DL_U8, DL_BOOL};
enum { TYPES = 6, OPS = 6 };

static long double load(const void *x, dl_dtype dt, int64_t i)
{
    switch (dt) {
    case DL_F32:
        return (long double)((const float *)x)[i];
    case DL_F64:
        return (long double)((const double *)x)[i];
    case DL_I32:
        return ((const int32_t *)x)[i];
    case DL_I64:
        return ((const int64_t *)x)[i];
    default:
        return ((const uint8_t *)x)[i];
    }
}

static void store(void *x, dl_dtype dt, int64_t i, double v)
{
    switch (dt) {
    case DL_F32:
        ((float *)x)[i] = (float)v;
        break;
    case DL_F64:
        ((double *)x)[i] = v;
        break;
    case DL_I32:
        ((int32_t *)x)[i] = (int32_t)(v * 100);
        break;
    case DL_I64:
        ((int64_t *)x)[i] = (int64_t)(v * 1e6);
        break;
    default:
        ((uint8_t *)x)[i] = (uint8_t)(int)((v + 1) * (dt == DL_BOOL ? 1 : 100));
    }
}

/* What one output should be; *size bounds the error of a sum. */
static long double wanted(const dl__reduce_args *r, int32_t op, dl_dtype dt, int64_t o, int64_t i,
                          long double *size)
{
    long double sum = 0, best = 0;
    int64_t at = -1;
    *size = 0;
    for (int64_t j = 0; j < r->n; j++) {
        long double v = load(r->x, dt, o * r->x_outer + j * r->x_n + i * r->x_inner);
        long double t = op == DL__SUMSQ ? v * v : v;
        sum += t;
        *size += fabsl(t);
        int up = op == DL__MAX || op == DL__ARGMAX;
        if (at < 0 || (!isnan(best) && (isnan(v) || (up ? v > best : v < best))))
            best = v, at = j;
    }
    if (op == DL__SUM || op == DL__SUMSQ)
        return sum;
    return op == DL__MAX || op == DL__MIN ? best : (long double)at;
}

static int right(const dl__reduce_args *r, int32_t op, dl_dtype dt)
{
    dl_dtype out = dl__reduce_dtype(op, dt);
    /* 16 chains of n / 16 terms, or chains of 512 rows */
    long double eps = dt == DL_F32 ? (long double)FLT_EPSILON : (long double)DBL_EPSILON;
    int exact = (dt != DL_F32 && dt != DL_F64) || op > DL__SUMSQ;
    for (int64_t o = 0; o < r->outer; o++)
        for (int64_t i = 0; i < r->inner; i++) {
            long double size, want = wanted(r, op, dt, o, i, &size);
            long double got = load(r->y, out, o * r->y_outer + i * r->y_inner);
            int same = got == want || (isnan(want) && isnan(got)); /* infinities too */
            if (!same && !(fabsl(got - want) <= (exact ? 0 : eps * 520 * size)))
                return 0;
        }
    return 1;
}

/* Memory of one reduction: x in one of the six orders of its axes, y with gaps. */
typedef struct memory {
    dl__reduce_args r;
    void *x, *y;
    size_t y_bytes;
} memory;

static memory make(dl_dtype dt, int64_t outer, int64_t n, int64_t inner, int order)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    int64_t dims[3] = {outer, n, inner}, stride[3], s = 1;
    for (int k = 2; k >= 0; k--) {
        stride[orders[order][k]] = s;
        s *= dims[orders[order][k]];
    }
    memory m = {.r = {.outer = outer, .n = n, .inner = inner}};
    m.r.x_outer = stride[0], m.r.x_n = stride[1], m.r.x_inner = stride[2];
    m.r.y_inner = 2, m.r.y_outer = 2 * inner + 1;
    m.y_bytes = (size_t)(outer * m.r.y_outer + 1) * 8;
    m.x = malloc((size_t)s * dl_dtype_size(dt) + 1);
    m.y = calloc(m.y_bytes, 1);
    assert_true(m.x && m.y);
    m.r.x = m.x;
    m.r.y = m.y;
    /* Equal logical values in every order. */
    uint64_t seed = (uint64_t)(outer + 31 * n + 977 * inner);
    for (int64_t o = 0; o < outer; o++)
        for (int64_t j = 0; j < n; j++)
            for (int64_t i = 0; i < inner; i++)
                store(m.x, dt, o * stride[0] + j * stride[1] + i * stride[2],
                      random_number(&seed) * 2 - 1);
    return m;
}

static void drop(memory *m)
{
    free(m->x);
    free(m->y);
}

static const int64_t shapes[][3] = {{1, 1, 1},    {3, 5, 1},     {2, 16, 1},   {1, 8192, 1},
                                    {2, 8193, 1}, {1, 20000, 1}, {700, 37, 1}, {4, 7, 3},
                                    {1, 100, 10}, {1, 512, 7},   {2, 1025, 3}, {1, 513, 300},
                                    {5, 3, 257},  {1, 1, 600},   {90, 30, 8}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void every_reduction_is_right_and_its_bits_do_not_depend_on_strides(void **state)
{
    dl_ctx *ctx = *state;
    for (int s = 0; s < SHAPES; s++)
        for (int t = 0; t < TYPES; t++)
            for (int32_t op = 0; op < OPS; op++) {
                memory first = {0};
                for (int order = 0; order < 6; order++) {
                    memory m = make(types[t], shapes[s][0], shapes[s][1], shapes[s][2], order);
                    assert_int_equal(dl__reduce(ctx, op, types[t], &m.r), DL_OK);
                    if (!right(&m.r, op, types[t]))
                        fail_msg("op %d %s shape %d order %d", op, dl_dtype_name(types[t]), s,
                                 order);
                    if (order == 0) {
                        first = m;
                        continue;
                    }
                    assert_memory_equal(m.y, first.y, m.y_bytes);
                    drop(&m);
                }
                drop(&first);
            }
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    static const int64_t large[][3] = {{1, 300007, 1}, {3, 40000, 1}, {1, 9000, 70},
                                       {2, 5000, 300}, {4000, 60, 1}, {600, 40, 20}};
    static const int32_t threads[] = {1, 2, 3, 4, 7};
    for (int s = 0; s < 6; s++)
        for (int t = 0; t < 2; t++)
            for (int32_t op = 0; op < OPS; op++) {
                memory m = make(types[t], large[s][0], large[s][1], large[s][2], 0);
                void *one = malloc(m.y_bytes);
                assert_non_null(one);
                for (int k = 0; k < 5; k++) {
                    dl_ctx *ctx = make_ctx(threads[k]);
                    memset(m.y, 0, m.y_bytes);
                    assert_int_equal(dl__reduce(ctx, op, types[t], &m.r), DL_OK);
                    if (k == 0)
                        memcpy(one, m.y, m.y_bytes);
                    assert_memory_equal(one, m.y, m.y_bytes);
                    end_ctx(ctx);
                }
                free(one);
                drop(&m);
            }
}

/* The order that reduce.h promises, spelled out. */
static void a_long_sum_is_sixteen_lanes_in_blocks(void **state)
{
    dl_ctx *ctx = *state;
    enum { N = 8192 + 100 };
    memory m = make(DL_F32, 1, N, 1, 0);
    const float *x = m.x;
    double total = 0;
    for (int first = 0; first < N; first += 8192) {
        float lane[16] = {0};
        for (int j = first; j < N && j < first + 8192; j++)
            lane[(j - first) % 16] += x[j];
        for (int half = 8; half > 0; half /= 2)
            for (int l = 0; l < half; l++)
                lane[l] += lane[l + half];
        total += (double)lane[0];
    }
    assert_int_equal(dl__reduce(ctx, DL__SUM, DL_F32, &m.r), DL_OK);
    assert_true(*(float *)m.y == (float)total);
    drop(&m);
}

static void a_nan_wins_and_the_first_extreme_is_found(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t where[] = {0, 17, 700, 9000};
    for (int inner = 1; inner <= 3; inner += 2)
        for (int w = 0; w < 4; w++)
            for (int32_t op = DL__MAX; op < OPS; op++) {
                memory m = make(DL_F32, 1, 9001, inner, 0);
                float *x = m.x;
                for (int64_t j = 0; j < 9001 * inner; j++)
                    x[j] = op == DL__MAX || op == DL__ARGMAX ? -INFINITY : INFINITY;
                assert_int_equal(dl__reduce(ctx, op, DL_F32, &m.r), DL_OK);
                if (op >= DL__ARGMAX)
                    assert_int_equal(((int64_t *)m.y)[0], 0); /* of equals the first */
                else
                    assert_true(((float *)m.y)[0] == x[0]);
                x[where[w] * inner] = 1;
                x[9000 * inner] = 1;
                assert_int_equal(dl__reduce(ctx, op, DL_F32, &m.r), DL_OK);
                assert_true(right(&m.r, op, DL_F32));
                x[where[w] * inner] = NAN;
                x[9000 * inner] = NAN;
                assert_int_equal(dl__reduce(ctx, op, DL_F32, &m.r), DL_OK);
                assert_true(right(&m.r, op, DL_F32));
                if (op >= DL__ARGMAX)
                    assert_int_equal(((int64_t *)m.y)[0], where[w]);
                drop(&m);
            }
}

static void nothing_to_reduce_gives_the_neutral_element(void **state)
{
    dl_ctx *ctx = *state;
    for (int inner = 1; inner <= 2; inner++)
        for (int32_t op = 0; op < OPS; op++) {
            memory m = make(DL_F32, 2, 0, inner, 0);
            assert_int_equal(dl__reduce(ctx, op, DL_F32, &m.r), DL_OK);
            float f = ((float *)m.y)[0];
            if (op == DL__SUM || op == DL__SUMSQ)
                assert_true(f == 0 && !signbit(f));
            else if (op == DL__MAX || op == DL__MIN)
                assert_true(isinf(f) && (f > 0) == (op == DL__MIN));
            else
                assert_int_equal(((int64_t *)m.y)[0], -1);
            m.r.outer = 0;
            assert_int_equal(dl__reduce(ctx, op, DL_F32, &m.r), DL_OK);
            drop(&m);
        }
    dl__reduce_args none = {0};
    assert_int_equal(dl__reduce(ctx, DL__SUM, DL_BF16, &none), DL_EDTYPE);
    expect_error(ctx, DL_EDTYPE, "bf16");
    assert_int_equal(dl__reduce(NULL, DL__SUM, DL_F32, &none), DL_EINVAL);
}

static dl_status sum_all(dl_ctx *ctx, void *user)
{
    *(float *)((dl__reduce_args *)user)->y = 7;
    return dl__reduce(ctx, DL__SUM, DL_F32, user);
}

static void untouched(dl_ctx *ctx, void *user)
{
    (void)ctx;
    assert_true(*(float *)((dl__reduce_args *)user)->y == 7);
}

static void memory_that_is_short_leaves_the_output_alone(void **state)
{
    dl_ctx *ctx = *state;
    memory m = make(DL_F32, 2, 20000, 1, 0);
    assert_int_equal(fault_loop(ctx, sum_all, untouched, &m.r), 2);
    drop(&m);
}

static void partial_results_beyond_the_limit_are_refused(void **state)
{
    (void)state;
    const dl_ctx_opts o = {.memory_limit = 4096};
    dl_ctx *ctx = dl_ctx_new(&o);
    const float x = 1; /* every element, with strides 0 */
    float y[300];
    const dl__reduce_args r = {
        .outer = 1, .n = 1024, .inner = 300, .x = &x, .y = y, .y_outer = 300, .y_inner = 1};
    assert_int_equal(dl__reduce(ctx, DL__SUM, DL_F32, &r), DL_ELIMIT);
    expect_error(ctx, DL_ELIMIT, "memory: ");
    dl_ctx_drop(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(every_reduction_is_right_and_its_bits_do_not_depend_on_strides),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        with_ctx(a_long_sum_is_sixteen_lanes_in_blocks),
        with_ctx(a_nan_wins_and_the_first_extreme_is_found),
        with_ctx(nothing_to_reduce_gives_the_neutral_element),
        with_ctx(memory_that_is_short_leaves_the_output_alone),
        cmocka_unit_test(partial_results_beyond_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
