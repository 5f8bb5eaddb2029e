/* Telling those who listen to a run what happens in it. */
#include <math.h>
#include <string.h>
#include "core/clock.h"
#include "core/parallel.h"
#include "data/loader.h"
#include "train/callback.h"
#include "train/train.h"

double dl__run_seconds(const dl__run *r)
{
    return dl__seconds() - r->began;
}

dl_event dl__run_event(const dl__run *r)
{
    dl__mean penalty = {.loss = r->penalty, .n = r->mean.n};
    return (dl_event){.epoch = dl_loader_epoch(r->loader),
                      .step = dl__run_steps_done(r),
                      .steps = dl__run_steps(r),
                      .loss = dl__mean_loss(&r->mean),
                      .metric = dl__mean_metric(&r->mean),
                      .valid_loss = NAN,
                      .valid_metric = NAN,
                      .lr = r->lr,
                      .seconds = dl__run_seconds(r),
                      .model = r->m,
                      .optim = r->o,
                      .averaged = dl_average_module(r->opts->average),
                      .examples = r->mean.n,
                      .penalty = r->l1 > 0 || r->l2 > 0 ? dl__mean_loss(&penalty) : NAN};
}

/* What is made in a callback lives no longer than it. Where the scope cannot be had an error
 * stands, which says the same as a callback that wants to stop. */
static int call_user(const dl__run *r, dl_event_fn fn)
{
    if (!fn)
        return 0;
    int32_t mark = dl_scope_begin(r->ctx);
    int stops = mark < 0 || fn(&r->last, r->opts->user) != 0;
    dl_scope_end(r->ctx, mark);
    return stops;
}

static int call_object(const dl__run *r, int32_t i, int what)
{
    dl_callback *c = r->opts->callbacks[i];
    if (!c->cls->told[what])
        return 0;
    int32_t mark = dl_scope_begin(r->ctx);
    int stops = (mark >= 0 || what == DL__TOLD_END) && c->cls->told[what](c, &r->last) != 0;
    dl_scope_end(r->ctx, mark);
    return stops;
}

/* All are told, unless one leaves an error. */
static int tell(dl__run *r, dl_event_fn fn, int what)
{
    int stops = call_user(r, fn);
    for (int32_t i = 0; i < r->begun && dl__ok(r->ctx); i++)
        stops |= call_object(r, i, what);
    return stops || !dl__ok(r->ctx);
}

int dl__run_tell_begin(dl__run *r)
{
    int stops = 0;
    r->last = dl__run_event(r);
    while (r->begun < r->opts->n_callbacks && dl__ok(r->ctx)) {
        dl_callback_keep(r->opts->callbacks[r->begun]);
        stops |= call_object(r, r->begun++, DL__TOLD_BEGIN);
    }
    return stops || !dl__ok(r->ctx);
}

int dl__run_tell_step(dl__run *r)
{
    r->last = dl__run_event(r);
    return tell(r, r->opts->on_step, DL__TOLD_STEP);
}

int dl__run_tell_epoch(dl__run *r, const dl_event *e)
{
    r->last = *e;
    r->last.seconds = dl__run_seconds(r);
    return tell(r, r->opts->on_epoch, DL__TOLD_EPOCH);
}

void dl__run_tell_end(dl__run *r)
{
    r->last.seconds = dl__run_seconds(r);
    for (int32_t i = 0; i < r->begun; i++) {
        call_object(r, i, DL__TOLD_END);
        dl_callback_drop(r->opts->callbacks[i]);
    }
    r->begun = 0;
}

dl_status dl__run_stop(dl__run *r, const char *why)
{
    dl_ctx *ctx = r->ctx;
    const dl_status left = ctx->status;
    char message[DL__MESSAGE];
    memcpy(message, ctx->message, sizeof message);
    dl__forget(ctx);
    const dl_status saved = r->opts->checkpoint ? dl__run_save(r) : DL_OK;
    if (left == DL_OK && saved != DL_OK)
        return saved;
    dl__forget(ctx);
    if (left != DL_OK)
        return dl_fail(ctx, left, "%s", message);
    return dl_fail(ctx, DL_EUSER, "train: %s", why);
}
