/* A line that shows how far an epoch is, on stderr. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "progress.h"

void progress_begin(progress *p, int64_t epochs)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    *p = (progress){.epochs = epochs, .epoch = -1};
    p->terminal = isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
    p->color = p->terminal && !(no_color && *no_color);
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

/* The numbers that both kinds of line show. */
static void numbers(char *buf, size_t cap, const dl_event *e)
{
    int n = snprintf(buf, cap, "loss %.4f", e->loss);
    if (!isnan(e->metric) && n > 0)
        snprintf(buf + n, cap - (size_t)n, "  acc %.2f%%", 100 * e->metric);
}

static double rate_of(const progress *p, const dl_event *e)
{
    double seconds = e->seconds - p->epoch_began;
    return seconds > 0 ? (double)(e->examples - p->done_before) / seconds : 0;
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

void progress_step(progress *p, const dl_event *e)
{
    note_epoch(p, e);
    if (!p->terminal || (e->seconds - p->drawn < 0.1 && e->step < e->steps))
        return;
    p->drawn = e->seconds;
    enum { WIDTH = 20 };
    char bar[WIDTH + 1], stats[64], rate[32], left[32];
    int full = (int)(WIDTH * e->step / e->steps);
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < full ? '=' : i == full ? '>' : ' ';
    bar[WIDTH] = 0;
    numbers(stats, sizeof stats, e);
    rate_text(rate, sizeof rate, rate_of(p, e));
    double steps_left = (double)((p->epochs - e->epoch) * e->steps - e->step);
    double per_step =
        (e->seconds - p->epoch_began) / fmax(1, (double)(e->examples - p->done_before) /
                                                    fmax(1, (double)e->examples) * (double)e->step);
    clock_text(left, sizeof left, steps_left * per_step);
    fprintf(stderr, "\r%sepoch %lld/%lld%s [%s] %lld/%lld  %s  %s  ETA %s \033[K",
            p->color ? "\033[1m" : "", (long long)e->epoch + 1, (long long)p->epochs,
            p->color ? "\033[0m" : "", bar, (long long)e->step, (long long)e->steps, stats, rate,
            left);
    fflush(stderr);
}

void progress_epoch(progress *p, const dl_event *e)
{
    char stats[64], rate[32], valid[64] = "";
    note_epoch(p, e);
    numbers(stats, sizeof stats, e);
    rate_text(rate, sizeof rate, rate_of(p, e));
    if (!isnan(e->valid_loss))
        snprintf(valid, sizeof valid, "  valid loss %.4f acc %.2f%%", e->valid_loss,
                 100 * e->valid_metric);
    fprintf(stderr, "%sepoch %lld/%lld  %s%s  %s%s%s\n", p->terminal ? "\r" : "",
            (long long)e->epoch + 1, (long long)p->epochs, stats, valid, rate, e->best ? "  *" : "",
            p->terminal ? "\033[K" : "");
    p->epoch_began = e->seconds;
}

void progress_end(progress *p)
{
    if (p->terminal && p->epoch >= 0)
        fprintf(stderr, "\r\033[K");
}
