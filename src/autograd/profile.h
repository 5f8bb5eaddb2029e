/* What dl_profile_start collects: where time, FLOPs and bytes go, for each operation in each
 * module. Where no profile runs, a call costs one branch (ctx->profile is NULL). All memory comes
 * from below the cache, so that what the context counts is what it counts without a profile, and a
 * profile that finds none does not fail what it looks at: it goes on without. */
#ifndef DL_AUTOGRAD_PROFILE_H
#define DL_AUTOGRAD_PROFILE_H
#include "autograd/autograd.h"

/* A module by its path; number 0 is outside of modules, and a root is "" whatever its class. */
typedef struct dl__site {
    int32_t up, down, next; /* parent, first child, next child of the parent; 0: none */
    int32_t depth;          /* -1 outside, 0 the module that was called, ... */
    char *path;
    const char *name; /* the last part of path */
} dl__site;

/* What is done: DL_PROFILE_FORWARD ... of dl/profile.h, and in events alone a module. */
enum { DL__PHASE_FORWARD, DL__PHASE_BACKWARD, DL__PHASE_UPDATE, DL__PHASE_DATA, DL__PHASE_MODULE };

/* An operation in a place, in one phase. */
typedef struct dl__tally {
    const char *name; /* of the operation, a constant */
    int32_t site, phase;
    int64_t calls, ns; /* without the time of operations inside */
    double flops[2];   /* f32, f64 */
    double read, written;
    int64_t scratch, peak; /* most bytes that a call took and gave back; most in use in a call */
} dl__tally;

typedef struct dl__moment {
    const char *name;
    int32_t site, phase;
    int64_t began, ns; /* began: after the profile */
    int64_t live;      /* bytes in use at the end  */
    double flops;
} dl__moment;

typedef struct dl__profile {
    const dl_ctx *ctx;
    uint32_t serial;     /* of the context's profiles */
    int32_t site, phase; /* of what runs              */
    int32_t open;        /* spans that have not ended */
    int32_t short_of;    /* 1: memory was short, something is missing */
    int64_t began, ended;
    int64_t inner; /* time of spans that ended inside the innermost open one */
    dl__site *sites;
    int32_t n_sites, cap_sites;
    dl__tally *tally;
    int32_t n_tally, cap_tally;
    int32_t *slot; /* hash table: 1 + index into tally, 0: free */
    int32_t n_slots;
    dl__moment *moment;
    int64_t n_moments, cap_moments, most_moments, left_out;
} dl__profile;

/* A profile that runs from now on: ctx->profile and ctx->profiled; the one before goes. */
dl_status dl__profile_new(dl_ctx *ctx, int64_t most_moments);

/* ---- where things happen --------------------------------------------------------------------- */

/* How to come back from a place. */
typedef struct dl__place_mark {
    int32_t site, phase;
    int64_t began;
} dl__place_mark;
/* The present place, so that backward can come back to it. */
uint64_t dl__profile_here(const dl__profile *p);
/* While a profile runs: the child of the present place called name begins. */
void dl__profile_enter(dl__profile *p, const char *name, dl__place_mark *mark);
/* The backward of a call begins that was recorded at here; 0: nobody knows where. */
void dl__profile_return(dl__profile *p, uint64_t here, dl__place_mark *mark);
/* Ends either; name is of the operation whose backward ran, NULL for a module. */
void dl__profile_leave(dl__profile *p, const char *name, const dl__place_mark *mark);

/* ---- what happens ---------------------------------------------------------------------------- */

typedef struct dl__span {
    dl__profile *profile; /* NULL: none runs */
    int64_t began, inner, live, peak;
} dl__span;
void dl__span_open(dl_ctx *ctx, dl__span *s);
/* work: the name of what was done, its phase unless it is that of the place, FLOPs and bytes.
 * Without a name only the time counts, as none of what is around it. */
void dl__span_close(dl_ctx *ctx, const dl__span *s, const dl__tally *work);

static inline void dl__span_begin(dl_ctx *ctx, dl__span *s)
{
    s->profile = ctx->profile;
    if (__builtin_expect(s->profile != NULL, 0))
        dl__span_open(ctx, s);
}
/* Something of the library that is no operation: name is a constant. */
static inline void dl__span_end(dl_ctx *ctx, const dl__span *s, const char *name, int32_t phase)
{
    if (__builtin_expect(s->profile != NULL, 0))
        dl__span_close(ctx, s, &(dl__tally){.name = name, .phase = phase});
}
/* run(c), as a call of its operation. */
dl_status dl__profile_call(const dl_call *c, dl_status (*run)(const dl_call *c));
/* The work of c, done; with accumulate 1 it was added to out[0]. */
dl__tally dl__work_of(const dl_call *c);
#endif
