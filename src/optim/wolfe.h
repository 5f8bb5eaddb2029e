/* A line search for the strong Wolfe conditions. */
#ifndef DL_OPTIM_WOLFE_H
#define DL_OPTIM_WOLFE_H
#include "dl/ctx.h"

typedef struct dl__search {
    /* f at t, its slope there, and its gradient, which goes into buffer `into`; a failure ends the
     * search with its status. A value or slope that is not finite counts as too far. */
    dl_status (*at)(void *user, double t, int32_t into, double *f, double *slope);
    void *user;
    double f, slope;   /* at 0; the slope is negative             */
    double width;      /* the largest element of the direction    */
    double tolerance;  /* a bracket smaller than this is a point  */
    int32_t start;     /* the buffer with the gradient at 0       */
    int32_t buffer[3]; /* others to use                           */
    int32_t most;      /* evaluations after the first             */
    /* Results. */
    int32_t evals, finite; /* evaluations, those that were finite */
} dl__search;

typedef struct dl__point {
    double t, f, slope;
    int32_t g; /* the buffer of its gradient */
} dl__point;

/* The best point found, beginning at t. Nocedal and Wright, Numerical Optimization, 2006,
 * algorithms 3.5 and 3.6, with the constants and the interpolation of PyTorch. */
dl_status dl__wolfe(dl__search *s, double t, dl__point *best);
#endif
