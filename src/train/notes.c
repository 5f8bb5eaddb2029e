#include "train/notes.h"
#include "autograd/elementwise.h"
#include "train/train.h"

/* A copy of t, in memory laid out alike. */
static dl_tensor *copy_of(dl_ctx *ctx, const dl_tensor *t)
{
    const dl__shape s = dl__dense_like(t);
    dl_tensor *copy = dl__tensor_new(ctx, &s, -1);
    if (copy)
        dl__copy_elements(copy, t);
    return copy;
}

static dl_status add(dl__notes *s, dl_tensor *live)
{
    if (!live)
        return s->ctx->status;
    if (dl__is_meta(live))
        return DL_OK;
    dl_tensor *value = copy_of(s->ctx, live);
    if (value)
        s->note[s->n++] = (dl__note){dl_tensor_keep(live), value};
    return s->ctx->status;
}

static dl_status add_all(dl__notes *s, dl_module *m, int32_t n_param, int32_t n_buffer)
{
    dl_status status = DL_OK;
    for (int32_t i = 0; i < n_param && status == DL_OK; i++)
        status = add(s, dl_module_param(m, i));
    for (int32_t i = 0; i < n_buffer && status == DL_OK; i++)
        status = add(s, dl_module_buffer(m, i));
    for (int32_t i = 0; i < s->o->n && status == DL_OK; i++) {
        status = add(s, s->o->slice[i].param);
        for (int32_t k = 0; k < s->o->slots && status == DL_OK; k++)
            status = add(s, s->o->slice[i].slot[k]);
        s->counts[i] = s->o->slice[i].steps;
    }
    return status;
}

dl_status dl__notes_take(dl__notes *s, dl_module *m, dl_optim *o)
{
    dl_ctx *ctx = o->base.ctx;
    *s = (dl__notes){.ctx = ctx, .o = o, .ticket = ctx->ticket, .fills = ctx->fills};
    s->modes = dl__modes_note(m);
    const int32_t n_param = dl_module_param_count(m), n_buffer = dl_module_buffer_count(m);
    if (!s->modes || !dl__ok(ctx))
        return ctx->status;
    const size_t n = (size_t)n_param + (size_t)n_buffer + (size_t)o->n * (size_t)(o->slots + 1);
    s->note = dl__calloc(ctx, n * sizeof *s->note);
    s->counts = s->note ? dl__alloc(ctx, (size_t)o->n * sizeof *s->counts) : NULL;
    if (!s->counts || add_all(s, m, n_param, n_buffer) != DL_OK)
        return ctx->status;
    s->steps = o->steps;
    s->lr = o->lr;
    s->sched = o->sched;
    o->sched = NULL;
    s->taken = 1;
    return DL_OK;
}

void dl__notes_put_back(dl__notes *s, dl_module *m)
{
    dl_optim *o = s->o;
    for (int64_t i = 0; i < s->n; i++) {
        if (s->taken)
            dl__overwrite(s->note[i].live, s->note[i].value);
        dl_tensor_drop(s->note[i].live);
        dl_tensor_drop(s->note[i].value);
    }
    if (s->taken) {
        for (int32_t i = 0; i < o->n; i++)
            o->slice[i].steps = s->counts[i];
        o->steps = s->steps;
        o->lr = s->lr;
        o->sched = s->sched;
        s->ctx->ticket = s->ticket;
        s->ctx->fills = s->fills;
    }
    dl__modes_put_back(m, s->modes);
    dl__free(s->note);
    dl__free(s->counts);
}
