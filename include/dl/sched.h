/* dl/sched.h: schedules of the learning rate: a factor on the base rate for each step, counted from
 * 0. A schedule is yours until dl_optim_set_sched (dl/optim.h) or another schedule adopts it. NULL
 * on failure. Factors have the same bits on every machine.
 *
 * Schedules are put together: 500 steps of warm-up, then a cosine over 10,000:
 *
 *     dl_sched_warmup(ctx, 500, 0.01, dl_sched_cosine(ctx, 0, 10000, 0));
 *
 * They stand in each other 64 deep at most (DL_ELIMIT). */
#ifndef DL_SCHED_H
#define DL_SCHED_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- functions of the step ------------------------------------------------------------------ */

/* 1. */
DL_API dl_sched *dl_sched_constant(dl_ctx *ctx);
/* factor^(step / every), the quotient rounded down; every >= 1, factor > 0 and finite. */
DL_API dl_sched *dl_sched_step(dl_ctx *ctx, int64_t every, double factor);
/* factor^k, where k counts the at[i] <= step. The n steps are copied; they do not fall and are not
 * negative; a step that is named twice counts twice. n >= 0, factor > 0 and finite. */
DL_API dl_sched *dl_sched_multistep(dl_ctx *ctx, const int64_t *at, int64_t n, double factor);
/* factor^step; factor > 0 and finite. */
DL_API dl_sched *dl_sched_exponential(dl_ctx *ctx, double factor);
/* floor + (1 - floor) (1 - step / steps)^power, floor from step steps on. steps >= 1, power > 0 and
 * finite, floor in [0, 1]. power 1 is a straight line. */
DL_API dl_sched *dl_sched_polynomial(dl_ctx *ctx, int64_t steps, double power, double floor);
/* (step + 1) / warmup for the first warmup steps, then floor + (1 - floor) (1 + cos(pi p)) / 2 with
 * p from 0 to 1 over the steps that remain; floor from step steps on. 0 <= warmup <= steps, steps
 * >= 1, floor in [0, 1]. Loshchilov and Hutter, ICLR 2017. */
DL_API dl_sched *dl_sched_cosine(dl_ctx *ctx, int64_t warmup, int64_t steps, double floor);

/* Options of dl_sched_onecycle. */
typedef struct dl_onecycle_opts {
    double pct_start;    /* part of the steps in which the rate rises; default 0.3, DL_OFF: none */
    double div;          /* the first factor is 1 / div; default 25                              */
    double final_div;    /* the last factor is 1 / (div final_div); default 1e4                  */
    int32_t linear;      /* 1: straight lines in place of half cosines                           */
    int32_t three_phase; /* 1: down to where it began in as many steps as up, then to the last
                            factor; pct_start is at most 0.5 then                                */
    double momentum_low; /* with one of these two the momentum runs against the rate: from high to
                            low as it rises, and back; 0 <= low <= high < 1; defaults 0.85 and
                            0.95, DL_OFF: 0. Without them it does not cycle                     */
    double momentum_high;
    int32_t reserved[6]; /* must be zero                                                         */
} dl_onecycle_opts;

/* One cycle over steps: from 1 / div up to 1, which is at step pct_start * steps - 1, and down to
 * 1 / (div final_div) at the last step, where it stays. The base rate is the largest, PyTorch's
 * max_lr. steps >= 1, div and final_div > 0 and finite. Smith and Topin,
 * Super-Convergence, 2018. */
DL_API dl_sched *dl_sched_onecycle(dl_ctx *ctx, int64_t steps, const dl_onecycle_opts *o);

/* ---- of other schedules --------------------------------------------------------------------- */

/* start + (1 - start) step / steps for the first steps steps, then what then says, whose steps
 * count from the end of the warm-up. then NULL: 1. Adopts then, also when it fails. steps >= 0,
 * start in [0, 1]. */
DL_API dl_sched *dl_sched_warmup(dl_ctx *ctx, int64_t steps, double start, dl_sched *then);
/* list[0] for lengths[0] steps, then list[1] for lengths[1], ...; the last one goes on for ever, so
 * there are n - 1 lengths, none negative. The steps of each count from its beginning. Adopts the
 * list's n >= 1 schedules, also when it fails. */
DL_API dl_sched *dl_sched_chain(dl_ctx *ctx, dl_sched *const *list, const int64_t *lengths,
                                int32_t n);
/* The product of all factors at a step. Adopts the list's n >= 1 schedules, also when it fails. */
DL_API dl_sched *dl_sched_product(dl_ctx *ctx, dl_sched *const *list, int32_t n);

/* ---- of your own ---------------------------------------------------------------------------- */

/* What fn writes to *factor. The same step must always give the same factor: it may be asked more
 * than once, and again after a resume. When fn returns another value than 0, or writes nothing, the
 * factor is NaN, and what asked for it fails: with DL_EUSER, or DL_ENUMERIC for a factor that is
 * not finite. release(user), which may be NULL, is called when the last reference goes, and when
 * this call fails. */
DL_API dl_sched *dl_sched_function(dl_ctx *ctx,
                                   int32_t (*fn)(int64_t step, double *factor, void *user),
                                   void *user, void (*release)(void *user));

/* ---- of what training says ------------------------------------------------------------------ */

/* Options of dl_sched_plateau. */
typedef struct dl_plateau_opts {
    double factor;       /* in [0, 1); default 0.1                                               */
    int64_t patience;    /* reports in a row that are not better and change nothing; default 10  */
    double threshold;    /* better is lower than best (1 - threshold), or with maximize higher
                           than best (1 + threshold); >= 0, default 1e-4                        */
    int64_t cooldown;    /* reports after a change in which bad ones do not count; default 0     */
    double floor;        /* the factor never falls below it; in [0, 1], default 0                */
    int32_t maximize;    /* 1: higher is better                                                  */
    int32_t reserved[7]; /* must be zero                                                        */
} dl_plateau_opts;

/* 1; each time that more than patience reports (dl_sched_report) in a row were not better than the
 * best before them, the factor is multiplied by factor. A NaN is never better. dl_train reports the
 * loss of every epoch. As PyTorch's ReduceLROnPlateau with threshold_mode rel and eps 0. What it
 * has seen is saved and loaded with the optimizer that adopted it. */
DL_API dl_sched *dl_sched_plateau(dl_ctx *ctx, const dl_plateau_opts *o);
/* Tells s, and the schedules it is made of, a loss or metric; those that do not ask for one do not
 * mind. In a chain or after a warm-up a schedule hears it before its time has come, too. Takes no
 * memory. */
DL_API dl_status dl_sched_report(dl_sched *s, double metric);

/* ---- use ------------------------------------------------------------------------------------ */

/* The factor of s at a step; NaN for NULL or a negative step, and where a function of yours fails,
 * which leaves DL_EUSER. */
DL_API double dl_sched_factor(const dl_sched *s, int64_t step);
/* The momentum (Adam's beta1) that s wants at a step, whatever the optimizer was made with; NaN
 * where it says none, as all but dl_sched_onecycle do. During a warm-up it is the first one of what
 * follows; of a product it is that of the first schedule that says one. */
DL_API double dl_sched_momentum(const dl_sched *s, int64_t step);
DL_API dl_sched *dl_sched_keep(dl_sched *s); /* one more reference, yours; returns s */
DL_API void dl_sched_drop(dl_sched *s);      /* gives one reference up; any thread   */

#ifdef __cplusplus
}
#endif
#endif
