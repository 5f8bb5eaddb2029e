#include "support/pool_check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

dl_tensor *pool(dl_tensor *x, int what, const pooling *p, dl_tensor **index)
{
    typedef dl_tensor *(*slides)(dl_tensor *, const int32_t *, const dl_pool_opts *);
    typedef dl_tensor *(*adapts)(dl_tensor *, const int64_t *);
    typedef dl_status (*slides_index)(dl_tensor *, const int32_t *, const dl_pool_opts *,
                                      dl_tensor **, dl_tensor **);
    typedef dl_status (*adapts_index)(dl_tensor *, const int64_t *, dl_tensor **, dl_tensor **);
    static const slides slide[2][3] = {{dl_maxpool1d, dl_maxpool2d, dl_maxpool3d},
                                       {dl_avgpool1d, dl_avgpool2d, dl_avgpool3d}};
    static const adapts adapt[2][3] = {
        {dl_adaptive_maxpool1d, dl_adaptive_maxpool2d, dl_adaptive_maxpool3d},
        {dl_adaptive_avgpool1d, dl_adaptive_avgpool2d, dl_adaptive_avgpool3d}};
    static const slides_index slide_index[3] = {dl_maxpool1d_index, dl_maxpool2d_index,
                                                dl_maxpool3d_index};
    static const adapts_index adapt_index[3] = {
        dl_adaptive_maxpool1d_index, dl_adaptive_maxpool2d_index, dl_adaptive_maxpool3d_index};
    dl_tensor *y = NULL;
    if (!index)
        return p->adaptive ? adapt[what][p->axes - 1](x, p->sizes)
                           : slide[what][p->axes - 1](x, p->kernel, &p->o);
    if (p->adaptive)
        adapt_index[p->axes - 1](x, p->sizes, &y, index);
    else
        slide_index[p->axes - 1](x, p->kernel, &p->o, &y, index);
    return y;
}

dl_tensor *pool_max(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return pool(in[0], POOL_MAX, user, NULL);
}

dl_tensor *pool_average(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return pool(in[0], POOL_AVERAGE, user, NULL);
}

/* ---- the textbook ---------------------------------------------------------------------------- */

/* Elements start, start + step, .., n of them, along one axis; extent: those in x and its
 * padding. */
typedef struct stretch {
    int64_t start, step, n, extent;
} stretch;

static int64_t number(const int32_t *list, int32_t k, int64_t standard)
{
    int64_t v = standard;
    for (int32_t i = 0; i <= k; i++)
        v = list[i] ? list[i] : v;
    return v;
}

static int64_t padding_of(const pooling *p, int32_t k)
{
    const int64_t pad = number(p->o.padding, k, 0);
    return pad == DL_OFF ? 0 : pad;
}

/* Places along axis k of an input of that size. */
static int64_t places(const pooling *p, int32_t k, int64_t size)
{
    if (p->adaptive)
        return p->sizes[k];
    const int64_t kernel = number(p->kernel, k, 0), pad = padding_of(p, k);
    const int64_t stride = p->o.stride[0] ? number(p->o.stride, k, 0) : kernel;
    const int64_t reach = number(p->o.dilation, k, 1) * (kernel - 1) + 1;
    int64_t n = 0;
    while (n * stride - pad + reach <= size + pad)
        n++;
    if (p->o.ceil_mode && n > 0 && (n - 1) * stride - pad + reach < size + pad &&
        n * stride - pad < size)
        n++;
    return n;
}

static stretch stretch_at(const pooling *p, int32_t k, int64_t size, int64_t o)
{
    stretch s = {.step = 1};
    if (p->adaptive) {
        const int64_t n = p->sizes[k];
        s.start = (int64_t)floor((double)(o * size) / (double)n);
        s.n = (int64_t)ceil((double)((o + 1) * size) / (double)n) - s.start;
        s.extent = s.n;
        return s;
    }
    const int64_t pad = padding_of(p, k);
    s.n = number(p->kernel, k, 0);
    s.step = number(p->o.dilation, k, 1);
    s.start = o * (p->o.stride[0] ? number(p->o.stride, k, 0) : s.n) - pad;
    for (int64_t i = 0; i < s.n; i++)
        s.extent += s.start + i < size + pad;
    return s;
}

