/* Saving the net after epochs. */
#include <stdio.h>
#include <string.h>
#include "core/file.h"
#include "train/callback.h"

static const char mark[] = "{epoch}";

typedef struct saver {
    dl_callback base;
    char *pattern;
    int64_t every, keep, oldest; /* oldest: no file of an epoch before it is there */
    int32_t best;
} saver;

/* The path of an epoch, to be freed. */
static char *path_of(const saver *c, int64_t epoch)
{
    char number[32];
    const int digits = snprintf(number, sizeof number, "%04lld", (long long)epoch);
    const size_t n = strlen(mark);
    size_t marks = 0, at = 0;
    for (const char *p = c->pattern; (p = strstr(p, mark)); p += n)
        marks++;
    char *path = dl__alloc(c->base.base.ctx, strlen(c->pattern) + marks * (size_t)digits + 1);
    for (const char *p = c->pattern; path && *p;) {
        if (strncmp(p, mark, n) != 0) {
            path[at++] = *p++;
            continue;
        }
        memcpy(path + at, number, (size_t)digits);
        at += (size_t)digits;
        p += n;
    }
    if (path)
        path[at] = 0;
    return path;
}

/* Removes the files of the epochs before the last keep, that of epoch being one of those. */
static dl_status prune(saver *c, int64_t epoch)
{
    const dl__io *io = dl__io_now();
    int64_t found = 1, oldest = epoch;
    for (int64_t i = epoch - 1; i >= c->oldest; i--) {
        char *path = path_of(c, i);
        if (!path)
            return c->base.base.ctx->status;
        if (dl__file_exists(path)) {
            if (found < c->keep) {
                found++;
                oldest = i;
            } else {
                io->unlink(io->user, path);
            }
        }
        dl__free(path);
    }
    c->oldest = oldest;
    return DL_OK;
}

static int32_t begin(dl_callback *base, const dl_event *e)
{
    (void)e;
    ((saver *)(void *)base)->oldest = 0;
    return 0;
}

static int32_t epoch(dl_callback *base, const dl_event *e)
{
    saver *c = (saver *)(void *)base;
    dl_ctx *ctx = base->base.ctx;
    if (c->best && !e->validated) {
        dl_fail(ctx, DL_EINVAL, "callback_checkpoint: best wants a validation set");
        return 1;
    }
    if (c->best ? !e->best : (e->epoch + 1) % c->every != 0)
        return 0;
    char *path = path_of(c, e->epoch);
    if (path)
        dl_module_save(e->averaged ? e->averaged : e->model, path);
    dl__free(path);
    if (dl__ok(ctx) && c->keep > 0)
        prune(c, e->epoch);
    return !dl__ok(ctx);
}

static void end(dl_callback *base)
{
    dl__free(((saver *)(void *)base)->pattern);
}

static dl_status check(dl_ctx *ctx, const char *who, const char *pattern,
                       const dl_callback_checkpoint_opts *o)
{
    if (!pattern || !*pattern)
        return dl_fail(ctx, DL_EINVAL, "%s: the pattern is %s", who, pattern ? "empty" : "NULL");
    if (o->every < 0 || o->keep < 0 || o->best < 0 || o->best > 1)
        return dl_fail(ctx, DL_EINVAL,
                       "%s: every is %d, keep %d, best %d; wanted at least 0, and 0 or 1 for best",
                       who, (int)o->every, (int)o->keep, (int)o->best);
    if (o->keep > 0 && !strstr(pattern, mark))
        return dl_fail(ctx, DL_EINVAL, "%s: keep is %d, but there is no \"%s\" in the pattern", who,
                       (int)o->keep, mark);
    return DL__RESERVED(ctx, who, o);
}

dl_callback *dl_callback_checkpoint(dl_ctx *ctx, const char *pattern,
                                    const dl_callback_checkpoint_opts *opts)
{
    static const dl__callback_class cls = {
        .told = {[DL__TOLD_BEGIN] = begin, [DL__TOLD_EPOCH] = epoch}, .end = end};
    static const dl_callback_checkpoint_opts defaults;
    const dl_callback_checkpoint_opts *o = opts ? opts : &defaults;
    if (!dl__ok(ctx) || check(ctx, "callback_checkpoint", pattern, o) != DL_OK)
        return NULL;
    saver *c = dl__callback_new(ctx, &cls, sizeof *c);
    if (c && !(c->pattern = dl__strdup(ctx, pattern))) {
        dl_callback_drop(&c->base);
        return NULL;
    }
    if (!c)
        return NULL;
    c->every = o->every > 0 ? o->every : 1;
    c->keep = o->keep;
    c->best = o->best;
    return &c->base;
}
