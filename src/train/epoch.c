/* Epochs: their steps, and what follows the last one. */
#include <math.h>
#include "core/check.h"
#include "data/loader.h"
#include "optim/optim.h"
#include "train/train.h"

static int impatient(const dl__run *r)
{
    const int64_t patience = r->opts->patience == DL_OFF ? 1 : r->opts->patience;
    return patience > 0 && r->bad >= patience;
}

/* 1 when the steps of all epochs so far are as many as they may be. */
static int all_steps(const dl__run *r)
{
    int64_t before, done;
    return r->opts->max_steps > 0 &&
           (!dl__mul_i64(dl_loader_epoch(r->loader), dl__run_steps(r), &before) ||
            !dl__add_i64(before, dl__run_steps_done(r), &done) || done >= r->opts->max_steps);
}

static int out_of_time(const dl__run *r)
{
    return r->opts->max_seconds > 0 && dl__run_seconds(r) >= r->opts->max_seconds;
}

int32_t dl__run_done(const dl__run *r)
{
    return impatient(r) || all_steps(r);
}

/* The steps of the running epoch that are left, or some of them: then the run is finished. */
static dl_status steps(dl__run *r)
{
    dl_ctx *ctx = r->ctx;
    while (dl_loader_position(r->loader) < dl_loader_batches(r->loader)) {
        if (dl_ctx_cancelled(ctx))
            return dl__run_stop(r, "cancelled");
        if (dl__run_step(r) != DL_OK)
            return ctx->status;
        if (dl__run_tell_step(r))
            return dl__run_stop(r, "stopped by on_step");
        if (dl_loader_position(r->loader) < dl_loader_batches(r->loader) &&
            (all_steps(r) || out_of_time(r))) {
            r->finished = 1;
            return r->opts->checkpoint ? dl__run_save(r) : DL_OK;
        }
    }
    return ctx->status;
}

/* Validation, and what it says about going on. */
static dl_status validate(dl__run *r, dl_event *e)
{
    dl__mean mean;
    dl_module *m = e->averaged ? e->averaged : r->m;
    if (dl__evaluate(m, r->loss, r->loss_user, r->opts->valid, (int32_t)r->loader->batch, &mean))
        return dl__run_stop(r, "cancelled");
    if (!dl__ok(r->ctx))
        return r->ctx->status;
    e->validated = 1;
    e->valid_loss = dl__mean_loss(&mean);
    e->valid_metric = dl__mean_metric(&mean);
    e->best = e->valid_loss < r->best_loss - r->opts->min_delta;
    r->bad = e->best ? 0 : r->bad + 1;
    if (e->best) {
        r->best_loss = e->valid_loss;
        if (r->best)
            dl__weights_copy(r->best, m);
    }
    return DL_OK;
}

/* What follows the last step: validation, the schedule, the event, the checkpoint, the next
 * epoch. */
static dl_status end_epoch(dl__run *r)
{
    dl_event e = dl__run_event(r);
    if (r->opts->valid && validate(r, &e) != DL_OK)
        return r->ctx->status;
    if (r->o->sched)
        dl_sched_report(r->o->sched, r->opts->valid ? e.valid_loss : e.loss);
    if (dl_loader_seek(r->loader, e.epoch + 1, 0) != DL_OK)
        return r->ctx->status;
    r->mean = (dl__mean){0};
    r->penalty = 0;
    r->finished = dl__run_done(r) || out_of_time(r) || e.epoch + 1 >= r->epochs;
    const int64_t every = r->opts->save_epochs > 0 ? r->opts->save_epochs : 1;
    if (dl__run_tell_epoch(r, &e))
        return dl__run_stop(r, "stopped by on_epoch");
    if (r->opts->checkpoint && (r->finished || (e.epoch + 1) % every == 0))
        dl__run_save(r);
    return r->ctx->status;
}

dl_status dl__run_epochs(dl__run *r)
{
    dl_status status = DL_OK;
    while (status == DL_OK && !r->finished && dl_loader_epoch(r->loader) < r->epochs) {
        status = steps(r);
        if (status == DL_OK && !r->finished)
            status = end_epoch(r);
    }
    return status;
}
