#include "kernels/patches.h"
#include "core/isa.h"

int64_t dl__patches_rows(const dl__patches *v)
{
    return v->n * v->axis[0].places * v->axis[1].places * v->axis[2].places;
}

int64_t dl__patches_taps(const dl__patches *v)
{
    return v->axis[0].taps * v->axis[1].taps * v->axis[2].taps;
}

int dl__patches_plain(const dl__patches *v)
{
    for (int k = 0; k < DL__CONV_AXES; k++) {
        const dl__taps *a = &v->axis[k];
        if (a->taps != 1 || a->step != 1 || a->start != 0 || a->places != a->size)
            return 0;
    }
    return 1;
}

int64_t dl__patches_place(const dl__patches *v, int64_t i, int64_t place[DL__CONV_AXES])
{
    for (int k = DL__CONV_AXES - 1; k >= 0; k--) {
        place[k] = i % v->axis[k].places;
        i /= v->axis[k].places;
    }
    return i;
}

/* Moves of a fixed size; all that is moved here is whole floats. */
#define INLINE static inline __attribute__((always_inline))
#define BLOCK(n) __attribute__((vector_size(n), aligned(4), may_alias))
typedef uint8_t block16 BLOCK(16);
typedef uint8_t block32 BLOCK(32);
typedef uint64_t block8 __attribute__((aligned(4), may_alias));
typedef uint32_t block4 __attribute__((may_alias));

/* n runs of bytes, step apart, to `to`, row apart; without copies: of zeros. The last move of a run
 * overlaps the one before, so that no run ends in a loop over its rest. */
#define TWO(type)                                                                                  \
    for (int64_t i = 0; i < n; i++, from += step, to += row) {                                     \
        const int64_t last = bytes - (int64_t)sizeof(type);                                        \
        const type a = copies ? *(const type *)(const void *)from : zero_##type;                   \
        const type b = copies ? *(const type *)(const void *)(from + last) : zero_##type;          \
        *(type *)(void *)to = a;                                                                   \
        *(type *)(void *)(to + last) = b;                                                          \
    }
INLINE void move(int copies, int64_t n, int64_t bytes, const char *from, int64_t step, char *to,
                 int64_t row)
{
    const block32 zero_block32 = {0};
    const block16 zero_block16 = {0};
    const block8 zero_block8 = 0;
    const block4 zero_block4 = 0;
    if (bytes > 64)
        for (int64_t i = 0; i < n; i++, from += step, to += row)
            for (int64_t k = 0; k < bytes; k += 64) {
                const int64_t at = k + 64 <= bytes ? k : bytes - 64;
                for (int64_t h = at; h < at + 64; h += 32)
                    *(block32 *)(void *)(to + h) =
                        copies ? *(const block32 *)(const void *)(from + h) : zero_block32;
            }
    else if (bytes >= 32)
        TWO(block32)
    else if (bytes >= 16)
        TWO(block16)
    else if (bytes >= 8)
        TWO(block8)
    else if (bytes > 0)
        TWO(block4)
}

/* Both for an instruction set: wider moves. */
typedef struct mover {
    void (*copy)(int64_t n, int64_t bytes, const char *from, int64_t step, char *to, int64_t row);
    void (*zero)(int64_t n, int64_t bytes, char *to, int64_t row);
} mover;
#define MOVER(isa, target, unused)                                                                 \
    target static void copy_##isa(int64_t n, int64_t bytes, const char *from, int64_t step,        \
                                  char *to, int64_t row)                                           \
    {                                                                                              \
        move(1, n, bytes, from, step, to, row);                                                    \
    }                                                                                              \
    target static void zero_##isa(int64_t n, int64_t bytes, char *to, int64_t row)                 \
    {                                                                                              \
        move(0, n, bytes, to, 0, to, row);                                                         \
    }
DL__ISA_LIST(MOVER, )
#define NAMES(isa, target, unused) {copy_##isa, zero_##isa},
static const mover movers[DL__LOOP_ISAS] = {DL__ISA_LIST(NAMES, )};

void dl__patches_copy(int64_t n, int64_t bytes, const char *from, int64_t step, char *to,
                      int64_t row)
{
    movers[dl__loop_isa()].copy(n, bytes, from, step, to, row);
}

