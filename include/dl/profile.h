/* dl/profile.h: where time and memory go, in each layer and operation, forward and backward. The
 * results of what is looked at are the same to the bit.
 *
 *     dl_profile_start(ctx, NULL);
 *     ... train ...
 *     dl_profile_stop(ctx);
 *     dl_profile_text(ctx, DL_PROFILE_LAYERS, 20, text, sizeof text);
 *     dl_profile_trace(ctx, "trace.json"); // for chrome://tracing and ui.perfetto.dev */
#ifndef DL_PROFILE_H
#define DL_PROFILE_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct dl_profile_opts {
    int64_t events;      /* most events that are kept for dl_profile_trace, 64 bytes each; default
                            1,000,000, DL_OFF: none. What comes later is in the sums alone */
    int64_t reserved[7]; /* must be zero */
} dl_profile_opts;

/* From now on each operation of ctx is timed, with its FLOPs and bytes, until dl_profile_stop. What
 * an earlier profile found is forgotten. The profile's own memory comes from the allocator of ctx
 * and counts neither in dl_ctx_bytes nor against memory_limit; when there is none, the profile is
 * incomplete (dl_profile_text says so) and what it looks at goes on. DL_ESTATE: a profile runs
 * already. */
DL_API dl_status dl_profile_start(dl_ctx *ctx, const dl_profile_opts *o);
/* Ends it; what was found stays until the next start, or the end of ctx. DL_ESTATE: none runs, or
 * it is called from within a module or an operation. */
DL_API dl_status dl_profile_stop(dl_ctx *ctx);

/* What a row sums up. Each operation is in one row of each list, so each adds up to the same. */
enum {
    DL_PROFILE_CALLS = 0,  /* an operation in a module, in a phase             */
    DL_PROFILE_LAYERS = 1, /* all operations of a module, those of its children not, in a phase */
    DL_PROFILE_OPERATIONS = 2 /* an operation in all modules, in a phase          */
};
/* Phases. */
enum {
    DL_PROFILE_FORWARD = 0,
    DL_PROFILE_BACKWARD = 1, /* what it runs again forward, too */
    DL_PROFILE_UPDATE = 2,   /* dl_optim_step, under the name of the optimizer    */
    DL_PROFILE_DATA = 3      /* dl_train waits for a batch                        */
};

typedef struct dl_profile_row {
    const char *path;      /* as for dl_module_find; "": the module that was called, where depth
                              is 0, or what is outside of modules, where it is -1; NULL: all    */
    const char *operation; /* its name; NULL: of all                                              */
    int32_t phase;         /* DL_PROFILE_FORWARD ...                                              */
    int32_t depth;         /* of the module: 0 that was called, 1 its children, ...; -1 outside   */
    int64_t calls;
    double seconds;    /* in all, without operations that it ran itself                        */
    double flops;      /* in all: by the operation's formula, a multiply-add is two; where it
                             has none, one for each element of the largest operand or result     */
    double peak_share; /* of the multiply-adds that the cores could have done (dl_profile_peak)
                             in that time; NaN: nothing was timed                                 */
    double bytes_read; /* operands and results, each once, as if there were no cache           */
    double bytes_written;
    int64_t bytes_scratch; /* most that one call took and gave back (engines included where they
                              use the context's allocator)                                        */
    int64_t bytes_peak;    /* most that were in use in the context during a call                  */
    int64_t reserved[6];
} dl_profile_row;
/* Up to cap rows, those that took longest first; texts live until the next start. Returns how many
 * there are in all, negative on failure: DL_EINVAL (by is no DL_PROFILE_*), DL_ESTATE (there was no
 * profile). While a profile runs, what there is so far. */
DL_API int32_t dl_profile_rows(dl_ctx *ctx, int32_t by, dl_profile_row *rows, int32_t cap);
/* Seconds from start to stop, or to now; 0 when there was no profile. */
DL_API double dl_profile_seconds(const dl_ctx *ctx);
/* What the cores can do at most: FLOP/s of multiply-adds in registers, of the best instructions of
 * this processor on as many threads as ctx has, dtype DL_F32 or DL_F64 (else 0). Measured at the
 * first call for ctx and that type, in less than 20 ms. */
DL_API double dl_profile_peak(dl_ctx *ctx, dl_dtype dtype);

/* The rows as a table, the longest first, at most so many (0: all), and what the rest comes to.
 * Writes it with a final NUL, cut to cap bytes; buf may be NULL when cap is 0. Returns the length
 * of the whole text without its NUL, negative on failure, as dl_profile_rows. */
DL_API int64_t dl_profile_text(dl_ctx *ctx, int32_t by, int32_t rows, char *buf, size_t cap);
/* Writes every call, module and backward step as a complete event of the Trace Event Format, and
 * the bytes in use as a counter: JSON for chrome://tracing, ui.perfetto.dev and speedscope. The
 * file appears whole or not at all. DL_EIO; DL_ESTATE: there was no profile. */
DL_API dl_status dl_profile_trace(dl_ctx *ctx, const char *path);

#ifdef __cplusplus
}
#endif
#endif
