/* A line that shows how far an epoch is, on stderr. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "progress.h"

enum { LINE = 256, BAR = 20 };

void progress_begin(progress *p, int64_t epochs)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    *p = (progress){.epochs = epochs, .epoch = -1};
    p->terminal = isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
    p->color = p->terminal && !(no_color && *no_color);
}

/* Columns of the terminal; a line that is longer would not be redrawn in place. */
static int columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col < LINE ? size.ws_col : LINE - 1;
    return 80;
}

/* "0:21", "1:02:03" */
static void clock_text(char *buf, size_t cap, double seconds)
{
    long s = seconds > 0 && seconds < 1e8 ? (long)(seconds + 0.5) : 0;
    if (s >= 3600)
        snprintf(buf, cap, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(buf, cap, "%ld:%02ld", s / 60, s % 60);
}

static void rate_text(char *buf, size_t cap, double per_second)
{
    if (!(per_second > 0))
        buf[0] = 0;
    else if (per_second >= 1e4)
        snprintf(buf, cap, "%.1fk img/s", per_second / 1e3);
    else
        snprintf(buf, cap, "%.0f img/s", per_second);
}

static void numbers(char *buf, size_t cap, const dl_event *e, int decimals)
{
    int n = snprintf(buf, cap, "loss %.4f", e->loss);
    if (!isnan(e->metric) && n > 0)
        snprintf(buf + n, cap - (size_t)n, "  acc %.*f%%", decimals, 100 * e->metric);
}

/* The pace of training alone, without what is done between epochs: from the first batch on. */
static void note(progress *p, const dl_event *e)
{
    if (p->epoch != e->epoch) {
        p->epoch = e->epoch;
        p->counted_from = e->seconds;
        p->done_before = e->examples;
        p->drawn = -1;
    }
    double seconds = e->seconds - p->counted_from;
    if (seconds > 0)
        p->rate = (double)(e->examples - p->done_before) / seconds;
}

/* What is left of all epochs, at the pace of this one. */
static double seconds_left(const progress *p, const dl_event *e)
{
    double per_step = (double)e->examples / (double)e->step;
    double steps = (double)(p->epochs - e->epoch) * (double)e->steps - (double)e->step;
    return p->rate > 0 ? steps * per_step / p->rate : 0;
}

void progress_step(progress *p, const dl_event *e)
{
    note(p, e);
    if (!p->terminal || (e->seconds - p->drawn < 0.1 && e->step < e->steps))
        return;
    p->drawn = e->seconds;
    char title[64], bar[BAR + 4] = "", stats[64], rate[32], left[32], rest[LINE];
    numbers(stats, sizeof stats, e, 1);
    rate_text(rate, sizeof rate, p->rate);
    clock_text(left, sizeof left, seconds_left(p, e));
    snprintf(title, sizeof title, "epoch %lld/%lld", (long long)e->epoch + 1, (long long)p->epochs);
    snprintf(rest, sizeof rest, " %lld/%lld  %s  %s  ETA %s", (long long)e->step,
             (long long)e->steps, stats, rate, left);
    int room = columns() - 1 - (int)strlen(title), width = room - (int)strlen(rest) - 3;
    if (width >= 4) {
        width = width < BAR ? width : BAR;
        int full = (int)(width * e->step / e->steps);
        bar[0] = ' ';
        bar[1] = '[';
        for (int i = 0; i < width; i++)
            bar[2 + i] = i < full ? '=' : i == full ? '>' : ' ';
        bar[2 + width] = ']';
        bar[3 + width] = 0;
    }
    room -= (int)strlen(bar);
    fprintf(stderr, "\r%s%s%s%s%.*s\033[K", p->color ? "\033[1m" : "", title,
            p->color ? "\033[0m" : "", bar, room > 0 ? room : 0, rest);
    fflush(stderr);
}

void progress_epoch(const progress *p, const dl_event *e)
{
    char stats[64], rate[32], valid[64] = "";
    numbers(stats, sizeof stats, e, 2);
    rate_text(rate, sizeof rate, p->rate);
    if (!isnan(e->valid_loss))
        snprintf(valid, sizeof valid, "  valid loss %.4f acc %.2f%%%s", e->valid_loss,
                 100 * e->valid_metric, e->best ? " (best)" : "");
    fprintf(stderr, "%sepoch %lld/%lld  %s%s  %s%s\n", p->terminal ? "\r" : "",
            (long long)e->epoch + 1, (long long)p->epochs, stats, valid, rate,
            p->terminal ? "\033[K" : "");
}

void progress_end(const progress *p)
{
    if (p->terminal && p->epoch >= 0)
        fprintf(stderr, "\r\033[K");
}
