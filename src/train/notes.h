/* What a net and its optimizer are at one moment, to be put back. */
#ifndef DL_TRAIN_NOTES_H
#define DL_TRAIN_NOTES_H
#include "optim/optim.h"

typedef struct dl__note {
    dl_tensor *live, *value; /* both kept */
} dl__note;

typedef struct dl__notes {
    dl_ctx *ctx;
    dl_optim *o;
    dl__note *note; /* parameters and buffers of the net, parameters and state of o */
    int64_t n, *counts, steps;
    double lr;
    dl_sched *sched; /* moved here; o has none meanwhile */
    unsigned char *modes;
    uint64_t ticket, fills;
    int32_t taken; /* all of it */
} dl__notes;

/* DL_ENOMEM; dl__notes_put_back is due in any case. */
dl_status dl__notes_take(dl__notes *s, dl_module *m, dl_optim *o);
/* Cannot fail, and works while an error stands. */
void dl__notes_put_back(dl__notes *s, dl_module *m);
#endif
