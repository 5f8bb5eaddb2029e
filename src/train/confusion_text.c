/* The report of a confusion matrix. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/text.h"
#include "core/utf8.h"
#include "train/confusion.h"

enum { MATRIX = 32, WIDTH = 20, LABEL = 64 };

/* A text that is cut to cap bytes, and its length without the cut. */
typedef struct page {
    char *buf;
    size_t cap;
    int64_t length;
} page;

static void put(page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(page *p, const char *fmt, ...)
{
    char line[DL__SHOWN + 64];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    size_t at = (size_t)p->length, room = at < p->cap ? p->cap - at : 0;
    if (room > 0) {
        size_t take = (size_t)n < room ? (size_t)n : room - 1;
        memcpy(p->buf + at, line, take);
        p->buf[at + take] = 0;
    }
    p->length += n;
}

/* The name of class k: printable, no longer than a column; characters stay whole. */
static const char *label_of(char buf[LABEL], const char *const *names, int64_t k)
{
    if (names && names[k])
        dl__printable(buf, WIDTH + 1, names[k]);
    else
        snprintf(buf, LABEL, "%lld", (long long)k);
    return buf;
}

static void put_row(page *p, const char *label, const double v[3], int64_t support)
{
    char text[3][DL__NUMBER];
    for (int i = 0; i < 3; i++) {
        if (isnan(v[i]))
            snprintf(text[i], sizeof text[i], "-");
        else
            dl__fixed_text(text[i], v[i], 4);
    }
    put(p, "%-*s %9s %9s %9s %9lld\n", WIDTH, label, text[0], text[1], text[2], (long long)support);
}

static void put_averages(page *p, dl_metric *m)
{
    static const char *const name[][3] = {{"precision", "recall", "f1"},
                                          {"precision.weighted", "recall.weighted", "f1.weighted"},
                                          {"precision.micro", "recall.micro", "f1.micro"}};
    static const char *const label[] = {"mean of classes", "weighted mean", "all together"};
    for (int i = 0; i < 3; i++) {
        double v[3];
        for (int k = 0; k < 3; k++)
            v[k] = dl_metric_value(m, name[i][k]);
        put_row(p, label[i], v, m->n);
    }
}

static void put_matrix(page *p, const dl__confusion *c, const char *const *names)
{
    char label[LABEL];
    int64_t n = c->base.classes;
    put(p, "\n%-*s", WIDTH, "true \\ predicted");
    for (int64_t k = 0; k < n; k++)
        put(p, " %7lld", (long long)k);
    put(p, "\n");
    for (int64_t k = 0; k < n; k++) {
        put(p, "%2lld %-*s", (long long)k, WIDTH - 3, names ? label_of(label, names, k) : "");
        for (int64_t j = 0; j < n; j++)
            put(p, " %7lld", (long long)c->count[k * n + j]);
        put(p, "\n");
    }
}

int64_t dl_confusion_text(dl_metric *m, const char *const *names, char *buf, size_t cap)
{
    dl_ctx *ctx = m ? m->base.ctx : NULL;
    const dl__confusion *c = dl__confusion_of(m);
    page p = {.buf = buf, .cap = cap};
    char label[LABEL];
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!c || (!buf && cap > 0))
        return dl_fail(ctx, DL_EINVAL, "confusion_text: %s",
                       c ? "buf is NULL" : "the metric is of another kind");
    put(&p, "%-*s %9s %9s %9s %9s\n", WIDTH, "class", "precision", "recall", "f1", "support");
    for (int64_t k = 0; k < m->classes; k++) {
        double v[3] = {dl_metric_value_at(m, "precision", k), dl_metric_value_at(m, "recall", k),
                       dl_metric_value_at(m, "f1", k)};
        put_row(&p, label_of(label, names, k), v, c->actual[k]);
    }
    put_averages(&p, m);
    if (m->classes <= MATRIX)
        put_matrix(&p, c, names);
    return p.length;
}
