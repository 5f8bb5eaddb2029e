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

enum { N, OUTPUT, CHANNEL, PLACE, TAP = PLACE + 3, LOOPS = TAP + 3 };

/* The next turn of nine loops, the last one innermost; 0 behind the last turn. */
static int next(int64_t i[LOOPS], const int64_t n[LOOPS])
{
    int k = LOOPS - 1;
    while (k >= 0 && ++i[k] == n[k])
        i[k--] = 0;
    return k >= 0;
}

/* Place p and tap t see entry p stride - before + t dilation of x, or (transposed) of y. */
static int seen(const book *k, int transposed, const int64_t turn[LOOPS], int64_t entry[3])
{
    for (int a = 0; a < 3; a++) {
        const int64_t i =
            turn[PLACE + a] * k->stride[a] - k->before[a] + turn[TAP + a] * k->dilation[a];
        entry[a] = !transposed ? inside(k, a, i) : i < k->out[a] ? i : -1;
        if (entry[a] < 0)
            return 0;
    }
    return 1;
}

static void book_conv(const book *k, int transposed, const double *x, const double *w, double *y)
{
    const int64_t cg = k->channels / k->groups, og = k->outputs / k->groups;
    const int64_t *place = transposed ? k->in : k->out;
    const int64_t n[LOOPS] = {k->n,     k->outputs,   cg,           place[0],    place[1],
                              place[2], k->kernel[0], k->kernel[1], k->kernel[2]};
    int64_t i[LOOPS] = {0}, entry[3];
    for (int a = 0; a < LOOPS; a++)
        if (n[a] == 0)
            return;
    do {
        const int64_t o = i[OUTPUT], c = o / og * cg + i[CHANNEL];
        if (!seen(k, transposed, i, entry))
            continue;
        const int64_t *from = transposed ? i + PLACE : entry, *to = transposed ? entry : i + PLACE;
        const int64_t weight = transposed ? at(c, og, o % og, k->kernel, i + TAP)
                                          : at(o, cg, i[CHANNEL], k->kernel, i + TAP);
        y[at(i[N], k->outputs, o, k->out, to)] +=
            x[at(i[N], k->channels, c, k->in, from)] * w[weight];
    } while (next(i, n));
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
    book_conv(&k, transposed, xs, ws, y);
    for (int64_t i = 0; bs && i < count; i++)
        y[i] += bs[i / places % k.outputs];
    dl_tensor *result = tensor_of(x->base.ctx, DL_F64, y, shape, 2 + axes);
    free(xs);
    free(ws);
    free(bs);
    free(y);
    return result;
}
