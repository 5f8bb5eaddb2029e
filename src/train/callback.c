/* Callbacks: making and ending them; those of the caller's own functions. */
#include "train/callback.h"
#include "core/check.h"

static void callback_destroy(dl__object *base, dl__dead *dead)
{
    dl_callback *c = (dl_callback *)(void *)base;
    (void)dead;
    if (c->cls && c->cls->end)
        c->cls->end(c);
}

void *dl__callback_new(dl_ctx *ctx, const dl__callback_class *cls, size_t size)
{
    dl_callback *c = dl__ok(ctx) ? dl__object_new(ctx, size, callback_destroy) : NULL;
    if (c)
        c->cls = cls;
    return c;
}

dl_callback *dl_callback_keep(dl_callback *c)
{
    return dl__object_keep(c);
}

void dl_callback_drop(dl_callback *c)
{
    dl__object_drop(c);
}

int64_t dl__event_step(const dl_event *e)
{
    int64_t before, all;
    if (!dl__mul_i64(e->epoch, e->steps, &before) || !dl__add_i64(before, e->step, &all))
        return INT64_MAX;
    return all;
}

typedef struct function {
    dl_callback base;
    dl_event_fn fn[DL__TOLD];
    void *user;
    void (*release)(void *user);
} function;

static int32_t call(dl_callback *c, int what, const dl_event *e)
{
    const function *f = (const function *)(const void *)c;
    return f->fn[what] ? f->fn[what](e, f->user) : 0;
}

static int32_t begin(dl_callback *c, const dl_event *e)
{
    return call(c, DL__TOLD_BEGIN, e);
}

static int32_t step(dl_callback *c, const dl_event *e)
{
    return call(c, DL__TOLD_STEP, e);
}

static int32_t epoch(dl_callback *c, const dl_event *e)
{
    return call(c, DL__TOLD_EPOCH, e);
}

static int32_t finish(dl_callback *c, const dl_event *e)
{
    return call(c, DL__TOLD_END, e);
}

static void end(dl_callback *c)
{
    const function *f = (const function *)(const void *)c;
    if (f->release)
        f->release(f->user);
}

dl_callback *dl_callback_function(dl_ctx *ctx, const dl_callback_opts *o, void *user,
                                  void (*release)(void *user))
{
    static const dl__callback_class cls = {.told = {begin, step, epoch, finish}, .end = end};
    static const char who[] = "callback_function";
    function *f = NULL;
    if (dl__ok(ctx) && !o)
        dl_fail(ctx, DL_EINVAL, "%s: the functions are NULL", who);
    if (dl__ok(ctx) && DL__RESERVED(ctx, who, o) == DL_OK)
        f = dl__callback_new(ctx, &cls, sizeof *f);
    if (!f) {
        if (release)
            release(user);
        return NULL;
    }
    f->fn[DL__TOLD_BEGIN] = o->on_begin;
    f->fn[DL__TOLD_STEP] = o->on_step;
    f->fn[DL__TOLD_EPOCH] = o->on_epoch;
    f->fn[DL__TOLD_END] = o->on_end;
    f->user = user;
    f->release = release;
    return &f->base;
}
