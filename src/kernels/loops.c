#include "kernels/loops.h"
#include <string.h>

enum { PIECE = 256 }; /* elements; four operands of doubles are 8 KiB, a quarter of a small L1 */

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

/* The n <= full elements at from, contiguous, and behind them the first one up to full. */
static void fill_up(size_t size, int64_t n, int64_t full, char *to, const char *from)
{
    const int64_t last = full - DL__LOOP_BLOCK / (int64_t)size;
    if (size == 4)
        for (int64_t i = 0; i < DL__LOOP_BLOCK / 4; i++)
            memcpy(to + (last + i) * 4, from, 4);
    else
        for (int64_t i = 0; i < DL__LOOP_BLOCK / 8; i++)
            memcpy(to + (last + i) * 8, from, 8);
    memcpy(to, from, (size_t)n * size);
}

int64_t dl__loop_rest(dl__loop loop, int32_t n_p, size_t size, int64_t n, char *const *p,
                      const int64_t *step, const double *arg)
{
    const int64_t width = (int64_t)size, block = DL__LOOP_BLOCK / width;
    int flat = 1;
    for (int32_t k = 0; k < n_p; k++)
        flat &= step[k] == width;
    const int64_t whole = flat ? n & -block : 0;
    if (whole == n)
        return n;
    _Alignas(64) char buf[DL__LOOP_PTRS][PIECE * 8];
    const int64_t steps[DL__LOOP_PTRS] = {width, width, width, width};
    char *q[DL__LOOP_PTRS] = {0};
    for (int32_t k = 1; k < n_p; k++)
        if (step[k] == 0) /* a scalar is spread once */
            move(size, n < PIECE ? (n + block - 1) & -block : PIECE, buf[k], width, p[k], 0);
    for (int64_t i = whole; i < n; i += PIECE) {
        const int64_t m = n - i < PIECE ? n - i : PIECE, full = (m + block - 1) & -block;
        for (int32_t k = 0; k < n_p; k++) {
            const int in_place = step[k] == width && m == full;
            q[k] = in_place ? p[k] + i * width : buf[k];
            if (k == 0 || in_place || step[k] == 0)
                continue;
            /* Filled up with an element that is there: the formula meets nothing strange. */
            if (step[k] == width) {
                fill_up(size, m, full, buf[k], p[k] + i * width);
            } else {
                move(size, m, buf[k], width, p[k] + i * step[k], step[k]);
                move(size, full - m, buf[k] + m * width, width, buf[k], 0);
            }
        }
        loop(full, q, steps, arg);
        if (q[0] == buf[0] && step[0] == width)
            memcpy(p[0] + i * width, buf[0], (size_t)m * size);
        else if (q[0] == buf[0])
            move(size, m, p[0] + i * step[0], step[0], buf[0], width);
    }
    return whole;
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
