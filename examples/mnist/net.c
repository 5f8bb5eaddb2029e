/* The net and the data. */
#include <stdio.h>
#include <string.h>
#include "mnist.h"

dl_module *mnist_net(dl_ctx *ctx, const mnist_settings *s)
{
    int64_t h = s->hidden;
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_flatten(ctx), dl_layer_dense(ctx, 784, h, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, s->dropout, NULL), dl_layer_dense(ctx, h, h, NULL),
                       dl_layer_relu(ctx), dl_layer_dropout(ctx, s->dropout, NULL),
                       dl_layer_dense(ctx, h, 10, NULL)));
}

int mnist_data(dl_ctx *ctx, const char *data, char *path, size_t cap, const char **what)
{
    if (*data) {
        snprintf(path, cap, "%s", data);
        *what = strstr(data, "fashion") ? "Fashion-MNIST" : "MNIST";
        return 0;
    }
    *what = "MNIST";
    if (dl_data_find(ctx, "mnist", path, cap) >= 0)
        return 0;
    char first[1024];
    dl_ctx_message_copy(ctx, first, sizeof first);
    dl_ctx_clear(ctx);
    *what = "Fashion-MNIST";
    if (dl_data_find(ctx, "fashion-mnist", path, cap) >= 0)
        return 0;
    fprintf(stderr,
            "%s: there is no data.\n  %s\n  %s\n"
            "Get MNIST's four files, or: sudo apt-get install dataset-fashion-mnist\n",
            mnist_name, first, dl_ctx_message(ctx));
    return EXIT_FILE;
}

const char *const *mnist_classes(const char *what)
{
    static const char *const digits[10] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    static const char *const clothes[10] = {"T-shirt", "trouser",   "pullover", "dress",
                                            "coat",    "sandal",    "shirt",    "sneaker",
                                            "bag",     "ankle boot"};
    return strcmp(what, "MNIST") == 0 ? digits : clothes;
}
