/* The training loop. */
#include <math.h>
#include <time.h>
#include "tensor/tensor.h"
#include "train/train.h"

enum { FIELDS = 16 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static dl_event event_of(const dl__run *r)
{
    return (dl_event){.epoch = dl_loader_epoch(r->loader),
                      .step = dl_loader_position(r->loader),
                      .steps = dl_loader_batches(r->loader),
                      .loss = dl__mean_loss(&r->mean),
                      .metric = dl__mean_metric(&r->mean),
                      .valid_loss = NAN,
                      .valid_metric = NAN,
                      .lr = r->lr,
                      .seconds = now() - r->began,
                      .model = r->m,
                      .optim = r->o,
                      .examples = r->mean.n};
}

/* Saves, if there is a checkpoint, and then reports why training stops. */
static dl_status stop(dl__run *r, const char *why)
{
    if (r->opts->checkpoint && dl__run_save(r) != DL_OK)
        return r->ctx->status;
    return dl_fail(r->ctx, DL_EUSER, "train: %s", why);
}

/* Forward, backward, update with one batch. */
static dl_status step(dl__run *r, dl_tensor *const *field)
{
    dl_tensor *value;
    double metric;
    dl_ctx *ctx = r->ctx;
    if (dl__run_loss(ctx, r->m, r->loss, r->loss_user, field, r->fields, &value, &metric) != DL_OK)
        return ctx->status;
    double loss = dl_tensor_item(value);
    if (!isfinite(loss))
        return dl_fail(ctx, DL_ENUMERIC, "train: the loss of batch %lld of epoch %lld is %s",
                       (long long)dl_loader_position(r->loader) - 1,
                       (long long)dl_loader_epoch(r->loader), isnan(loss) ? "nan" : "infinite");
    r->lr = dl_optim_lr(r->o);
    dl_module_zero_grad(r->m);
    if (dl_backward(value) != DL_OK || dl_optim_step(r->o) != DL_OK)
        return ctx->status;
    dl_module_zero_grad(r->m);
    dl__mean_add(&r->mean, loss, &metric, field[0]->dims[0]);
    return DL_OK;
}

/* The batches of the running epoch that are left. */
static dl_status batches(dl__run *r)
{
    dl_ctx *ctx = r->ctx;
    while (dl_loader_position(r->loader) < dl_loader_batches(r->loader)) {
        if (dl_ctx_cancelled(ctx))
            return stop(r, "cancelled");
        dl_tensor *field[FIELDS];
        int32_t mark = dl_scope_begin(ctx);
        if (mark >= 0 && dl_loader_next(r->loader, field, r->fields) == 1)
            step(r, field);
        dl_scope_end(ctx, mark);
        if (!dl__ok(ctx))
            return ctx->status;
        dl_event e = event_of(r);
        if (r->opts->on_step && r->opts->on_step(&e, r->opts->user))
            return dl__ok(ctx) ? stop(r, "stopped by on_step") : ctx->status;
    }
    return ctx->status;
}

/* Validation, and what it says about going on. */
static dl_status validate(dl__run *r, dl_event *e)
{
    if (!r->opts->valid)
        return DL_OK;
    if (dl_evaluate(r->m, r->loss, r->loss_user, r->opts->valid, r->opts->batch, &e->valid_loss,
                    &e->valid_metric) != DL_OK)
        return r->ctx->status;
    e->best = e->valid_loss < r->best_loss - r->opts->min_delta;
    if (e->best) {
        r->best_loss = e->valid_loss;
        r->bad = 0;
        if (r->best)
            dl__weights_copy(r->best, r->m);
    } else {
        r->bad++;
    }
    int64_t patience = r->opts->patience == DL_OFF ? 1 : r->opts->patience;
    r->finished = patience > 0 && r->bad >= patience;
    return DL_OK;
}

/* What follows the last batch: validation, the event, the checkpoint, the next epoch. */
static dl_status end_epoch(dl__run *r)
{
    dl_event e = event_of(r);
    if (validate(r, &e) != DL_OK)
        return r->ctx->status;
    e.seconds = now() - r->began;
    if (dl_loader_seek(r->loader, e.epoch + 1, 0) != DL_OK)
        return r->ctx->status;
    r->mean = (dl__mean){0};
    r->finished |= e.epoch + 1 >= r->epochs;
    int64_t every = r->opts->save_epochs > 0 ? r->opts->save_epochs : 1;
    int32_t stopped = r->opts->on_epoch && r->opts->on_epoch(&e, r->opts->user);
    if (!dl__ok(r->ctx))
        return r->ctx->status;
    if (stopped)
        return stop(r, "stopped by on_epoch");
    if (r->opts->checkpoint && (r->finished || (e.epoch + 1) % every == 0))
        return dl__run_save(r);
    return DL_OK;
}

static dl_status run(dl__run *r)
{
    dl_status status = r->opts->resume ? dl__run_load(r) : DL_OK;
    while (status == DL_OK && !r->finished && dl_loader_epoch(r->loader) < r->epochs) {
        status = batches(r);
        if (status == DL_OK)
            status = end_epoch(r);
    }
    return status;
}

static dl_status check(dl_ctx *ctx, const dl_train_opts *o, dl_optim *optim, dl_dataset *train)
{
    if (dl_dataset_ctx(train) != ctx || (o->valid && dl_dataset_ctx(o->valid) != ctx))
        return dl_fail(ctx, DL_EINVAL, "train: a dataset is of another context");
    if (dl_optim_ctx(optim) != ctx)
        return dl_fail(ctx, DL_EINVAL, "train: the optimizer is of another context");
    if (o->epochs < 0 || o->batch < 0 || o->patience < DL_OFF || o->save_epochs < 0 ||
        !(o->min_delta >= 0))
        return dl_fail(ctx, DL_EINVAL,
                       "train: epochs is %d, batch %d, patience %d, save_epochs %d; "
                       "none may be negative",
                       (int)o->epochs, (int)o->batch, (int)o->patience, (int)o->save_epochs);
    if ((o->patience != 0 || o->restore_best == 1) && !o->valid)
        return dl_fail(ctx, DL_EINVAL,
                       "train: early stopping and the best weights want a validation "
                       "set");
    if (o->resume && !o->checkpoint)
        return dl_fail(ctx, DL_EINVAL, "train: resume wants the checkpoint's path");
    return DL_OK;
}

dl_status dl_train(dl_module *m, dl_optim *o, dl_loss_fn loss, void *loss_user, dl_dataset *train,
                   const dl_train_opts *opts)
{
    static const dl_train_opts defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    opts = opts ? opts : &defaults;
    if (!ctx || !o || !loss || !train)
        return DL_EINVAL;
    if (!dl__ok(ctx) || check(ctx, opts, o, train) != DL_OK)
        return ctx->status;
    dl__run r = {.ctx = ctx,
                 .m = m,
                 .o = o,
                 .loss = loss,
                 .loss_user = loss_user,
                 .opts = opts,
                 .epochs = opts->epochs > 0 ? opts->epochs : 10,
                 .fields = dl_dataset_field_count(train),
                 .best_loss = INFINITY,
                 .began = now(),
                 .lr = dl_optim_lr(o)};
    int restore = opts->restore_best == 1 || (opts->restore_best == 0 && opts->patience != 0);
    int32_t training = dl_module_training(m), recording = dl_grad_enable(ctx, 1);
    r.loader = dl_loader_new(train, &(dl_loader_opts){.batch = opts->batch,
                                                      .shuffle = !opts->no_shuffle,
                                                      .workers = opts->workers});
    if (restore && r.loader)
        r.best = dl_module_clone(m, ctx);
    dl_module_train(m, 1);
    if (dl__ok(ctx))
        run(&r);
    if (r.best && r.best_loss < INFINITY)
        dl__weights_copy(m, r.best);
    dl_module_train(m, training);
    dl_grad_enable(ctx, recording);
    dl_module_drop(r.best);
    dl_loader_drop(r.loader);
    return ctx->status;
}
