/* Using a saved net. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mnist.h"

enum { TOP = 5 };

/* The picture as text, two columns a pixel. */
static void draw(const float *image, int64_t rows, int64_t columns)
{
    static const char shade[] = " .:-=+*#%@";
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < columns; j++) {
            char c = shade[(int)(image[i * columns + j] * 9.0f + 0.5f)]; /* [0, 1] */
            printf("%c%c", c, c);
        }
        printf("\n");
    }
}

/* Runs the net on one image and prints the likeliest classes. label < 0: not known. */
static int show(dl_ctx *ctx, dl_module *net, const float *image, int64_t rows, int64_t columns,
                int64_t label, const char *const *names, const char *title)
{
    const int64_t shape[] = {1, 1, rows, columns};
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = dl_tensor_give(dl_tensor_from(ctx, DL_F32, image, shape, 4));
    dl_tensor *p = dl_softmax(dl_module_forward(net, x), 1);
    float probability[CLASSES];
    dl_status status = p && dl_tensor_count(p) != CLASSES
                           ? DL_ESHAPE
                           : dl_tensor_get(p, probability, sizeof probability);
    dl_scope_end(ctx, mark);
    if (status != DL_OK)
        return dl_ctx_status(ctx)
                   ? program_fail(mnist_name, ctx)
                   : complain(mnist_name, EXIT_DATA, "the net does not have %d outputs", CLASSES);
    printf("%s%s%s\n", title, label >= 0 ? ", labelled " : "", label >= 0 ? names[label] : "");
    draw(image, rows, columns);
    for (int k = 0; k < TOP; k++) {
        int best = 0;
        for (int c = 1; c < CLASSES; c++)
            if (probability[c] > probability[best])
                best = c;
        printf("  %5.1f%%  %s\n", 100.0 * (double)probability[best], names[best]);
        probability[best] = -1;
    }
    printf("\n");
    return 0;
}

static int predict_index(dl_ctx *ctx, dl_module *net, dl_dataset *test, long long i,
                         const char *const *names)
{
    dl_tensor *field[2];
    char title[64];
    int32_t mark = dl_scope_begin(ctx);
    int code = 0;
    if (dl_dataset_get(test, i, 0, field, 2) != DL_OK) {
        code = program_fail(mnist_name, ctx);
    } else {
        snprintf(title, sizeof title, "test image %lld", i);
        code = show(ctx, net, dl_tensor_data(field[0]), dl_tensor_dim(field[0], 1),
                    dl_tensor_dim(field[0], 2), (int64_t)dl_tensor_item(field[1]), names, title);
    }
    dl_scope_end(ctx, mark);
    return code;
}

/* All pictures of an IDX file of bytes: [rows, columns] or [n, rows, columns]. */
static int predict_file(dl_ctx *ctx, dl_module *net, const char *path, const char *const *names)
{
    dl_tensor *t = dl_idx_read(ctx, path);
    if (!t)
        return program_fail(mnist_name, ctx);
    int32_t d = dl_tensor_ndim(t);
    int code = 0;
    if (dl_tensor_dtype(t) != DL_U8 || d < 2 || d > 3)
        code = complain(mnist_name, EXIT_DATA,
                        "%s: it holds %s with %d axes; images are u8 with 2 or 3", path,
                        dl_dtype_name(dl_tensor_dtype(t)), (int)d);
    int64_t rows = dl_tensor_dim(t, -2), columns = dl_tensor_dim(t, -1);
    int64_t n = d == 3 ? dl_tensor_dim(t, 0) : 1, pixels = rows * columns;
    const uint8_t *from = code ? NULL : dl_tensor_data(t);
    float *image = code ? NULL : malloc(sizeof *image * (size_t)(pixels + 1));
    if (!code && !image)
        code = EXIT_MEMORY;
    for (int64_t i = 0; i < n && code == 0; i++) {
        char title[400], safe[300];
        for (int64_t k = 0; k < pixels; k++)
            image[k] = (float)from[i * pixels + k] / 255.0f;
        snprintf(title, sizeof title, "%s, image %lld", printable(safe, sizeof safe, path),
                 (long long)i);
        code = show(ctx, net, image, rows, columns, -1, names, title);
    }
    free(image);
    dl_tensor_drop(t);
    return code;
}

/* 1 when text is a whole number, which goes to *i. */
static int is_index(const char *text, long long *i)
{
    char *end;
    errno = 0;
    *i = strtoll(text, &end, 10);
    return isdigit((unsigned char)text[0]) && *end == 0 && errno == 0;
}

/* The net of the run, ready to predict; NULL on failure. */
static dl_module *open_net(dl_ctx *ctx, const mnist_settings *s)
{
    char path[FULL_PATH];
    dl_module *net = dl_module_open(ctx, path_in(path, s->out, mnist_model_file));
    if (net)
        dl_module_train(net, 0);
    dl_grad_enable(ctx, 0);
    return net;
}

int mnist_predict(dl_ctx *ctx, const mnist_settings *s, const char *const *what, int n)
{
    dl_module *net = open_net(ctx, s);
    dl_dataset *test = NULL;
    images_set set = {0};
    const char *name = settings_fact("data set");
    int code = 0;
    if (!net) {
        code = program_fail(mnist_name, ctx);
        if (code == EXIT_FILE)
            complain(mnist_name, 0, "train first, or name the folder of a run with --out");
    }
    for (int i = 0; i < n && code == 0; i++) {
        long long index;
        if (!is_index(what[i], &index)) {
            code = predict_file(ctx, net, what[i], images_classes(name));
            continue;
        }
        if (!test)
            code = images_open(mnist_name, ctx, s->data, DL_TEST, &set, &test);
        if (code == 0)
            code = predict_index(ctx, net, test, index, images_classes(set.name));
    }
    dl_dataset_drop(test);
    dl_module_drop(net);
    return code;
}

int mnist_info(dl_ctx *ctx, const char *path)
{
    dl_safetensors *file = dl_safetensors_open(ctx, path, &(dl_safetensors_opts){.verify = 1});
    if (!file) {
        int code = program_fail(mnist_name, ctx);
        return dl_ctx_status(ctx) == DL_ELIMIT ? EXIT_DATA
                                               : code; /* what the file says of itself */
    }
    char safe[2 * PATH_BYTES];
    int64_t bytes = 0;
    for (int32_t i = 0; i < dl_safetensors_count(file); i++) {
        printf("%-40s %-5s [", printable(safe, sizeof safe, dl_safetensors_name(file, i)),
               dl_safetensors_stored(file, i));
        for (int32_t d = 0; d < dl_safetensors_ndim(file, i); d++)
            printf("%s%lld", d ? ", " : "", (long long)dl_safetensors_dim(file, i, d));
        printf("]\n");
        bytes += dl_safetensors_bytes(file, i);
    }
    printf("%d tensors, %lld bytes\n", (int)dl_safetensors_count(file), (long long)bytes);
    for (int32_t i = 0; i < dl_safetensors_meta_count(file); i++) {
        printf("%s: ", printable(safe, sizeof safe, dl_safetensors_meta_key(file, i)));
        printf("%s\n", printable(safe, sizeof safe, dl_safetensors_meta_value(file, i)));
    }
    dl_safetensors_drop(file);
    return 0;
}
