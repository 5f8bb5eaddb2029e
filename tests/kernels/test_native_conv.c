/* The native convolutions against those by patches with the plain product: the same bits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "core/isa.h"
#include "kernels/conv_parts.h"
#include "kernels/native/conv.h"
#include "support/support.h"

enum { THREADS_MAX = 7, GEOMETRIES = 600, PASSES = 3, OPERANDS = 4 };

static dl__conv_call *const native[] = {dl__native_conv_forward, dl__native_conv_data,
                                        dl__native_conv_weight};
static dl__conv_call *const patches[] = {dl__conv_forward_patches, dl__conv_data_patches,
                                         dl__conv_weight_patches};

static dl_ctx *plain_ctx(int32_t threads)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.engine = DL_ENGINE_PLAIN, .threads = threads});
    assert_non_null(ctx);
    return ctx;
}

/* ---- memory between pages that nobody may touch ---------------------------------------------- */

typedef struct guarded {
    char *map, *data;
    size_t all, bytes;
} guarded;

/* The data ends where the page after begins, or begins where the page before ends. */
static guarded guarded_of(int64_t bytes, int at_end)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inner = ((size_t)bytes + page - 1) / page * page + page;
    guarded g = {.all = inner + 2 * page, .bytes = (size_t)bytes};
    g.map = mmap(NULL, g.all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g.map != MAP_FAILED);
    assert_int_equal(mprotect(g.map, page, PROT_NONE), 0);
    assert_int_equal(mprotect(g.map + page + inner, page, PROT_NONE), 0);
    g.data = at_end ? g.map + page + inner - g.bytes : g.map + page;
    return g;
}

static void fill(guarded *g, int64_t size, uint64_t seed, int odd_values)
{
    static const double odd[] = {0.0, -0.0, 1e-310, 1.0 / 0.0, 1e-40};
    const int64_t n = (int64_t)g->bytes / size;
    for (int64_t i = 0; i < n; i++) {
        double v = 2 * random_number(&seed) - 1;
        if (odd_values && random_number(&seed) < 0.02)
            v = odd[(int)(random_number(&seed) * 5)];
        if (size == 4)
            ((float *)(void *)g->data)[i] = (float)v;
        else
            ((double *)(void *)g->data)[i] = v;
    }
}

/* ---- geometries ------------------------------------------------------------------------------ */

static int64_t draw(uint64_t *s, int64_t n)
{
    return (int64_t)(random_number(s) * (double)n);
}

static int64_t product(const int64_t v[DL__CONV_AXES])
{
    return v[0] * v[1] * v[2];
}

/* Multiply-adds, about. */
static double work_of(const dl__conv *g)
{
    const int64_t in = product(g->in), out = product(g->out);
    return (double)((in > out ? in : out) * g->n * product(g->kernel)) *
           (double)(g->channels / g->groups * g->outputs);
}

