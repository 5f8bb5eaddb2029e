/* Every micro-kernel against a chain of fma, to the bit; operands end where memory ends. */
#include "support.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "core/isa.h"
#include "kernels/native/micro.h"

enum { ROWS = 16, LONGEST = 5, SEGMENTS = 3, WIDTH = 48 };

/* Memory with nothing behind it. */
typedef struct region {
    char *pages;
    size_t size, page;
} region;

static region make_region(void)
{
    region r = {.page = (size_t)sysconf(_SC_PAGESIZE)};
    r.size = 16 * r.page;
    r.pages =
        mmap(NULL, r.size + r.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(r.pages != MAP_FAILED);
    assert_int_equal(mprotect(r.pages + r.size, r.page, PROT_NONE), 0);
    return r;
}

static void drop_region(region *r)
{
    munmap(r->pages, r->size + r->page);
}

/* n elements that end there. */
static void *last(const region *r, dl_dtype dt, int64_t n)
{
    return r->pages + r->size - (size_t)n * dl_dtype_size(dt);
}

static double get(dl_dtype dt, const void *x, int64_t i)
{
    return dt == DL_F32 ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

static void put(dl_dtype dt, void *x, int64_t i, double v)
{
    if (dt == DL_F32)
        ((float *)x)[i] = (float)v;
    else
        ((double *)x)[i] = v;
}

static void fill(dl_dtype dt, void *x, int64_t n, uint64_t *seed)
{
    for (int64_t i = 0; i < n; i++)
        put(dt, x, i, random_number(seed) * 2 - 1);
}

static double fma_of(dl_dtype dt, double a, double b, double c)
{
    return dt == DL_F32 ? (double)fmaf((float)a, (float)b, (float)c) : fma(a, b, c);
}

static double add_of(dl_dtype dt, double a, double b)
{
    return dt == DL_F32 ? (double)((float)a + (float)b) : a + b;
}

/* How k runs, and where operands lie. */
typedef struct course {
    int64_t segments, length, a_step, b_gap; /* b_gap: elements between rows of b */
    int own_rows, a_offsets, b_offsets;
} course;

typedef struct machine {
    region a, b, c, bias;
    dl_dtype dt;
    const dl__micro *m;
    uint64_t seed;
} machine;

/* What output (i, j) must be, from the definition in micro.h; old: what c held. */
static double wanted(const machine *x, const course *k, const dl__micro_args *g, int i, int j,
                     double old)
{
    double sum = g->flags & DL__MICRO_CHAIN ? old : 0;
    for (int64_t s = 0; s < k->segments; s++)
        for (int64_t p = 0; p < k->length; p++) {
            int64_t at = (g->a_offset ? g->a_offset[s] : 0) + p * g->a_step;
            int64_t row = g->b_offset ? g->b_offset[s] : s * k->length * g->b_step;
            sum = fma_of(x->dt, get(x->dt, g->a[s * g->a_next + i], at),
                         get(x->dt, g->b, row + p * g->b_step + j), sum);
        }
    if (g->flags & DL__MICRO_BIAS)
        sum = add_of(x->dt, sum, get(x->dt, g->bias, j));
    if (g->flags & DL__MICRO_ADD)
        sum = add_of(x->dt, old, sum);
    return g->flags & DL__MICRO_RELU && sum <= 0 ? 0 : sum;
}

static void expect_is(const machine *x, int v, int n, const dl__micro_args *g, int i, int j,
                      double want)
{
    const double found = get(x->dt, g->c[i], j);
    if (isnan(want) ? !isnan(found) : memcmp(&found, &want, sizeof found) != 0)
        fail_msg("%s %s v %d rows %d cols %d flags %d: c[%d][%d] is %a, wanted %a",
                 dl__isa_name(dl__isa()), dl_dtype_name(x->dt), v, n, (int)g->cols, (int)g->flags,
                 i, j, found, want);
}

/* One tile. gap: elements between rows of c, which must stay as they are. */
static void check(machine *x, int v, int n, int cols, int flags, const course *k)
{
    enum { GAP = 3 };
    const int64_t terms = k->segments * k->length, width = (int64_t)v * x->m->lanes;
    const int64_t row = SEGMENTS * LONGEST * 2 + 2, c_row = cols + GAP;
    const void *a[ROWS * SEGMENTS];
    void *c[ROWS];
    int64_t a_offset[SEGMENTS], b_offset[SEGMENTS];
    dl__micro_args g = {.segments = k->segments,
                        .length = k->length,
                        .a = a,
                        .a_next = k->own_rows ? n : 0,
                        .a_step = k->a_step,
                        .b_step = width + k->b_gap,
                        .c = c,
                        .cols = cols,
                        .flags = flags};
    const int64_t b_size = terms > 0 ? (terms - 1) * g.b_step + width : 0;
    char *first = last(&x->a, x->dt, row * n), *out = last(&x->c, x->dt, c_row * n - GAP);
    char *bias = last(&x->bias, x->dt, cols), old[ROWS * (WIDTH + GAP) * sizeof(double)];
    const size_t size = dl_dtype_size(x->dt);
    for (int64_t s = 0; s < k->segments; s++) {
        a_offset[s] = (k->segments - 1 - s) * k->length * k->a_step;
        b_offset[s] = (k->segments - 1 - s) * k->length * g.b_step;
        for (int i = 0; i < n; i++) /* the last term of the last row is the last of memory */
            a[s * n + i] = first + (size_t)(row * (k->own_rows ? (i + s) % n : i)) * size;
    }
    if (terms > 0)
        for (int i = 0; i < n * SEGMENTS; i++)
            if (i < (k->own_rows ? n * k->segments : n)) {
                int64_t reach = (k->a_offsets ? terms : k->length) * k->a_step - k->a_step + 1;
                a[i] = (const char *)a[i] + (size_t)(row - reach) * size;
            }
    for (int i = 0; i < n; i++)
        c[i] = out + (size_t)(c_row * i) * size;
    g.b = last(&x->b, x->dt, b_size);
    g.a_offset = k->a_offsets ? a_offset : NULL;
    g.b_offset = k->b_offsets ? b_offset : NULL;
    g.bias = flags & DL__MICRO_BIAS ? bias : NULL;
    memcpy(old, out, (size_t)(c_row * n - GAP) * size);
    x->m->kernel[v][n](&g);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < (i + 1 < n ? c_row : cols); j++) {
            const double was = get(x->dt, old, c_row * i + j);
            expect_is(x, v, n, &g, i, j, j < cols ? wanted(x, k, &g, i, j, was) : was);
        }
    memcpy(out, old, (size_t)(c_row * n - GAP) * size);
}

static machine begin(dl_dtype dt)
{
    machine x = {
        make_region(), make_region(), make_region(), make_region(), dt, dl__micro_of(dt), 7};
    const region *all[] = {&x.a, &x.b, &x.c, &x.bias};
    for (int i = 0; i < 4; i++)
        fill(dt, all[i]->pages, (int64_t)(all[i]->size / dl_dtype_size(dt)), &x.seed);
    return x;
}

static void end(machine *x)
{
    drop_region(&x->a);
    drop_region(&x->b);
    drop_region(&x->c);
    drop_region(&x->bias);
}

/* Runs f for both types on every instruction set of this machine. */
static void on_all(void (*f)(machine *x))
{
    const int best = dl__isa();
    for (int isa = 0; isa <= best; isa++)
        for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
            dl__isa_force(isa);
            machine x = begin(dt);
            assert_true(x.m->lanes * 3 <= WIDTH && x.m->rows[1] <= ROWS);
            f(&x);
            end(&x);
        }
    dl__isa_force(best);
}

