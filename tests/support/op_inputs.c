#include <stdlib.h>
#include <string.h>
#include "autograd/autograd.h"
#include "support/op_inputs.h"

const char *op_layout_name(op_layout layout)
{
    static const char *const names[] = {"contiguous", "permuted",  "stepped",
                                        "backwards",  "broadcast", "repeated"};
    return names[layout];
}

int32_t op_n_inputs(const op_case *c)
{
    int32_t n = 0;
    while (n < OP_INPUTS && c->in[n].kind != OP_ABSENT)
        n++;
    return n;
}

int64_t op_n_elements(const op_input *in)
{
    int64_t n = 1;
    for (int32_t i = 0; i < in->ndim; i++)
        n *= in->dims[i];
    return n;
}

int32_t op_broadcast_axis(const op_input *in)
{
    for (int32_t i = 0; i < in->ndim; i++)
        if (in->dims[i] > 1)
            return i;
    return -1;
}

/* Value k of n of operand i: the k-th of n equal steps between low and high, shuffled, with a
 * little noise, so that values are distinct and keep off the middle, where relu has its corner. */
static double value_of(const op_input *in, int32_t i, int64_t k, int64_t n)
{
    static const int64_t primes[] = {7, 11, 13, 17, 19, 23, 29, 31, 37, 41};
    int32_t p = 0;
    while (p < 9 && n % primes[p] == 0)
        p++;
    int64_t place = (k * primes[p] + 3 * i + n / 3) % n;
    uint32_t hash = (uint32_t)(k + 1) * 2654435761u ^ (uint32_t)(i + 1) * 2246822519u;
    double noise = ((double)(hash >> 8) / 16777216.0 - 0.5) * 0.4;
    double v = in->low + (in->high - in->low) * ((double)place + 0.5 + noise) / (double)n;
    return in->kind == OP_INDEX ? (double)(int64_t)v : (double)(float)v;
}

static void put(void *p, dl_dtype dtype, double v)
{
    if (dtype == DL_F32)
        *(float *)p = (float)v;
    else if (dtype == DL_F64)
        *(double *)p = v;
    else if (dtype == DL_I32)
        *(int32_t *)p = (int32_t)v;
    else if (dtype == DL_I64)
        *(int64_t *)p = (int64_t)v;
    else
        *(uint8_t *)p = (uint8_t)v;
}

/* Strides of dims in the layout, the offset of element [0, 0, ...] and the elements of the buffer.
 * */
static int64_t lay_out(const int64_t *dims, int32_t ndim, op_layout layout, int64_t *strides,
                       int64_t *offset)
{
    int64_t size = 1;
    *offset = 0;
    for (int32_t at = 0; at < ndim; at++) {
        int32_t i = layout == OP_PERMUTED ? at : ndim - 1 - at;
        int64_t step = layout == OP_STEPPED && dims[i] > 1 ? 2 : 1;
        strides[i] = size * step;
        size *= dims[i] * step;
    }
    for (int32_t i = 0; layout == OP_BACKWARDS && i < ndim; i++)
        if (dims[i] > 1) {
            *offset += (dims[i] - 1) * strides[i];
            strides[i] = -strides[i];
        }
    return size;
}

dl_tensor *op_leaf(dl_ctx *ctx, const op_case *c, int32_t i, dl_dtype dtype, op_layout layout,
                   int track)
{
    const op_input *in = &c->in[i];
    dl_dtype dt = in->kind == OP_INDEX ? in->dtype : dtype;
    size_t bytes = dl_dtype_size(dt);
    int64_t stored[OP_DIMS] = {0}, strides[OP_DIMS], offset, index[OP_DIMS] = {0};
    memcpy(stored, in->dims, sizeof stored);
    int32_t axis = op_broadcast_axis(in);
    if (layout == OP_BROADCAST && axis >= 0)
        stored[axis] = 1;
    int64_t size = lay_out(stored, in->ndim, layout, strides, &offset);
    int64_t n = 1, distinct = op_n_elements(in);
    for (int32_t a = 0; a < in->ndim; a++)
        n *= stored[a];
    int repeats = axis >= 0 && (layout == OP_BROADCAST || layout == OP_REPEATED);
    if (repeats)
        distinct /= in->dims[axis];
    char *buffer = malloc((size_t)(size + 1) * bytes);
    if (!buffer)
        return NULL;
    memset(buffer, 0xff, (size_t)(size + 1) * bytes); /* gaps are NaN, or no label */
    for (int64_t at = 0; at < n; at++) {
        int64_t k = 0, where = offset;
        for (int32_t a = 0; a < in->ndim; a++) {
            where += index[a] * strides[a];
            if (!(repeats && a == axis))
                k = k * in->dims[a] + index[a];
        }
        put(buffer + where * (int64_t)bytes, dt, value_of(in, i, k, distinct));
        for (int32_t a = in->ndim - 1; a >= 0 && ++index[a] == stored[a]; a--)
            index[a] = 0;
    }
    dl_tensor *t = dl_tensor_wrap(ctx, dt, buffer + offset * (int64_t)bytes, stored, strides,
                                  in->ndim, free, buffer);
    if (t && track && in->kind == OP_TRACKED)
        dl_grad_track(t, 1);
    return t;
}

dl_tensor *op_view(dl_tensor *leaf, const op_input *in, op_layout layout)
{
    if (layout != OP_BROADCAST || op_broadcast_axis(in) < 0)
        return leaf;
    return dl__expand(leaf, in->dims, in->ndim);
}
