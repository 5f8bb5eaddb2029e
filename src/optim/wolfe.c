/* A line search for the strong Wolfe conditions: steps forward until a bracket holds a good point,
 * then makes the bracket smaller. */
#include "optim/wolfe.h"
#include <math.h>

static const double armijo = 1e-4, curvature = 0.9;

/* The minimum, in [low, high], of the cubic through both points with their slopes; their middle
 * where it has none. */
static double cubic(const dl__point *a, const dl__point *b, double low, double high)
{
    if (a->t > b->t) {
        const dl__point *swap = a;
        a = b;
        b = swap;
    }
    const double d1 = a->slope + b->slope - 3 * (a->f - b->f) / (a->t - b->t);
    const double square = d1 * d1 - a->slope * b->slope;
    if (!(square >= 0) || isinf(square))
        return (low + high) / 2;
    const double d2 = sqrt(square);
    const double t = b->t - (b->t - a->t) * ((b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2));
    return t < low ? low : t < high ? t : high;
}

/* A buffer that neither point uses. */
static int32_t other(const dl__search *s, const dl__point *a, const dl__point *b)
{
    int32_t i = 0;
    while (s->buffer[i] == a->g || s->buffer[i] == b->g)
        i++;
    return s->buffer[i];
}

static dl_status look(dl__search *s, double t, int32_t into, dl__point *p)
{
    *p = (dl__point){.t = t, .g = into};
    const dl_status status = s->at(s->user, t, into, &p->f, &p->slope);
    s->evals++;
    if (isfinite(p->f) && isfinite(p->slope)) {
        s->finite++;
    } else {
        p->f = INFINITY;
        p->slope = 0;
    }
    return status;
}

static int too_high(const dl__search *s, const dl__point *p)
{
    return p->f > s->f + armijo * p->t * s->slope;
}

static int flat(const dl__search *s, const dl__point *p)
{
    return fabs(p->slope) <= -curvature * s->slope;
}

/* Steps forward. *iter: steps; returns 1 when end[0] is the result, 0 when both are a bracket,
 * negative on failure. */
static int bracket(dl__search *s, double t, dl__point end[2], int32_t *iter)
{
    const dl__point start = {.f = s->f, .slope = s->slope, .g = s->start};
    dl__point before = start, p;
    dl_status status = look(s, t, other(s, &start, &start), &p);
    for (*iter = 0; status == DL_OK && *iter < s->most; ++*iter) {
        end[0] = before;
        end[1] = p;
        if (too_high(s, &p) || (*iter > 1 && p.f >= before.f))
            return 0;
        if (flat(s, &p)) {
            end[0] = p;
            return 1;
        }
        if (p.slope >= 0)
            return 0;
        t = cubic(&before, &p, p.t + 0.01 * (p.t - before.t), p.t * 10);
        before = p;
        status = look(s, t, other(s, &before, &before), &p);
    }
    end[0] = start;
    end[1] = p;
    return status;
}

/* Where to look in a bracket: not twice close to its ends. */
static double inside(const dl__point end[2], int *close)
{
    const int up = end[0].t <= end[1].t;
    const double low = end[!up].t, high = end[up].t, margin = 0.1 * (high - low);
    double t = cubic(&end[0], &end[1], low, high);
    if (high - t >= margin && t - low >= margin) {
        *close = 0;
    } else if (*close || t >= high || t <= low) {
        t = fabs(t - high) < fabs(t - low) ? high - margin : low + margin;
        *close = 0;
    } else {
        *close = 1;
    }
    return t;
}

static dl_status zoom(dl__search *s, dl__point end[2], int32_t iter)
{
    int close = 0, done = 0;
    int low = end[0].f <= end[1].f ? 0 : 1;
    while (!done && iter++ < s->most && fabs(end[1].t - end[0].t) * s->width >= s->tolerance) {
        dl__point p;
        dl__point *best = &end[low], *worst = &end[1 - low];
        const dl_status status = look(s, inside(end, &close), other(s, best, worst), &p);
        if (status != DL_OK)
            return status;
        if (too_high(s, &p) || p.f >= best->f) {
            *worst = p;
            low = end[0].f <= end[1].f ? 0 : 1;
            continue;
        }
        done = flat(s, &p);
        if (!done && p.slope * (worst->t - best->t) >= 0)
            *worst = *best;
        *best = p;
    }
    return DL_OK;
}

dl_status dl__wolfe(dl__search *s, double t, dl__point *best)
{
    dl__point end[2];
    int32_t iter = 0;
    s->evals = s->finite = 0;
    const int found = bracket(s, t, end, &iter);
    if (found < 0)
        return found;
    *best = end[0];
    if (found)
        return DL_OK;
    const dl_status status = zoom(s, end, iter);
    *best = end[end[0].f <= end[1].f ? 0 : 1];
    return status;
}
