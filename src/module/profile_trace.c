/* A profile in the Trace Event Format, which chrome://tracing and Perfetto read:
 * docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
#include <stdio.h>
#include <string.h>
#include "core/file.h"
#include "core/text.h"
#include "core/utf8.h"
#include "io/json.h"
#include "module/profile.h"

enum { PIECE = 1 << 16, LINE = 256 };

static const char *const categories[] = {"forward", "backward", "update", "data", "module"};

/* Microseconds, to the nanosecond. */
static void put_time(dl__text *t, const char *key, int64_t ns)
{
    char line[LINE];
    snprintf(line, sizeof line, ",\"%s\":%lld.%03d", key, (long long)(ns / 1000), (int)(ns % 1000));
    dl__text_add(t, line);
}

/* Names are bytes; JSON is UTF-8. */
static void put_name(dl__text *t, const char *name)
{
    char shown[DL__SHOWN];
    dl__text_json(t, dl__utf8_valid(name, strlen(name)) ? name
                                                        : dl__printable(shown, sizeof shown, name));
}

static void put_event(dl__text *t, const dl__profile *p, const dl__moment *m)
{
    char number[DL__NUMBER];
    const dl__site *site = &p->sites[m->site];
    const int module = m->phase == DL__PHASE_MODULE;
    dl__text_add(t, "{\"name\":");
    if (module && m->name) { /* the visit of a node */
        char line[LINE];
        snprintf(line, sizeof line, "backward of %.128s", m->name);
        put_name(t, line);
    } else {
        put_name(t, !module ? m->name : site->path[0] ? site->path : "(net)");
    }
    dl__text_add(t, ",\"cat\":\"");
    dl__text_add(t, categories[m->phase]);
    dl__text_add(t, "\",\"ph\":\"X\",\"pid\":1,\"tid\":1");
    put_time(t, "ts", m->began);
    put_time(t, "dur", m->ns);
    dl__text_add(t, ",\"args\":{\"path\":");
    put_name(t, site->path);
    if (!module) {
        dl__text_add(t, ",\"flops\":");
        dl__text_add(t, dl__double_text(number, m->flops));
    }
    dl__text_add(t, "}}");
    if (module)
        return;
    dl__text_add(t, ",\n{\"name\":\"bytes in use\",\"ph\":\"C\",\"pid\":1");
    put_time(t, "ts", m->began + m->ns);
    dl__text_add(t, ",\"args\":{\"bytes\":");
    dl__text_i64(t, m->live);
    dl__text_add(t, "}}");
}

static void put_head(dl__text *t, const dl__profile *p)
{
    dl__text_add(t, "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"library\":\"libdl ");
    dl__text_add(t, dl_version());
    dl__text_add(t, "\",\"events left out\":");
    dl__text_i64(t, p->left_out);
    dl__text_add(t, "},\n\"traceEvents\":[\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,"
                    "\"args\":{\"name\":\"libdl\"}}");
}

dl_status dl_profile_trace(dl_ctx *ctx, const char *path)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    const dl__profile *p = ctx->profiled;
    if (!path || !p)
        return dl_fail(ctx, path ? DL_ESTATE : DL_EINVAL, "profile: %s",
                       path ? "there was none" : "the path is NULL");
    dl__text t = {.ctx = ctx};
    dl__save save;
    if (dl__save_begin(&save, ctx, path, -1, 0) != DL_OK)
        return ctx->status;
    put_head(&t, p);
    for (int64_t i = 0; i < p->n_moments && dl__ok(ctx); i++) {
        dl__text_add(&t, ",\n");
        put_event(&t, p, &p->moment[i]);
        if (t.n >= PIECE && dl__ok(ctx)) {
            dl__save_write(&save, t.p, t.n);
            t.n = 0;
        }
    }
    dl__text_add(&t, "\n]}\n");
    if (dl__ok(ctx))
        dl__save_write(&save, t.p, t.n);
    if (dl__ok(ctx))
        dl__save_commit(&save);
    else
        dl__save_abort(&save);
    dl__free(t.p);
    return ctx->status;
}