typedef struct answer {
    double value;
    int64_t index, elements, extent;
} answer;

/* One window; x is a plane of these sizes. */
static answer window(const double *x, const int64_t *size, const stretch *s, int what)
{
    answer a = {.value = what == POOL_MAX ? -INFINITY : 0, .index = -1};
    for (int64_t d = 0; d < s[0].n; d++)
        for (int64_t h = 0; h < s[1].n; h++)
            for (int64_t w = 0; w < s[2].n; w++) {
                const int64_t at[3] = {s[0].start + d * s[0].step, s[1].start + h * s[1].step,
                                       s[2].start + w * s[2].step};
                int inside = 1;
                for (int k = 0; k < 3; k++)
                    inside = inside && at[k] >= 0 && at[k] < size[k];
                if (!inside)
                    continue;
                const int64_t i = (at[0] * size[1] + at[1]) * size[2] + at[2];
                a.elements++;
                if (what == POOL_AVERAGE) {
                    a.value += x[i];
                } else if (a.index < 0 || x[i] > a.value || isnan(x[i])) {
                    a.value = x[i];
                    a.index = i;
                }
            }
    a.extent = s[0].extent * s[1].extent * s[2].extent;
    return a;
}

static void sizes_of(const dl_tensor *x, const pooling *p, int64_t *size, int64_t *out)
{
    for (int32_t k = 0; k < 3; k++) {
        const int32_t axis = k - 3 + p->axes;
        size[k] = axis < 0 ? 1 : x->dims[2 + axis];
        out[k] = axis < 0 ? 1 : places(p, axis, size[k]);
    }
}

static answer answer_at(const double *x, const pooling *p, const int64_t *size, const int64_t *o,
                        int what)
{
    stretch s[3];
    for (int32_t k = 0; k < 3; k++) {
        const int32_t axis = k - 3 + p->axes;
        s[k] = axis < 0 ? (stretch){.step = 1, .n = 1, .extent = 1}
                        : stretch_at(p, axis, size[k], o[k]);
    }
    answer a = window(x, size, s, what);
    if (what == POOL_AVERAGE) {
        const int64_t by = p->o.exclude_padding || p->adaptive ? a.elements : a.extent;
        a.value /= (double)(p->o.divisor && !p->adaptive ? p->o.divisor : by);
    }
    return a;
}

/* Of each place of x's planes. */
static answer *answers(const dl_tensor *x, const pooling *p, int what, int64_t *n)
{
    int64_t size[3], out[3], o[3];
    sizes_of(x, p, size, out);
    const int64_t plane = size[0] * size[1] * size[2], planes = x->dims[0] * x->dims[1];
    double *v = values_of(x);
    answer *a = malloc((size_t)(planes * out[0] * out[1] * out[2] + 1) * sizeof *a);
    *n = 0;
    for (int64_t i = 0; i < planes; i++)
        for (o[0] = 0; o[0] < out[0]; o[0]++)
            for (o[1] = 0; o[1] < out[1]; o[1]++)
                for (o[2] = 0; o[2] < out[2]; o[2]++)
                    a[(*n)++] = answer_at(v + i * plane, p, size, o, what);
    free(v);
    return a;
}

int pool_possible(const dl_tensor *x, const pooling *p)
{
    int64_t size[3], out[3], n;
    sizes_of(x, p, size, out);
    if (out[0] < 1 || out[1] < 1 || out[2] < 1)
        return 0;
    answer *a = answers(x, p, POOL_MAX, &n);
    int full = 1;
    for (int64_t i = 0; i < n; i++)
        full = full && a[i].elements > 0;
    free(a);
    return full;
}

