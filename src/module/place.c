/* Where something happens: the paths of running modules and of their parts, in messages. */
#include <stdio.h>
#include <string.h>
#include "module/module.h"

enum { LONGEST_PATH = 300 };

/* Appends "2.conv1" to text: the names from the root's child to f. */
static void put_names(char *text, size_t cap, const dl__frame *f)
{
    if (!f->up)
        return;
    put_names(text, cap, f->up);
    const dl_module *m = f->module;
    size_t at = strlen(text);
    const char *name = m->name ? m->name : m->cls->name; /* "": it is wrapped */
    snprintf(text + at, cap - at, "%s%s", at && name[0] ? "." : "", name);
}

/* The end of text says most: from there on at most LONGEST_PATH bytes, and not from within a
 * character of UTF-8. */
static const char *end_of(const char *text)
{
    size_t length = strlen(text);
    if (length <= LONGEST_PATH)
        return text;
    for (text += length - LONGEST_PATH; (*text & 0xc0) == 0x80;)
        text++;
    return text;
}

/* "sequential.2 (dense)"; a root has its class alone. */
static void put_place(char text[DL__PLACE], const dl__frame *f)
{
    char path[DL__MESSAGE];
    const dl__frame *root = f;
    while (root->up)
        root = root->up;
    snprintf(path, sizeof path, "%s", root->module->cls->name);
    put_names(path, sizeof path, f);
    const char *shown = end_of(path);
    if (f->up)
        snprintf(text, DL__PLACE, "%s%.*s (%.64s)", shown > path ? "..." : "", LONGEST_PATH, shown,
                 f->module->cls->name);
    else
        snprintf(text, DL__PLACE, "%.*s", DL__PLACE - 1, shown);
}

static const char *part_name(const dl__parts *parts, const dl_tensor *t)
{
    for (int32_t i = 0; i < parts->n; i++)
        if (parts->item[i].tensor == t)
            return parts->item[i].name;
    return NULL;
}

int dl__frame_place(const dl_ctx *ctx, const dl_tensor *t, char text[DL__PLACE])
{
    const dl__frame *f = dl__frame_top(ctx);
    text[0] = 0;
    if (!t && f)
        put_place(text, f);
    if (!t)
        return f != NULL;
    for (; f; f = f->up) {
        const char *name = part_name(&f->module->params, t);
        name = name ? name : part_name(&f->module->buffers, t);
        if (!name)
            continue;
        char path[DL__MESSAGE] = "";
        put_names(path, sizeof path, f);
        const size_t at = strlen(path);
        snprintf(path + at, sizeof path - at, "%s%s", at ? "." : "", name);
        snprintf(text, DL__PLACE, "%.*s", DL__PLACE - 1, end_of(path));
        return 1;
    }
    return 0;
}

/* "linear: ..." -> "sequential.2 (dense): linear: ..."; a class that said its own name says it
 * once. */
void dl__frame_blame(dl_ctx *ctx, const dl__frame *f)
{
    char place[DL__PLACE], rest[DL__MESSAGE];
    const char *cls = f->module->cls->name, *from = ctx->message;
    size_t n = strlen(cls);
    if (!strncmp(from, cls, n) && from[n] == ':' && from[n + 1] == ' ')
        from += n + 2;
    put_place(place, f);
    memcpy(rest, from, strlen(from) + 1);
    dl_status code = ctx->status;
    ctx->status = DL_OK; /* the same failure, said again */
    dl_fail(ctx, code, "%s: %s", place, rest);
}
