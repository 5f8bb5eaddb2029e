/* mnist: trains a network on MNIST or Fashion-MNIST, tests it, and predicts with it. */
#include <stdio.h>
#include <string.h>
#include "classifier/classifier.h"

static int64_t hidden = 512;
static double dropout = 0.1;

/* ---- nets ------------------------------------------------------------------------------------ */

/* Two hidden layers with dropout. */
static dl_module *make_mlp(const classifier *c)
{
    dl_ctx *ctx = c->ctx;
    double p = c->s.overfit ? 0 : dropout;
    int64_t pixels = c->data.shape[1] * c->data.shape[2];
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_flatten(ctx), dl_layer_dense(ctx, pixels, hidden, NULL),
                       dl_layer_relu(ctx), dl_layer_dropout(ctx, p, NULL),
                       dl_layer_dense(ctx, hidden, hidden, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, p, NULL),
                       dl_layer_dense(ctx, hidden, c->data.n_classes, NULL)));
}

/* What a net begins with that wants pictures of mean 0 and deviation 1: MNIST's. */
static dl_module *normalized(const classifier *c, dl_module *net)
{
    static const double mean = 0.1307, deviation = 0.3081;
    return dl_layer_sequential(c->ctx,
                               DL_LAYERS(dl_layer_normalize(c->ctx, &mean, &deviation, 1), net));
}

static dl_module *make_cnn(const classifier *c)
{
    double p = c->s.overfit ? 0 : dropout;
    return normalized(c, dl_model_cnn(c->ctx, &(dl_cnn_opts){.classes = c->data.n_classes,
                                                             .in_channels = 1,
                                                             .size = c->data.shape[1],
                                                             .width = 16,
                                                             .dropout = p == 0 ? DL_OFF : p}));
}

static dl_module *make_lenet5(const classifier *c)
{
    return normalized(c, dl_model_lenet5(c->ctx, &(dl_lenet_opts){.classes = c->data.n_classes}));
}

/* ---- data ------------------------------------------------------------------------------------ */

static int open_data(classifier *c, int test_only)
{
    classifier_data *d = &c->data;
    int code = test_only
                   ? images_open(c->program, c->ctx, c->s.data, DL_TEST, &d->set, &d->test)
                   : images_open_both(c->program, c->ctx, c->s.data, &d->set, &d->train, &d->test);
    d->shape[0] = 1;
    d->shape[1] = d->set.rows;
    d->shape[2] = d->set.columns;
    d->n_classes = CLASSES;
    d->class_name = images_classes(d->set.name);
    return code;
}

/* Shifts by up to two places. */
static dl_dataset *augment(classifier *c, dl_dataset *train)
{
    (void)c;
    return dl_dataset_pad_crop(train, &(dl_pad_crop_opts){.pad = 2});
}

/* The pictures of an IDX file of bytes, [rows, columns] or [n, rows, columns]: [n, 1, rows,
 * columns]. */
static dl_tensor *read_idx(classifier *c, const char *path, int *code)
{
    dl_tensor *t = dl_idx_read(c->ctx, path);
    if (!t)
        return NULL;
    int32_t d = dl_tensor_ndim(t);
    if (dl_tensor_dtype(t) != DL_U8 || d < 2 || d > 3) {
        *code = complain(c->program, EXIT_DATA,
                         "%s: it holds %s with %d axes; images are u8 with 2 or 3", path,
                         dl_dtype_name(dl_tensor_dtype(t)), (int)d);
        dl_tensor_drop(t);
        return NULL;
    }
    const int64_t all[] = {d == 3 ? dl_tensor_dim(t, 0) : 1, 1, dl_tensor_dim(t, -2),
                           dl_tensor_dim(t, -1)};
    dl_tensor *image = dl_tensor_zeros(c->ctx, DL_F32, all, 4);
    const uint8_t *from = dl_tensor_data(t);
    float *to = dl_tensor_edit(image);
    for (int64_t i = 0; to && i < dl_tensor_count(image); i++)
        to[i] = (float)from[i] / 255.0f;
    dl_tensor_drop(t);
    return image;
}

/* A picture file of any size: [1, rows, columns]. The data is bright on black; dark on white, as
 * most is that was written on paper, is turned round. */
static dl_tensor *read_picture(classifier *c, const char *path, const int64_t *shape)
{
    dl_tensor *t = shape[1] ? images_read(c->ctx, path, 1, shape[1], shape[2], 0)
                            : images_read(c->ctx, path, 1, 28, 28, 0);
    int64_t n = dl_tensor_count(t);
    float *pixel = dl_tensor_edit(t);
    double sum = 0;
    for (int64_t i = 0; pixel && i < n; i++)
        sum += (double)pixel[i];
    for (int64_t i = 0; sum > 0.5 * (double)n && i < n; i++)
        pixel[i] = 1.0f - pixel[i];
    return t;
}

/* 1 when the file begins as IDX does, or as what gzip made. */
static int is_idx(const char *path)
{
    unsigned char head[2] = {1, 1};
    FILE *f = fopen(path, "rbe");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    return n == sizeof head &&
           ((head[0] == 0 && head[1] == 0) || (head[0] == 0x1f && head[1] == 0x8b));
}

static dl_tensor *read_file(classifier *c, const char *path, const int64_t *shape, int *code)
{
    return is_idx(path) ? read_idx(c, path, code) : read_picture(c, path, shape);
}

int main(int argc, char **argv)
{
    option own[] = {
        {"hidden", OPTION_INT, OPTION_RUN, &hidden, 1, 65536, NULL, "units of each of two layers",
         0},
        {"dropout", OPTION_REAL, OPTION_RUN, &dropout, 0, 1, NULL, "probability to drop a unit", 0},
    };
    static const preset cnn[] = {{"epochs", "5"},          {"batch", "128"}, {"dropout", "0.25"},
                                 {"schedule", "onecycle"}, {"lr", "0.003"},  {"augment", "on"}};
    static const preset lenet5[] = {{"epochs", "10"},
                                    {"batch", "64"},
                                    {"schedule", "onecycle"},
                                    {"lr", "0.002"},
                                    {"augment", "on"}};
    static const classifier_model models[] = {{.name = "mlp", .make = make_mlp},
                                              {.name = "cnn",
                                               .make = make_cnn,
                                               .presets = cnn,
                                               .n_presets = sizeof cnn / sizeof *cnn,
                                               .without = "hidden"},
                                              {.name = "lenet5",
                                               .make = make_lenet5,
                                               .presets = lenet5,
                                               .n_presets = sizeof lenet5 / sizeof *lenet5,
                                               .without = "hidden|dropout"}};
    classifier c = {.program = "mnist",
                    .predict_what = "indices of test images, or IDX, JPEG, PNG, BMP files",
                    .data_help = "folder of the IDX files; else they are looked for",
                    .models = models,
                    .n_models = sizeof models / sizeof *models,
                    .options = own,
                    .n_options = sizeof own / sizeof *own,
                    .test_batch = 250,
                    .open = open_data,
                    .augment = augment,
                    .read = read_file};
    return classifier_main(&c, argc, argv);
}
