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

/* Short runs, of whole floats: a call of memcpy would cost more than it copies. */
static inline void copy(char *restrict to, const char *restrict from, int64_t bytes)
{
    int64_t i = 0;
    for (; i + 32 <= bytes; i += 32)
        memcpy(to + i, from + i, 32);
    for (; i + 8 <= bytes; i += 8)
        memcpy(to + i, from + i, 8);
    if (i < bytes)
        memcpy(to + i, from + i, 4);
}

/* Places j .. j + n - 1 of the last axis on one line of x (NULL: it is outside), each to a row. */
typedef struct line {
    const dl__patches *v;
    const char *x;
    int64_t row; /* bytes from row to row */
} line;

/* One place with taps outside. */
static void edge(const line *l, int64_t j, char *to)
{
    const dl__taps *a = &l->v->axis[2];
    const int64_t width = l->v->width, at = j * a->step + a->start;
    int64_t from, end;
    dl__taps_inside(a, j, &from, &end);
    if (!l->x)
        end = from = 0;
    memset(to, 0, (size_t)(from * width));
    for (int64_t t = from; t < end; t++)
        copy(to + t * width, l->x + (at + t * a->gap) * l->v->pixel, width);
    memset(to + end * width, 0, (size_t)((a->taps - end) * width));
}

/* Places without. */
static void middle(const line *l, int64_t j, int64_t n, char *to)
{
    const dl__taps *a = &l->v->axis[2];
    const int64_t width = l->v->width, pixel = l->v->pixel, step = a->step * pixel;
    const char *x = l->x + (j * a->step + a->start) * pixel;
    if (a->gap == 1 && pixel == width) {
        for (int64_t i = 0; i < n; i++)
            copy(to + i * l->row, x + i * step, a->taps * width);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t t = 0; t < a->taps; t++)
            copy(to + i * l->row + t * width, x + i * step + t * a->gap * pixel, width);
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

/* Rows of the places j .. j + n - 1 along the last axis. */
static void run(const dl__patches *v, const char *x, const int64_t place[DL__CONV_AXES], int64_t n,
                int64_t row, char *to)
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
            const int out = d < from[0] || d >= end[0] || h < from[1] || h >= end[1];
            const int64_t z = place[0] * a[0].step + a[0].start + d * a[0].gap;
            const int64_t y = place[1] * a[1].step + a[1].start + h * a[1].gap;
            line l = {v, NULL, row};
            if (!out)
                l.x = x + (z * a[1].size + y) * a[2].size * v->pixel;
            for (int64_t i = j; i < (out ? j + n : whole); i++)
                edge(&l, i, to + (i - j) * row);
            if (out)
                continue;
            middle(&l, whole, rest - whole, to + (whole - j) * row);
            for (int64_t i = rest; i < j + n; i++)
                edge(&l, i, to + (i - j) * row);
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
    int64_t place[DL__CONV_AXES], n = dl__patches_place(v, first, place);
    while (count > 0) {
        const int64_t left = v->axis[2].places - place[2], some = count < left ? count : left;
        run(v, x + n * example, place, some, row, to);
        n += dl__patches_step(v, place, some);
        to += some * row;
        count -= some;
    }
}