static dl__conv drawn(uint64_t i)
{
    static const int64_t widths[] = {1, 3, 6, 16, 17, 48, 64, 5, 2}, groups[] = {1, 1, 1, 1, 2, 3};
    uint64_t s = i * 7919 + 3;
    for (int k = 0; k < 4; k++)
        random_number(&s);
    dl__conv g = {.n = 1 + draw(&s, 3), .groups = groups[draw(&s, 6)]};
    g.channels = g.groups * widths[draw(&s, 9)];
    g.outputs = g.groups * widths[draw(&s, 9)];
    if (draw(&s, 16) == 0)
        g.groups = g.channels = g.outputs = 2 + draw(&s, 40);
    const int64_t axes = 1 + draw(&s, 3), dense = draw(&s, 2);
    for (int k = 0; k < DL__CONV_AXES; k++) {
        const int there = k >= DL__CONV_AXES - axes;
        g.in[k] = there ? 1 + draw(&s, axes == 1 ? 150 : axes == 2 ? 14 : 6) : 1;
        g.kernel[k] = there ? 1 + draw(&s, axes == 3 ? 3 : 5) : 1;
        g.stride[k] = there && !dense ? 1 + draw(&s, 3) : 1;
        g.dilation[k] = there && !dense ? 1 + draw(&s, 3) : 1;
        g.before[k] = there ? draw(&s, g.kernel[k] + 2) - (draw(&s, 4) == 0) * 2 : 0;
        g.out[k] = there ? 1 + draw(&s, g.in[k] / g.stride[k] + 2) : 1;
    }
    if (draw(&s, 8) == 0) /* without padding */
        for (int k = 0; k < DL__CONV_AXES; k++) {
            g.before[k] = 0;
            g.in[k] = (g.out[k] - 1) * g.stride[k] + (g.kernel[k] - 1) * g.dilation[k] + 1;
        }
    if (draw(&s, 6) == 0) /* 1 x 1 */
        for (int k = 0; k < DL__CONV_AXES; k++) {
            g.kernel[k] = 1;
            g.before[k] = 0;
            g.out[k] = (g.in[k] - 1) / g.stride[k] + 1;
        }
    switch (draw(&s, 40)) {
    case 0:
        g.n = 0;
        break;
    case 1:
        g.in[2] = 0;
        break;
    case 2:
        g.out[2] = 0;
        break;
    case 3:
        g.channels = 0;
        break;
    case 4:
        g.outputs = 0;
        break;
    default:
        break;
    }
    while (work_of(&g) > 3e6) { /* lanes of BASE may be calls */
        if (g.n > 1)
            g.n--;
        else if (g.kernel[1] * g.kernel[2] > 4)
            g.kernel[g.kernel[1] > g.kernel[2] ? 1 : 2]--;
        else {
            const int k = g.out[1] > g.out[2] ? 1 : 2;
            g.out[k] = (g.out[k] + 1) / 2;
            g.in[k] = (g.in[k] + 1) / 2;
        }
    }
    return g;
}

/* ---- the same bits --------------------------------------------------------------------------- */

/* x, w, y, bias; the last one written by pass 0, 1, 2: y, x, w. */
static int64_t sizes_of(const dl__conv *g, int pass, int64_t sizes[OPERANDS])
{
    sizes[0] = g->n * product(g->in) * g->channels;
    sizes[1] = product(g->kernel) * (g->channels / g->groups) * g->outputs;
    sizes[2] = g->n * product(g->out) * g->outputs;
    sizes[3] = pass == 1 ? g->channels : g->outputs;
    return pass == 0 ? 2 : pass == 1 ? 0 : 1;
}

static dl_status call(dl__conv_call *const *f, dl_ctx *ctx, dl_dtype dt, const dl__conv *g,
                      int pass, const guarded in[OPERANDS], int bias, void *c)
{
    const void *b = bias ? in[3].data : NULL;
    const void *x = in[0].data, *w = in[1].data, *y = in[2].data;
    return pass == 0   ? f[0](ctx, dt, g, x, w, b, c)
           : pass == 1 ? f[1](ctx, dt, g, y, w, b, c)
                       : f[2](ctx, dt, g, x, y, NULL, c);
}

static void describe(const dl__conv *g, dl_dtype dt, int pass, int isa, int threads)
{
    print_error("pass %d, %s, %s, %d threads, n %d, channels %d, outputs %d, groups %d\n", pass,
                dt == DL_F32 ? "f32" : "f64", dl__isa_name(isa), threads, (int)g->n,
                (int)g->channels, (int)g->outputs, (int)g->groups);
    for (int k = 0; k < DL__CONV_AXES; k++)
        print_error("in %d, out %d, kernel %d, stride %d, dilation %d, before %d\n", (int)g->in[k],
                    (int)g->out[k], (int)g->kernel[k], (int)g->stride[k], (int)g->dilation[k],
                    (int)g->before[k]);
}

/* One pass of one geometry, against patches; every instruction set up to most. */
static void check(dl_ctx *const *ctxs, uint64_t i, const dl__conv *g, dl_dtype dt, int pass,
                  int odd_values, int least)
{
    const int64_t size = dt == DL_F32 ? 4 : 8;
    int64_t sizes[OPERANDS];
    guarded in[OPERANDS];
    const int64_t written = sizes_of(g, pass, sizes);
    for (int k = 0; k < OPERANDS; k++) {
        in[k] = guarded_of(sizes[k] * size, (i + (uint64_t)k) % 3 != 0);
        fill(&in[k], size, i * 4 + (uint64_t)k + 1, odd_values);
    }
    const int bias = pass < 2 && i % 2 == 0;
    guarded want = guarded_of(sizes[written] * size, 1);
    assert_int_equal(call(patches, ctxs[0], dt, g, pass, in, bias, want.data), DL_OK);
    for (int isa = least; isa < DL__ISAS; isa++) {
        const int threads = 1 + (int)((i + (uint64_t)isa) % THREADS_MAX);
        dl__isa_force(isa);
        memset(in[written].data, 0xff, in[written].bytes);
        const dl_status s =
            call(native, ctxs[threads - 1], dt, g, pass, in, bias, in[written].data);
        if (s != DL_OK || memcmp(in[written].data, want.data, want.bytes) != 0) {
            describe(g, dt, pass, isa, threads);
            fail();
        }
    }
    dl__isa_force(-1);
    for (int k = 0; k < OPERANDS; k++)
        munmap(in[k].map, in[k].all);
    munmap(want.map, want.all);
}

