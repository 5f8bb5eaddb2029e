#include "kernels/patches.h"
#include <string.h>

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

/* The first tap of a place that lies inside, and the first behind those: what is between is
 * inside. */
static void inside(const dl__taps *a, int64_t place, int64_t *from, int64_t *to)
{
    const int64_t at = place * a->step + a->start, room = a->size - at;
    const int64_t first = at < 0 ? (-at + a->gap - 1) / a->gap : 0;
    const int64_t end = room <= 0 ? 0 : (room + a->gap - 1) / a->gap;
    *to = end < a->taps ? end : a->taps;
    *from = first < *to ? first : *to;
}

/* Short runs, mostly a multiple of 16 bytes: a call of memcpy would cost more than it copies. */
static inline void copy(char *restrict to, const char *restrict from, int64_t bytes)
{
    int64_t i = 0;
    for (; i + 16 <= bytes; i += 16)
        memcpy(to + i, from + i, 16);
    for (; i < bytes; i += 4)
        memcpy(to + i, from + i, 4);
}

/* Taps along the last axis, of a line of x. */
static char *line(const dl__patches *v, const char *x, int64_t at, int64_t from, int64_t to,
                  char *out)
{
    const dl__taps *a = &v->axis[2];
    const int64_t width = v->width;
    if (from > 0)
        memset(out, 0, (size_t)(from * width));
    if (a->gap == 1 && v->pixel == width) {
        if (to > from)
            copy(out + from * width, x + (at + from) * width, (to - from) * width);
    } else {
        for (int64_t t = from; t < to; t++)
            copy(out + t * width, x + (at + t * a->gap) * v->pixel, width);
    }
    if (a->taps > to)
        memset(out + to * width, 0, (size_t)((a->taps - to) * width));
    return out + a->taps * width;
}

/* One row. */
static char *patch(const dl__patches *v, const char *x, const int64_t place[DL__CONV_AXES],
                   char *out)
{
    const dl__taps *a = v->axis;
    const int64_t bytes = a[2].taps * v->width;
    int64_t from[DL__CONV_AXES], to[DL__CONV_AXES], at[DL__CONV_AXES];
    for (int k = 0; k < DL__CONV_AXES; k++) {
        inside(&a[k], place[k], &from[k], &to[k]);
        at[k] = place[k] * a[k].step + a[k].start;
    }
    for (int64_t d = 0; d < a[0].taps; d++)
        for (int64_t h = 0; h < a[1].taps; h++) {
            if (d < from[0] || d >= to[0] || h < from[1] || h >= to[1]) {
                memset(out, 0, (size_t)bytes);
                out += bytes;
                continue;
            }
            const int64_t z = at[0] + d * a[0].gap, y = at[1] + h * a[1].gap;
            out =
                line(v, x + (z * a[1].size + y) * a[2].size * v->pixel, at[2], from[2], to[2], out);
        }
    return out;
}

void dl__patches_fill(const dl__patches *v, const char *x, int64_t first, int64_t count, char *to)
{
    const int64_t example = v->axis[0].size * v->axis[1].size * v->axis[2].size * v->pixel;
    int64_t place[DL__CONV_AXES], n = dl__patches_place(v, first, place);
    for (int64_t i = 0; i < count; i++) {
        to = patch(v, x + n * example, place, to);
        int k = DL__CONV_AXES - 1;
        while (k >= 0 && ++place[k] == v->axis[k].places)
            place[k--] = 0;
        n += k < 0;
    }
}
