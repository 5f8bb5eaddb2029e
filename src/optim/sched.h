/* What a learning-rate schedule is made of. A class says which factor belongs to a step; a schedule
 * is a class, its settings, the schedules it is made of, and, where the factor depends on what was
 * reported, a few numbers that are saved with the optimizer. */
#ifndef DL_OPTIM_SCHED_H
#define DL_OPTIM_SCHED_H
#include "core/ctx.h"
#include "dl/sched.h"

enum {
    DL__SCHED_STATE = 4, /* numbers that a class may have                          */
    DL__SCHED_DEPTH = 64 /* schedules within schedules: factors are found by recursion */
};

typedef struct dl__sched_class {
    double (*factor)(const dl_sched *s, int64_t step);
    /* The rest may be NULL, or 0. */
    double (*momentum)(const dl_sched *s, int64_t step); /* NaN: it says none; as NULL */
    void (*report)(dl_sched *s, double metric);
    void (*end)(const void *settings); /* any thread */
    int32_t states;
} dl__sched_class;

struct dl_sched {
    dl__object base;
    const dl__sched_class *cls;
    const void *settings; /* behind the schedule itself */
    dl_sched **child;     /* kept */
    int32_t n_child, depth;
    double state[DL__SCHED_STATE];
};

/* A schedule, the caller's, with a copy of bytes of settings and room bytes after them. */
dl_sched *dl__sched_new(dl_ctx *ctx, const dl__sched_class *cls, const void *settings, size_t bytes,
                        size_t room);
/* The same, made of list[0..n): adopts them, also when it fails. who begins messages. */
dl_sched *dl__sched_of(dl_ctx *ctx, const char *who, const dl__sched_class *cls,
                       dl_sched *const *list, int32_t n, const void *settings, size_t bytes,
                       size_t room);
/* dl_sched_factor for steps >= 0, in the floating-point mode that stands. */
static inline double dl__sched_at(const dl_sched *s, int64_t step)
{
    return s->cls->factor(s, step);
}

/* dl_sched_momentum likewise; s may be NULL. */
double dl__sched_momentum_at(const dl_sched *s, int64_t step);
/* 1 when s, or one that it is made of, says a momentum at some step. */
int dl__sched_cycles(const dl_sched *s);

/* All numbers that s and what it is made of keep: how many; out, which may be NULL, gets them. */
int32_t dl__sched_get(const dl_sched *s, double *out);
void dl__sched_set(dl_sched *s, const double *in);
#endif
