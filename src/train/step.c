/* One step of training: the gradient of one batch or of several, and the update. */
#include <math.h>
#include <stdio.h>
#include "autograd/profile.h"
#include "core/text.h"
#include "data/loader.h"
#include "dl/ops.h"
#include "dl/penalty.h"
#include "optim/optim.h"
#include "tensor/tensor.h"
#include "train/train.h"

enum { DURING = 64 };

int64_t dl__run_steps(const dl__run *r)
{
    const int64_t n = dl_loader_batches(r->loader);
    return n / r->accumulate + (n % r->accumulate != 0);
}

int64_t dl__run_steps_done(const dl__run *r)
{
    const int64_t n = dl_loader_position(r->loader);
    return n / r->accumulate + (n % r->accumulate != 0);
}

/* The batches of the next step, and how many examples they have together. */
static int32_t next_batches(const dl__run *r, int64_t *examples)
{
    const dl_loader *l = r->loader;
    const int64_t left = l->batches - l->position, rest = l->size - l->position * l->batch;
    const int32_t n = left < r->accumulate ? (int32_t)left : r->accumulate;
    *examples = n == left && rest < n * l->batch ? rest : n * l->batch;
    return n;
}

void dl__no_gradients(dl_module *m, dl_optim *o)
{
    dl_module_zero_grad(m);
    if (o->module != m)
        dl_module_zero_grad(o->module);
}

static dl_status no_number(const dl__run *r, const char *what, double value)
{
    char text[DL__NUMBER];
    return dl_fail(r->ctx, DL_ENUMERIC, "train: the %s of batch %lld of epoch %lld is %s", what,
                   (long long)dl_loader_position(r->loader) - 1,
                   (long long)dl_loader_epoch(r->loader), dl__double_text(text, value));
}

/* Adds the gradient of one batch, which is part of a step with so many examples. */
static dl_status add_batch(dl__run *r, dl_tensor *const *field, int64_t examples, int first)
{
    dl_tensor *value;
    double metric;
    dl_ctx *ctx = r->ctx;
    if (dl__run_loss("train", r->m, r->loss, r->loss_user, field, r->fields, &value, &metric) !=
        DL_OK)
        return ctx->status;
    const double loss = dl_tensor_item(value);
    const int64_t n = field[0]->dims[0];
    if (!isfinite(loss))
        return no_number(r, "loss", loss);
    if (first)
        dl__no_gradients(r->m, r->o);
    if (n != examples)
        value = dl_scale(value, (double)n / (double)examples);
    if (dl_backward(value) == DL_OK)
        dl__mean_add(&r->mean, loss, metric, n);
    return ctx->status;
}

dl_tensor *dl__run_penalty(dl__run *r, int64_t examples)
{
    dl_tensor *value = NULL;
    if (!dl__ok(r->ctx) || (r->l1 == 0 && r->l2 == 0))
        return NULL;
    if (r->l1 > 0)
        value = dl_scale(dl_penalty_l1(r->m, r->opts->penalized), r->l1);
    if (r->l2 > 0) {
        dl_tensor *l2 = dl_scale(dl_penalty_l2(r->m, r->opts->penalized), r->l2);
        value = r->l1 > 0 ? dl_add(value, l2) : l2;
    }
    if (!value)
        return NULL;
    const double penalty = dl_tensor_item(value);
    if (!isfinite(penalty)) {
        no_number(r, "penalty", penalty);
        return NULL;
    }
    dl__mean sum = {.loss = r->penalty};
    dl__mean_add(&sum, penalty, NAN, examples);
    r->penalty = sum.loss;
    return value;
}

/* The gradient of the penalty. */
static dl_status add_penalty(dl__run *r, int64_t examples)
{
    int32_t mark = dl_scope_begin(r->ctx);
    dl_tensor *value = mark >= 0 ? dl__run_penalty(r, examples) : NULL;
    if (value && dl_grad_tracked(value))
        dl_backward(value);
    dl_scope_end(r->ctx, mark);
    return r->ctx->status;
}

/* The next batch; what it is made of belongs to the open scope. during says which it is. */
static int next(dl__run *r, dl_tensor **field, char during[DURING])
{
    snprintf(during, DURING, "epoch %lld, batch %lld", (long long)dl_loader_epoch(r->loader),
             (long long)dl_loader_position(r->loader));
    dl__span span;
    dl__span_begin(r->ctx, &span);
    const int got = dl__loader_next(r->loader, field, r->fields) == 1;
    dl__span_end(r->ctx, &span, "batch", DL__PHASE_DATA);
    return got;
}

/* The gradients of n batches one after the other, and the update. */
static dl_status descend(dl__run *r, int32_t n, int64_t examples, char during[DURING])
{
    dl_ctx *ctx = r->ctx;
    for (int32_t i = 0; i < n && dl__ok(ctx); i++) {
        dl_tensor *field[DL__FIELDS];
        int32_t mark = dl_scope_begin(ctx);
        if (mark >= 0 && next(r, field, during))
            add_batch(r, field, examples, i == 0);
        dl_scope_end(ctx, mark);
    }
    return dl__ok(ctx) && add_penalty(r, examples) == DL_OK ? dl_optim_step(r->o) : ctx->status;
}

/* The same for an optimizer that wants to see the loss of all of them again and again. */
static dl_status solve(dl__run *r, int32_t n, int64_t examples, char during[DURING])
{
    dl_ctx *ctx = r->ctx;
    dl_tensor *(*field)[DL__FIELDS] = dl__calloc(ctx, (size_t)n * sizeof *field);
    int32_t mark = dl_scope_begin(ctx), got = 0;
    while (dl__ok(ctx) && got < n && next(r, field[got], during))
        got++;
    if (dl__ok(ctx))
        dl__run_solve(r, field, n, examples);
    dl_scope_end(ctx, mark);
    dl__free(field);
    return ctx->status;
}

dl_status dl__run_step(dl__run *r)
{
    dl_ctx *ctx = r->ctx;
    int64_t examples;
    const int32_t n = next_batches(r, &examples);
    const double lr = dl_optim_lr(r->o);
    const char *outer = ctx->during;
    char during[DURING];
    ctx->during = during;
    const dl_status status =
        r->o->solve ? solve(r, n, examples, during) : descend(r, n, examples, during);
    if (status == DL_OK && r->opts->average)
        dl_average_update(r->opts->average);
    ctx->during = outer;
    dl__no_gradients(r->m, r->o);
    if (dl__ok(ctx))
        r->lr = lr;
    return ctx->status;
}
