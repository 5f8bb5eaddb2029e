/* Lines cut at the edges of a box. */
#include "report/pen.h"
#include <math.h>

static const double NEAR = 0.7, FAR = 1e12; /* pixels */

int dl__box_holds(const dl__box *b, double x, double y)
{
    return x >= b->left && x <= b->right && y >= b->top && y <= b->bottom;
}

/* Narrows the part [t[0], t[1]] of a line from `from` in direction `by` to where it is above low
 * and below high; 0 when nothing is left. Liang and Barsky, ACM Transactions on Graphics, 1984. */
static int narrow(double from, double by, double low, double high, double t[2])
{
    if (by == 0)
        return from >= low && from <= high;
    double one = (low - from) / by, other = (high - from) / by;
    t[0] = fmax(t[0], fmin(one, other));
    t[1] = fmin(t[1], fmax(one, other));
    return t[0] <= t[1];
}

static void point(dl__pen *p, const char *command, double x, double y)
{
    dl__svg_number(p->svg, command, x, " ");
    dl__svg_number(p->svg, "", y, "");
}

void dl__pen_to(dl__pen *p, double x, double y, int last)
{
    if (!(fabs(x) < FAR && fabs(y) < FAR)) {
        p->placed = p->down = 0;
        return;
    }
    double dx = x - p->x, dy = y - p->y, t[2] = {0, 1};
    if (p->placed && !last && fabs(dx) + fabs(dy) < NEAR)
        return;
    if (p->placed && narrow(p->x, dx, p->box.left, p->box.right, t) &&
        narrow(p->y, dy, p->box.top, p->box.bottom, t)) {
        if (!p->down || t[0] > 0)
            point(p, "M", p->x + t[0] * dx, p->y + t[0] * dy);
        point(p, "L", p->x + t[1] * dx, p->y + t[1] * dy);
        p->down = t[1] == 1;
    } else {
        p->down = 0;
    }
    p->x = x;
    p->y = y;
    p->placed = 1;
}
