/* Winograd convolution against the definition, as the plain engine computes it in f64. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "core/isa.h"
#include "kernels/native/conv.h"
#include "kernels/native/winograd.h"
#include "support.h"

enum { FORWARD = DL__WINOGRAD_FORWARD, DATA = DL__WINOGRAD_DATA, WEIGHT = DL__WINOGRAD_WEIGHT };

static const int32_t tiles[] = {2, 4};

static dl_ctx *plain_ctx(int32_t threads)
{
    const dl_ctx_opts o = {.engine = DL_ENGINE_PLAIN, .threads = threads};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    return ctx;
}

static dl__conv conv_of(int64_t n, int64_t channels, int64_t outputs, int64_t h, int64_t w)
{
    return (dl__conv){.n = n,
                      .channels = channels,
                      .outputs = outputs,
                      .groups = 1,
                      .in = {1, h, w},
                      .out = {1, h, w},
                      .kernel = {1, 3, 3},
                      .stride = {1, 1, 1},
                      .dilation = {1, 1, 1},
                      .before = {0, 1, 1}};
}

/* x, w, dy and the bias of a convolution, as numbers that f32 has, too; and as dt. */
enum { X, W, DY, BIAS, OPERANDS };
typedef struct operands {
    dl__conv g;
    dl_dtype dt;
    size_t size;
    int64_t count[OPERANDS];
    double *exact[OPERANDS];
    void *p[OPERANDS];
} operands;

static int64_t places(const int64_t size[DL__CONV_AXES])
{
    return size[0] * size[1] * size[2];
}

static operands make_operands(const dl__conv *g, dl_dtype dt, uint64_t seed)
{
    operands o = {.g = *g, .dt = dt, .size = dt == DL_F32 ? 4 : 8};
    o.count[X] = g->n * places(g->in) * g->channels;
    o.count[W] = 9 * g->channels * g->outputs;
    o.count[DY] = g->n * places(g->out) * g->outputs;
    o.count[BIAS] = g->outputs > g->channels ? g->outputs : g->channels;
    for (int k = 0; k < OPERANDS; k++) {
        o.exact[k] = calloc((size_t)o.count[k] + 1, sizeof(double));
        o.p[k] = calloc((size_t)o.count[k] + 1, o.size);
        assert_true(o.exact[k] && o.p[k]);
        for (int64_t i = 0; i < o.count[k]; i++)
            o.exact[k][i] = (float)(2 * random_number(&seed) - 1);
    }
    return o;
}

/* After a change of exact. */
static void convert(operands *o)
{
    for (int k = 0; k < OPERANDS; k++)
        for (int64_t i = 0; i < o->count[k]; i++) {
            if (o->dt == DL_F32)
                ((float *)o->p[k])[i] = (float)o->exact[k][i];
            else
                ((double *)o->p[k])[i] = o->exact[k][i];
        }
}

static void free_operands(operands *o)
{
    for (int k = 0; k < OPERANDS; k++) {
        free(o->exact[k]);
        free(o->p[k]);
    }
}

static int64_t results(const operands *o, int pass)
{
    return o->count[pass == FORWARD ? DY : pass == DATA ? X : W];
}

/* One pass by tiles m; the values as they are. */
static dl_status run(dl_ctx *ctx, int32_t m, const operands *o, int pass, const void *bias, void *c)
{
    if (pass == FORWARD)
        return dl__winograd_forward(ctx, m, o->dt, &o->g, o->p[X], o->p[W], bias, c);
    if (pass == DATA)
        return dl__winograd_data(ctx, m, o->dt, &o->g, o->p[DY], o->p[W], bias, c);
    return dl__winograd_weight(ctx, m, o->dt, &o->g, o->p[X], o->p[DY], c);
}

/* One pass in o's own type by definition. */
static dl_status run_definition(dl_ctx *ctx, const operands *o, int pass, const void *bias, void *c)
{
    if (pass == FORWARD)
        return dl__conv_forward(ctx, o->dt, &o->g, o->p[X], o->p[W], bias, c);
    if (pass == DATA)
        return dl__conv_data(ctx, o->dt, &o->g, o->p[DY], o->p[W], bias, c);
    return dl__conv_weight(ctx, o->dt, &o->g, o->p[X], o->p[DY], NULL, c);
}

