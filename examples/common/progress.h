/* A line that shows how far an epoch is. */
#ifndef EXAMPLES_PROGRESS_H
#define EXAMPLES_PROGRESS_H
#include "dl/train.h"

typedef struct progress {
    int terminal; /* redraw one line; else a line for each epoch */
    int color;
    int64_t epochs;
    double drawn;        /* when, in seconds of the event      */
    double epoch_began;  /* of the event's clock               */
    int64_t done_before; /* examples of this epoch before this process took it up */
    int64_t epoch;
} progress;

void progress_begin(progress *p, int64_t epochs);
/* Draws at most ten times a second. */
void progress_step(progress *p, const dl_event *e);
/* The line of a finished epoch. */
void progress_epoch(progress *p, const dl_event *e);
/* Wipes a line that is being redrawn. */
void progress_end(progress *p);
#endif
