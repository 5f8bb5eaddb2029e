/* The training loop. */
#include <math.h>
#include <time.h>
#include "core/text.h"
#include "data/loader.h"
#include "tensor/tensor.h"
#include "train/train.h"

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

/* 1 when the callback wants to stop. What it makes lives no longer than it. */
static int tell(const dl__run *r, dl_event_fn call, const dl_event *e)
{
    if (!call)
        return 0;
    int32_t mark = dl_scope_begin(r->ctx);
    int stops = mark >= 0 && call(e, r->opts->user) != 0;
    dl_scope_end(r->ctx, mark);
    return stops;
}

/* Saves, if there is a checkpoint, and then reports why training stops. */
static dl_status stop(dl__run *r, const char *why)
{
    if (!dl__ok(r->ctx) || (r->opts->checkpoint && dl__run_save(r) != DL_OK))
        return r->ctx->status;
    return dl_fail(r->ctx, DL_EUSER, "train: %s", why);
}

/* Forward, backward, update with one batch. */
static dl_status step(dl__run *r, dl_tensor *const *field)
{
    dl_tensor *value;
    double metric;
    dl_ctx *ctx = r->ctx;
    if (dl__run_loss("train", r->m, r->loss, r->loss_user, field, r->fields, &value, &metric) !=
        DL_OK)
        return ctx->status;
    double loss = dl_tensor_item(value), lr = dl_optim_lr(r->o);
    if (!isfinite(loss)) {
        char text[DL__NUMBER];
        return dl_fail(ctx, DL_ENUMERIC, "train: the loss of batch %lld of epoch %lld is %s",
                       (long long)dl_loader_position(r->loader) - 1,
                       (long long)dl_loader_epoch(r->loader), dl__double_text(text, loss));
    }
    dl_module_zero_grad(r->m);
    if (dl_backward(value) == DL_OK)
        dl_optim_step(r->o);
    dl_module_zero_grad(r->m);
    if (!dl__ok(ctx))
        return ctx->status;
    r->lr = lr;
    dl__mean_add(&r->mean, loss, metric, field[0]->dims[0]);
    return DL_OK;
}

/* The batches of the running epoch that are left. */
static dl_status batches(dl__run *r)
{
    dl_ctx *ctx = r->ctx;
    while (dl_loader_position(r->loader) < dl_loader_batches(r->loader)) {
        if (dl_ctx_cancelled(ctx))
            return stop(r, "cancelled");
        dl_tensor *field[DL__FIELDS];
        int32_t mark = dl_scope_begin(ctx);
        if (mark >= 0 && dl__loader_next(r->loader, field, r->fields) == 1)
            step(r, field);
        dl_scope_end(ctx, mark);
        if (!dl__ok(ctx))
            return ctx->status;
        dl_event e = event_of(r);
        if (tell(r, r->opts->on_step, &e))
            return stop(r, "stopped by on_step");
        if (!dl__ok(ctx))
            return ctx->status;
    }
    return ctx->status;
}

int32_t dl__run_impatient(const dl__run *r)
{
    int64_t patience = r->opts->patience == DL_OFF ? 1 : r->opts->patience;
    return patience > 0 && r->bad >= patience;
}

/* Validation, and what it says about going on. */
static dl_status validate(dl__run *r, dl_event *e)
{
    dl__mean mean;
    if (dl__evaluate(r->m, r->loss, r->loss_user, r->opts->valid, r->opts->batch, &mean))
        return stop(r, "cancelled");
    if (!dl__ok(r->ctx))
        return r->ctx->status;
    e->valid_loss = dl__mean_loss(&mean);
    e->valid_metric = dl__mean_metric(&mean);
    e->best = e->valid_loss < r->best_loss - r->opts->min_delta;
    r->bad = e->best ? 0 : r->bad + 1;
    if (e->best) {
        r->best_loss = e->valid_loss;
        if (r->best)
            dl__weights_copy(r->best, r->m);
    }
    r->finished = dl__run_impatient(r);
    return DL_OK;
}