static void tiles_of(machine *x, const course *k, int flags, int every_col)
{
    for (int v = 1; v <= 3; v++)
        for (int n = 1; n <= x->m->rows[v]; n++)
            for (int cols = v * x->m->lanes; cols > 0; cols -= every_col ? 1 : x->m->lanes - 1)
                check(x, v, n, cols, flags, k);
}

static const course courses[] = {
    {1, LONGEST, 1, 0, 0, 0, 0}, {3, 4, 1, 0, 1, 0, 0}, {3, 3, 2, 5, 0, 1, 0},
    {2, 5, 1, 0, 0, 1, 1},       {3, 2, 2, 1, 1, 1, 1}, {1, 1, 1, 0, 0, 0, 0},
    {0, 5, 1, 0, 0, 0, 0},       {2, 0, 1, 0, 0, 0, 0},
};

static void all_courses(machine *x)
{
    for (size_t i = 0; i < sizeof courses / sizeof *courses; i++)
        for (int flags = 0; flags < 2; flags++)
            tiles_of(x, &courses[i], flags, 0);
}

static void all_flags(machine *x)
{
    for (int flags = 0; flags < 16; flags++)
        if (!(flags & DL__MICRO_CHAIN && flags & DL__MICRO_ADD))
            tiles_of(x, &courses[0], flags, flags % 5 == 0);
}

static void specials(machine *x)
{
    static const double values[] = {INFINITY, -INFINITY, NAN, 0.0, -0.0, 1, -1, 5e-324, 3e38};
    const region *all[] = {&x->a, &x->b, &x->c, &x->bias};
    for (int i = 0; i < 4; i++)
        for (int64_t k = 0, n = (int64_t)(all[i]->size / dl_dtype_size(x->dt)); k < n; k++)
            put(x->dt, all[i]->pages, k, values[(int)(random_number(&x->seed) * 8.99)]);
    for (int flags = 0; flags < 16; flags++)
        if (!(flags & DL__MICRO_CHAIN && flags & DL__MICRO_ADD)) {
            tiles_of(x, &courses[5], flags, 0);
            tiles_of(x, &courses[6], flags, 0);
        }
}

static void every_tile_is_a_chain_of_fma_in_order_of_k(void **state)
{
    (void)state;
    on_all(all_courses);
}

static void every_ending_is_what_its_flags_say(void **state)
{
    (void)state;
    on_all(all_flags);
}

static void nan_infinity_and_signed_zeros_are_what_scalars_make_of_them(void **state)
{
    (void)state;
    on_all(specials);
}

static void instruction_sets_have_tiles_of_their_own(void **state)
{
    (void)state;
    const int best = dl__isa();
    int32_t lanes = 0;
    for (int isa = 0; isa <= best; isa++) {
        dl__isa_force(isa);
        const dl__micro *f32 = dl__micro_of(DL_F32), *f64 = dl__micro_of(DL_F64);
        assert_int_equal(f32->lanes, 2 * f64->lanes);
        assert_true(f32->lanes > lanes);
        lanes = f32->lanes;
        for (int v = 1; v <= 3; v++)
            assert_true(f32->rows[v] >= 1 && f64->rows[v] >= 1);
    }
    dl__isa_force(best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tile_is_a_chain_of_fma_in_order_of_k),
        cmocka_unit_test(every_ending_is_what_its_flags_say),
        cmocka_unit_test(nan_infinity_and_signed_zeros_are_what_scalars_make_of_them),
        cmocka_unit_test(instruction_sets_have_tiles_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
