/* Axes of pictures. */
#include "report/axes.h"
#include <math.h>
#include <stdio.h>
#include "core/math.h"
#include "core/text.h"

enum { SWATCH = 18 /* the colour before a name, and its distance */ };
static const double LARGEST = 1e300, LN10 = 2.302585092994045684;

int dl__axis_takes(const dl__axis *a, double v)
{
    return fabs(v) <= LARGEST && (!a->logarithmic || v > 0);
}

static double along(const dl__axis *a, double v)
{
    return a->logarithmic ? dl__ln(v) / LN10 : v;
}

void dl__axis_widen(dl__axis *a, double v)
{
    v = along(a, v);
    if (!(v >= a->low))
        a->low = v;
    if (!(v <= a->high))
        a->high = v;
}

void dl__axis_settle(dl__axis *a, double margin)
{
    if (isnan(a->low))
        a->low = 0, a->high = 1;
    double size = fmax(fabs(a->low), fabs(a->high)), span = a->high - a->low;
    if (!(span > 1e-9 * size) || span < 1e-290) {
        margin = 0.5;
        span = size > 1e-290 && !a->logarithmic ? size : 1;
    }
    a->low -= margin * span;
    a->high += margin * span;
}

static double place(const dl__axis *a, double v)
{
    return a->from + (v - a->low) / (a->high - a->low) * (a->to - a->from);
}

double dl__axis_place(const dl__axis *a, double v)
{
    return place(a, along(a, v));
}

/* The distance of ticks: digit * 10^exponent with a digit of 1, 2 or 5. */
typedef struct steps {
    int digit, exponent;
    double step;
    int64_t first, last; /* multiples of step */
} steps;

/* 10^e, good to a few roundings. */
static double power_of_ten(int e)
{
    double p = 1;
    for (int i = 0; i < (e < 0 ? -e : e); i++)
        p *= 10;
    return e < 0 ? 1 / p : p;
}

/* About so many steps; of at least 1 between whole numbers. */
static steps steps_of(double low, double high, int32_t wanted, int32_t whole)
{
    steps t = {.digit = 1};
    double unit = (high - low) / wanted;
    if (whole && unit < 1)
        unit = 1;
    while (t.exponent < 300 && power_of_ten(t.exponent + 1) <= unit)
        t.exponent++;
    while (t.exponent > -300 && power_of_ten(t.exponent) > unit)
        t.exponent--;
    double base = power_of_ten(t.exponent);
    t.digit = 5 * base <= unit ? 5 : 2 * base <= unit ? 2 : 1;
    t.step = t.digit * base;
    t.first = (int64_t)ceil(low / t.step - 1e-9);
    t.last = (int64_t)floor(high / t.step + 1e-9);
    return t;
}

/* whole * 10^exponent as a number: 1500, 2e-07. */
static void whole_text(char *buf, int64_t whole, int exponent)
{
    for (; whole % 10 == 0; exponent++)
        whole /= 10;
    double size = fabs((double)whole) * power_of_ten(exponent);
    if (exponent >= 0 && size < 1e6) {
        dl__fixed_text(buf, (double)whole * power_of_ten(exponent), 0);
        return;
    }
    int digits = 0; /* behind the point of the mantissa */
    double mantissa = (double)whole;
    for (; fabs(mantissa) >= 10; digits++)
        mantissa /= 10;
    char number[DL__NUMBER];
    snprintf(buf, DL__NUMBER, "%.18se%d", dl__fixed_text(number, mantissa, digits),
             exponent + digits);
}

/* k steps as a number: 0.25, 1500, 2e-07. */
static void tick_text(char *buf, const steps *t, int64_t k)
{
    int64_t whole = k * t->digit;
    if (whole == 0)
        snprintf(buf, DL__NUMBER, "0");
    else if (t->exponent < 0 && t->exponent >= -4)
        dl__fixed_text(buf, (double)whole * t->step / t->digit, -t->exponent);
    else
        whole_text(buf, whole, t->exponent);
}

/* digit * 10^exponent on a logarithmic axis: 0.01, 200, 5e-05. */
static int32_t add_decade(const dl__axis *a, dl__tick *tick, int32_t n, int digit, int exponent)
{
    double at = exponent + (digit == 1 ? 0 : dl__ln(digit) / LN10);
    if (n == DL__TICKS || at < a->low - 1e-9 || at > a->high + 1e-9)
        return n;
    tick[n].at = place(a, at);
    if (exponent < 0 && exponent >= -4)
        dl__fixed_text(tick[n].text, digit * power_of_ten(exponent), -exponent);
    else
        whole_text(tick[n].text, digit, exponent);
    return n + 1;
}

