/* Products of the native engine equal those of the plain engine to the bit. */
#include "support.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "core/isa.h"
#include "kernels/kernels.h"

enum { MOST = 3 << 19 }; /* elements of an operand */

static dl_ctx *context(int32_t engine, int32_t threads)
{
    const dl_ctx_opts o = {.engine = engine, .threads = threads};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    assert_int_equal(dl_ctx_engine(ctx), engine);
    return ctx;
}

static void *numbers(dl_dtype dt, int64_t n)
{
    uint64_t seed = 11;
    void *x = malloc((size_t)n * dl_dtype_size(dt));
    assert_non_null(x);
    for (int64_t i = 0; i < n; i++)
        if (dt == DL_F32)
            ((float *)x)[i] = (float)(random_number(&seed) * 2 - 1);
        else
            ((double *)x)[i] = random_number(&seed) * 2 - 1;
    return x;
}

static int64_t up_to(uint64_t *seed, int64_t n)
{
    return (int64_t)(random_number(seed) * (double)n);
}

/* Strides of [rows, cols] inside of MOST elements: rows, columns, gaps, one element for all, or
 * lines that lie at a multiple of 4 KB. */
static void strides(uint64_t *seed, int64_t rows, int64_t cols, int64_t *row, int64_t *col)
{
    const int way = (int)up_to(seed, 7);
    const int64_t line = (cols + 1023) / 1024 * 1024, column = (rows + 1023) / 1024 * 1024;
    *row = cols, *col = 1;
    if (way == 1)
        *row = 1, *col = rows;
    if (way == 2)
        *row = 2 * cols + 3, *col = 2;
    if (way == 3)
        *row = 0, *col = up_to(seed, 2);
    if (way == 4 && line * rows <= MOST / 3)
        *row = line;
    if (way == 5 && column * cols <= MOST / 3)
        *row = 1, *col = column;
}

typedef struct memory {
    dl_dtype dt;
    void *a, *b, *bias, *old, *plain, *native;
} memory;

static memory take(dl_dtype dt)
{
    return (memory){dt,
                    numbers(dt, MOST),
                    numbers(dt, MOST),
                    numbers(dt, MOST),
                    numbers(dt, MOST),
                    numbers(dt, MOST),
                    numbers(dt, MOST)};
}

static void give(memory *x)
{
    void *all[] = {x->a, x->b, x->bias, x->old, x->plain, x->native};
    for (int i = 0; i < 6; i++)
        free(all[i]);
}

static void expect_equal(dl_ctx *plain, dl_ctx *native, const memory *x, dl__gemm_args *g)
{
    const size_t bytes = MOST * dl_dtype_size(x->dt);
    memcpy(x->plain, x->old, bytes);
    memcpy(x->native, x->old, bytes);
    g->c = x->plain;
    assert_int_equal(dl__gemm(plain, x->dt, g), DL_OK);
    g->c = x->native;
    assert_int_equal(dl__gemm(native, x->dt, g), DL_OK);
    if (memcmp(x->plain, x->native, bytes) != 0)
        fail_msg("%s %s m %d n %d k %d a %d %d b %d %d bias %d accumulate %d",
                 dl__isa_name(dl__isa()), dl_dtype_name(x->dt), (int)g->m, (int)g->n, (int)g->k,
                 (int)g->a_row, (int)g->a_col, (int)g->b_row, (int)g->b_col, g->bias != NULL,
                 (int)g->accumulate);
}

static void try_random(dl_ctx *plain, dl_ctx *native, const memory *x, uint64_t seed)
{
    static const int64_t most[][3] = {{20, 20, 20},  {70, 120, 70}, {350, 60, 40},
                                      {20, 900, 40}, {3, 300, 600}, {40, 110, 700}};
    const int64_t *most_of = most[up_to(&seed, 6)];
    dl__gemm_args g = {.m = 1 + up_to(&seed, most_of[0]),
                       .n = 1 + up_to(&seed, most_of[1]),
                       .k = up_to(&seed, most_of[2]),
                       .a = x->a,
                       .b = x->b,
                       .accumulate = (int32_t)up_to(&seed, 2),
                       .bias = up_to(&seed, 2) ? x->bias : NULL,
                       .batch = 1 + up_to(&seed, 3) / 2};
    strides(&seed, g.m, g.k, &g.a_row, &g.a_col);
    strides(&seed, g.k, g.n, &g.b_row, &g.b_col);
    g.c_row = g.n + up_to(&seed, 4);
    g.c_batch = g.m * g.c_row + 5;
    g.a_batch = up_to(&seed, 1000);
    g.b_batch = up_to(&seed, 1000);
    g.bias_batch = up_to(&seed, 2) * g.n;
    expect_equal(plain, native, x, &g);
}

