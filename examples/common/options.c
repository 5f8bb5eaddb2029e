/* Command lines from a table. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "options.h"

option *option_find(option *o, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(o[i].name, name) == 0)
            return &o[i];
    return NULL;
}

/* Letters to insert, delete or replace to turn a into b; long names count as far apart. */
static int distance(const char *a, const char *b)
{
    enum { MOST = 40 };
    int row[MOST + 1], n = (int)strlen(b);
    if (n > MOST)
        return MOST;
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int best = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

static int unknown(const char *program, const option *o, int n, const char *name)
{
    int best = 4;
    const char *near = NULL;
    for (int i = 0; i < n; i++)
        if (distance(name, o[i].name) < best) {
            best = distance(name, o[i].name);
            near = o[i].name;
        }
    if (near)
        fprintf(stderr, "%s: there is no option --%.60s; did you mean --%s?\n", program, name,
                near);
    else
        fprintf(stderr, "%s: there is no option --%.60s; --help lists them\n", program, name);
    return EXIT_USAGE;
}

/* 1 when text is one of "a|b|c". */
static int chosen(const char *choices, const char *text)
{
    size_t n = strlen(text);
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, n) == 0 && (at[n] == '|' || at[n] == 0))
            return 1;
    }
    return 0;
}

/* A number in C's notation; the programs never call setlocale, so strtod reads it so. */
static int number(const char *text, double *v)
{
    char *end;
    errno = 0;
    *v = strtod(text, &end);
    return end != text && *end == 0 && errno == 0 && isfinite(*v);
}

static int refuse(const char *program, const option *o, const char *text, const char *where)
{
    fprintf(stderr, "%s: %s--%s is \"%.60s\", it wants ", program, where, o->name, text);
    if (o->kind == OPTION_TEXT)
        fprintf(stderr, "%s\n", o->choices);
    else if (isinf(o->high))
        fprintf(stderr, "%s of at least %g\n", o->kind == OPTION_INT ? "an integer" : "a number",
                o->low);
    else
        fprintf(stderr, "%s from %g to %g\n", o->kind == OPTION_INT ? "an integer" : "a number",
                o->low, o->high);
    return EXIT_USAGE;
}

int option_set(const char *program, option *o, const char *text, const char *where)
{
    double v;
    if (o->kind == OPTION_TEXT) {
        if (o->choices && !chosen(o->choices, text))
            return refuse(program, o, text, where);
        *(const char **)o->value = text;
        return 0;
    }
    if (!number(text, &v) || v < o->low || v > o->high ||
        (o->kind != OPTION_REAL && (v != floor(v) || fabs(v) > 9e15)))
        return refuse(program, o, text, where);
    if (o->kind == OPTION_REAL)
        *(double *)o->value = v;
    else
        *(int64_t *)o->value = (int64_t)v;
    return 0;
}

int options_parse(const char *program, option *o, int n, int argc, char **argv, const char **rest,
                  int *n_rest)
{
    *n_rest = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            rest[(*n_rest)++] = argv[i];
            continue;
        }
        char name[64];
        const char *equals = strchr(argv[i], '=');
        snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - argv[i] - 2) : 63, argv[i] + 2);
        option *one = option_find(o, n, name);
        if (!one)
            return unknown(program, o, n, name);
        if (one->given) {
            fprintf(stderr, "%s: --%s is there twice\n", program, one->name);
            return EXIT_USAGE;
        }
        one->given = 1;
        if (one->kind == OPTION_FLAG) {
            if (equals) {
                fprintf(stderr, "%s: --%s takes no value\n", program, one->name);
                return EXIT_USAGE;
            }
            *(int64_t *)one->value = 1;
            continue;
        }
        if (!equals && i + 1 >= argc) {
            fprintf(stderr, "%s: --%s wants a value\n", program, one->name);
            return EXIT_USAGE;
        }
        if (option_set(program, one, equals ? equals + 1 : argv[++i], ""))
            return EXIT_USAGE;
    }
    return 0;
}

const char *option_text(const option *o, char *buf)
{
    if (o->kind == OPTION_TEXT)
        return *(const char **)o->value;
    if (o->kind == OPTION_REAL)
        snprintf(buf, 64, "%.17g", *(const double *)o->value);
    else
        snprintf(buf, 64, "%lld", (long long)*(const int64_t *)o->value);
    if (o->kind == OPTION_REAL) {
        char shorter[64];
        snprintf(shorter, sizeof shorter, "%.15g", *(const double *)o->value);
        if (strtod(shorter, NULL) == *(const double *)o->value)
            memcpy(buf, shorter, sizeof shorter);
    }
    return buf;
}

void options_help(const option *o, int n)
{
    for (int i = 0; i < n; i++) {
        char buf[64], left[96];
        const char *value = option_text(&o[i], buf);
        snprintf(left, sizeof left, "--%s%s", o[i].name,
                 o[i].kind == OPTION_FLAG   ? ""
                 : o[i].kind == OPTION_TEXT ? (o[i].choices ? "" : " TEXT")
                 : o[i].kind == OPTION_INT  ? " N"
                                            : " X");
        printf("  %-22s %s", left, o[i].help);
        if (o[i].choices)
            printf(": %s", o[i].choices);
        if (o[i].kind != OPTION_FLAG && value && *value)
            printf(" (%s)", value);
        printf("\n");
    }
}
