#include <stdlib.h>
#include <string.h>
#include "support.h"
#include "tensor/iterate.h"

/* d = 1000 * a + b, all i64 */
static void combine(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    (void)arg;
    for (int64_t i = 0; i < n; i++)
        *(int64_t *)(void *)(p[0] + i * step[0]) +=
            1000 * *(const int64_t *)(const void *)(p[1] + i * step[1]) +
            *(const int64_t *)(const void *)(p[2] + i * step[2]);
}

static dl_tensor *range(dl_ctx *ctx, const int64_t *dims, int32_t ndim)
{
    int64_t n = 1;
    for (int32_t i = 0; i < ndim; i++)
        n *= dims[i];
    dl_tensor *t = dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, dims, ndim));
    int64_t *v = dl_tensor_edit(t);
    for (int64_t i = 0; i < n; i++)
        v[i] = i;
    return t;
}

static void every_element_is_visited_once_with_its_partners(void **state)
{
    dl_ctx *ctx = *state;
    /* long rows, short rows, and many rows of one element */
    static const int64_t shape[][4] = {{2, 3, 1, 4}, {1, 2, 3, 17000}, {700, 3, 5, 7},
                                       {1, 1, 1, 1}, {20000, 1, 2, 1}, {3, 0, 2, 2}};
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
        const int64_t *d = shape[s];
        for (int layout = 0; layout < LAYOUTS; layout++)
            for (int serial = 0; serial < 2; serial++) {
                int32_t mark = dl_scope_begin(ctx);
                dl_tensor *out =
                    with_layout(dl_tensor_give(dl_tensor_zeros(ctx, DL_I64, d, 4)), layout);
                dl_tensor *a = with_layout(range(ctx, d, 4), (layout + 1) % LAYOUTS);
                const int64_t column[] = {d[2], 1};
                dl_tensor *b = range(ctx, column, 2);
                const dl_tensor *operand[] = {out, a, b};
                dl__walk w;
                dl__walk_plan(&w, operand, 3);
                if (serial)
                    dl__walk_serial(&w, combine, NULL);
                else
                    dl__walk_run(ctx, &w, combine, NULL);
                int64_t n = dl_tensor_count(out);
                int64_t *v = malloc((size_t)n * 8 + 8);
                assert_int_equal(dl_tensor_get(out, v, (size_t)n * 8), DL_OK);
                for (int64_t i = 0; i < n; i++)
                    if (v[i] != 1000 * i + i / d[3] % d[2])
                        fail_msg("shape %zu, %s: element %lld", s, layout_name(layout),
                                 (long long)i);
                free(v);
                dl_scope_end(ctx, mark);
            }
    }
}

static void axes_that_are_one_for_all_operands_merge(void **state)
{
    dl_ctx *ctx = *state;
    dl_tensor *a = range(ctx, (const int64_t[]){2, 1, 3, 4}, 4);
    dl__walk w;
    dl__walk_plan(&w, (const dl_tensor *const[]){a, a}, 2);
    assert_int_equal(w.ndim, 1);
    assert_int_equal(w.dims[0], 24);
    assert_int_equal(w.steps[0][0], 8);
    /* also when memory runs in another order */
    dl_tensor *c = with_layout(a, LAYOUT_COLUMNS);
    dl__walk_plan(&w, (const dl_tensor *const[]){c, c}, 2);
    assert_int_equal(w.ndim, 1);
    /* operand 0 decides which axis is innermost */
    dl__walk_plan(&w, (const dl_tensor *const[]){c, a}, 2);
    assert_int_equal(w.ndim, 3);
    assert_int_equal(w.steps[0][2], 8);
    assert_int_equal(w.dims[2], 2);
    /* a single element is no axis at all */
    dl_tensor *one = range(ctx, (const int64_t[]){1, 1}, 2);
    dl__walk_plan(&w, (const dl_tensor *const[]){one}, 1);
    assert_int_equal(w.ndim, 0);
}

static void copies_between_all_layouts_keep_every_bit(void **state)
{
    dl_ctx *ctx = *state;
    static const int64_t shape[][4] = {{2, 3, 17, 19}, {1, 24, 17, 66},  {5, 1, 1, 7},
                                       {3, 2, 2, 2},   {1, 1, 150, 151}, {4, 16, 16, 4}};
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++)
        for (dl_dtype dt = DL_F32; dt <= DL_BOOL; dt++) {
            int32_t mark = dl_scope_begin(ctx);
            dl_tensor *t = random_tensor(ctx, dt, s, shape[s], 4);
            for (int from = 0; from < LAYOUTS; from++)
                for (int to = 0; to < LAYOUTS; to++) {
                    dl_tensor *a = with_layout(t, from), *b = with_layout(t, to);
                    assert_int_equal(dl_tensor_fill(b, 0), DL_OK);
                    dl__copy_elements(b, a);
                    assert_same_bits(b, t);
                }
            dl_scope_end(ctx, mark);
        }
}

static void copies_convert_between_all_types(void **state)
{
    dl_ctx *ctx = *state;
    for (dl_dtype from = DL_F32; from <= DL_BOOL; from++)
        for (dl_dtype to = DL_F32; to <= DL_BOOL; to++) {
            dl_tensor *a =
                with_layout(make_tensor(ctx, from, DL_SHAPE(2, 2), 0, 1, 2, 7), LAYOUT_COLUMNS);
            dl_tensor *b = dl_tensor_give(dl_tensor_ones(ctx, to, DL_SHAPE(2, 2)));
            dl__copy_elements(b, a);
            if (from == DL_BOOL || to == DL_BOOL)
                assert_values(b, 0, 1, 1, 1);
            else
                assert_values(b, 0, 1, 2, 7);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ctx(every_element_is_visited_once_with_its_partners),
        with_ctx(axes_that_are_one_for_all_operands_merge),
        with_ctx(copies_between_all_layouts_keep_every_bit),
        with_ctx(copies_convert_between_all_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
