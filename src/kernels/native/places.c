#include "kernels/native/places.h"
#include <string.h>
#include "core/check.h"
#include "kernels/conv_parts.h"

enum { SPREAD = 64, SET = 2048 };
static const int64_t huge = (int64_t)1 << 40; /* stands for all that is larger */

static int64_t times(int64_t a, int64_t b)
{
    int64_t all;
    return dl__mul_i64(a, b, &all) && all < huge ? all : huge;
}

/* 1 when all taps of all places are inside. */
static int inside(const dl__patches *v)
{
    for (int k = 0; k < DL__CONV_AXES; k++) {
        const dl__taps *a = &v->axis[k];
        if (a->start < 0 || a->start >= a->size ||
            times(a->places - 1, a->step) + times(a->taps - 1, a->gap) >= a->size - a->start)
            return 0;
    }
    return 1;
}

int dl__places_init(dl__places *p, const dl__patches *v, int64_t size, int flags)
{
    *p = (dl__places){.v = *v, .size = size, .rows = dl__patches_rows(v)};
    const int spread = flags & DL__PLACES_SPREAD && v->width % SET == 0;
    if (flags & DL__PLACES_MERGE && dl__patches_plain(v)) {
        p->v.n = p->v.axis[0].places = p->v.axis[0].size = 1;
        p->v.axis[1] = p->v.axis[0];
        p->v.axis[2].places = p->v.axis[2].size = p->rows;
    }
    p->line = p->v.axis[2].places;
    p->pitch = v->width + (spread ? SPREAD : 0);
    p->direct = !spread && inside(&p->v) && (v->width == v->pixel || v->width >= SPREAD);
    int64_t entry = v->pixel / size;
    for (int k = DL__CONV_AXES - 1; k >= 0; k--) {
        const dl__taps *a = &p->v.axis[k];
        p->grain[k] = a->taps > 1 ? dl__conv_divisor(a->step, a->gap) : a->step;
        p->next[k] = a->step / p->grain[k];
        p->span[k] = a->taps > 1 ? times(a->taps - 1, a->gap / p->grain[k]) + 1 : 1;
        p->tap[k] = a->gap * entry;
        p->step = k == 2 ? a->step * entry : p->step;
        entry *= a->size;
    }
    if (!p->direct)
        p->step = p->next[2] * (p->pitch / size);
    return p->direct || (p->span[0] < huge && p->span[1] < huge && p->span[2] < huge);
}

int dl__places_fit(dl__places *p, int64_t lines, int64_t places)
{
    if (p->direct)
        return 1;
    const dl__taps *a = p->v.axis;
    /* Lines of one plane are copied together. */
    const int64_t plane = lines < a[1].places ? lines : a[1].places;
    const int64_t most = (lines + a[1].places - 2) / a[1].places + 1;
    const int64_t pieces = most < lines ? most : lines;
    const int64_t high = p->span[1] > p->next[1] ? p->span[1] : p->next[1];
    p->row = times(times(places - 1, p->next[2]) + p->span[2], p->pitch);
    p->plane = times(times(plane - 1, p->next[1]) + p->span[1], p->row);
    const int64_t rows = times(lines - pieces, p->next[1]) + times(pieces, high);
    p->bytes = times(rows, p->row) + times(pieces * (a[0].taps - 1), p->plane);
    p->tap[0] = p->plane / p->size;
    p->tap[1] = (a[1].taps > 1 ? a[1].gap / p->grain[1] : 1) * (p->row / p->size);
    p->tap[2] = (a[2].taps > 1 ? a[2].gap / p->grain[2] : 1) * (p->pitch / p->size);
    return p->bytes < huge;
}

int64_t dl__places_segments(const dl__places *p, int64_t *length, int64_t *offsets)
{
    const dl__taps *a = p->v.axis;
    const int runs = dl__places_runs(p);
    const int64_t last = runs ? 1 : a[2].taps, width = p->v.width / p->size;
    int64_t n = 0;
    *length = runs ? a[2].taps * width : width;
    for (int64_t d = 0; d < a[0].taps; d++)
        for (int64_t h = 0; h < a[1].taps; h++)
            for (int64_t t = 0; t < last; t++)
                offsets[n++] = d * p->tap[0] + h * p->tap[1] + t * p->tap[2];
    return n;
}

