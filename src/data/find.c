/* Where published data sets lie on this machine. */
#include <stdio.h>
#include <string.h>
#include "core/ctx.h"
#include "core/env.h"
#include "core/file.h"
#include "core/utf8.h"
#include "data/dataset.h"

enum { PATH = 4096, TRIED = 700 };

/* Every place a data set may be: the variable, the folder below it. */
typedef struct place {
    const char *env, *below;
} place;
static const place places[] = {
    {"DL_DATA_DIR", ""},
    {NULL, "data"},
    {"HOME", "/.cache/dl-data"},
    {NULL, "/usr/share/datasets"},
};

/* How the sets are known: a folder of that name, or below it, holds one of the files. */
typedef struct set {
    const char *name; /* NULL: any other */
    const char *file[2];
    const char *below[3]; /* "%s" stands for the name */
    const char *get;
} set;
static const set sets[] = {
    {"cifar10",
     {"data_batch_1.bin"},
     {"%s", "%s/cifar-10-batches-bin", "cifar-10-batches-bin"},
     "; get cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it"},
    {"cifar100",
     {"train.bin"},
     {"%s", "%s/cifar-100-binary", "cifar-100-binary"},
     "; get cifar-100-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack "
     "it"},
    {NULL, {"train-images-idx3-ubyte", "train-images.idx3-ubyte"}, {"%s", "%s/raw"}, ""},
};

static const set *set_of(const char *name)
{
    const set *s = sets;
    while (s->name && strcmp(s->name, name) != 0)
        s++;
    return s;
}

/* 1 when folder holds one of the files, plain or packed. */
static int holds(const set *s, const char *folder)
{
    for (int i = 0; i < 4; i++) {
        char path[PATH];
        if (!s->file[i / 2])
            continue;
        int n = snprintf(path, sizeof path, "%s/%s%s", folder, s->file[i / 2], i % 2 ? "" : ".gz");
        if (n > 0 && n < (int)sizeof path && dl__file_exists(path))
            return 1;
    }
    return 0;
}

/* The base folder of a place, NULL when its variable is not set. */
static const char *base_of(const place *p, char *buf)
{
    const char *root = p->env ? dl__env(p->env) : "";
    if (!root)
        return NULL;
    int n = snprintf(buf, PATH, "%s%s", root, p->below);
    return n > 0 && n < PATH ? buf : NULL;
}

static int64_t found(dl_ctx *ctx, const char *path, char *buf, size_t cap)
{
    size_t n = strlen(path);
    if (n >= cap)
        return dl_fail(ctx, DL_ELIMIT, "data_find: the path has %zu bytes, the buffer %zu", n + 1,
                       cap);
    memcpy(buf, path, n + 1);
    return (int64_t)n;
}

/* base/below, with name where below begins with "%s"; 0 when it is too long. */
static int join(char *path, const char *base, const char *below, const char *name)
{
    const int named = below[0] == '%';
    int n = snprintf(path, PATH, "%s/%s%s", base, named ? name : "", below + 2 * named);
    return n > 0 && n < PATH;
}

/* The first of the folders below base that holds data, or, where a variable may name the folder
 * itself, base; left in path. */
static int look(const set *s, const char *base, const char *name, int itself, char *path)
{
    for (int i = 0; i < 3 && s->below[i]; i++)
        if (join(path, base, s->below[i], name) && holds(s, path))
            return 1;
    snprintf(path, PATH, "%s", base);
    return itself && holds(s, base);
}

int64_t dl_data_find(dl_ctx *ctx, const char *name, char *buf, size_t cap)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!name || !*name || (!buf && cap))
        return dl_fail(ctx, DL_EINVAL, "data_find: the name or the buffer is NULL or empty");
    const set *s = set_of(name);
    char tried[TRIED] = "", base[PATH], path[PATH], shown[DL__SHOWN];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!base_of(&places[i], base))
            continue;
        if (look(s, base, name, places[i].env && !places[i].below[0], path))
            return found(ctx, path, buf, cap);
        size_t at = strlen(tried);
        snprintf(tried + at, sizeof tried - at, "%s%s", at ? ", " : "",
                 dl__printable(shown, sizeof shown, base));
    }
    return dl_fail(ctx, DL_EIO,
                   "data_find: there is no %s in %s; set DL_DATA_DIR to the folder that holds it%s",
                   dl__printable(shown, sizeof shown, name), tried, s->get);
}
