/* What a callback is made of. */
#ifndef DL_TRAIN_CALLBACK_H
#define DL_TRAIN_CALLBACK_H
#include "core/ctx.h"
#include "dl/callbacks.h"

enum { DL__TOLD_BEGIN, DL__TOLD_STEP, DL__TOLD_EPOCH, DL__TOLD_END, DL__TOLD };

/* The functions may be NULL. Those told return nonzero to stop. */
typedef struct dl__callback_class {
    int32_t (*told[DL__TOLD])(dl_callback *c, const dl_event *e);
    void (*end)(dl_callback *c); /* gives back what it holds; any thread */
} dl__callback_class;

/* The first member of every callback. */
struct dl_callback {
    dl__object base;
    const dl__callback_class *cls;
};

/* A zeroed callback of size bytes, the caller's. */
void *dl__callback_new(dl_ctx *ctx, const dl__callback_class *cls, size_t size);
/* Steps since the run's first, at an event. */
int64_t dl__event_step(const dl_event *e);
#endif