/* Taps from .. end - 1 of n places from j on, which are inside, of the line x: each to a row. */
static void taps(const mover *m, const dl__patches *v, const char *x, int64_t j, int64_t n,
                 int64_t from, int64_t end, char *to, int64_t row)
{
    const dl__taps *a = &v->axis[2];
    const int64_t together = a->gap == 1 && v->pixel == v->width ? end - from : 1;
    const int64_t at = j * a->step + a->start;
    for (int64_t t = from; t < end; t += together)
        m->copy(n, together * v->width, x + (at + t * a->gap) * v->pixel, a->step * v->pixel,
                to + t * v->width, row);
}

/* The places that have all their taps inside: from .. end - 1. */
static void whole_places(const dl__taps *a, int64_t *from, int64_t *end)
{
    int64_t unused;
    dl__taps_places(a, 0, from, &unused);
    dl__taps_places(a, a->taps - 1, &unused, end);
    *end = *end < *from ? *from : *end;
}

static int64_t clip(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* Places j .. j + n - 1 of the last axis on the line x, each to a row; those from .. end - 1 have
 * all their taps inside. */
static void line(const mover *m, const dl__patches *v, const char *x, int64_t j, int64_t n,
                 int64_t from, int64_t end, char *to, int64_t row)
{
    const dl__taps *a = &v->axis[2];
    for (int64_t i = j, some; i < j + n; i += some, to += some * row) {
        int64_t first = 0, last = a->taps;
        some = 1;
        if (i >= from && i < end)
            some = end - i;
        else
            dl__taps_inside(a, i, &first, &last);
        if (first > 0)
            m->zero(some, first * v->width, to, row);
        taps(m, v, x, i, some, first, last, to, row);
        if (last < a->taps)
            m->zero(some, (a->taps - last) * v->width, to + last * v->width, row);
    }
}

/* Rows of the places j .. j + n - 1 along the last axis. */
static void run(const mover *m, const dl__patches *v, const char *x,
                const int64_t place[DL__CONV_AXES], int64_t n, int64_t row, char *to)
{
    const dl__taps *a = v->axis;
    const int64_t j = place[2], bytes = a[2].taps * v->width;
    int64_t from[2], end[2], whole, rest;
    for (int k = 0; k < 2; k++)
        dl__taps_inside(&a[k], place[k], &from[k], &end[k]);
    whole_places(&a[2], &whole, &rest);
    whole = clip(whole, j, j + n);
    rest = clip(rest, whole, j + n);
    for (int64_t d = 0; d < a[0].taps; d++)
        for (int64_t h = 0; h < a[1].taps; h++, to += bytes) {
            const int64_t z = place[0] * a[0].step + a[0].start + d * a[0].gap;
            const int64_t y = place[1] * a[1].step + a[1].start + h * a[1].gap;
            if (d < from[0] || d >= end[0] || h < from[1] || h >= end[1])
                m->zero(n, bytes, to, row);
            else
                line(m, v, x + (z * a[1].size + y) * a[2].size * v->pixel, j, n, whole, rest, to,
                     row);
        }
}

int64_t dl__patches_step(const dl__patches *v, int64_t place[DL__CONV_AXES], int64_t n)
{
    int k = DL__CONV_AXES - 1;
    place[k] += n;
    while (k >= 0 && place[k] == v->axis[k].places) {
        place[k--] = 0;
        if (k >= 0)
            place[k]++;
    }
    return k < 0;
}

void dl__patches_fill(const dl__patches *v, const char *x, int64_t first, int64_t count, char *to)
{
    const int64_t example = v->axis[0].size * v->axis[1].size * v->axis[2].size * v->pixel;
    const int64_t row = dl__patches_taps(v) * v->width;
    const mover *m = &movers[dl__loop_isa()];
    int64_t place[DL__CONV_AXES], n = dl__patches_place(v, first, place);
    while (count > 0) {
        const int64_t left = v->axis[2].places - place[2], some = count < left ? count : left;
        run(m, v, x + n * example, place, some, row, to);
        n += dl__patches_step(v, place, some);
        to += some * row;
        count -= some;
    }
}
