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

/* 1 when folder holds the training images of an MNIST-like set. */
static int holds_idx(const char *folder)
{
    static const char *const name[] = {"train-images-idx3-ubyte", "train-images.idx3-ubyte"};
    for (int i = 0; i < 4; i++) {
        char path[PATH];
        int n = snprintf(path, sizeof path, "%s/%s%s", folder, name[i / 2], i % 2 ? "" : ".gz");
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

/* The first of base/name, base/name/raw (where torchvision puts files) and, where a variable
 * may name the folder itself, base that holds data; left in path. */
static int look(const char *base, const char *name, int itself, char *path)
{
    static const char *const below[] = {"", "/raw"};
    for (int i = 0; i < 2; i++) {
        int n = snprintf(path, PATH, "%s/%s%s", base, name, below[i]);
        if (n > 0 && n < PATH && holds_idx(path))
            return 1;
    }
    snprintf(path, PATH, "%s", base);
    return itself && holds_idx(base);
}

int64_t dl_data_find(dl_ctx *ctx, const char *name, char *buf, size_t cap)
{
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!name || !*name || (!buf && cap))
        return dl_fail(ctx, DL_EINVAL, "data_find: the name or the buffer is NULL or empty");
    char tried[TRIED] = "", base[PATH], path[PATH], shown[DL__SHOWN];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!base_of(&places[i], base))
            continue;
        if (look(base, name, places[i].env && !places[i].below[0], path))
            return found(ctx, path, buf, cap);
        size_t at = strlen(tried);
        snprintf(tried + at, sizeof tried - at, "%s%s", at ? ", " : "",
                 dl__printable(shown, sizeof shown, base));
    }
    return dl_fail(ctx, DL_EIO,
                   "data_find: there is no %s in %s; set DL_DATA_DIR to the folder that holds it",
                   dl__printable(shown, sizeof shown, name), tried);
}
