/* Settings: shown, written to run.json, read back. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

static json_t *kept; /* the file that was read */

/* All that is recorded beside the options. */
static void tell_facts(dl_ctx *ctx, const fact *f, int n_fact, settings_fn *to_one, void *to)
{
    char text[256];
    for (int i = 0; i < n_fact; i++)
        to_one(to, f[i].name, f[i].text);
    to_one(to, "version", dl_version());
    snprintf(text, sizeof text, "%d", (int)dl_ctx_threads(ctx));
    to_one(to, "threads in use", text);
    if (dl_ctx_machine(ctx, text, sizeof text) < 0)
        text[0] = 0;
    to_one(to, "machine", text);
}

static void print_one(void *to, const char *name, const char *text)
{
    char safe[2 * PATH_BYTES];
    (void)to;
    printf("  %-18s %s\n", name, printable(safe, sizeof safe, text));
}

void settings_tell(dl_ctx *ctx, const option *o, int n, const fact *f, int n_fact, settings_fn *fn,
                   void *user)
{
    for (int i = 0; i < n; i++) {
        char buf[64];
        const char *value = option_text(&o[i], buf);
        if (o[i].kind == OPTION_FLAG)
            value = *(const int64_t *)o[i].value ? "yes" : "no";
        if (o[i].scope != OPTION_CALL && *value)
            fn(user, o[i].name, value);
    }
    tell_facts(ctx, f, n_fact, fn, user);
}

void settings_print(dl_ctx *ctx, const option *o, int n, const fact *f, int n_fact)
{
    settings_tell(ctx, o, n, f, n_fact, print_one, NULL);
    printf("\n");
}

static void store_fact(void *to, const char *name, const char *text)
{
    json_object_set_new(to, name, json_string(text));
}

static json_t *value_of(const option *o)
{
    if (o->kind == OPTION_TEXT)
        return json_string(*(const char **)o->value);
    if (o->kind == OPTION_REAL)
        return json_real(*(const double *)o->value);
    if (o->kind == OPTION_FLAG)
        return json_boolean(*(const int64_t *)o->value != 0);
    return json_integer((json_int_t) * (const int64_t *)o->value);
}

/* Digits that bring back every number: 15 where they do, since 0.2 looks better than
 * 0.20000000000000001. */
static size_t precision(const option *o, int n)
{
    for (int i = 0; i < n; i++) {
        char text[64];
        if (o[i].kind != OPTION_REAL)
            continue;
        snprintf(text, sizeof text, "%.15g", *(const double *)o[i].value);
        if (strtod(text, NULL) != *(const double *)o[i].value)
            return 17;
    }
    return 15;
}

int settings_write(const char *program, dl_ctx *ctx, const option *o, int n, const fact *f,
                   int n_fact, const char *path)
{
    json_t *root = json_object(), *options = json_object(), *about = json_object();
    for (int i = 0; i < n; i++)
        if (o[i].scope != OPTION_CALL)
            json_object_set_new(options, o[i].name, value_of(&o[i]));
    tell_facts(ctx, f, n_fact, store_fact, about);
    json_object_set_new(root, "program", json_string(program));
    json_object_set_new(root, "options", options);
    json_object_set_new(root, "facts", about);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(precision(o, n)));
    json_decref(root);
    if (!text)
        return complain(program, EXIT_MEMORY, "%s: a setting is not UTF-8, or memory is short",
                        path);
    FILE *file = file_begin(path);
    int why = file ? 0 : errno;
    if (file) {
        fprintf(file, "%s\n", text);
        why = file_end(file, path, 1);
    }
    free(text);
    return why ? complain(program, EXIT_FILE, "%s: cannot be written: %s", path, strerror(why)) : 0;
}

/* One entry of the file into its option. */
static int take(const char *program, option *o, json_t *value, const char *path)
{
    char text[64] = "", where[300];
    snprintf(where, sizeof where, "%.200s: ", path);
    if (json_is_string(value) && o->kind == OPTION_TEXT && !*json_string_value(value))
        return 0; /* as it is without the option */
    if (json_is_boolean(value))
        snprintf(text, sizeof text, "%d", json_is_true(value));
    else if (json_is_integer(value))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof text, "%.17g", json_real_value(value));
    const char *from = json_is_string(value) ? json_string_value(value) : text;
    return option_set(program, o, from, where) ? EXIT_DATA : 0;
}

/* The option was given, and the run that goes on has a value too: they must be the same. */
static int compare(const char *program, option *o, json_t *value, const char *path)
{
    char given[PATH_BYTES], buf[64], there[64];
    snprintf(given, sizeof given, "%s", option_text(o, buf));
    int code = take(program, o, value, path);
    if (code || strcmp(given, option_text(o, there)) == 0)
        return code;
    return complain(program, EXIT_USAGE,
                    "--%s is %.60s, the run that --resume goes on with has %.60s; other settings "
                    "want another run",
                    o->name, given, option_text(o, there));
}

static int load(const char *program, const char *path)
{
    json_error_t error;
    json_decref(kept);
    errno = 0;
    FILE *f = fopen(path, "re");
    if (!f)
        return complain(program, EXIT_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    kept = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
    int unread = ferror(f) ? errno : 0;
    fclose(f);
    if (unread)
        return complain(program, EXIT_FILE, "%s: cannot be read: %s", path, strerror(unread));
    if (!kept)
        return complain(program, EXIT_DATA, "%s: line %d: %s", path, error.line, error.text);
    return 0;
}

/* 1 when the file that was read is of this program. */
static int is_ours(const char *program)
{
    const char *name = json_string_value(json_object_get(kept, "program"));
    return name && strcmp(name, program) == 0;
}

int settings_read(const char *program, option *o, int n, const char *path, int resume)
{
    int code = load(program, path);
    if (code)
        return code;
    json_t *options = json_object_get(kept, "options");
    if (!is_ours(program) || !json_is_object(options))
        return complain(program, EXIT_DATA, "%s: it holds no settings of %s", path, program);
    const char *name;
    json_t *value;
    json_object_foreach(options, name, value)
    {
        option *one = option_find(o, n, name);
        if (!one || one->scope == OPTION_CALL)
            return complain(program, EXIT_DATA, "%s: there is no setting \"%.60s\"", path, name);
        if (!one->given) {
            code = take(program, one, value, path);
            one->given = OPTION_READ;
        } else if (resume && one->scope == OPTION_RUN) {
            code = compare(program, one, value, path);
        }
        if (code)
            return code;
    }
    return 0;
}

const char *settings_fact(const char *name)
{
    return json_string_value(json_object_get(json_object_get(kept, "facts"), name));
}

int settings_ours(const char *program, const char *path)
{
    json_error_t error;
    json_t *before = kept;
    kept = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    int ours = is_ours(program);
    json_decref(kept);
    kept = before;
    return ours;
}
