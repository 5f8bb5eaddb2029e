/* The MNIST files and their relatives: pictures and labels in two IDX files. */
#include "core/ctx.h"
#include "core/utf8.h"
#include "data/dataset.h"
#include "data/pixels.h"
#include "dl/io.h"
#include "io/idx.h"
#include "tensor/tensor.h"

enum { PATH = 4096, CLASSES = 10 };

typedef struct state {
    dl_tensor *images, *labels; /* u8 [N, rows, columns], u8 [N]; kept */
    int64_t n, pixels;
} state;

static int64_t size_of(const void *p)
{
    return ((const state *)p)->n;
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    (void)key;
    (void)why;
    (void)why_cap;
    const state *s = p;
    dl__unit_pixels((const uint8_t *)dl__data(s->images) + i * s->pixels, s->pixels, field[0]);
    *(int64_t *)field[1] = ((const uint8_t *)dl__data(s->labels))[i];
    return DL_OK;
}

static void end(void *p)
{
    state *s = p;
    dl_tensor_drop(s->images);
    dl_tensor_drop(s->labels);
    dl__free(s);
}

static int64_t classes(const void *p)
{
    (void)p;
    return CLASSES;
}

static const char *class_name(const void *p, int64_t k)
{
    static const char *const digit[CLASSES] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    (void)p;
    return digit[k];
}

static const dl_dataset_class mnist_class = {.name = "mnist",
                                             .threads = 1,
                                             .size = size_of,
                                             .get = get,
                                             .free = end,
                                             .classes = classes,
                                             .class_name = class_name};

/* The u8 tensor of the file called name in dir, the caller's; path receives where it was. */
static dl_tensor *read_part(dl_ctx *ctx, const char *dir, const char *name, int32_t ndim,
                            char *path)
{
    if (dl_idx_find(ctx, &dir, 1, name, path, PATH) != DL_OK)
        return NULL;
    dl_tensor *t = dl__idx_read(ctx, path, ndim);
    if (!t || t->dtype == DL_U8)
        return t;
    char shown[DL__SHOWN];
    dl_fail(ctx, DL_EFORMAT, "%s: its elements are %s, u8 is wanted",
            dl__printable(shown, sizeof shown, path), dl_dtype_name(t->dtype));
    dl_tensor_drop(t);
    return NULL;
}

static dl_status load(dl_ctx *ctx, state *s, const char *dir, int32_t split)
{
    static const char *const name[2][2] = {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
                                           {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
    char path[PATH], shown[DL__SHOWN];
    s->images = read_part(ctx, dir, name[split][0], 3, path);
    s->labels = s->images ? read_part(ctx, dir, name[split][1], 1, path) : NULL;
    if (!s->labels)
        return ctx->status;
    s->n = s->images->dims[0];
    s->pixels = s->images->dims[1] * s->images->dims[2];
    if (s->labels->dims[0] != s->n)
        return dl_fail(ctx, DL_EFORMAT, "%s: it has %lld labels for %lld images",
                       dl__printable(shown, sizeof shown, path), (long long)s->labels->dims[0],
                       (long long)s->n);
    const uint8_t *label = (const uint8_t *)dl__data(s->labels);
    for (int64_t i = 0; i < s->n; i++)
        if (label[i] >= CLASSES)
            return dl_fail(ctx, DL_EFORMAT, "%s: label %lld is %d, 0 to %d are possible",
                           dl__printable(shown, sizeof shown, path), (long long)i, label[i],
                           CLASSES - 1);
    return DL_OK;
}

dl_dataset *dl_dataset_mnist(dl_ctx *ctx, const char *dir, int32_t split)
{
    if (!dl__ok(ctx))
        return NULL;
    if (split != DL_TRAIN && split != DL_TEST) {
        dl_fail(ctx, DL_EINVAL, "dataset_mnist: split is %d, it wants DL_TRAIN or DL_TEST",
                (int)split);
        return NULL;
    }
    char found[PATH];
    if (!dir && dl_data_find(ctx, "mnist", found, sizeof found) < 0)
        return NULL;
    state *s = dl__calloc(ctx, sizeof *s);
    if (!s)
        return NULL;
    int32_t meta = dl_meta_enable(ctx, 0);
    dl_status status = load(ctx, s, dir ? dir : found, split);
    dl_meta_enable(ctx, meta);
    if (status != DL_OK) {
        end(s);
        return NULL;
    }
    dl_field field[2] = {{.name = "image",
                          .dtype = DL_F32,
                          .ndim = 3,
                          .dims = {1, s->images->dims[1], s->images->dims[2]}},
                         {.name = "label", .dtype = DL_I64}};
    return dl_dataset_new(ctx, &mnist_class, s, field, 2);
}
