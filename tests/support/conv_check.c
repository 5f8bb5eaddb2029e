#include "support/conv_check.h"
#include <stdlib.h>

/* Everything with three spatial axes. */
typedef struct book {
    int64_t n, channels, outputs, groups;
    int64_t in[3], out[3], kernel[3], stride[3], dilation[3], before[3], after[3];
    int32_t mode;
} book;

/* Number k of a list: a 0 repeats the one before it; the first is fallback if that is 0. */
static int64_t number(const int32_t *list, int32_t k, int64_t fallback)
{
    for (; k >= 0; k--)
        if (list[k] != 0)
            return list[k] == DL_OFF ? 0 : list[k];
    return fallback;
}

static book read_book(const dl_tensor *x, const dl_tensor *w, const dl_conv_opts *o, int transposed)
{
    static const dl_conv_opts none;
    book k = {.n = dl_tensor_dim(x, 0), .channels = dl_tensor_dim(x, 1)};
    const int32_t axes = dl_tensor_ndim(x) - 2;
    o = o ? o : &none;
    k.groups = o->groups ? o->groups : 1;
    k.outputs = transposed ? dl_tensor_dim(w, 1) * k.groups : dl_tensor_dim(w, 0);
    k.mode = o->mode;
    for (int32_t i = 0; i < 3; i++) {
        const int32_t a = i - (3 - axes);
        k.in[i] = a < 0 ? 1 : dl_tensor_dim(x, 2 + a);
        k.kernel[i] = a < 0 ? 1 : dl_tensor_dim(w, 2 + a);
        k.stride[i] = a < 0 ? 1 : number(o->stride, a, 1);
        k.dilation[i] = a < 0 ? 1 : number(o->dilation, a, 1);
        k.before[i] = a < 0 ? 0 : number(o->padding, a, 0);
        k.after[i] = a < 0 || o->padding_end[0] == 0 ? k.before[i] : number(o->padding_end, a, 0);
        const int64_t reach = k.dilation[i] * (k.kernel[i] - 1) + 1;
        if (o->same) {
            k.out[i] = (k.in[i] + k.stride[i] - 1) / k.stride[i];
            const int64_t need = (k.out[i] - 1) * k.stride[i] + reach - k.in[i];
            k.before[i] = need > 0 ? need / 2 : 0;
        } else if (transposed) {
            k.out[i] = (k.in[i] - 1) * k.stride[i] - k.before[i] - k.after[i] + reach +
                       (a < 0 ? 0 : number(o->output_padding, a, 0));
        } else {
            k.out[i] = (k.in[i] + k.before[i] + k.after[i] - reach) / k.stride[i] + 1;
        }
    }
    return k;
}

/* The index of x that stands at i, or -1. */
static int64_t inside(const book *k, int axis, int64_t i)
{
    const int64_t n = k->in[axis];
    if (i >= 0 && i < n)
        return i;
    switch (k->mode) {
    case DL_PAD_REFLECT:
        return i < 0 ? -i : 2 * (n - 1) - i;
    case DL_PAD_REPLICATE:
        return i < 0 ? 0 : n - 1;
    case DL_PAD_CIRCULAR:
        return i < 0 ? i + n : i - n;
    default:
        return -1;
    }
}

static int64_t at(int64_t a, int64_t channels, int64_t c, const int64_t size[3], const int64_t i[3])
{
    return (((a * channels + c) * size[0] + i[0]) * size[1] + i[1]) * size[2] + i[2];
}

#define EACH(i, n) for (int64_t i = 0; i < (n); i++)

static void book_conv(const book *k, const double *x, const double *w, double *y)
{
    const int64_t cg = k->channels / k->groups, og = k->outputs / k->groups;
    EACH(n, k->n)
    EACH(o, k->outputs)
    EACH(c, cg)
    EACH(p0, k->out[0]) EACH(p1, k->out[1]) EACH(p2, k->out[2]) EACH(t0, k->kernel[0])
        EACH(t1, k->kernel[1]) EACH(t2, k->kernel[2])
    {
        const int64_t p[3] = {p0, p1, p2}, t[3] = {t0, t1, t2};
        int64_t i[3], ok = 1;
        for (int a = 0; a < 3; a++) {
            i[a] = inside(k, a, p[a] * k->stride[a] - k->before[a] + t[a] * k->dilation[a]);
            ok = ok && i[a] >= 0;
        }
        if (ok)
            y[at(n, k->outputs, o, k->out, p)] +=
                x[at(n, k->channels, o / og * cg + c, k->in, i)] * w[at(o, cg, c, k->kernel, t)];
    }
}

static void book_transpose(const book *k, const double *x, const double *w, double *y)
{
    const int64_t cg = k->channels / k->groups, og = k->outputs / k->groups;
    EACH(n, k->n)
    EACH(c, k->channels)
    EACH(o, og)
    EACH(p0, k->in[0]) EACH(p1, k->in[1]) EACH(p2, k->in[2]) EACH(t0, k->kernel[0])
        EACH(t1, k->kernel[1]) EACH(t2, k->kernel[2])
    {
        const int64_t p[3] = {p0, p1, p2}, t[3] = {t0, t1, t2};
        int64_t i[3], ok = 1;
        for (int a = 0; a < 3; a++) {
            i[a] = p[a] * k->stride[a] - k->before[a] + t[a] * k->dilation[a];
            ok = ok && i[a] >= 0 && i[a] < k->out[a];
        }
        if (ok)
            y[at(n, k->outputs, c / cg * og + o, k->out, i)] +=
                x[at(n, k->channels, c, k->in, p)] * w[at(c, og, o, k->kernel, t)];
    }
}

dl_tensor *textbook_conv(dl_tensor *x, dl_tensor *w, dl_tensor *b, const dl_conv_opts *o,
                         int transposed)
{
    const book k = read_book(x, w, o, transposed);
    const int32_t axes = dl_tensor_ndim(x) - 2;
    int64_t shape[5] = {k.n, k.outputs}, places = k.out[0] * k.out[1] * k.out[2];
    for (int32_t i = 0; i < axes; i++)
        shape[2 + i] = k.out[3 - axes + i];
    double *xs = values_of(x), *ws = values_of(w), *bs = b ? values_of(b) : NULL;
    const int64_t count = k.n * k.outputs * places;
    double *y = calloc((size_t)count + 1, sizeof *y);
    assert_non_null(y);
    (transposed ? book_transpose : book_conv)(&k, xs, ws, y);
    for (int64_t i = 0; bs && i < count; i++)
        y[i] += bs[i / places % k.outputs];
    dl_tensor *result = tensor_of(x->base.ctx, DL_F64, y, shape, 2 + axes);
    free(xs);
    free(ws);
    free(bs);
    free(y);
    return result;
}
