/* The elements of a strided array in logical row-major order, as bytes for a file. */
#include <string.h>
#include "io/safetensors.h"
#include "core/check.h"
#include "core/ctx.h"

enum { BLOCK = 1 << 16 };

typedef struct walk {
    dl__st_sink sink;
    void *arg;
    uint8_t *block;
    size_t used;
} walk;

static dl_status flush(walk *w)
{
    dl_status status = w->used ? w->sink(w->arg, w->block, w->used) : DL_OK;
    w->used = 0;
    return status;
}

static dl_status put(walk *w, const uint8_t *p, size_t n)
{
    dl_status status = DL_OK;
    if (n > BLOCK - w->used)
        status = flush(w);
    if (!status && n > BLOCK / 4) {
        status = flush(w);
        return status ? status : w->sink(w->arg, p, n);
    }
    if (status)
        return status;
    memcpy(w->block + w->used, p, n);
    w->used += n;
    return DL_OK;
}

/* The last axes that lie in memory as in a row-major array make one run of *length elements; what
 * is left are the outer axes, whose number is returned. */
static int32_t find_run(const dl__st_item *t, int64_t *length)
{
    int32_t axis = t->ndim;
    *length = 1;
    while (axis > 0 && (!t->strides || t->dims[axis - 1] == 1 || t->strides[axis - 1] == *length)) {
        *length *= t->dims[axis - 1];
        axis--;
    }
    return axis;
}

static dl_status put_run(walk *w, const uint8_t *p, int64_t n, size_t size)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return put(w, p, (size_t)n * size);
#else
    dl_status status = DL_OK;
    for (int64_t i = 0; i < n && !status; i++, p += size) {
        uint8_t turned[8];
        for (size_t b = 0; b < size; b++)
            turned[b] = p[size - 1 - b];
        status = put(w, turned, size);
    }
    return status;
#endif
}

dl_status dl__st_walk(dl_ctx *ctx, const dl__st_item *t, dl__st_sink sink, void *arg)
{
    int64_t count, run, at[DL_MAX_DIMS] = {0}, place = 0;
    size_t size = dl_dtype_size(t->dtype);
    dl_status status = DL_OK;
    if (!dl__count(t->dims, t->ndim, &count))
        return dl_fail(ctx, DL_ELIMIT, "save: a tensor has too many elements");
    if (count == 0)
        return DL_OK;
    int32_t outer = find_run(t, &run);
    walk w = {sink, arg, dl__alloc(ctx, BLOCK), 0};
    if (!w.block)
        return ctx->status;
    for (int64_t done = 0; done < count && !status; done += run) {
        status = put_run(&w, (const uint8_t *)t->data + place * (int64_t)size, run, size);
        for (int32_t a = outer - 1; a >= 0; a--) {
            place += t->strides[a];
            if (++at[a] < t->dims[a])
                break;
            place -= t->strides[a] * t->dims[a];
            at[a] = 0;
        }
    }
    if (!status)
        status = flush(&w);
    dl__free(w.block);
    return status;
}