/* The same in f64; free() it. */
static double *exact(const operands *o, int pass, int with_bias)
{
    dl_ctx *ctx = plain_ctx(2);
    double *c = malloc((size_t)(results(o, pass) + 1) * sizeof *c);
    operands of = *o;
    of.dt = DL_F64;
    for (int k = 0; k < OPERANDS; k++)
        of.p[k] = o->exact[k];
    assert_non_null(c);
    assert_int_equal(run_definition(ctx, &of, pass, with_bias ? o->exact[BIAS] : NULL, c), DL_OK);
    end_ctx(ctx);
    return c;
}

/* The largest error, in units of the largest wanted value. */
static double error_of(const operands *o, const void *c, const double *want, int64_t n)
{
    double worst = 0, largest = 0;
    for (int64_t i = 0; i < n; i++) {
        const double got = o->dt == DL_F32 ? (double)((const float *)c)[i] : ((const double *)c)[i];
        const double e = fabs(got - want[i]);
        worst = e <= worst ? worst : e; /* NaN, too */
        largest = fabs(want[i]) > largest ? fabs(want[i]) : largest;
    }
    return largest > 0 ? worst / largest : worst;
}

/* What all three passes err with tiles m, or (m = 0, ctx of the plain engine) by definition. */
static double worst_pass(dl_ctx *ctx, int32_t m, const operands *o, int with_bias)
{
    double worst = 0;
    for (int pass = FORWARD; pass <= WEIGHT; pass++) {
        const int64_t n = results(o, pass);
        void *c = malloc((size_t)(n + 1) * o->size);
        double *want = exact(o, pass, with_bias);
        assert_non_null(c);
        memset(c, 0xff, (size_t)n * o->size);
        const void *bias = with_bias ? o->p[BIAS] : NULL;
        assert_int_equal(m ? run(ctx, m, o, pass, bias, c) : run_definition(ctx, o, pass, bias, c),
                         DL_OK);
        const double e = error_of(o, c, want, n);
        worst = e <= worst ? worst : e;
        free(c);
        free(want);
    }
    return worst;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Padding from -1 to 4 on either side, leftovers of every size. The unit is the largest result,
 * which is small by chance where there are few: such cases have errors near the bounds. */
static void every_size_and_padding_gives_what_the_definition_says(void **state)
{
    dl_ctx *ctx = *state;
    uint64_t s = 3;
    for (int i = 0; i < 120; i++) {
#define DRAW(n) ((int64_t)(random_number(&s) * (n)))
        /* One after the other: arguments have no order of their own. */
        const int64_t n = DRAW(4), channels = 16 + 16 * DRAW(5), outputs = 16 + 16 * DRAW(5);
        const int64_t h = DRAW(14), w = DRAW(14);
        dl__conv g = conv_of(n, channels, outputs, h, w);
        g.in[0] = g.out[0] = 1 + DRAW(8) / 7;
        for (int k = 1; k < DL__CONV_AXES; k++) {
            g.before[k] = DRAW(6) - 1;
            g.out[k] = g.in[k] + DRAW(6) - 2;
            g.out[k] = g.out[k] < 0 ? 0 : g.out[k];
        }
        assert_true(dl__winograd_fits(&g));
        for (int t = 0; t < 2; t++) {
            operands o = make_operands(&g, t ? DL_F64 : DL_F32, (uint64_t)i);
            convert(&o);
            for (int k = 0; k < 2; k++)
                assert_true(worst_pass(ctx, tiles[k], &o, i & 1) <= (t ? 2e-14 : 1e-5));
            free_operands(&o);
        }
    }
}

/* Inputs that a transform could like less than the definition does. */
enum { RELU, ALTERNATING, OFFSET, HUGE_ONE, KINDS };

static void shape_values(operands *o, int kind)
{
    const int64_t channels = o->g.channels, width = o->g.in[2];
    for (int k = X; k <= DY; k += DY - X)
        for (int64_t i = 0; i < o->count[k]; i++) {
            double *v = &o->exact[k][i];
            const int64_t pixel = i / (k == X ? channels : o->g.outputs);
            if (kind == RELU && k == X)
                *v = *v > 0 ? *v : 0;
            if (kind == ALTERNATING)
                *v = (float)((pixel / width + pixel % width) % 2 ? -fabs(*v) : fabs(*v));
            if (kind == OFFSET)
                *v = (float)(*v + 1000);
            if (kind == HUGE_ONE && i == o->count[k] / 2)
                *v = 1e6;
        }
    convert(o);
}

static void errors_stay_within_what_docs_numerics_states(void **state)
{
    static const char *const names[] = {"relu", "alternating", "offset", "one huge"};
    /* Next to one huge element the definition errs 3e-6: all later terms round at its size. */
    static const double bound[KINDS][3] = {
        {5e-6, 2e-6, 1e-5}, {5e-6, 2e-6, 1e-5}, {5e-6, 2e-6, 1e-5}, {5e-6, 4e-6, 1e-5}};
    dl_ctx *ctx = plain_ctx(2);
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        const dl__conv g = conv_of(2, 512, 32, 14, 14), turned = conv_of(2, 32, 512, 14, 14);
        for (int way = 0; way < 2; way++) { /* so that data, too, sums 512 channels */
            operands o = make_operands(way ? &turned : &g, DL_F32, 7);
            shape_values(&o, kind);
            for (int32_t m = 0; m <= 4; m += 2) {
                const double e = worst_pass(ctx, m, &o, 0);
                if (e > bound[kind][m / 2])
                    fail_msg("%s, tiles of %d: %.2g", names[kind], (int)m, e);
            }
            free_operands(&o);
        }
    }
    end_ctx(ctx);
}

