/* The training loop: what comes before the epochs and after them. */
#include <math.h>
#include "data/loader.h"
#include "train/train.h"

/* The loader, and where to keep the best weights. */
static dl_status prepare(dl__run *r, dl_dataset *train)
{
    const dl_train_opts *o = r->opts;
    const dl_loader_opts standard = {
        .batch = o->batch, .shuffle = !o->no_shuffle, .workers = o->workers};
    r->loader = dl_loader_new(train, o->loader ? o->loader : &standard);
    int keeps = o->restore_best == 1 || (o->restore_best == 0 && o->patience != 0);
    if (keeps && dl__ok(r->ctx))
        r->best = dl_module_clone(r->m, r->ctx);
    /* Asking for the counts makes the tables of names: keeping weights then needs no memory. */
    if (r->best && dl_module_param_count(r->best) >= 0 && dl_module_param_count(r->m) >= 0)
        dl_module_param_count(dl_average_module(o->average));
    return r->ctx->status;
}

static dl_status run(dl__run *r)
{
    const dl_train_opts *o = r->opts;
    dl_ctx *ctx = r->ctx;
    if ((o->checkpoint && dl__run_probe(ctx, o->checkpoint) != DL_OK) ||
        (o->resume && dl__run_load(r) != DL_OK))
        return ctx->status;
    if (dl__run_tell_begin(r))
        return dl__ok(ctx) ? dl_fail(ctx, DL_EUSER, "train: stopped by on_begin") : ctx->status;
    return dl__run_epochs(r);
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
    if (dl__run_check(m, opts, o, train) != DL_OK)
        return ctx->status;
    dl__run r = {.ctx = ctx,
                 .m = m,
                 .o = o,
                 .loss = loss,
                 .loss_user = loss_user,
                 .opts = opts,
                 .epochs = opts->epochs > 0 ? opts->epochs : 10,
                 .fields = dl_dataset_field_count(train),
                 .accumulate = opts->accumulate > 0 ? opts->accumulate : 1,
                 .l1 = opts->l1,
                 .l2 = opts->l2,
                 .best_loss = INFINITY,
                 .lr = dl_optim_lr(o)};
    r.began = dl__run_seconds(&r);
    unsigned char *modes = dl__modes_note(m);
    int32_t recording = dl_grad_enable(ctx, 1);
    if (modes && !dl_module_training(m))
        dl_module_train(m, 1);
    if (dl__ok(ctx) && prepare(&r, train) == DL_OK)
        run(&r);
    if (r.best && r.best_loss < INFINITY)
        dl__weights_copy(m, r.best);
    dl__run_tell_end(&r);
    dl__modes_put_back(m, modes);
    dl_grad_enable(ctx, recording);
    dl_module_drop(r.best);
    dl_loader_drop(r.loader);
    return ctx->status;
}
