/* Any bytes as a checkpoint: no crash, no leak. What is refused has changed nothing; what is
 * accepted can be saved, and the file of that is accepted and saved as the same bytes again. Each
 * input is read as it is, and then without its checksums, so that what they guard is reached. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "core/ctx.h"
#include "core/file.h"
#include "dl/checkpoint.h"
#include "dl/layers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int fine)
{
    if (!fine)
        __builtin_trap();
}

/* ---- files in memory ------------------------------------------------------------------------- */

enum { INPUT, BEFORE, SAVED, FILES, ROOM = 1 << 18 };
static const char *const name[FILES] = {"input", "input.prev", "saved"};

static struct {
    uint8_t *data; /* of exactly size bytes, so that a sanitizer sees a read past the end */
    size_t size;
} file[FILES];

static uint8_t written[ROOM];
static size_t n_written;

static void put(int i, const uint8_t *data, size_t size)
{
    free(file[i].data);
    file[i].data = malloc(size ? size : 1);
    check(file[i].data != NULL);
    if (size)
        memcpy(file[i].data, data, size);
    file[i].size = size;
}

/* What is being written is number FILES. */
static int open_file(void *user, const char *path, int flags, unsigned mode)
{
    (void)user;
    (void)flags;
    (void)mode;
    for (int i = 0; i < FILES; i++)
        if (file[i].data && !strcmp(path, name[i]))
            return i;
    if (strstr(path, ".tmp.")) {
        n_written = 0;
        return FILES;
    }
    errno = ENOENT;
    return -1;
}

static int64_t read_at(void *user, int fd, void *dst, size_t n, int64_t at)
{
    (void)user;
    check(fd >= 0 && fd < FILES && at >= 0);
    const size_t size = file[fd].size, from = (size_t)at < size ? (size_t)at : size;
    n = n < size - from ? n : size - from;
    memcpy(dst, file[fd].data + from, n);
    return (int64_t)n;
}

static int64_t write_file(void *user, int fd, const void *src, size_t n)
{
    (void)user;
    check(fd == FILES && n <= ROOM - n_written);
    memcpy(written + n_written, src, n);
    n_written += n;
    return (int64_t)n;
}

static int info(void *user, int fd, dl__file_info *out)
{
    (void)user;
    *out = (dl__file_info){.size = fd < FILES ? (int64_t)file[fd].size : 0,
                           .links = 1,
                           .mode = 0600,
                           .kind = DL__KIND_REGULAR};
    return 0;
}

static int look(void *user, const char *path, dl__file_info *out)
{
    (void)user;
    (void)path;
    (void)out;
    errno = ENOENT; /* so that a save replaces nothing */
    return -1;
}

static int fine(void *user, int fd)
{
    (void)user;
    return fd < 0;
}

static int give_same(void *user, int fd)
{
    (void)user;
    return fd;
}

static int rename_file(void *user, const char *from, const char *to)
{
    (void)user;
    (void)from;
    check(!strcmp(to, name[SAVED]));
    put(SAVED, written, n_written);
    return 0;
}

static int unlink_file(void *user, const char *path)
{
    (void)user;
    (void)path;
    return 0;
}

static const dl__io in_memory = {.open = open_file,
                                 .read_at = read_at,
                                 .write = write_file,
                                 .info = info,
                                 .look = look,
                                 .lock = fine,
                                 .dup = give_same,
                                 .fsync = fine,
                                 .close = fine,
                                 .rename = rename_file,
                                 .unlink = unlink_file};

/* ---- what is loaded into --------------------------------------------------------------------- */

static dl_ctx *ctx;
static dl_ckpt *all;
static int64_t at_rest;
static uint8_t *first; /* a checkpoint of what is there at the beginning */
static size_t n_first;

