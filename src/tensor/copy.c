/* Copying elements between any strides and element types. */
#include <string.h>
#include "core/parallel.h"
#include "kernels/loops.h"
#include "tensor/iterate.h"
#include "tensor/transpose.h"
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

static void cast_run(int64_t n, char *const *p, const int64_t *step, const void *arg)
{
    (*(const dl__loop *)arg)(n, p, step, NULL);
}

void dl__copy_elements(dl_tensor *dst, const dl_tensor *src)
{
    static const dl__run by_size[] = {[1] = copy_1, [2] = copy_2, [4] = copy_4, [8] = copy_8};
    const dl_tensor *operand[] = {dst, src};
    dl__walk w;
    dl__walk_plan(&w, operand, 2);
    if (dst->dtype == src->dtype) {
        size_t size = dl_dtype_size(dst->dtype);
        if (!dl__copy_transposed(dst->base.ctx, &w, size))
            dl__walk_run(dst->base.ctx, &w, by_size[size], NULL);
    } else {
        dl__loop loop = dl__cast_loop(src->dtype, dst->dtype);
        if (loop)
            dl__walk_run(dst->base.ctx, &w, cast_run, &loop);
    }
}

void dl__fill_elements(dl_tensor *t, double value)
{
    const dl__shape own = {.dtype = t->dtype};
    const int64_t step[] = {8, 8};
    int64_t converted = 0; /* room for one element of any type */
    char *const p[] = {(char *)&converted, (char *)&value};
    dl__local one;
    dl__fpmode mode = dl__fpmode_enter();
    if (t->dtype == DL_F64)
        memcpy(&converted, &value, sizeof value);
    else
        dl__cast_loop(DL_F64, t->dtype)(1, p, step, NULL);
    dl__copy_elements(t, dl__local_tensor(&one, t->base.ctx, &own, &converted));
    dl__fpmode_leave(mode);
}
