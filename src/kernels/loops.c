#include "kernels/loops.h"
#include <string.h>

enum { BLOCK = 256 }; /* elements; four operands of doubles are 8 KiB, a quarter of a small L1 */

/* n elements of size 4 or 8 bytes, from step_from to step_to bytes apart. */
static void move(size_t size, int64_t n, char *to, int64_t step_to, const char *from,
                 int64_t step_from)
{
    if (size == 4)
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * step_to, from + i * step_from, 4);
    else
        for (int64_t i = 0; i < n; i++)
            memcpy(to + i * step_to, from + i * step_from, 8);
}

void dl__loop_blocks(dl__loop loop, int32_t n_p, size_t size, int64_t n, char *const *p,
                     const int64_t *step, const double *arg)
{
    _Alignas(64) char buf[DL__LOOP_PTRS][BLOCK * 8];
    const int64_t width = (int64_t)size;
    const int64_t flat[DL__LOOP_PTRS] = {width, width, width, width};
    char *q[DL__LOOP_PTRS] = {0};
    for (int32_t k = 0; k < n_p; k++)
        if (step[k] == 0) /* a scalar is spread once */
            move(size, n < BLOCK ? n : BLOCK, buf[k], width, p[k], 0);
    for (int64_t i = 0; i < n; i += BLOCK) {
        const int64_t m = n - i < BLOCK ? n - i : BLOCK;
        for (int32_t k = 0; k < n_p; k++) {
            q[k] = step[k] == width ? p[k] + i * width : buf[k];
            if (k > 0 && step[k] != 0 && step[k] != width)
                move(size, m, buf[k], width, p[k] + i * step[k], step[k]);
        }
        loop(m, q, flat, arg);
        if (step[0] != width)
            move(size, m, p[0] + i * step[0], step[0], buf[0], width);
    }
}

#define COPY(name, type)                                                                           \
    static void name(int64_t n, char *const *p, const int64_t *step, const double *arg)            \
    {                                                                                              \
        (void)arg;                                                                                 \
        char *to = p[0];                                                                           \
        const char *from = p[1];                                                                   \
        if (n > 0 && step[0] == sizeof(type) && step[1] == sizeof(type)) {                         \
            memmove(to, from, (size_t)n * sizeof(type));                                           \
            return;                                                                                \
        }                                                                                          \
        for (int64_t i = 0; i < n; i++)                                                            \
            memcpy(to + i * step[0], from + i * step[1], sizeof(type));                            \
    }
COPY(copy_1, uint8_t)
COPY(copy_2, uint16_t)
COPY(copy_4, uint32_t)
COPY(copy_8, uint64_t)

dl__loop dl__copy_loop(size_t size)
{
    switch (size) {
    case 1:
        return copy_1;
    case 2:
        return copy_2;
    case 4:
        return copy_4;
    case 8:
        return copy_8;
    default:
        return NULL;
    }
}
