#include "data/images.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "core/check.h"
#include "core/file.h"
#include "core/order.h"
#include "core/utf8.h"

enum { PATH = 4096, CLASSES = 1 << 16, DEPTH = 32 };

/* Room for one more of n elements of `size` bytes at *array. */
static dl_status grow(dl_ctx *ctx, void *array, int64_t n, int64_t *cap, size_t size)
{
    void *old, *p;
    if (n < *cap)
        return DL_OK;
    const int64_t more = *cap ? 2 * *cap : 64;
    memcpy(&old, array, sizeof old);
    if (!(p = dl__realloc(ctx, old, (size_t)more * size)))
        return ctx->status;
    memcpy(array, &p, sizeof p);
    *cap = more;
    return DL_OK;
}

static int by_name(const void *keys, int64_t a, int64_t b)
{
    char *const *name = keys;
    return strcmp(name[a], name[b]) < 0;
}

/* Sorts n strings by their bytes. */
static dl_status sort(dl_ctx *ctx, char **name, int64_t n)
{
    int64_t *order = dl__alloc(ctx, 2 * (size_t)n * sizeof *order);
    char **sorted = order ? dl__alloc(ctx, (size_t)n * sizeof *sorted) : NULL;
    if (sorted) {
        for (int64_t i = 0; i < n; i++)
            order[i] = i;
        dl__order(order, order + n, n, by_name, name);
        for (int64_t i = 0; i < n; i++)
            sorted[i] = name[order[i]];
        memcpy(name, sorted, (size_t)n * sizeof *name);
    }
    dl__free(order);
    dl__free(sorted);
    return ctx->status;
}

/* The names end in one of a picture, in any case. */
static int is_picture(const char *name)
{
    static const char *const ends[] = {".jpg", ".jpeg", ".png", ".bmp"};
    const size_t n = strlen(name);
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        const size_t m = strlen(ends[k]);
        size_t i = 0;
        while (n > m && i < m &&
               (name[n - m + i] >= 'A' && name[n - m + i] <= 'Z' ? name[n - m + i] + 32
                                                                 : name[n - m + i]) == ends[k][i])
            i++;
        if (i == m)
            return 1;
    }
    return 0;
}

/* What an entry of a folder is: links are followed where `follow` says so. */
static int kind_of(const char *path, int follow)
{
    struct stat s;
    if ((follow ? stat(path, &s) : lstat(path, &s)) != 0)
        return 0;
    return S_ISDIR(s.st_mode) ? DL__KIND_FOLDER : S_ISREG(s.st_mode) ? DL__KIND_REGULAR : 0;
}

/* Calls each for the entries of a folder that are not hidden, with their whole path. */
static dl_status entries(dl_ctx *ctx, const char *folder,
                         dl_status (*each)(void *user, const char *path, const char *name),
                         void *user)
{
    char path[PATH], shown[DL__SHOWN];
    DIR *d = opendir(folder);
    if (!d)
        return dl__fail_errno(ctx, folder, "open as a folder", errno);
    for (;;) {
        errno = 0;
        const struct dirent *e = dl__ok(ctx) ? readdir(d) : NULL;
        if (!e && errno)
            dl__fail_errno(ctx, folder, "read as a folder", errno);
        if (!e)
            break;
        if (e->d_name[0] == '.')
            continue;
        int n = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (n < 0 || n >= (int)sizeof path)
            dl_fail(ctx, DL_ELIMIT, "%s: the path of a file in it is longer than %d bytes",
                    dl__printable(shown, sizeof shown, folder), PATH - 1);
        else
            each(user, path, e->d_name);
    }
    closedir(d);
    return ctx->status;
}

static dl_status on_class(void *user, const char *path, const char *name)
{
    dl__image_list *l = user;
    if (kind_of(path, 1) != DL__KIND_FOLDER)
        return DL_OK;
    if (l->n_classes == CLASSES)
        return dl_fail(l->ctx, DL_ELIMIT, "dataset_images: there are more than %d classes",
                       (int)CLASSES);
    if (grow(l->ctx, &l->name, l->n_classes, &l->cap_classes, sizeof *l->name) == DL_OK &&
        (l->name[l->n_classes] = dl__strdup(l->ctx, name)))
        l->n_classes++;
    return l->ctx->status;
}

/* Pictures of a class, in folders of its own too. Links to folders are not followed there, so there
 * is an end. */