/* All that the library keeps in a checkpoint: every kind of part. */
static void make(void)
{
    dl_ctx_opts opts = {.memory_limit = 64 << 20, .threads = 1, .seed = 42};
    ctx = dl_ctx_new(&opts);
    int32_t mark = dl_scope_begin(ctx);
    dl_module *net =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_conv2d(ctx, 1, 2, DL_KERNEL(2, 2), NULL, NULL),
                                           dl_layer_batchnorm2d(ctx, 2, NULL)));
    dl_optim *sgd = dl_optim_sgd(net, &(dl_sgd_opts){.lr = 0.1, .momentum = 0.9});
    dl_optim_set_sched(sgd, dl_sched_plateau(ctx, NULL));
    dl_module *line = dl_layer_dense(ctx, 1, 1, NULL);
    dl_optim *lbfgs = dl_optim_lbfgs(line, &(dl_lbfgs_opts){.history = 1});
    dl_average *average = dl_average_new(net, 0.9);
    dl_tensor *x = dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(7, 1));
    dl_tensor *count = dl_tensor_zeros(ctx, DL_I32, DL_SHAPE(3));
    dl_dataset *set = dl_dataset_tensors(&x, 1);
    dl_loader *loader = dl_loader_new(set, &(dl_loader_opts){.batch = 2, .shuffle = 1});
    all = dl_ckpt_new(ctx);
    check(dl_ckpt_add_module(all, "net", net) == DL_OK);
    check(dl_ckpt_add_optim(all, "sgd", sgd) == DL_OK);
    check(dl_ckpt_add_optim(all, "lbfgs", lbfgs) == DL_OK);
    check(dl_ckpt_add_average(all, "average", average) == DL_OK);
    check(dl_ckpt_add_loader(all, "data", loader) == DL_OK);
    check(dl_ckpt_add_tensor(all, "count", count) == DL_OK);
    check(dl_ckpt_set_text(all, "note", "l\xc3\xa4uft") == DL_OK);
    dl_optim_drop(sgd);
    dl_optim_drop(lbfgs);
    dl_average_drop(average);
    dl_loader_drop(loader);
    dl_dataset_drop(set);
    dl_module_drop(net);
    dl_module_drop(line);
    dl_scope_end(ctx, mark);
}

static dl_status save(void)
{
    return dl_ckpt_save(all, name[SAVED]);
}

static void begin(void)
{
    dl__io_set(&in_memory);
    make();
    check(save() == DL_OK);
    n_first = file[SAVED].size;
    first = malloc(n_first);
    check(first != NULL);
    memcpy(first, file[SAVED].data, n_first);
    put(BEFORE, first, n_first / 2);
    at_rest = dl_ctx_live(ctx);
}

/* What is in memory is what was there at the beginning. */
static void unchanged(void)
{
    check(save() == DL_OK);
    check(file[SAVED].size == n_first && !memcmp(file[SAVED].data, first, n_first));
}

static void accepted(void)
{
    dl_status status = save(); /* values that are no numbers are not saved */
    if (status == DL_OK) {
        uint8_t *once = malloc(file[SAVED].size);
        const size_t n = file[SAVED].size;
        check(once != NULL);
        memcpy(once, file[SAVED].data, n);
        check(dl_ckpt_load(all, name[SAVED]) == DL_OK && save() == DL_OK);
        check(file[SAVED].size == n && !memcmp(file[SAVED].data, once, n));
        free(once);
    }
    check(status == DL_OK || status == DL_ENUMERIC);
    dl_ctx_clear(ctx);
    put(SAVED, first, n_first);
    check(dl_ckpt_load(all, name[SAVED]) == DL_OK);
}

static void load(const uint8_t *data, size_t size)
{
    put(INPUT, data, size);
    if (dl_ckpt_load(all, name[INPUT]) == DL_OK) {
        accepted();
    } else {
        check(dl_ctx_message(ctx)[0] != 0);
        dl_ctx_clear(ctx);
    }
    unchanged();
    check(dl_ctx_live(ctx) == at_rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char sum[] = "\"dl.crc32";
    if (!ctx)
        begin();
    if (size > ROOM)
        return 0;
    load(data, size);
    uint8_t *bare = malloc(size + 1);
    check(bare != NULL);
    if (size)
        memcpy(bare, data, size);
    int sums = 0;
    for (size_t i = 0; i + sizeof sum - 1 <= size; i++)
        if (!memcmp(bare + i, sum, sizeof sum - 1)) {
            bare[i + 1] = 'x'; /* a word like any other */
            sums++;
        }
    if (sums)
        load(bare, size);
    free(bare);
    return 0;
}
