/* Finding the data, and telling sets apart by what they hold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "images.h"

/* Sets that are known, by the mark of their training and test halves. */
static const struct known {
    const char *name, *mark[2];
} known[] = {
    {"MNIST", {"378bb75747dd4b7d", "d32c20531be06c5e"}},
    {"Fashion-MNIST", {"ebc3d29a671bc7cd", "f54faa5f0fec67d1"}},
};

const char *const *images_classes(const char *name)
{
    static const char *const digits[CLASSES] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    static const char *const clothes[CLASSES] = {"T-shirt", "trouser",   "pullover", "dress",
                                                 "coat",    "sandal",    "shirt",    "sneaker",
                                                 "bag",     "ankle boot"};
    return name && strcmp(name, known[1].name) == 0 ? clothes : digits;
}

/* FNV-1a over the size and some examples: enough to tell one set from another. */
int images_mark(const char *program, dl_ctx *ctx, dl_dataset *d, int spread, images_set *set)
{
    enum { LOOK = 100 };
    int64_t n = dl_dataset_size(d), step = spread && n > LOOK ? n / LOOK : 1;
    uint64_t h = 0xcbf29ce484222325u;
    if (n == 0)
        return complain(program, EXIT_DATA, "%s: there are no images", set->path);
    h = (h ^ (uint64_t)n) * 0x100000001b3u;
    for (int64_t i = 0; i < n && i < LOOK; i++) {
        dl_tensor *field[2];
        int32_t begin = dl_scope_begin(ctx);
        if (dl_dataset_get(d, i * step, 0, field, 2) == DL_OK) {
            const float *pixel = dl_tensor_data(field[0]);
            int64_t pixels = dl_tensor_count(field[0]);
            set->rows = dl_tensor_dim(field[0], 1);
            set->columns = dl_tensor_dim(field[0], 2);
            for (int64_t k = 0; k < pixels; k++)
                h = (h ^ (uint64_t)(pixel[k] * 255.0f + 0.5f)) * 0x100000001b3u;
            h = (h ^ (uint64_t)dl_tensor_item(field[1])) * 0x100000001b3u;
        }
        dl_scope_end(ctx, begin);
    }
    snprintf(set->mark, sizeof set->mark, "%016llx", (unsigned long long)h);
    return dl_ctx_status(ctx) == DL_OK ? 0 : program_fail(program, ctx);
}

/* $DL_DATA_DIR that does not lead to the data is worth a word: it was set for a reason. */
static void check_variable(const char *program, const char *path)
{
    const char *dir = getenv("DL_DATA_DIR");
    if (dir && *dir && strncmp(path, dir, strlen(dir)) != 0)
        complain(program, 0, "DL_DATA_DIR is %s, which does not hold this data; it comes from %s",
                 dir, path);
}

/* 1 when the library finds the set of that name; the error stands otherwise. */
static int look_for(const char *program, dl_ctx *ctx, const char *name, images_set *set)
{
    if (dl_data_find(ctx, name, set->path, sizeof set->path) < 0)
        return 0;
    check_variable(program, set->path);
    return 1;
}

int images_find(const char *program, dl_ctx *ctx, const char *data, const char *name,
                const char *remedy, images_set *set)
{
    if (*data) {
        snprintf(set->path, sizeof set->path, "%s", data);
        return 0;
    }
    if (look_for(program, ctx, name, set))
        return 0;
    complain(program, 0, "there is no data: %s", dl_ctx_message(ctx));
    return complain(program, EXIT_FILE, "%s", remedy);
}

static int find(const char *program, dl_ctx *ctx, const char *data, images_set *set)
{
    char first[1024];
    if (!*data && !look_for(program, ctx, "mnist", set)) {
        dl_ctx_message_copy(ctx, first, sizeof first);
        program_forgive(ctx);
        if (look_for(program, ctx, "fashion-mnist", set))
            return 0;
        complain(program, 0, "there is no data: %s", first);
        complain(program, 0, "%s", dl_ctx_message(ctx));
        return complain(program, EXIT_FILE,
                        "get MNIST's four files, or: sudo apt-get install dataset-fashion-mnist");
    }
    if (*data)
        snprintf(set->path, sizeof set->path, "%s", data);
    return 0;
}

int images_open(const char *program, dl_ctx *ctx, const char *data, int32_t split, images_set *set,
                dl_dataset **half)
{
    *set = (images_set){.name = "IDX files"};
    int code = find(program, ctx, data, set);
    if (code)
        return code;
    *half = dl_dataset_mnist(ctx, set->path, split);
    code = *half ? images_mark(program, ctx, *half, 0, set) : program_fail(program, ctx);
    if (code)
        return code;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(set->mark, known[i].mark[split]) == 0)
            set->name = known[i].name;
    return 0;
}

int images_open_both(const char *program, dl_ctx *ctx, const char *data, images_set *set,
                     dl_dataset **train, dl_dataset **test)
{
    images_set other;
    *train = *test = NULL;
    int code = images_open(program, ctx, data, DL_TRAIN, set, train);
    if (code == 0)
        code = images_open(program, ctx, set->path, DL_TEST, &other, test);
    if (code == 0 && (other.rows != set->rows || other.columns != set->columns))
        code = complain(program, EXIT_DATA,
                        "%s: training images are %lld x %lld, those to test %lld x %lld", set->path,
                        (long long)set->rows, (long long)set->columns, (long long)other.rows,
                        (long long)other.columns);
    if (code) {
        dl_dataset_drop(*train);
        dl_dataset_drop(*test);
        *train = *test = NULL;
    }
    return code;
}
