/* What a context is made of. */
#ifndef DL_CORE_CTX_H
#define DL_CORE_CTX_H
#include <signal.h>
#include <stdatomic.h>
#include "dl/ctx.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/object.h"

enum { DL__MESSAGE = 1024, DL__PLACE = 400 };

struct dl__autopsy; /* module: where to write what made a NaN or an infinity */
struct dl__profile; /* autograd: where time goes */
struct dl__pending; /* module: side effects of a forward pass, committed when it succeeds */

struct dl_ctx {
    atomic_int handles; /* dl_ctx_new, dl_ctx_keep                       */
    atomic_int refs;    /* live objects, and one while there are handles */
    atomic_llong live;  /* live objects                                  */
    atomic_int cancel;  /* set by dl_ctx_cancel                          */
    dl_status status;   /* the first error, until cleared                */
    char message[DL__MESSAGE];
    dl_ctx_opts opts;
    dl__memory memory;
    dl__object **scope;                /* scope[i] heads the list of what scope i owns  */
    int32_t n_scope, cap_scope;        /* 0 is the root scope                      */
    int32_t grad_off;                  /* dl_grad_enable(ctx, 0)                        */
    int32_t meta;                      /* dl_meta_enable(ctx, 1)                        */
    uint64_t ticket;                   /* of the next operation that draws random numbers */
    uint64_t fills;                    /* of the next random fill (dl_tensor_randn ...) */
    uint64_t calls;                    /* running number of recorded calls              */
    const struct dl__kernels *kernels; /* chosen at first use               */
    int32_t winograd;                  /* found at first use: 1 allowed, -1 not    */
    struct dl__pending *pending;
    int32_t forward_depth; /* of nested module calls                        */
    int32_t replaying;     /* side effects of forward are discarded         */
    /* What check_finite says besides the operation. */
    int (*place)(const dl_ctx *ctx, const dl_tensor *t, char text[DL__PLACE]);
    const char *backward;         /* autograd: the layer or operation differentiated; NULL: none */
    const char *during;           /* train: "epoch 3, batch 17"; NULL: nothing */
    struct dl__autopsy *autopsy;  /* NULL: write nothing */
    struct dl__profile *profile;  /* runs; NULL: none does */
    struct dl__profile *profiled; /* the last one, to be read; NULL: there was none */
    void (*profile_free)(struct dl__profile *p);
    int32_t planning;     /* meta tensors count as if they had data */
    int64_t plan_scratch; /* most that one call may take besides, while planning */
    uint32_t profiles;    /* that were begun */
    double fma_peak[2];   /* FLOP/s of f32, f64; 0: not measured yet */
};

/* The usable context: NULL or one with a standing error is refused. */
static inline int dl__ok(const dl_ctx *ctx)
{
    return ctx && ctx->status == DL_OK;
}
/* Writes the name of the running module, or, with t, of its parameter or buffer t: 1. 0, and text
 * is empty, when no module runs or none of those that run has t. */
static inline int dl__place(const dl_ctx *ctx, const dl_tensor *t, char text[DL__PLACE])
{
    text[0] = 0;
    return ctx->place && ctx->place(ctx, t, text);
}
/* One reference less, as an object goes; the last ends the context. */
void dl__ctx_unref(dl_ctx *ctx);
void dl__log(const dl_ctx *ctx, int32_t level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#endif