static dl_status on_file(void *user, const char *path, const char *name)
{
    dl__image_list *l = user;
    if (kind_of(path, 0) == DL__KIND_FOLDER) {
        char shown[DL__SHOWN];
        if (l->depth == DEPTH)
            return dl_fail(l->ctx, DL_ELIMIT, "%s: folders stand in each other more than %d deep",
                           dl__printable(shown, sizeof shown, path), (int)DEPTH);
        l->depth++;
        const dl_status s = entries(l->ctx, path, on_file, l);
        l->depth--;
        return s;
    }
    if (!is_picture(name) || kind_of(path, 1) != DL__KIND_REGULAR)
        return DL_OK;
    if (grow(l->ctx, &l->path, l->n, &l->cap, sizeof *l->path) == DL_OK &&
        (l->path[l->n] = dl__strdup(l->ctx, path)))
        l->n++;
    return l->ctx->status;
}

static dl_status find_files(dl__image_list *l, const char *dir, int may_lack)
{
    char path[PATH], shown[DL__SHOWN];
    int64_t *end = dl__alloc(l->ctx, (size_t)l->n_classes * sizeof *end);
    if (!end)
        return l->ctx->status;
    for (int64_t k = 0; k < l->n_classes && dl__ok(l->ctx); k++) {
        const int64_t first = l->n;
        int n = snprintf(path, sizeof path, "%s/%s", dir, l->name[k]);
        if (n < 0 || n >= (int)sizeof path)
            dl_fail(l->ctx, DL_ELIMIT, "dataset_images: a path is longer than %d bytes", PATH - 1);
        else if (!may_lack || kind_of(path, 1) == DL__KIND_FOLDER)
            entries(l->ctx, path, on_file, l);
        if (dl__ok(l->ctx) && l->n == first && !may_lack)
            dl_fail(l->ctx, DL_EFORMAT, "%s: has no pictures (.jpg, .jpeg, .png, .bmp)",
                    dl__printable(shown, sizeof shown, path));
        if (dl__ok(l->ctx) && l->n > first)
            sort(l->ctx, l->path + first, l->n - first);
        end[k] = l->n;
    }
    if (dl__ok(l->ctx) && (l->label = dl__alloc(l->ctx, (size_t)l->n * sizeof *l->label))) {
        int64_t k = 0;
        for (int64_t i = 0; i < l->n; i++) {
            while (i >= end[k])
                k++;
            l->label[i] = (int32_t)k;
        }
    }
    dl__free(end);
    return l->ctx->status;
}

/* The classes that are given take the place of those found, which must be among them. */
static dl_status choose(dl__image_list *l, const char *dir, const char *const *classes,
                        int32_t n_classes)
{
    char path[DL__SHOWN], shown[DL__SHOWN];
    for (int64_t k = 0; k < l->n_classes; k++) {
        int32_t i = 0;
        while (i < n_classes && strcmp(classes[i], l->name[k]) != 0)
            i++;
        if (i == n_classes)
            return dl_fail(l->ctx, DL_EFORMAT,
                           "%s: class \"%s\" is not among the %d that were given",
                           dl__printable(path, sizeof path, dir),
                           dl__printable(shown, sizeof shown, l->name[k]), (int)n_classes);
    }
    while (l->n_classes > 0)
        dl__free(l->name[--l->n_classes]);
    for (int32_t i = 0; i < n_classes; i++)
        if (grow(l->ctx, &l->name, l->n_classes, &l->cap_classes, sizeof *l->name) != DL_OK ||
            !(l->name[l->n_classes] = dl__strdup(l->ctx, classes[i])))
            return l->ctx->status;
        else
            l->n_classes++;
    return DL_OK;
}

dl_status dl__images_list(dl__image_list *l, const char *dir, const char *const *classes,
                          int32_t n_classes)
{
    char shown[DL__SHOWN];
    if (entries(l->ctx, dir, on_class, l) != DL_OK)
        return l->ctx->status;
    if (l->n_classes == 0)
        return dl_fail(l->ctx, DL_EFORMAT, "%s: has no folders, one for each class is wanted",
                       dl__printable(shown, sizeof shown, dir));
    if (sort(l->ctx, l->name, l->n_classes) != DL_OK ||
        (n_classes > 0 && choose(l, dir, classes, n_classes) != DL_OK))
        return l->ctx->status;
    return find_files(l, dir, n_classes > 0);
}

void dl__images_list_end(dl__image_list *l)
{
    for (int64_t k = 0; k < l->n_classes; k++)
        dl__free(l->name[k]);
    for (int64_t i = 0; i < l->n; i++)
        dl__free(l->path[i]);
    dl__free(l->name);
    dl__free(l->path);
    dl__free(l->label);
}
