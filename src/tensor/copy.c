/* Copying elements between any strides and element types. */
#include <string.h>
#include "tensor/iterate.h"
#include "tensor/tensor.h"

/* Runs of one element size; memcpy of a constant size is one load or store and asks for no
 * alignment (src or dst may be a caller's buffer). */
#define COPY_RUN(size)                                                                             \
    static void copy_##size(int64_t n, char *const *p, const int64_t *step, const void *arg)       \
    {                                                                                              \
        char *d = p[0];                                                                            \
        const char *s = p[1];                                                                      \
        const int64_t ds = step[0], ss = step[1];                                                  \
        (void)arg;                                                                                 \
        if (ds == size && ss == size) {                                                            \
            memcpy(d, s, (size_t)n *size);                                                         \
        } else if (ds == size && ss == 0) {                                                        \
            char v[size];                                                                          \
            memcpy(v, s, size);                                                                    \
            for (int64_t i = 0; i < n; i++)                                                        \
                memcpy(d + i * size, v, size);                                                     \
        } else {                                                                                   \
            for (int64_t i = 0; i < n; i++)                                                        \
                memcpy(d + i * ds, s + i * ss, size);                                              \
        }                                                                                          \
    }
COPY_RUN(1)
COPY_RUN(2)
COPY_RUN(4)
COPY_RUN(8)

/* Float to integer: toward zero, saturating, NaN to 0. The bounds are exact in double. */
static int64_t saturate(double v, double low, double high, int64_t least, int64_t most)
{
    if (v != v)
        return 0;
    return v <= low ? least : v >= high ? most : (int64_t)v;
}

static double load_real(dl_dtype dt, const char *p)
{
    float f;
    double d;
    if (dt == DL_F32) {
        memcpy(&f, p, sizeof f);
        return (double)f;
    }
    memcpy(&d, p, sizeof d);
    return d;
}

static int64_t load_integer(dl_dtype dt, const char *p)
{
    int32_t i;
    int64_t l;
    if (dt == DL_I64) {
        memcpy(&l, p, sizeof l);
        return l;
    }
    if (dt == DL_I32) {
        memcpy(&i, p, sizeof i);
        return i;
    }
    return (unsigned char)*p;
}

static int64_t integer_of(dl_dtype dt, double v)
{
    if (dt == DL_I64)
        return saturate(v, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX);
    if (dt == DL_I32)
        return saturate(v, -0x1p31, 0x1p31 - 1, INT32_MIN, INT32_MAX);
    return saturate(v, 0, 255, 0, 255);
}

static void store_integer(dl_dtype dt, char *p, int64_t v)
{
    int32_t i = (int32_t)(uint32_t)(uint64_t)v;
    if (dt == DL_I64)
        memcpy(p, &v, sizeof v);
    else if (dt == DL_I32)
        memcpy(p, &i, sizeof i);
    else
        *p = (char)(unsigned char)(uint64_t)v;
}

static void store_real(dl_dtype dt, char *p, double v)
{
    float f = (float)v;
    if (dt == DL_F32)
        memcpy(p, &f, sizeof f);
    else
        memcpy(p, &v, sizeof v);
}

typedef struct pair {
    dl_dtype to, from;
} pair;

static void cast_run(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    const pair *t = arg;
    char *d = p[0];
    const char *s = p[1];
    for (int64_t i = 0; i < n; i++, d += step[0], s += step[1]) {
        if (dl__is_float(t->from)) {
            double v = load_real(t->from, s);
            if (dl__is_float(t->to))
                store_real(t->to, d, v);
            else
                store_integer(t->to, d, t->to == DL_BOOL ? v != 0 : integer_of(t->to, v));
        } else {
            int64_t v = load_integer(t->from, s);
            if (t->to == DL_F32) {
                float f = (float)v;
                memcpy(d, &f, sizeof f);
            } else if (t->to == DL_F64) {
                store_real(DL_F64, d, (double)v);
            } else {
                store_integer(t->to, d, t->to == DL_BOOL ? v != 0 : v);
            }
        }
    }
}

void dl__copy_elements(dl_tensor *dst, const dl_tensor *src)
{
    static const dl__run by_size[] = {[1] = copy_1, [2] = copy_2, [4] = copy_4, [8] = copy_8};
    const dl_tensor *operand[] = {dst, src};
    pair types = {dst->dtype, src->dtype};
    dl__walk w;
    dl__walk_plan(&w, operand, 2);
    dl__run run = types.to == types.from ? by_size[dl_dtype_size(types.to)] : cast_run;
    dl__walk_run(dst->base.ctx, &w, run, &types);
}

void dl__fill_elements(dl_tensor *t, double value)
{
    const dl__shape number = {.dtype = DL_F64}, own = {.dtype = t->dtype};
    int64_t converted = 0; /* room for one element of any type */
    dl__local from, to;
    dl_tensor *one = dl__local_tensor(&to, t->base.ctx, &own, &converted);
    dl__copy_elements(one, dl__local_tensor(&from, t->base.ctx, &number, &value));
    dl__copy_elements(t, one);
}
