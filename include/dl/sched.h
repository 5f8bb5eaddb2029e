/* dl/sched.h: schedules of the learning rate: a factor on the base rate for each step, counted from
 * 0. A schedule is yours until dl_optim_set_sched (dl/optim.h) adopts it. NULL on failure. */
#ifndef DL_SCHED_H
#define DL_SCHED_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif

/* 1. */
DL_API dl_sched *dl_sched_constant(dl_ctx *ctx);
/* factor^(step / every), the quotient rounded down; every >= 1, factor > 0 and finite. */
DL_API dl_sched *dl_sched_step(dl_ctx *ctx, int64_t every, double factor);
/* (step + 1) / warmup for the first warmup steps, then floor + (1 - floor) (1 + cos(pi p)) / 2 with
 * p from 0 to 1 over the steps that remain; floor from step steps on. 0 <= warmup <= steps, steps
 * >= 1, floor in [0, 1]. Loshchilov and Hutter, ICLR 2017. */
DL_API dl_sched *dl_sched_cosine(dl_ctx *ctx, int64_t warmup, int64_t steps, double floor);
/* The factor of s at a step; NaN for NULL or a negative step. */
DL_API double dl_sched_factor(const dl_sched *s, int64_t step);
DL_API dl_sched *dl_sched_keep(dl_sched *s); /* one more reference, yours; returns s */
DL_API void dl_sched_drop(dl_sched *s);      /* gives one reference up; any thread   */

#ifdef __cplusplus
}
#endif
#endif