/* ---- bits ------------------------------------------------------------------------------------ */

static const int64_t shapes[][5] = {
    {5, 16, 32, 13, 10},
    {3, 48, 80, 9, 17},
    {9, 32, 16, 31, 30},
    {2, 160, 64, 7, 7},
    {3, 208, 336, 6, 5}}; /* large weights, few tiles: panel by panel, square by square */
enum { SHAPES = sizeof shapes / sizeof *shapes };

static dl__conv shape(int k)
{
    return conv_of(shapes[k][0], shapes[k][1], shapes[k][2], shapes[k][3], shapes[k][4]);
}

static void the_bits_depend_on_no_threads_and_no_instructions(void **state)
{
    (void)state;
    for (int k = 0; k < SHAPES * 2 * 2 * 3; k++) {
        const dl__conv g = shape(k / 12);
        const int pass = k % 3;
        operands o = make_operands(&g, k / 3 % 2 ? DL_F64 : DL_F32, (uint64_t)k);
        convert(&o);
        const size_t bytes = (size_t)results(&o, pass) * o.size;
        char *want = malloc(bytes), *got = malloc(bytes);
        assert_true(want && got);
        for (int32_t threads = 1; threads <= 7; threads++)
            for (int isa = 0; isa < DL__ISAS; isa++) {
                if (isa < DL__ISAS - 1 && threads != 2)
                    continue;
                dl_ctx *ctx = plain_ctx(threads);
                const int old = dl__isa_force(isa); /* nothing where the machine has it not */
                char *to = threads == 1 ? want : got;
                assert_int_equal(run(ctx, tiles[k / 6 % 2], &o, pass, o.p[BIAS], to), DL_OK);
                dl__isa_force(old);
                if (threads > 1)
                    assert_memory_equal(got, want, bytes);
                end_ctx(ctx);
            }
        free(want);
        free(got);
        free_operands(&o);
    }
}

