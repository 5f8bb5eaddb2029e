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
    if (per_second >= 1e4)
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

/* Examples of this epoch that this process has done, and the seconds they took. */
static int64_t done_here(const progress *p, const dl_event *e)
{
    return e->examples - p->done_before;
}

static double rate_of(const progress *p, const dl_event *e)
{
    double seconds = e->seconds - p->epoch_began;
    return seconds > 0 ? (double)done_here(p, e) / seconds : 0;
}

static void note_epoch(progress *p, const dl_event *e)
{
    if (p->epoch == e->epoch)
        return;
    int64_t per_step = e->step > 0 ? e->examples / e->step : 0;
    p->done_before = p->epoch < 0 ? e->examples - per_step : 0; /* a resumed epoch */
    p->epoch = e->epoch;
    p->drawn = -1;
}

/* What is left of all epochs, at the pace of this one. */
static double seconds_left(const progress *p, const dl_event *e)
{
    double rate = rate_of(p, e), per_step = (double)e->examples / (double)e->step;
    double steps = (double)(p->epochs - e->epoch) * (double)e->steps - (double)e->step;
    return rate > 0 ? steps * per_step / rate : 0;
}

void progress_step(progress *p, const dl_event *e)
{
    note_epoch(p, e);
    if (!p->terminal || (e->seconds - p->drawn < 0.1 && e->step < e->steps))
        return;
    p->drawn = e->seconds;
    char title[64], bar[BAR + 4] = "", stats[64], rate[32], left[32], rest[LINE];
    numbers(stats, sizeof stats, e, 1);
    rate_text(rate, sizeof rate, rate_of(p, e));
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

void progress_epoch(progress *p, const dl_event *e)
{
    char stats[64], rate[32], valid[64] = "";
    note_epoch(p, e);
    numbers(stats, sizeof stats, e, 2);
    rate_text(rate, sizeof rate, rate_of(p, e));
    if (!isnan(e->valid_loss))
        snprintf(valid, sizeof valid, "  valid loss %.4f acc %.2f%%%s", e->valid_loss,
                 100 * e->valid_metric, e->best ? " (best)" : "");
    fprintf(stderr, "%sepoch %lld/%lld  %s%s  %s%s\n", p->terminal ? "\r" : "",
            (long long)e->epoch + 1, (long long)p->epochs, stats, valid, rate,
            p->terminal ? "\033[K" : "");
    p->epoch_began = e->seconds;
}

void progress_end(progress *p)
{
    if (p->terminal && p->epoch >= 0)
        fprintf(stderr, "\r\033[K");
}