void pool_compare(dl_tensor *x, int what, const pooling *p)
{
    int64_t n, size[3], out[3];
    answer *a = answers(x, p, what, &n);
    double *value = malloc((size_t)(n + 1) * sizeof *value);
    double *index = malloc((size_t)(n + 1) * sizeof *index);
    for (int64_t i = 0; i < n; i++) {
        value[i] = a[i].value;
        index[i] = (double)a[i].index;
    }
    sizes_of(x, p, size, out);
    for (int layout = 0; layout < LAYOUTS; layout++)
        for (dl_dtype dt = DL_F32; dt <= DL_F64; dt++) {
            const int32_t mark = dl_scope_begin(x->base.ctx);
            dl_tensor *places_at = NULL, *y;
            y = pool(with_layout(dl_cast(x, dt), layout), what, p,
                     what == POOL_MAX ? &places_at : NULL);
            expect_ok(x->base.ctx);
            assert_int_equal(dl_tensor_dtype(y), dt);
            for (int32_t k = 0; k < p->axes; k++)
                assert_int_equal(y->dims[2 + k], out[3 - p->axes + k]);
            assert_close(y, value, n, what == POOL_MAX ? 0 : dt == DL_F64 ? 1e-15 : 1e-7);
            if (places_at) {
                assert_int_equal(dl_tensor_dtype(places_at), DL_I64);
                assert_close(places_at, index, n, 0);
                assert_same_bits(y, pool(with_layout(dl_cast(x, dt), layout), what, p, NULL));
            }
            dl_scope_end(x->base.ctx, mark);
        }
    free(index);
    free(value);
    free(a);
}

/* ---- a grid ---------------------------------------------------------------------------------- */

static int64_t draw(uint64_t *state, int64_t low, int64_t high)
{
    return low + (int64_t)(random_number(state) * (double)(high - low + 1));
}

static pooling draw_pooling(uint64_t *state, int what, int32_t axes, int adaptive)
{
    pooling p = {.axes = axes, .adaptive = adaptive};
    for (int32_t k = 0; k < axes; k++) {
        p.sizes[k] = draw(state, 1, 9);
        p.kernel[k] = (int32_t)draw(state, 1, 4);
        p.o.stride[k] = (int32_t)draw(state, 1, 4);
        p.o.dilation[k] = what == POOL_MAX ? (int32_t)draw(state, 1, 3) : 1;
        const int64_t most = (p.o.dilation[k] * (p.kernel[k] - 1) + 1) / 2;
        p.o.padding[k] = (int32_t)draw(state, 0, most);
        if (p.o.padding[k] == 0)
            p.o.padding[k] = DL_OFF;
    }
    if (draw(state, 0, 3) == 0)
        for (int32_t k = 0; k < axes; k++)
            p.o.stride[k] = 0;
    p.o.ceil_mode = (int32_t)draw(state, 0, 1);
    if (what == POOL_AVERAGE) {
        p.o.exclude_padding = (int32_t)draw(state, 0, 1);
        p.o.divisor = draw(state, 0, 4) == 0 ? 3 : 0;
    }
    return p;
}

void pool_compare_grid(dl_ctx *ctx, int what, int32_t axes, int adaptive)
{
    uint64_t state = 7 + (uint64_t)axes;
    for (int tries = 0, ran = 0; ran < 150; tries++) {
        const int32_t mark = dl_scope_begin(ctx);
        assert_true(tries < 2000);
        const pooling p = draw_pooling(&state, what, axes, adaptive);
        int64_t dims[5] = {draw(&state, 1, 2), draw(&state, 0, 3) ? draw(&state, 1, 4) : 17};
        for (int32_t k = 0; k < axes; k++)
            dims[2 + k] = draw(&state, 1, axes == 3 ? 6 : axes == 2 ? 9 : 30);
        dl_tensor *x = random_tensor(ctx, DL_F32, (uint64_t)tries, dims, 2 + axes);
        if (draw(&state, 0, 2) == 0)
            x = dl_round(dl_scale(x, 2)); /* with equal values */
        if (pool_possible(x, &p)) {
            pool_compare(x, what, &p);
            ran++;
        }
        dl_scope_end(ctx, mark);
    }
}