static void the_bits_of_an_example_depend_on_no_other(void **state)
{
    dl_ctx *ctx = *state;
    for (int k = 0; k < SHAPES * 2 * 2; k++) {
        const dl__conv g = shape(k / 4);
        const int pass = k % 2;
        operands o = make_operands(&g, DL_F32, (uint64_t)k), one = o;
        convert(&o);
        const size_t bytes = (size_t)results(&o, pass) * o.size;
        char *want = malloc(bytes), *got = malloc(bytes);
        assert_true(want && got);
        assert_int_equal(run(ctx, tiles[k / 2 % 2], &o, pass, o.p[BIAS], want), DL_OK);
        one.g.n = 1;
        for (int64_t i = 0; i < g.n; i++) {
            one.p[X] = (char *)o.p[X] + i * (o.count[X] / g.n) * 4;
            one.p[DY] = (char *)o.p[DY] + i * (o.count[DY] / g.n) * 4;
            assert_int_equal(run(ctx, tiles[k / 2 % 2], &one, pass, o.p[BIAS],
                                 got + (size_t)i * bytes / (size_t)g.n),
                             DL_OK);
        }
        assert_memory_equal(got, want, bytes);
        free(want);
        free(got);
        free_operands(&o);
    }
}

/* ---- what is not finite ---------------------------------------------------------------------- */

