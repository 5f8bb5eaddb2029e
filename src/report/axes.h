/* Axes of pictures: ranges of numbers, round ticks on them, places on the page; the legend that
 * panels share. */
#ifndef DL_REPORT_AXES_H
#define DL_REPORT_AXES_H
#include "report/svg.h"

enum {
    DL__TICKS = 16,        /* an axis has at most so many                                     */
    DL__LEGEND_ENTRY = 16, /* a line of the legend, in pixels                                 */
    DL__LETTER = 7         /* a wide guess at the width of a letter                           */
};
/* Numbers from low to high, or with logarithmic 1 their decimal logarithms, between two places. Not
 * yet widened: both NaN. */
typedef struct dl__axis {
    double low, high;
    double from, to; /* where they are, in pixels */
    int32_t logarithmic;
    int32_t ticks; /* about how many are wanted             */
    int32_t whole; /* they are whole numbers, as values are */
} dl__axis;

typedef struct dl__tick {
    double at; /* pixels */
    char text[32];
} dl__tick;

/* Values beyond 1e300 count as infinite, so that spans are finite; 1 for the others that the axis
 * has a place for: not NaN, and above 0 if it is logarithmic. */
int dl__axis_takes(const dl__axis *a, double v);
/* The axis reaches to v, which it takes. */
void dl__axis_widen(dl__axis *a, double v);
/* Room around the values, also when they are all the same, or nearly. */
void dl__axis_settle(dl__axis *a, double margin);
double dl__axis_place(const dl__axis *a, double v);
/* Fills tick[DL__TICKS]; how many there are. */
int32_t dl__axis_ticks(const dl__axis *a, dl__tick *tick);
/* Lines, ticks and numbers below and to the left of a plotting area; grid 1: lines through it. */
void dl__axes_draw(dl__svg *s, const dl__axis *x, const dl__axis *y, int grid);

/* Names with their colours, one behind the other from left, below top, in as many lines of that
 * width as it takes; the lines. Those of no letters are left out. Without s nothing is drawn. */
int32_t dl__legend(dl__svg *s, double left, double top, int32_t wide, const char *const *name,
                   int32_t n);
#endif