static void begin_all(dl_ctx *ctxs[THREADS_MAX])
{
    for (int32_t t = 0; t < THREADS_MAX; t++)
        ctxs[t] = plain_ctx(t + 1);
}

static void end_all(dl_ctx *ctxs[THREADS_MAX])
{
    for (int32_t t = 0; t < THREADS_MAX; t++)
        end_ctx(ctxs[t]);
}

static void any_geometry_gives_the_bits_of_the_plain_engine(void **state)
{
    (void)state;
    dl_ctx *ctxs[THREADS_MAX];
    begin_all(ctxs);
    for (uint64_t i = 0; i < GEOMETRIES; i++) {
        const dl__conv g = drawn(i);
        const dl_dtype dt = i % 3 == 0 ? DL_F64 : DL_F32;
        for (int pass = 0; pass < PASSES; pass++)
            check(ctxs, i, &g, dt, pass, i % 4 == 1, DL__ISA_BASE);
    }
    end_all(ctxs);
}

/* Sizes at which work is cut in other ways: many items, parts of lines, several blocks of sums,
 * wide entries with room between them, groups, several images in a tile. */
#define SQUARE(a)                                                                                  \
    {                                                                                              \
        1, a, a                                                                                    \
    }
static const dl__conv larger[] = {
    {4, 16, 16, 1, SQUARE(32), SQUARE(32), SQUARE(3), SQUARE(1), SQUARE(1), {0, 1, 1}},
    {9, 64, 80, 1, SQUARE(8), SQUARE(8), SQUARE(3), SQUARE(1), SQUARE(1), {0, 1, 1}},
    {1, 512, 96, 1, SQUARE(7), SQUARE(7), SQUARE(3), SQUARE(1), SQUARE(1), {0, 1, 1}},
    {2, 1024, 70, 1, SQUARE(7), SQUARE(7), SQUARE(1), SQUARE(1), SQUARE(1), {0, 0, 0}},
    {2, 512, 64, 1, SQUARE(14), SQUARE(7), SQUARE(1), SQUARE(2), SQUARE(1), {0, 0, 0}},
    {1, 3, 64, 1, SQUARE(64), SQUARE(32), SQUARE(7), SQUARE(2), SQUARE(1), {0, 3, 3}},
    {1, 8, 24, 1, {1, 1, 3000}, {1, 1, 2990}, {1, 1, 5}, SQUARE(1), {1, 1, 3}, {0, 0, 1}},
    {1, 8, 24, 1, {1, 3, 900}, {1, 3, 450}, SQUARE(3), {1, 1, 2}, SQUARE(1), {0, 1, 1}},
    {3, 8, 12, 1, {9, 10, 11}, {9, 10, 11}, {3, 3, 3}, SQUARE(1), SQUARE(1), {1, 1, 1}},
    {2, 8, 12, 2, {9, 10, 11}, {5, 5, 6}, {3, 3, 3}, {2, 2, 2}, SQUARE(1), {1, 1, 1}},
    {2, 64, 64, 8, SQUARE(20), SQUARE(20), SQUARE(3), SQUARE(1), SQUARE(1), {0, 1, 1}},
    {2, 128, 128, 4, SQUARE(20), SQUARE(20), SQUARE(1), SQUARE(1), SQUARE(1), {0, 0, 0}},
    {1, 256, 48, 1, SQUARE(20), SQUARE(20), SQUARE(3), SQUARE(1), SQUARE(4), {0, 4, 4}},
    /* Few columns forward, in data, or in both. */
    {9, 1, 6, 1, SQUARE(28), SQUARE(28), SQUARE(5), SQUARE(1), SQUARE(1), {0, 2, 2}},
    {9, 6, 16, 1, SQUARE(14), SQUARE(10), SQUARE(5), SQUARE(1), SQUARE(1), {0, 0, 0}},
    {2, 3, 16, 1, SQUARE(33), SQUARE(17), SQUARE(3), SQUARE(2), SQUARE(1), {0, 1, 1}},
    {2, 40, 2, 1, SQUARE(50), SQUARE(50), SQUARE(1), SQUARE(1), SQUARE(1), {0, 0, 0}},
    {1, 2, 3, 1, {1, 1, 3000}, {1, 1, 2990}, {1, 1, 5}, SQUARE(1), {1, 1, 3}, {0, 0, 1}},
    {2, 12, 18, 6, {5, 10, 11}, {5, 10, 11}, {3, 3, 3}, SQUARE(1), SQUARE(1), {1, 1, 1}},
    {1, 2, 3, 1, {1, 1, 6}, {1, 1, 2}, {1, 1, 2}, SQUARE(1), {1, 1, (int64_t)1 << 40}, {0}},
    {1, 2, 3, 1, {1, 1, 6}, {1, 1, 2}, {1, 1, 2}, SQUARE(1), {1, 1, 20000000}, {0, 0, 2}},
    /* Few outputs, or channels: */
    {3, 6, 3, 1, SQUARE(20), SQUARE(20), SQUARE(5), SQUARE(1), SQUARE(1), {0, 2, 2}},
    {2, 1, 6, 1, SQUARE(28), SQUARE(28), SQUARE(5), SQUARE(1), SQUARE(1), {0, 2, 2}},
    {2, 6, 16, 1, SQUARE(14), SQUARE(10), SQUARE(5), SQUARE(1), SQUARE(1), {0}},
    {1, 3, 12, 1, SQUARE(130), SQUARE(128), SQUARE(3), SQUARE(1), SQUARE(1), {0}},
    {1, 4, 1, 1, {1, 1, 3000}, {1, 1, 3004}, {1, 1, 9}, SQUARE(1), SQUARE(1), {0, 0, 6}},
};
enum { LARGER = sizeof larger / sizeof *larger };

