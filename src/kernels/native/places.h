/* How the places of a convolution read x without patches: their taps at fixed distances, in x
 * itself where all lie inside it, else in copies of a few lines with zeros around. */
#ifndef DL_KERNELS_NATIVE_PLACES_H
#define DL_KERNELS_NATIVE_PLACES_H
#include "kernels/patches.h"

/* A line is the places along the last axis. */
typedef struct dl__places {
    dl__patches v;
    int64_t size;               /* bytes of an element                                          */
    int64_t rows, line;         /* places in all, of a line                                     */
    int direct;                 /* x itself is read                                             */
    int64_t tap[DL__CONV_AXES]; /* elements from tap to tap                                     */
    int64_t step;               /* elements from place to place of a line                       */
    /* Of the copies: entry u of an axis is index start + u grain of x. */
    int64_t grain[DL__CONV_AXES], next[DL__CONV_AXES]; /* entries from place to place           */
    int64_t span[DL__CONV_AXES];                       /* entries that the taps of a place span */
    int64_t pitch, row, plane, bytes; /* bytes of an entry, a line, a plane, the whole          */
} dl__places;

enum {
    DL__PLACES_SPREAD = 1, /* entries get some room between them where those of neighbours would
                              fight for one set of the cache                                     */
    DL__PLACES_MERGE = 2   /* all places are one line where patches are the entries of x in order */
};
/* v has rows and taps. 0 when numbers are too large for copies. */
int dl__places_init(dl__places *p, const dl__patches *v, int64_t size, int flags);
/* For chunks of at most so many lines, or of so many places of one line: sets row, plane, bytes,
 * tap. 0 when they are too large. */
int dl__places_fit(dl__places *p, int64_t lines, int64_t places);
/* starts[i] = where the first tap of the first place of line i is, for `count` places from `first`
 * on: whole lines, or part of one. x and scratch of p->bytes may be read through starts. */
void dl__places_read(const dl__places *p, const char *x, int64_t first, int64_t count,
                     char *scratch, const char **starts);

/* Runs of terms: all taps of a line where they lie side by side, else single taps. */
static inline int dl__places_runs(const dl__places *p)
{
    return p->tap[2] * p->size == p->v.width || p->v.axis[2].taps == 1;
}
/* Terms of a run; offsets[i] = elements from the first tap to run i. Returns the number of runs. */
int64_t dl__places_segments(const dl__places *p, int64_t *length, int64_t *offsets);
#endif
