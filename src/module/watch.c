/* A call that tells about each module in it. */
#include <stdio.h>
#include <string.h>
#include "module/module.h"

enum { PATH = 4096, OPEN = 2 * DL__NESTING + 1 };

typedef struct watcher {
    dl__trace base;
    dl_ctx *ctx;
    dl_watch_fn fn;
    void *user;
    int32_t busy; /* fn runs: what it calls is its own */
    dl_module *open[OPEN];
    char path[PATH];
} watcher;

static int32_t enter(dl__trace *trace, const dl__frame *frame)
{
    watcher *w = (watcher *)(void *)trace;
    int32_t depth = 0;
    for (const dl__frame *f = frame->up; f; f = f->up)
        depth++;
    if (!w->busy && depth < OPEN)
        w->open[depth] = frame->module;
    return w->busy || depth >= OPEN ? -1 : depth;
}

/* "2.conv1": the names below the root. */
static void put_path(watcher *w, int32_t depth)
{
    size_t at = 0;
    w->path[0] = 0;
    for (int32_t i = 1; i <= depth && at < PATH; i++) {
        const dl_module *m = w->open[i];
        const char *name = m->name ? m->name : m->cls->name; /* "": it is wrapped */
        int n = snprintf(w->path + at, PATH - at, "%s%s", at && name[0] ? "." : "", name);
        at += n > 0 ? (size_t)n : 0;
    }
}

static void leave(dl__trace *trace, int32_t number, dl_tensor *const *in, int32_t n_in,
                  dl_tensor *const *out, int32_t n_out)
{
    watcher *w = (watcher *)(void *)trace;
    if (number < 0)
        return;
    put_path(w, number);
    const dl_watch seen = {.path = w->path,
                           .module = w->open[number],
                           .in = in,
                           .out = out,
                           .n_in = n_in,
                           .n_out = n_out,
                           .depth = number};
    w->busy = 1;
    int32_t stop = w->fn(&seen, w->user);
    w->busy = 0;
    if (stop && dl__ok(w->ctx))
        dl_fail(w->ctx, DL_EUSER, "watch: stopped after \"%.200s\" (%.64s)", w->path,
                seen.module->cls->name);
}

dl_status dl_module_watch(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                          int32_t n_out, dl_watch_fn fn, void *user)
{
    for (int32_t i = 0; out && i < n_out; i++)
        out[i] = NULL;
    if (!m)
        return DL_EINVAL;
    dl_ctx *ctx = m->base.ctx;
    if (!dl__ok(ctx))
        return ctx->status;
    if (!out || !fn)
        return dl_fail(ctx, DL_EINVAL, "watch: %s",
                       out ? "there is no function to call" : "no place for outputs");
    if (ctx->pending)
        return dl_fail(ctx, DL_ESTATE, "watch: a module is running");
    watcher *w = dl__alloc(ctx, sizeof *w);
    if (!w)
        return ctx->status;
    w->base = (dl__trace){enter, leave};
    w->ctx = ctx;
    w->fn = fn;
    w->user = user;
    w->busy = 0;
    dl_status s = dl__module_run(m, in, n_in, out, n_out, &w->base);
    dl__free(w);
    return s;
}