/* What follows the last batch: validation, the event, the checkpoint, the next epoch. */
static dl_status end_epoch(dl__run *r)
{
    dl_event e = event_of(r);
    if (r->opts->valid && validate(r, &e) != DL_OK)
        return r->ctx->status;
    e.seconds = now() - r->began;
    if (dl_loader_seek(r->loader, e.epoch + 1, 0) != DL_OK)
        return r->ctx->status;
    r->mean = (dl__mean){0};
    r->finished |= e.epoch + 1 >= r->epochs;
    int64_t every = r->opts->save_epochs > 0 ? r->opts->save_epochs : 1;
    if (tell(r, r->opts->on_epoch, &e))
        return stop(r, "stopped by on_epoch");
    if (dl__ok(r->ctx) && r->opts->checkpoint && (r->finished || (e.epoch + 1) % every == 0))
        dl__run_save(r);
    return r->ctx->status;
}

static dl_status run(dl__run *r)
{
    dl_status status = r->opts->checkpoint ? dl__run_probe(r->ctx, r->opts->checkpoint) : DL_OK;
    if (status == DL_OK && r->opts->resume)
        status = dl__run_load(r);
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
    if (o->epochs < 0 || o->batch < 0 || o->patience < DL_OFF || o->save_epochs < 0)
        return dl_fail(ctx, DL_EINVAL,
                       "train: epochs is %d, batch %d, patience %d, save_epochs %d; "
                       "none may be negative",
                       (int)o->epochs, (int)o->batch, (int)o->patience, (int)o->save_epochs);
    if (!(o->min_delta >= 0) || isinf(o->min_delta)) {
        char text[DL__NUMBER];
        return dl_fail(ctx, DL_EINVAL, "train: min_delta is %s, it wants to be finite and >= 0",
                       dl__double_text(text, o->min_delta));
    }
    if (DL__RESERVED(ctx, "train", o) != DL_OK)
        return ctx->status;
    if ((o->patience != 0 || o->restore_best == 1) && !o->valid)
        return dl_fail(ctx, DL_EINVAL,
                       "train: early stopping and the best weights want a validation set");
    if (o->valid && dl_dataset_size(o->valid) < 1)
        return dl_fail(ctx, DL_EINVAL, "train: the validation set has no examples");
    if (o->resume && !o->checkpoint)
        return dl_fail(ctx, DL_EINVAL, "train: resume wants the checkpoint's path");
    return DL_OK;
}

/* The loader, and where to keep the best weights. */
static dl_status prepare(dl__run *r, dl_dataset *train)
{
    const dl_train_opts *o = r->opts;
    r->loader = dl_loader_new(
        train,
        &(dl_loader_opts){.batch = o->batch, .shuffle = !o->no_shuffle, .workers = o->workers});
    int keeps = o->restore_best == 1 || (o->restore_best == 0 && o->patience != 0);
    if (keeps && dl__ok(r->ctx))
        r->best = dl_module_clone(r->m, r->ctx);
    /* Asking for the counts makes the tables of names: keeping weights then needs no memory. */
    if (r->best && dl_module_param_count(r->best) >= 0)
        dl_module_param_count(r->m);
    return r->ctx->status;
}

dl_status dl_train(dl_module *m, dl_optim *o, dl_loss_fn loss, void *loss_user, dl_dataset *train,
                   const dl_train_opts *opts)
{
    static const dl_train_opts defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    opts = opts ? opts : &defaults;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!o || !loss || !train)
        return dl_fail(ctx, DL_EINVAL, "train: the optimizer, the loss or the dataset is NULL");
    if (check(ctx, opts, o, train) != DL_OK)
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
    unsigned char *modes = dl__modes_note(m);
    int32_t recording = dl_grad_enable(ctx, 1);
    if (modes && !dl_module_training(m))
        dl_module_train(m, 1);
    if (dl__ok(ctx) && prepare(&r, train) == DL_OK)
        run(&r);
    if (r.best && r.best_loss < INFINITY)
        dl__weights_copy(m, r.best);
    dl__modes_put_back(m, modes);
    dl_grad_enable(ctx, recording);
    dl_module_drop(r.best);
    dl_loader_drop(r.loader);
    return ctx->status;
}
