/* The optimizers program: what its parts share. */
#ifndef OPTIMIZERS_H
#define OPTIMIZERS_H
#include "course.h"

enum {
    RULES = 11,
    PLAIN = 4, /* the first rules scale all weights alike, the others each by its gradients */
    LANDS = 3,
    RATES = 10,
    PROBES = 20 /* points of a loss curve */
};

/* An update rule. tuned: it is tried with every rate; L-BFGS finds its steps by itself. */
typedef struct rule {
    const char *name;
    dl_optim *(*make)(dl_module *net, double lr);
    int tuned;
} rule;
extern const rule rules[RULES];
extern const double rates[RATES];

typedef struct settings {
    int64_t plane_steps, steps, batch, hidden;
} settings;

/* How a rule did on a problem, with the rate that did best: the loss at the end, and for images the
 * accuracy on the test images. Loss and rate are NaN when it always diverged. */
typedef struct score {
    double rate, loss, accuracy;
} score;

/* Walks over the lands, and draws the ways. 0, or an exit code. */
int planes_run(course *c, const settings *s, score result[LANDS][RULES]);
extern const char *const land_names[LANDS];
/* Trains on images, and draws the losses. */
int images_run(course *c, const settings *s, score result[RULES]);
#endif
