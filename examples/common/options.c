/* Command lines from a table. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "options.h"
#include "program.h"

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

const char *word_near(const char *word, const char *const *list, int n)
{
    const char *near = NULL;
    int length = (int)strlen(word), best = 4;
    for (int i = 0; i < n; i++) {
        int d = distance(word, list[i]);
        if (length >= 3 && strncmp(word, list[i], (size_t)length) == 0)
            d = 1; /* the beginning of a name, however much is missing */
        if (d < best && 2 * d <= length) {
            best = d;
            near = list[i];
        }
    }
    return near;
}

static int unknown(const char *program, const option *o, int n, const char *given, const char *name)
{
    const char *list[64];
    int count = n < 64 ? n : 64;
    for (int i = 0; i < count; i++)
        list[i] = o[i].name;
    const char *near = word_near(name, list, count);
    if (near)
        return complain(program, EXIT_USAGE, "there is no option %.60s; did you mean --%s?", given,
                        near);
    return complain(program, EXIT_USAGE, "there is no option %.60s; --help lists them", given);
}

int option_chosen(const char *choices, const char *text)
{
    size_t n = strlen(text);
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, n) == 0 && (at[n] == '|' || at[n] == 0))
            return strchr(text, '|') == NULL;
    }
    return 0;
}

/* A decimal number; the programs never call setlocale, so strtod reads it in C's notation. */
static int number(const char *text, double *v)
{
    char *end;
    if (text[strspn(text, "0123456789+-.eE")])
        return 0;
    errno = 0;
    *v = strtod(text, &end);
    return end != text && *end == 0 && errno == 0 && isfinite(*v);
}

static int refuse(const char *program, const option *o, const char *text, const char *where)
{
    const char *noun = o->kind == OPTION_REAL ? "a number" : "an integer";
    if (o->kind == OPTION_TEXT)
        return complain(program, EXIT_USAGE, "%s--%s is \"%.60s\", it wants %s", where, o->name,
                        text, o->choices ? o->choices : "a text");
    if (isinf(o->high))
        return complain(program, EXIT_USAGE, "%s--%s is \"%.60s\", it wants %s of at least %.16g",
                        where, o->name, text, noun, o->low);
    return complain(program, EXIT_USAGE, "%s--%s is \"%.60s\", it wants %s from %.16g to %.16g",
                    where, o->name, text, noun, o->low, o->high);
}

int option_set(const char *program, option *o, const char *text, const char *where)
{
    double v;
    if (o->kind == OPTION_TEXT) {
        if (!*text || (o->choices && !option_chosen(o->choices, text)))
            return refuse(program, o, text, where);
        *(const char **)o->value = text;
        return 0;
    }
    if (!number(text, &v) || v < o->low || v > o->high || (o->kind != OPTION_REAL && v != floor(v)))
        return refuse(program, o, text, where);
    if (o->kind == OPTION_REAL)
        *(double *)o->value = v;
    else
        *(int64_t *)o->value = (int64_t)v;
    return 0;
}

/* The option in argv[*i], which begins with a dash, and its value. */
static int parse_one(const char *program, option *o, int n, int argc, char **argv, int *i)
{
    char name[64];
    const char *given = argv[*i], *equals = strchr(given, '=');
    if (strcmp(given, "-h") == 0)
        given = "--help";
    snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - given) : 63, given);
    const char *bare = name + strspn(name, "-");
    option *one = strncmp(given, "--", 2) == 0 ? option_find(o, n, name + 2) : NULL;
    if (!one)
        return unknown(program, o, n, name, bare);
    if (one->given)
        return complain(program, EXIT_USAGE, "--%s is there twice", one->name);
    one->given = OPTION_GIVEN;
    if (one->kind == OPTION_FLAG) {
        if (equals)
            return complain(program, EXIT_USAGE, "--%s takes no value", one->name);
        *(int64_t *)one->value = 1;
        return 0;
    }
    if (!equals &&
        (*i + 1 >= argc || (one->kind == OPTION_TEXT && strncmp(argv[*i + 1], "--", 2) == 0)))
        return complain(program, EXIT_USAGE, "--%s wants a value", one->name);
    return option_set(program, one, equals ? equals + 1 : argv[++*i], "");
}

int options_parse(const char *program, option *o, int n, int argc, char **argv, const char **rest,
                  int *n_rest)
{
    *n_rest = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            while (++i < argc)
                rest[(*n_rest)++] = argv[i];
        } else if (argv[i][0] != '-' || argv[i][1] == 0) {
            rest[(*n_rest)++] = argv[i];
        } else if (parse_one(program, o, n, argc, argv, &i)) {
            return EXIT_USAGE;
        }
    }
    return 0;
}

const char *option_text(const option *o, char *buf)
{
    if (o->kind == OPTION_TEXT)
        return *(const char **)o->value;
    if (o->kind != OPTION_REAL) {
        snprintf(buf, 64, "%lld", (long long)*(const int64_t *)o->value);
        return buf;
    }
    double v = *(const double *)o->value;
    snprintf(buf, 64, "%.15g", v);
    if (strtod(buf, NULL) != v)
        snprintf(buf, 64, "%.17g", v);
    return buf;
}

void options_help(const option *o, int n)
{
    for (int i = 0; i < n; i++) {
        char buf[64], left[96];
        const char *value = option_text(&o[i], buf);
        snprintf(left, sizeof left, "--%s%s", o[i].name,
                 o[i].kind == OPTION_FLAG   ? ""
                 : o[i].kind == OPTION_TEXT ? (o[i].choices ? " WORD" : " TEXT")
                 : o[i].kind == OPTION_INT  ? " N"
                                            : " X");
        printf("  %-20s %s", left, o[i].help);
        if (o[i].choices)
            printf(": %s", o[i].choices);
        if (o[i].kind != OPTION_FLAG && *value)
            printf(" (%s)", value);
        printf("\n");
    }
}