static void native_equals_plain_for_random_sizes_and_strides(void **state)
{
    (void)state;
    const int best = dl__isa();
    dl_ctx *plain = context(DL_ENGINE_PLAIN, 2), *native = context(DL_ENGINE_NATIVE, 2);
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        memory x = take(dt);
        for (int isa = 0; isa <= best; isa++) {
            dl__isa_force(isa);
            for (uint64_t i = 0; i < (isa == 0 ? 10 : 150); i++)
                try_random(plain, native, &x, 1000 * (uint64_t)isa + i);
        }
        give(&x);
    }
    dl__isa_force(best);
    end_ctx(plain);
    end_ctx(native);
}

/* Shapes with many tiles, blocks of k, copies of a, and transposed operands. */
static const dl__gemm_args large[] = {
    {.m = 350, .n = 530, .k = 517, .a_row = 1024, .a_col = 1, .b_row = 530, .b_col = 1},
    {.m = 350, .n = 530, .k = 517, .a_row = 1, .a_col = 1024, .b_row = 1, .b_col = 517},
    {.m = 200, .n = 140, .k = 300, .a_row = 300, .a_col = 1, .b_row = 1, .b_col = 1024},
    {.m = 128, .n = 512, .k = 784, .a_row = 784, .a_col = 1, .b_row = 1, .b_col = 784},
    {.m = 784, .n = 512, .k = 128, .a_row = 1, .a_col = 784, .b_row = 512, .b_col = 1},
    {.m = 1, .n = 700, .k = 512, .a_row = 512, .a_col = 1, .b_row = 1, .b_col = 512},
    {.m = 1, .n = 700, .k = 512, .a_row = 512, .a_col = 1, .b_row = 700, .b_col = 1},
};

static void any_number_of_threads_equals_plain(void **state)
{
    (void)state;
    dl_ctx *plain = context(DL_ENGINE_PLAIN, 2);
    for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
        memory x = take(dt);
        for (int32_t threads = 1; threads <= 7; threads += 3) {
            dl_ctx *native = context(DL_ENGINE_NATIVE, threads);
            for (size_t i = 0; i < 2 * sizeof large / sizeof *large; i++) {
                dl__gemm_args g = large[i / 2];
                g.a = x.a, g.b = x.b, g.c_row = g.n, g.batch = 1;
                g.accumulate = i % 2;
                g.bias = i % 2 ? x.bias : NULL;
                expect_equal(plain, native, &x, &g);
            }
            end_ctx(native);
        }
        give(&x);
    }
    end_ctx(plain);
}

static void memory_that_is_short_leaves_the_output_alone(void **state)
{
    (void)state;
    dl_ctx *ctx = context(DL_ENGINE_NATIVE, 2);
    memory x = take(DL_F32);
    dl__gemm_args g = large[0];
    g.a = x.a, g.b = x.b, g.c = x.native, g.c_row = g.n, g.batch = 1;
    const int64_t before = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    memcpy(x.native, x.old, MOST * sizeof(float));
    for (int k = 1, done = 0; !done; k++) {
        dl__memory_fail(ctx, k, 0);
        done = dl__gemm(ctx, DL_F32, &g) == DL_OK;
        dl__memory_fail(ctx, 0, 0);
        assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), before);
        if (done) {
            assert_true(k == 3); /* copies of a, and which of them are in use */
            break;
        }
        expect_error(ctx, DL_ENOMEM, "");
        assert_memory_equal(x.native, x.old, MOST * sizeof(float));
    }
    give(&x);
    end_ctx(ctx);
}

/* Operands that end at a page nobody may touch. */
static void nothing_beyond_the_operands_is_touched(void **state)
{
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 64 * page;
    char *end[4];
    for (int i = 0; i < 4; i++) {
        char *p =
            mmap(NULL, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(p != MAP_FAILED);
        assert_int_equal(mprotect(p + bytes, page, PROT_NONE), 0);
        end[i] = p + bytes;
    }
    dl_ctx *ctx = context(DL_ENGINE_NATIVE, 1);
    for (int64_t m = 1; m < 40; m += m < 9 ? 1 : 15)
        for (int64_t n = 1; n < 120; n++)
            for (int how = 0; how < 8; how++) {
                const int64_t k = 37, size = how & 1 ? 8 : 4;
                dl__gemm_args g = {.m = m,
                                   .n = n,
                                   .k = k,
                                   .c_row = n,
                                   .batch = 1,
                                   .a = end[0] - m * k * size,
                                   .b = end[1] - k * n * size,
                                   .c = end[2] - m * n * size,
                                   .bias = end[3] - n * size};
                g.a_row = how & 2 ? 1 : k, g.a_col = how & 2 ? m : 1;
                g.b_row = how & 4 ? 1 : n, g.b_col = how & 4 ? k : 1;
                assert_int_equal(dl__gemm(ctx, how & 1 ? DL_F64 : DL_F32, &g), DL_OK);
            }
    end_ctx(ctx);
    for (int i = 0; i < 4; i++)
        munmap(end[i] - bytes, bytes + page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(native_equals_plain_for_random_sizes_and_strides),
        cmocka_unit_test(any_number_of_threads_equals_plain),
        cmocka_unit_test(memory_that_is_short_leaves_the_output_alone),
        cmocka_unit_test(nothing_beyond_the_operands_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
