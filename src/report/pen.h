/* A line that is drawn point by point and cut at the edges of a box. */
#ifndef DL_REPORT_PEN_H
#define DL_REPORT_PEN_H
#include "report/svg.h"

typedef struct dl__box { /* pixels; top is above bottom, so smaller */
    double left, right, top, bottom;
} dl__box;

typedef struct dl__pen {
    dl__svg *svg;
    dl__box box;
    double x, y; /* where it is, seen or not */
    int placed;  /* there is such a place    */
    int down;    /* the last line ended here */
} dl__pen;

int dl__box_holds(const dl__box *b, double x, double y); /* NaN: not */
/* Goes on to (x, y) and adds to the data of a <path>. A point so near that nobody would see it is
 * passed over, unless it is the last. A place that is not finite interrupts the line. */
void dl__pen_to(dl__pen *p, double x, double y, int last);
#endif