/* Entries of one line of the copy, of which number 0 is index `at` of the line x; NULL: zeros. */
static void copy_line(const dl__places *p, const char *x, int64_t at, int64_t entries, char *to)
{
    const dl__taps *a = &p->v.axis[2];
    const int64_t grain = p->grain[2], width = p->v.width, pitch = p->pitch;
    int64_t from = at < 0 ? (-at + grain - 1) / grain : 0;
    int64_t end = x && a->size > at ? (a->size - at + grain - 1) / grain : 0;
    end = end < entries ? end : entries;
    from = from < end ? from : end;
    memset(to, 0, (size_t)(from * pitch));
    if (from < end) {
        const char *first = x + (at + from * grain) * p->v.pixel;
        if (grain == 1 && width == p->v.pixel && width == pitch)
            memcpy(to + from * pitch, first, (size_t)((end - from) * pitch));
        else
            dl__patches_copy(end - from, width, first, grain * p->v.pixel, to + from * pitch,
                             pitch);
    }
    memset(to + end * pitch, 0, (size_t)((entries - end) * pitch));
}

/* The lines that `lines` lines of places read, from `at` on. */
static void copy_piece(const dl__places *p, const char *x, const int64_t at[DL__CONV_AXES],
                       int64_t lines, int64_t places, char *to)
{
    const dl__taps *a = p->v.axis;
    const int64_t rows = (lines - 1) * p->next[1] + p->span[1];
    const int64_t entries = (places - 1) * p->next[2] + p->span[2];
    int64_t first[DL__CONV_AXES];
    for (int k = 0; k < DL__CONV_AXES; k++)
        first[k] = at[k] * a[k].step + a[k].start;
    for (int64_t d = 0; d < a[0].taps; d++) {
        const int64_t z = first[0] + d * a[0].gap;
        for (int64_t u = 0; u < rows; u++) {
            const int64_t y = first[1] + u * p->grain[1];
            const int there = z >= 0 && z < a[0].size && y >= 0 && y < a[1].size;
            copy_line(p, there ? x + (z * a[1].size + y) * a[2].size * p->v.pixel : NULL, first[2],
                      entries, to + d * p->plane + u * p->row);
        }
    }
}

void dl__places_read(const dl__places *p, const char *x, int64_t first, int64_t count,
                     char *scratch, const char **starts)
{
    const dl__taps *a = p->v.axis;
    const int64_t example = a[0].size * a[1].size * a[2].size * p->v.pixel;
    int64_t at[DL__CONV_AXES], n = dl__patches_place(&p->v, first, at), lines;
    const int64_t places = count < p->line ? count : p->line;
    for (int64_t left = count / places; left > 0; left -= lines) {
        lines = a[1].places - at[1] < left ? a[1].places - at[1] : left;
        if (!p->direct)
            copy_piece(p, x + n * example, at, lines, places, scratch);
        for (int64_t i = 0; i < lines; i++) {
            const int64_t z = at[0] * a[0].step + a[0].start;
            const int64_t y = (at[1] + i) * a[1].step + a[1].start;
            const int64_t u = at[2] * a[2].step + a[2].start;
            *starts++ = p->direct
                            ? x + n * example + ((z * a[1].size + y) * a[2].size + u) * p->v.pixel
                            : scratch + i * p->next[1] * p->row;
        }
        scratch += (a[0].taps - 1) * p->plane + ((lines - 1) * p->next[1] + p->span[1]) * p->row;
        at[1] += lines;
        if (at[1] == a[1].places) {
            at[1] = 0;
            n += ++at[0] == a[0].places;
            at[0] = at[0] == a[0].places ? 0 : at[0];
        }
    }
}
