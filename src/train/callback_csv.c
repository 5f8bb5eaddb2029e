/* One line per epoch in a text file. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/file.h"
#include "core/text.h"
#include "core/utf8.h"
#include "io/json.h"
#include "train/callback.h"

enum { LINE = 320, MOST = 1 << 28 }; /* bytes of a line, and of a file that is gone on with */

static const char head[] =
    "epoch,step,examples,loss,metric,penalty,valid_loss,valid_metric,lr,seconds,best\n";

typedef struct csv {
    dl_callback base;
    char *path;
    dl__text text; /* all of the file */
} csv;

static dl_status save(const csv *c)
{
    dl_ctx *ctx = c->base.base.ctx;
    return dl__ok(ctx) ? dl__file_save(ctx, c->path, c->text.p, c->text.n, 0) : ctx->status;
}

/* The end of the lines in text[0..n) whose epochs come before epoch. */
static size_t lines_before(const char *text, size_t n, int64_t epoch)
{
    size_t at = strlen(head);
    for (;;) {
        const char *end = memchr(text + at, '\n', n - at), *comma = memchr(text + at, ',', n - at);
        char number[DL__NUMBER];
        int64_t of;
        const size_t length = comma ? (size_t)(comma - (text + at)) : sizeof number;
        if (!end || length >= sizeof number)
            return at;
        memcpy(number, text + at, length);
        number[length] = 0;
        if (!dl__parse_i64(number, &of) || of >= epoch)
            return at;
        at = (size_t)(end - text) + 1;
    }
}

/* What the file holds already of the epochs before the run's. */
static void go_on(csv *c, int64_t epoch)
{
    dl_ctx *ctx = c->base.base.ctx;
    char shown[DL__SHOWN];
    void *old;
    size_t n;
    if (!dl__file_exists(c->path)) {
        dl__text_add(&c->text, head);
        return;
    }
    if (dl__file_read_all(ctx, c->path, MOST, &old, &n) != DL_OK)
        return;
    if (n < strlen(head) || memcmp(old, head, strlen(head)) != 0)
        dl_fail(ctx, DL_EFORMAT,
                "%s: it does not begin as a file of dl_callback_csv does; remove it, or choose "
                "another path",
                dl__printable(shown, sizeof shown, c->path));
    else
        dl__text_bytes(&c->text, old, lines_before(old, n, epoch));
    dl__free(old);
}

static int32_t begin(dl_callback *base, const dl_event *e)
{
    csv *c = (csv *)(void *)base;
    c->text.n = 0;
    go_on(c, e->epoch);
    return save(c) != DL_OK;
}

static int32_t epoch(dl_callback *base, const dl_event *e)
{
    csv *c = (csv *)(void *)base;
    const double v[] = {e->loss,         e->metric, e->penalty, e->valid_loss,
                        e->valid_metric, e->lr,     e->seconds};
    char line[LINE];
    const size_t before = c->text.n;
    int n = snprintf(line, sizeof line, "%lld,%lld,%lld", (long long)e->epoch,
                     (long long)dl__event_step(e), (long long)e->examples);
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        char text[DL__NUMBER];
        n += snprintf(line + n, sizeof line - (size_t)n, ",%s",
                      isnan(v[i]) ? "" : dl__double_text(text, v[i]));
    }
    n += snprintf(line + n, sizeof line - (size_t)n, ",%d\n", (int)e->best);
    dl__text_bytes(&c->text, line, (size_t)n);
    if (save(c) == DL_OK)
        return 0;
    c->text.n = before;
    return 1;
}

static void end(dl_callback *base)
{
    csv *c = (csv *)(void *)base;
    dl__free(c->path);
    dl__free(c->text.p);
}

dl_callback *dl_callback_csv(dl_ctx *ctx, const char *path)
{
    static const dl__callback_class cls = {
        .told = {[DL__TOLD_BEGIN] = begin, [DL__TOLD_EPOCH] = epoch}, .end = end};
    if (dl__ok(ctx) && (!path || !*path))
        dl_fail(ctx, DL_EINVAL, "callback_csv: the path is %s", path ? "empty" : "NULL");
    csv *c = dl__callback_new(ctx, &cls, sizeof *c);
    if (!c)
        return NULL;
    c->text.ctx = ctx;
    if (!(c->path = dl__strdup(ctx, path))) {
        dl_callback_drop(&c->base);
        return NULL;
    }
    return &c->base;
}
