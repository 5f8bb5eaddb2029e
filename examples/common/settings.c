/* Settings: shown, written to run.json, read back. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "program.h"

static json_t *kept; /* the texts of the file that was read */

/* Facts that are recorded beside the options. */
static void facts(dl_ctx *ctx, void (*tell)(void *to, const char *name, const char *text), void *to)
{
    char text[256];
    tell(to, "version", dl_version());
    snprintf(text, sizeof text, "%d", (int)dl_ctx_threads(ctx));
    tell(to, "threads in use", text);
    if (dl_ctx_machine(ctx, text, sizeof text) < 0)
        text[0] = 0;
    tell(to, "machine", text);
}

static void print_one(void *to, const char *name, const char *text)
{
    (void)to;
    printf("  %-18s %s\n", name, text);
}

void settings_print(dl_ctx *ctx, const option *o, int n)
{
    for (int i = 0; i < n; i++) {
        char buf[64];
        const char *value = option_text(&o[i], buf);
        if (!o[i].transient)
            print_one(NULL, o[i].name, value ? value : "");
    }
    facts(ctx, print_one, NULL);
    printf("\n");
}

static void store_fact(void *to, const char *name, const char *text)
{
    json_object_set_new(to, name, json_string(text));
}

static json_t *value_of(const option *o)
{
    if (o->kind == OPTION_TEXT)
        return json_string(*(const char **)o->value ? *(const char **)o->value : "");
    if (o->kind == OPTION_REAL)
        return json_real(*(const double *)o->value);
    if (o->kind == OPTION_FLAG)
        return json_boolean(*(const int64_t *)o->value != 0);
    return json_integer((json_int_t) * (const int64_t *)o->value);
}

int settings_write(const char *program, dl_ctx *ctx, const option *o, int n, const char *path)
{
    json_t *root = json_object(), *options = json_object(), *about = json_object();
    int code = 0;
    for (int i = 0; i < n; i++)
        if (!o[i].transient)
            json_object_set_new(options, o[i].name, value_of(&o[i]));
    facts(ctx, store_fact, about);
    json_object_set_new(root, "program", json_string(program));
    json_object_set_new(root, "options", options);
    json_object_set_new(root, "facts", about);
    if (json_dump_file(root, path, JSON_INDENT(2)) != 0) {
        fprintf(stderr, "%s: %s: cannot be written: %s\n", program, path, strerror(errno));
        code = EXIT_FILE;
    }
    json_decref(root);
    return code;
}

/* One entry of the file into its option. */
static int take(const char *program, option *o, json_t *value, const char *path)
{
    char text[64], where[300];
    snprintf(where, sizeof where, "%.200s: ", path);
    if (json_is_string(value))
        return *json_string_value(value) || !o->choices
                   ? option_set(program, o, json_string_value(value), where)
                   : 0;
    if (json_is_boolean(value))
        snprintf(text, sizeof text, "%d", json_is_true(value));
    else if (json_is_integer(value))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else
        snprintf(text, sizeof text, "%.17g", json_number_value(value));
    return option_set(program, o, text, where);
}

int settings_read(const char *program, option *o, int n, const char *path)
{
    json_error_t error;
    kept = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    json_t *options = kept ? json_object_get(kept, "options") : NULL;
    if (!json_is_object(options)) {
        fprintf(stderr, "%s: %s: %s\n", program, path,
                kept ? "it holds no \"options\"" : error.text);
        return kept || error.line > 0 ? EXIT_DATA : EXIT_FILE;
    }
    const char *name;
    json_t *value;
    json_object_foreach(options, name, value)
    {
        option *one = option_find(o, n, name);
        if (!one) {
            fprintf(stderr, "%s: %s: there is no option \"%.60s\"\n", program, path, name);
            return EXIT_DATA;
        }
        if (!one->given && take(program, one, value, path))
            return EXIT_DATA;
    }
    return 0;
}
