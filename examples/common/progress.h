/* A line that shows how far an epoch is. */
#ifndef EXAMPLES_PROGRESS_H
#define EXAMPLES_PROGRESS_H
#include "dl/train.h"

typedef struct progress {
    int terminal; /* redraw one line; else a line for each epoch */
    int color;
    int64_t epochs;
    int64_t epoch;
    double drawn;        /* when, in seconds of the event's clock     */
    double counted_from; /* the end of the epoch's first batch here   */
    int64_t done_before; /* examples of this epoch up to then         */
    double rate;         /* examples in a second of training since    */
} progress;

void progress_begin(progress *p, int64_t epochs);
/* Draws at most ten times a second. */
void progress_step(progress *p, const dl_event *e);
/* The line of a finished epoch. */
void progress_epoch(const progress *p, const dl_event *e);
/* Wipes a line that is being redrawn. */
void progress_end(const progress *p);
#endif