/* Powers of ten, some of them when they are many; 1, 2 and 5 times those when they are few. */
static int32_t decades(const dl__axis *a, dl__tick *tick)
{
    int32_t n = 0;
    int first = (int)floor(a->low - 1e-9), last = (int)ceil(a->high + 1e-9);
    int few = a->high - a->low <= 0.5 * a->ticks;
    double step = steps_of(a->low, a->high, 2 * a->ticks, 0).step;
    int by = step < 1 ? 1 : (int)step;
    for (int e = first; e <= last; e++) {
        if (!few && e % by != 0)
            continue;
        n = add_decade(a, tick, n, 1, e);
        if (few) {
            n = add_decade(a, tick, n, 2, e);
            n = add_decade(a, tick, n, 5, e);
        }
    }
    return n;
}

int32_t dl__axis_ticks(const dl__axis *a, dl__tick *tick)
{
    int32_t n = a->logarithmic ? decades(a, tick) : 0;
    if (n > 1)
        return n;
    /* A small part of a decade is nearly linear. */
    double low = a->logarithmic ? dl__pow(10, a->low) : a->low;
    double high = a->logarithmic ? dl__pow(10, a->high) : a->high;
    steps t = steps_of(low, high, a->ticks, a->whole);
    n = 0;
    for (int64_t k = t.first; k <= t.last && n < DL__TICKS; k++, n++) {
        tick[n].at = dl__axis_place(a, (double)k * t.step);
        tick_text(tick[n].text, &t, k);
    }
    return n;
}

/* The ticks of the axis below, fewer than wanted where their numbers would touch each other. */
static int32_t ticks_below(const dl__axis *x, dl__tick *tick)
{
    dl__axis a = *x;
    for (;; a.ticks--) {
        int32_t n = dl__axis_ticks(&a, tick), touch = 0;
        for (int32_t k = 1; k < n; k++) {
            int32_t letters = dl__svg_length(tick[k - 1].text) + dl__svg_length(tick[k].text);
            touch |= tick[k].at - tick[k - 1].at < 0.5 * DL__LETTER * letters + 2;
        }
        if (!touch || a.ticks == 1)
            return n;
    }
}

void dl__axes_draw(dl__svg *s, const dl__axis *x, const dl__axis *y, int grid)
{
    dl__tick tick[DL__TICKS];
    double left = x->from, right = x->to, bottom = y->from, top = y->to;
    int32_t n = dl__axis_ticks(y, tick);
    for (int32_t k = 0; k < n; k++) {
        dl__svg_line(s, grid ? left : left - 4, tick[k].at, grid ? right : left, tick[k].at,
                     grid ? "grid" : "axis");
        dl__svg_label(s, left - 6, tick[k].at + 4, "end", "tick", tick[k].text, DL__NUMBER);
    }
    n = ticks_below(x, tick);
    for (int32_t k = 0; k < n; k++) {
        dl__svg_line(s, tick[k].at, bottom, tick[k].at, bottom + 4, "axis");
        dl__svg_label(s, tick[k].at, bottom + 17, "middle", "tick", tick[k].text, DL__NUMBER);
    }
    dl__svg_line(s, left, top, left, bottom, "axis");
    dl__svg_line(s, left, bottom, right, bottom, "axis");
}

int32_t dl__legend(dl__svg *s, double left, double top, int32_t wide, const char *const *name,
                   int32_t n)
{
    int32_t line = 0, at = 0, most = (wide - SWATCH) / DL__LETTER;
    for (int32_t i = 0; i < n; i++) {
        int32_t letters = dl__svg_length(name[i]);
        if (letters == 0)
            continue;
        int32_t width = SWATCH + DL__LETTER * (letters < most ? letters : most);
        if (at > 0 && at + width > wide) {
            line++;
            at = 0;
        }
        if (s) {
            double x = left + at, y = top + DL__LEGEND_ENTRY * (line + 1.75);
            dl__svg_number(s, "<rect width=\"12\" height=\"3\" x=\"", x, "\"");
            dl__svg_number(s, " y=\"", y - 5, "\"");
            dl__svg_add(s, " fill=\"%s\"/>\n", dl__color[i % DL__COLORS]);
            dl__svg_label(s, x + SWATCH - 2, y, "start", "legend", name[i], most);
        }
        at += width + 2 * DL__LETTER;
    }
    return line + 1;
}
