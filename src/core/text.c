#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strtod_l */
#endif
#include "core/text.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif
#include "core/parallel.h"

/* Reads s, a decimal number, up to *end. The C locale is a constant of the C library: asking for it
 * takes no memory, and there is nothing to give back. */
static double read_c(const char *s, char **end)
{
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c) {
        *end = (char *)(uintptr_t)s;
        return 0;
    }
    const double v = strtod_l(s, end, c);
    freelocale(c);
    return v;
}

/* |v| = 0.d1 d2 .. dn * 10^*point, rounded to n <= 17 digits. snprintf writes whatever the locale
 * has for a decimal point, of any length; only the digits and the exponent are taken. */
static void digits_of(double v, int n, char digits[18], int *point)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", n - 1, fabs(v));
    const char *e = strrchr(text, 'e');
    int k = 0;
    for (const char *s = text; s < e && k < 17; s++)
        if (*s >= '0' && *s <= '9')
            digits[k++] = *s;
    digits[k] = '\0';
    *point = e ? atoi(e + 1) + 1 : 0;
}

/* Do these digits stand for |v|? */
static int reads_back(const char *digits, int point, double v)
{
    char text[40], *end;
    snprintf(text, sizeof text, ".%se%d", digits, point);
    return read_c(text, &end) == fabs(v);
}

/* [-]digits with the point where it belongs, or with an exponent. */
static void place(char buf[DL__NUMBER], int minus, const char *digits, int n, int point)
{
    static const char zeros[] = "0000000000000000", *const sign[] = {"", "-"};
    const char *const s = sign[minus], *const d = digits;
    const size_t cap = DL__NUMBER;
    if (point > 16 || point < -3)
        snprintf(buf, cap, "%s%.1s%s%.*se%c%02d", s, d, n > 1 ? "." : "", n - 1, d + 1,
                 point > 0 ? '+' : '-', abs(point - 1));
    else if (point <= 0)
        snprintf(buf, cap, "%s0.%.*s%.*s", s, -point, zeros, n, d);
    else if (point >= n)
        snprintf(buf, cap, "%s%.*s%.*s", s, n, d, point - n, zeros);
    else
        snprintf(buf, cap, "%s%.*s.%.*s", s, point, d, n - point, d + point);
}

static void shortest(char buf[DL__NUMBER], double v)
{
    const int minus = signbit(v) != 0;
    if (!isfinite(v) || v == 0) {
        snprintf(buf, DL__NUMBER, "%s%s", minus && !isnan(v) ? "-" : "",
                 isnan(v) ? "nan"
                 : v == 0 ? "0"
                          : "inf");
        return;
    }
    char digits[18];
    int point = 1, n = fabs(v) < DBL_MIN ? 1 : 15;
    /* Every decimal of 15 digits survives in a double, so fewer need not be tried; subnormal
     * numbers have less room. */
    do
        digits_of(v, n, digits, &point);
    while (n++ < 17 && !reads_back(digits, point, v));
    int length = (int)strlen(digits);
    while (length > 1 && digits[length - 1] == '0')
        length--;
    place(buf, minus, digits, length, point);
}

const char *dl__double_text(char buf[DL__NUMBER], double v)
{
    const fenv_t host = dl__fenv_enter();
    shortest(buf, v);
    dl__fenv_leave(&host);
    return buf;
}

const char *dl__fixed_text(char buf[DL__NUMBER], double v, int decimals)
{
    if (!(fabs(v) < 1e15))
        return dl__double_text(buf, v);
    const int n = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
    char text[64], digits[48];
    const fenv_t host = dl__fenv_enter();
    snprintf(text, sizeof text, "%.*f", n, fabs(v));
    dl__fenv_leave(&host);
    int k = 0, zero = 1;
    for (const char *s = text; *s && k < 47; s++) {
        if (*s < '0' || *s > '9') /* the decimal point of the locale */
            continue;
        zero &= *s == '0';
        digits[k++] = *s;
    }
    digits[k] = '\0';
    snprintf(buf, DL__NUMBER, "%s%.*s%s%s", v < 0 && !zero ? "-" : "", k - n, digits, n ? "." : "",
             digits + (k - n));
    return buf;
}

const char *dl__shape_text(char *buf, size_t cap, const int64_t *dims, int32_t n)
{
    size_t at = 0;
    if (cap == 0)
        return buf;
    for (int32_t i = 0; i <= n; i++) {
        char piece[32];
        if (i < n)
            snprintf(piece, sizeof piece, "%s%lld", i ? ", " : "[", (long long)dims[i]);
        else
            snprintf(piece, sizeof piece, "%s]", n > 0 ? "" : "[");
        const size_t length = strlen(piece), room = cap - 1 - at;
        memcpy(buf + at, piece, length < room ? length : room);
        at += length < room ? length : room;
        if (length > room) {
            for (size_t dot = at < 3 ? 0 : at - 3; dot < at; dot++)
                buf[dot] = '.';
            break;
        }
    }
    buf[at] = '\0';
    return buf;
}

/* [+-]digits[.digits][e[+-]digits], at least one digit before the e: is that all of s? */
static int is_decimal(const char *s)
{
    s += *s == '+' || *s == '-';
    const size_t whole = strspn(s, "0123456789");
    s += whole;
    size_t part = 0;
    if (*s == '.') {
        part = strspn(++s, "0123456789");
        s += part;
    }
    if (whole + part == 0)
        return 0;
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        const size_t exponent = strspn(s, "0123456789");
        if (exponent == 0)
            return 0;
        s += exponent;
    }
    return *s == '\0';
}

int dl__parse_double(const char *s, double *v)
{
    if (!s)
        return 0;
    if (strcmp(s, "nan") == 0 || strcmp(s, "inf") == 0 || strcmp(s, "-inf") == 0) {
        *v = *s == 'n' ? (double)NAN : *s == '-' ? -(double)INFINITY : (double)INFINITY;
        return 1;
    }
    char *end;
    if (!is_decimal(s))
        return 0;
    const fenv_t host = dl__fenv_enter();
    const double x = read_c(s, &end);
    dl__fenv_leave(&host);
    if (*end != '\0' || !isfinite(x))
        return 0;
    *v = x;
    return 1;
}

int dl__parse_i64(const char *s, int64_t *v)
{
    if (!s)
        return 0;
    const int minus = *s == '-';
    s += minus || *s == '+';
    if (*s == '\0')
        return 0;
    int64_t x = 0;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return 0;
        const int64_t d = minus ? '0' - *s : *s - '0';
        if (__builtin_mul_overflow(x, 10, &x) || __builtin_add_overflow(x, d, &x))
            return 0;
    }
    *v = x;
    return 1;
}

/* After a mismatch the last * takes one character more. */
int dl__pattern_fits(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return 0;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}
