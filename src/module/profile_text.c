/* A profile as a table. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/text.h"
#include "module/profile.h"
#include "module/sheet.h"

enum { WIDEST = 40, CELL = 48, LINE = 640 };

static const char *const phases[] = {"forward", "backward", "update", "data"};

/* What a row is about: a path, cut at its beginning, or what stands for none. */
static const char *place(const dl_profile_row *r)
{
    if (!r->path)
        return r->operation;
    if (r->depth < 0)
        return "(outside)";
    const size_t n = strlen(r->path);
    const char *end = n > WIDEST ? r->path + (n - WIDEST) : r->path;
    while ((*end & 0xc0) == 0x80) /* not from within a character */
        end++;
    return n ? end : "(net)";
}

/* v with so many digits behind the point, or a dash where there is nothing to say. */
static const char *number(char cell[CELL], double v, int decimals)
{
    char text[DL__NUMBER];
    snprintf(cell, CELL, "%s", v > 0 ? dl__fixed_text(text, v, decimals) : "-");
    return cell;
}

typedef struct widths {
    int place, operation;
} widths;

static void put_line(dl__sheet *s, const widths *w, const char *at, const dl_profile_row *r,
                     double all, int calls)
{
    char line[LINE], ms[CELL], part[CELL], rate[CELL], share[CELL], in[CELL], out[CELL], n[CELL];
    const double seconds = r->seconds;
    snprintf(n, sizeof n, "%lld", (long long)r->calls);
    snprintf(line, sizeof line, "%-*.*s  %-*.*s  %-8s %8s %10s %6s %8s %6s %9s %9s\n", w->place,
             WIDEST, at, w->operation, WIDEST, w->operation ? r->operation : "",
             calls ? phases[r->phase] : "", calls ? n : "", number(ms, seconds * 1e3, 3),
             number(part, all > 0 ? 100 * seconds / all : 0, 1),
             number(rate, seconds > 0 ? r->flops / seconds * 1e-9 : 0, 1),
             number(share, isnan(r->peak_share) ? 0 : 100 * r->peak_share, 1),
             number(in, r->bytes_read * 1e-6, 1), number(out, r->bytes_written * 1e-6, 1));
    dl__sheet_put(s, line);
}

static void put_head(dl__sheet *s, const widths *w, int32_t by)
{
    char line[LINE];
    snprintf(line, sizeof line, "%-*s  %-*s  %-8s %8s %10s %6s %8s %6s %9s %9s\n", w->place,
             by == DL_PROFILE_OPERATIONS ? "operation" : "layer", w->operation,
             w->operation ? "operation" : "", "phase", "calls", "ms", "%", "GFLOP/s", "peak%",
             "MB read", "written");
    dl__sheet_put(s, line);
    dl__sheet_rule(s, (int)strlen(line) - 1);
}

/* Adds r to a sum, whose peak_share becomes the seconds that it would take at the peak. */
static void add(dl_profile_row *sum, const dl_profile_row *r)
{
    sum->calls += r->calls;
    sum->seconds += r->seconds;
    sum->flops += r->flops;
    sum->bytes_read += r->bytes_read;
    sum->bytes_written += r->bytes_written;
    sum->peak_share += isnan(r->peak_share) ? 0 : r->peak_share * r->seconds;
}

static void put_sum(dl__sheet *s, const widths *w, const char *name, dl_profile_row *sum,
                    double all)
{
    sum->operation = "";
    sum->peak_share = sum->seconds > 0 ? sum->peak_share / sum->seconds : 0;
    put_line(s, w, name, sum, all, 0);
}

static void put_foot(dl__sheet *s, dl_ctx *ctx, double all)
{
    const dl__profile *p = ctx->profiled;
    char line[LINE], a[CELL], b[CELL];
    snprintf(line, sizeof line, "%s s in all; peak of %d threads: %s GFLOP/s in f32\n",
             number(a, all, 3), (int)ctx->opts.threads,
             number(b, dl_profile_peak(ctx, DL_F32) * 1e-9, 0));
    dl__sheet_put(s, line);
    if (p->short_of)
        dl__sheet_put(s, "memory was short: the profile is incomplete\n");
}

static widths measure(const dl_profile_row *r, int32_t n, int32_t by)
{
    widths w = {10, by == DL_PROFILE_CALLS ? 9 : 0};
    for (int32_t i = 0; i < n; i++) {
        const int a = (int)strlen(place(&r[i]));
        const int b = by == DL_PROFILE_CALLS ? (int)strlen(r[i].operation) : 0;
        w.place = a > w.place ? a : w.place;
        w.operation = b > w.operation ? b : w.operation;
    }
    w.place = w.place < WIDEST ? w.place : WIDEST;
    w.operation = w.operation < WIDEST ? w.operation : WIDEST;
    return w;
}

int64_t dl_profile_text(dl_ctx *ctx, int32_t by, int32_t rows, char *buf, size_t cap)
{
    dl_profile_row *list, rest = {0}, total = {0};
    int32_t n;
    dl__sheet s = {buf, cap, 0};
    if (buf && cap)
        buf[0] = 0;
    if (dl__ok(ctx) && ((cap && !buf) || rows < 0))
        return dl_fail(ctx, DL_EINVAL, "profile: %s",
                       rows < 0 ? "rows is negative" : "the buffer is NULL");
    const double all = dl_profile_seconds(ctx);
    const dl_status status = dl__profile_list(ctx, by, &list, &n);
    if (status != DL_OK)
        return status;
    const int32_t shown = rows == 0 || rows > n ? n : rows;
    const widths w = measure(list, shown, by);
    put_head(&s, &w, by);
    for (int32_t i = 0; i < n; i++) {
        if (i < shown)
            put_line(&s, &w, place(&list[i]), &list[i], all, 1);
        else
            add(&rest, &list[i]);
        add(&total, &list[i]);
    }
    if (shown < n)
        put_sum(&s, &w, "the rest", &rest, all);
    put_sum(&s, &w, "together", &total, all);
    put_foot(&s, ctx, all);
    dl__free(list);
    return (int64_t)s.n;
}