/* It reaches the tiles of m x m places that read it, in its example, and no others. */
static void nan_and_infinity_stay_within_the_tiles_that_read_them(void **state)
{
    dl_ctx *ctx = *state;
    const dl__conv g = conv_of(2, 16, 16, 21, 22);
    for (int k = 0; k < 4; k++) {
        const int64_t m = tiles[k / 2], y = 9, x = 10;
        operands o = make_operands(&g, DL_F32, 1);
        convert(&o);
        float *c = malloc((size_t)o.count[DY] * sizeof *c);
        assert_non_null(c);
        ((float *)o.p[X])[((21 + y) * 22 + x) * 16 + 3] = k % 2 ? NAN : INFINITY;
        assert_int_equal(run(ctx, (int32_t)m, &o, FORWARD, NULL, c), DL_OK);
        for (int64_t i = 0; i < o.count[DY]; i++) {
            const int64_t n = i / 16 / 22 / 21, cy = i / 16 / 22 % 21, cx = i / 16 % 22;
            const int64_t ty = cy / m * m, tx = cx / m * m; /* reads ty - 1 .. ty + m */
            const int reads = n == 1 && y >= ty - 1 && y <= ty + m && x >= tx - 1 && x <= tx + m;
            const int window = n == 1 && labs(cy - y) <= 1 && labs(cx - x) <= 1;
            assert_true(reads || isfinite(c[i]));
            assert_true(!window || !isfinite(c[i]));
        }
        free(c);
        free_operands(&o);
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* count bytes that begin, or end, at a page nobody may touch. */
static char *guarded(size_t bytes, int at_the_end, char **all, size_t *length)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (bytes + page - 1) / page * page;
    *length = room + 2 * page;
    *all = mmap(NULL, *length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(*all != MAP_FAILED);
    assert_int_equal(mprotect(*all, page, PROT_NONE), 0);
    assert_int_equal(mprotect(*all + page + room, page, PROT_NONE), 0);
    return *all + page + (at_the_end ? room - bytes : 0);
}

static void nothing_outside_the_operands_is_touched(void **state)
{
    dl_ctx *ctx = *state;
    for (int k = 0; k < SHAPES * 2 * 2 * 2 * 3; k++) {
        const dl__conv g = shape(k / 24);
        const int pass = k % 3, at_the_end = k / 3 % 2;
        operands o = make_operands(&g, k / 6 % 2 ? DL_F64 : DL_F32, 1), own = o;
        char *all[OPERANDS + 1];
        size_t length[OPERANDS + 1];
        own.count[BIAS] = pass == FORWARD ? g.outputs : g.channels;
        for (int i = 0; i < OPERANDS; i++)
            own.p[i] = guarded((size_t)own.count[i] * o.size, at_the_end, &all[i], &length[i]);
        char *c = guarded((size_t)results(&o, pass) * o.size, at_the_end, &all[OPERANDS],
                          &length[OPERANDS]);
        convert(&own);
        assert_int_equal(run(ctx, tiles[k / 12 % 2], &own, pass, own.p[BIAS], c), DL_OK);
        for (int i = 0; i <= OPERANDS; i++)
            munmap(all[i], length[i]);
        free_operands(&o);
    }
}

typedef struct fault {
    operands o;
    int pass;
    int32_t m;
    void *c;
} fault;

static dl_status run_fault(dl_ctx *ctx, void *user)
{
    const fault *f = user;
    return run(ctx, f->m, &f->o, f->pass, NULL, f->c);
}

static void memory_that_is_short_is_said(void **state)
{
    (void)state;
    for (int k = 0; k < 24; k++) {
        dl_ctx *ctx = plain_ctx(k / 6 % 2 ? 3 : 1);
        const dl__conv g = k / 12 ? conv_of(1, 256, 256, 6, 6) : conv_of(40, 16, 16, 20, 20);
        fault f = {.o = make_operands(&g, DL_F32, 1), .pass = k % 3, .m = tiles[k / 3 % 2]};
        f.c = malloc((size_t)results(&f.o, f.pass) * 4);
        assert_non_null(f.c);
        convert(&f.o);
        assert_true(fault_loop(ctx, run_fault, NULL, &f) >= 2);
        free(f.c);
        free_operands(&f.o);
        end_ctx(ctx);
    }
}

/* ---- when ------------------------------------------------------------------------------------ */

static int32_t wanted(dl_ctx *ctx, int64_t channels, int64_t outputs, int64_t h, int64_t w,
                      int pass)
{
    dl__conv g = conv_of(1, channels, outputs, h, w);
    const int32_t m = dl__winograd_wanted(ctx, &g, pass);
    g.n = 100;
    if (pass != WEIGHT) /* a batch may be split */
        assert_int_equal(dl__winograd_wanted(ctx, &g, pass), m);
    return dl__winograd_wanted(ctx, &g, pass);
}

static void the_size_of_an_example_decides(void **state)
{
    dl_ctx *ctx = *state;
    for (int pass = FORWARD; pass <= WEIGHT; pass++) {
        assert_int_equal(wanted(ctx, 64, 64, 56, 56, pass), 4);
        assert_int_equal(wanted(ctx, 16, 16, 32, 32, pass), 4);
        assert_int_equal(wanted(ctx, 256, 256, 28, 28, pass), 4);
        assert_int_equal(wanted(ctx, 64, 64, 8, 8, pass), 4);
        assert_int_equal(wanted(ctx, 8, 16, 32, 32, pass), 0);
        assert_int_equal(wanted(ctx, 16, 24, 32, 32, pass), 0);
        assert_int_equal(wanted(ctx, 64, 64, 2, 2, pass), 0); /* tiles would be mostly empty */
        assert_int_equal(wanted(ctx, 64, 64, 1, 90, pass), 0);
    }
}

static void large_weights_on_small_images_take_small_tiles_or_none(void **state)
{
    dl_ctx *ctx = *state;
    assert_int_equal(wanted(ctx, 512, 512, 7, 7, FORWARD), 2);
    assert_int_equal(wanted(ctx, 512, 512, 7, 7, DATA), 2);
    assert_int_equal(wanted(ctx, 256, 256, 14, 14, FORWARD), 4);
    dl__conv g = conv_of(1, 512, 512, 7, 7);
    static const int32_t tile[][2] = {{1, 0}, {3, 0}, {4, 4}, {100, 4}};
    for (int k = 0; k < 4; k++) {
        g.n = tile[k][0];
        assert_int_equal(dl__winograd_wanted(ctx, &g, WEIGHT), tile[k][1]);
    }
}

/* The engine takes tiles where they are wanted, else the definition, to the bit. */
static void the_engine_takes_what_is_wanted(void **state)
{
    dl_ctx *ctx = *state;
    for (int k = 0; k < 12; k++) {
        const int pass = k % 3, forbidden = k / 6;
        const dl__conv g = k / 3 % 2 ? conv_of(2, 16, 32, 12, 12) : conv_of(2, 16, 24, 12, 12);
        operands o = make_operands(&g, DL_F32, 5);
        const size_t bytes = (size_t)results(&o, pass) * o.size;
        char *want = malloc(bytes), *got = malloc(bytes);
        const dl_ctx_opts opts = {.engine = DL_ENGINE_PLAIN, .no_winograd = forbidden};
        dl_ctx *plain = dl_ctx_new(&opts);
        assert_true(want && got && plain);
        convert(&o);
        assert_int_equal(
            pass == FORWARD
                ? dl__native_choose_forward(plain, DL_F32, &g, o.p[X], o.p[W], o.p[BIAS], got)
            : pass == DATA
                ? dl__native_choose_data(plain, DL_F32, &g, o.p[DY], o.p[W], o.p[BIAS], got)
                : dl__native_choose_weight(plain, DL_F32, &g, o.p[X], o.p[DY], NULL, got),
            DL_OK);
        if (k / 3 % 2 && !forbidden)
            assert_int_equal(run(ctx, 4, &o, pass, o.p[BIAS], want), DL_OK);
        else
            assert_int_equal(run_definition(plain, &o, pass, o.p[BIAS], want), DL_OK);
        assert_memory_equal(got, want, bytes);
        end_ctx(plain);
        free(want);
        free(got);
        free_operands(&o);
    }
}

static void other_kernels_strides_and_groups_do_not_fit(void **state)
{
    dl_ctx *ctx = *state;
    const dl__conv good = conv_of(1, 32, 32, 16, 16);
    assert_true(dl__winograd_wanted(ctx, &good, FORWARD) == 4);
    for (int k = 0; k < 9; k++) {
        dl__conv g = good;
        int64_t *const odd[] = {&g.kernel[1],   &g.kernel[2],   &g.kernel[0],
                                &g.stride[1],   &g.stride[2],   &g.stride[0],
                                &g.dilation[1], &g.dilation[2], &g.groups};
        *odd[k] = 2;
        assert_false(dl__winograd_fits(&g));
        assert_int_equal(dl__winograd_wanted(ctx, &g, FORWARD), 0);
    }
}

static void the_option_and_the_environment_forbid_it(void **state)
{
    (void)state;
    const dl__conv g = conv_of(1, 32, 32, 16, 16);
    const dl_ctx_opts o = {.no_winograd = 1};
    dl_ctx *ctx = dl_ctx_new(&o);
    assert_non_null(ctx);
    assert_int_equal(dl__winograd_wanted(ctx, &g, FORWARD), 0);
    end_ctx(ctx);
    static const char *const values[] = {"0", "1"};
    for (int k = 0; k < 2; k++) {
        setenv("DL_WINOGRAD", values[k], 1);
        ctx = dl_ctx_new(NULL);
        assert_non_null(ctx);
        assert_int_equal(dl__winograd_wanted(ctx, &g, FORWARD), k ? 4 : 0);
        end_ctx(ctx);
    }
    unsetenv("DL_WINOGRAD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(every_size_and_padding_gives_what_the_definition_says),
        cmocka_unit_test(errors_stay_within_what_docs_numerics_states),
        cmocka_unit_test(the_bits_depend_on_no_threads_and_no_instructions),
        with_ctx(the_bits_of_an_example_depend_on_no_other),
        with_ctx(nan_and_infinity_stay_within_the_tiles_that_read_them),
        with_ctx(nothing_outside_the_operands_is_touched),
        cmocka_unit_test(memory_that_is_short_is_said),
        with_ctx(the_size_of_an_example_decides),
        with_ctx(large_weights_on_small_images_take_small_tiles_or_none),
        with_ctx(the_engine_takes_what_is_wanted),
        with_ctx(other_kernels_strides_and_groups_do_not_fit),
        cmocka_unit_test(the_option_and_the_environment_forbid_it),
    };
    unsetenv("DL_WINOGRAD");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