static void larger_sizes_do_too_with_any_number_of_threads(void **state)
{
    (void)state;
    dl_ctx *ctxs[THREADS_MAX];
    begin_all(ctxs);
    const int least = DL__ISAS > 1 ? 1 : 0;
    for (uint64_t i = 0; i < LARGER; i++)
        for (uint64_t t = 0; t < 2; t++)
            for (int pass = 0; pass < PASSES; pass++)
                check(ctxs, i * 2 + 3 * t, &larger[i], t == 0 || i % 2 ? DL_F32 : DL_F64, pass, 0,
                      least);
    end_all(ctxs);
}

/* ---- failing allocations --------------------------------------------------------------------- */

typedef struct failing {
    const dl__conv *g;
    int pass;
    guarded in[OPERANDS];
    char *c;
} failing;

static dl_status failing_call(dl_ctx *ctx, void *user)
{
    const failing *f = user;
    return call(native, ctx, DL_F32, f->g, f->pass, f->in, 0, f->c);
}

static void without_memory_the_status_says_so_and_nothing_leaks(void **state)
{
    dl_ctx *ctx = *state;
    for (int k = 0; k < LARGER; k += 5)
        for (int pass = 0; pass < PASSES; pass++) {
            failing f = {.g = &larger[k], .pass = pass};
            int64_t sizes[OPERANDS];
            const int64_t written = sizes_of(f.g, pass, sizes);
            for (int i = 0; i < OPERANDS; i++) {
                f.in[i] = guarded_of(sizes[i] * 4, 1);
                fill(&f.in[i], 4, 5, 0);
            }
            f.c = f.in[written].data;
            assert_true(fault_loop(ctx, failing_call, NULL, &f) >= 3);
            for (int i = 0; i < OPERANDS; i++)
                munmap(f.in[i].map, f.in[i].all);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_geometry_gives_the_bits_of_the_plain_engine),
        cmocka_unit_test(larger_sizes_do_too_with_any_number_of_threads),
        with_ctx(without_memory_the_status_says_so_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
