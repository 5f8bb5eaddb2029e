/* CIFAR-10 and CIFAR-100: pictures of 32 x 32 pixels, from the binary files. */
#include "data/cifar.h"
#include <stdio.h>
#include <string.h>
#include "core/ctx.h"
#include "data/dataset.h"
#include "data/pixels.h"
#include "io/cifar.h"
#include "io/idx.h"

enum { PATH = 4096 };

typedef struct state {
    dl__cifar data;
    int32_t labels; /* DL_CIFAR_* */
    dl__names names;
} state;

static int64_t size_of(const void *p)
{
    return ((const state *)p)->data.n;
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    (void)key;
    (void)why;
    (void)why_cap;
    const state *s = p;
    const int32_t stored = s->data.labels;
    const uint8_t *record = s->data.record + i * dl__cifar_record(stored);
    dl__unit_pixels(record + stored, DL__CIFAR_PIXELS, field[0]);
    *(int64_t *)field[1] = record[stored == 2 && s->labels != DL_CIFAR_COARSE];
    if (s->labels == DL_CIFAR_BOTH)
        *(int64_t *)field[2] = record[0];
    return DL_OK;
}

static int64_t classes(const void *p)
{
    return ((const state *)p)->names.n;
}

static const char *class_name(const void *p, int64_t k)
{
    return ((const state *)p)->names.name[k];
}

static void end(void *p)
{
    state *s = p;
    dl__free(s->data.record);
    dl__names_end(&s->names);
    dl__free(s);
}

static const dl_dataset_class cifar10_class = {.name = "cifar10",
                                               .threads = 1,
                                               .size = size_of,
                                               .get = get,
                                               .free = end,
                                               .classes = classes,
                                               .class_name = class_name};
static const dl_dataset_class cifar100_class = {.name = "cifar100",
                                                .threads = 1,
                                                .size = size_of,
                                                .get = get,
                                                .free = end,
                                                .classes = classes,
                                                .class_name = class_name};

/* What tells the two sets apart. */
typedef struct kind {
    const dl_dataset_class *cls;
    const char *who, *below; /* for messages; the folder of the published archive */
    int32_t labels;          /* of a record                                       */
    int32_t n_files[2];
    const char *file[2][5];
} kind;
static const kind cifar10 = {&cifar10_class,
                             "dataset_cifar10",
                             "cifar-10-batches-bin",
                             1,
                             {5, 1},
                             {{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                               "data_batch_4.bin", "data_batch_5.bin"},
                              {"test_batch.bin"}}};
static const kind cifar100 = {&cifar100_class, "dataset_cifar100",           "cifar-100-binary", 2,
                              {1, 1},          {{"train.bin"}, {"test.bin"}}};

/* Adds the records of the file called name, which lies in one of the two folders; where it was goes
 * to path. */
static dl_status read_file(dl_ctx *ctx, const kind *k, const char *const *folders, const char *name,
                           dl__cifar *to, char *path)
{
    dl__file file;
    dl__source source;
    if (dl__idx_find(ctx, k->who, folders, 2, name, path, PATH) != DL_OK ||
        dl__file_open(&file, ctx, path) != DL_OK)
        return ctx->status;
    if (dl__source_file(&source, &file) == DL_OK) {
        dl__cifar_read(&source, to);
        dl__source_close(&source);
    }
    dl__file_close(&file);
    return ctx->status;
}

static dl_status load(dl_ctx *ctx, state *s, const kind *k, const char *dir, int32_t split)
{
    char below[PATH], path[PATH];
    int n = snprintf(below, sizeof below, "%s/%s", dir, k->below);
    const char *const folders[] = {dir, n > 0 && n < PATH ? below : NULL};
    s->data.labels = k->labels;
    for (int32_t i = 0; i < k->n_files[split]; i++)
        if (read_file(ctx, k, folders, k->file[split][i], &s->data, path) != DL_OK)
            return ctx->status;
    if (s->data.n < s->data.cap) { /* room that packed files left */
        uint8_t *p = dl__realloc(ctx, s->data.record,
                                 (size_t)(s->data.n * dl__cifar_record(s->data.labels)));
        if (!p)
            return ctx->status;
        s->data.record = p;
        s->data.cap = s->data.n;
    }
    *strrchr(path, '/') = 0; /* the names lie beside what was read */
    return dl__cifar_names(ctx, &s->names, path,
                           k->labels == 1                 ? DL__CIFAR_10
                           : s->labels == DL_CIFAR_COARSE ? DL__CIFAR_COARSE
                                                          : DL__CIFAR_FINE);
}

static dl_dataset *make(dl_ctx *ctx, const kind *k, const char *dir, int32_t split, int32_t labels)
{
    char found[PATH];
    if (split != DL_TRAIN && split != DL_TEST) {
        dl_fail(ctx, DL_EINVAL, "%s: split is %d, it wants DL_TRAIN or DL_TEST", k->who,
                (int)split);
        return NULL;
    }
    if (dir && !dir[0]) {
        dl_fail(ctx, DL_EINVAL, "%s: the folder is empty", k->who);
        return NULL;
    }
    if (!dir && dl_data_find(ctx, k->cls->name, found, sizeof found) < 0)
        return NULL;
    state *s = dl__calloc(ctx, sizeof *s);
    if (!s)
        return NULL;
    s->labels = labels;
    if (load(ctx, s, k, dir ? dir : found, split) != DL_OK) {
        end(s);
        return NULL;
    }
    const dl_field field[3] = {
        {.name = "image", .dtype = DL_F32, .ndim = 3, .dims = {3, DL__CIFAR_SIDE, DL__CIFAR_SIDE}},
        {.name = "label", .dtype = DL_I64},
        {.name = "coarse", .dtype = DL_I64}};
    return dl_dataset_new(ctx, k->cls, s, field, labels == DL_CIFAR_BOTH ? 3 : 2);
}

dl_dataset *dl_dataset_cifar10(dl_ctx *ctx, const char *dir, int32_t split)
{
    return dl__ok(ctx) ? make(ctx, &cifar10, dir, split, DL_CIFAR_FINE) : NULL;
}

dl_dataset *dl_dataset_cifar100(dl_ctx *ctx, const char *dir, int32_t split,
                                const dl_cifar100_opts *opts)
{
    static const dl_cifar100_opts defaults;
    const dl_cifar100_opts *o = opts ? opts : &defaults;
    if (!dl__ok(ctx) || DL__RESERVED(ctx, "dataset_cifar100", o) != DL_OK)
        return NULL;
    if (o->labels < DL_CIFAR_FINE || o->labels > DL_CIFAR_BOTH) {
        dl_fail(ctx, DL_EINVAL,
                "dataset_cifar100: labels is %d, it wants DL_CIFAR_FINE, DL_CIFAR_COARSE or "
                "DL_CIFAR_BOTH",
                (int)o->labels);
        return NULL;
    }
    return make(ctx, &cifar100, dir, split, o->labels);
}
