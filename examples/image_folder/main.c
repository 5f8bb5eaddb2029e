/* image_folder: trains a convolutional network on your own pictures, a folder for each class, tests
 * it, and says what is on others. */
#include <stdio.h>
#include <string.h>
#include "folder.h"

settings own = {.size = 64, .width = 32, .test = 0.1, .fit = "crop", .flip = "on", .cache = "on"};

/* ---- nets ------------------------------------------------------------------------------------ */

/* The moments of ImageNet's pictures, which are those of photographs: they are a part of the net,
 * so that a saved one takes pictures as they are. */
static dl_module *normalized(const classifier *c, dl_module *net)
{
    static const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
    return dl_layer_sequential(c->ctx,
                               DL_LAYERS(dl_layer_normalize(c->ctx, mean, deviation, 3), net));
}

/* Small pictures would vanish in the two halvings that it begins with. */
static dl_module *make_residual(const classifier *c)
{
    int depth = 0;
    sscanf(c->model->name, "%*[a-z]%d", &depth);
    return normalized(c, dl_model_resnet(c->ctx, depth,
                                         &(dl_resnet_opts){.classes = c->data.n_classes,
                                                           .width = own.width,
                                                           .zero_gamma = 1,
                                                           .small_input = own.size < 64}));
}

static dl_module *make_cnn(const classifier *c)
{
    return normalized(c,
                      dl_model_cnn(c->ctx, &(dl_cnn_opts){.classes = c->data.n_classes,
                                                          .in_channels = 3,
                                                          .size = own.size,
                                                          .width = own.width,
                                                          .dropout = c->s.overfit ? DL_OFF : 0}));
}

/* ---- pictures -------------------------------------------------------------------------------- */

/* Rectangles of at least two fifths of the picture, mirrored, in changed light. */
static dl_dataset *augment(classifier *c, dl_dataset *train)
{
    (void)c;
    train = dl_dataset_resized_crop(train, &(dl_resized_crop_opts){.min_area = 0.4});
    if (strcmp(own.flip, "on") == 0)
        train = dl_dataset_flip(train, NULL);
    return dl_dataset_color_jitter(
        train, &(dl_color_jitter_opts){.brightness = 0.2, .contrast = 0.2, .saturation = 0.2});
}

static dl_tensor *read_picture(classifier *c, const char *path, const int64_t *shape, int *code)
{
    (void)code;
    int64_t size = shape[1] ? shape[1] : own.size;
    return images_read(c->ctx, path, 3, size, size, squashed());
}

int main(int argc, char **argv)
{
    option options[] = {
        {"size", OPTION_INT, OPTION_RUN, &own.size, 8, 1024, NULL,
         "rows and columns that pictures are resized to", 0},
        {"width", OPTION_INT, OPTION_RUN, &own.width, 1, 1024, NULL,
         "channels of the first stage of the net", 0},
        {"test", OPTION_REAL, OPTION_RUN, &own.test, 0, 0.9, NULL,
         "part of the pictures to test on, where there is no folder test", 0},
        {"fit", OPTION_TEXT, OPTION_RUN, &own.fit, 0, 0, "crop|squash",
         "how a picture becomes a square: its middle, or all of it", 0},
        {"flip", OPTION_TEXT, OPTION_RUN, &own.flip, 0, 0, "on|off",
         "mirror pictures at random, with --augment on; off for letters", 0},
        {"skip-broken", OPTION_FLAG, OPTION_RUN, &own.skip_broken, 0, 1, NULL,
         "leave out files that cannot be read", 0},
        {"cache", OPTION_TEXT, OPTION_FREE, &own.cache, 0, 0, "on|off",
         "keep all pictures in memory, else read them every time", 0},
    };
    static const preset recipe[] = {
        {"epochs", "30"},         {"batch", "32"},          {"augment", "on"},    {"lr", "0.002"},
        {"schedule", "onecycle"}, {"weight-decay", "0.05"}, {"smoothing", "0.1"}, {"valid", "0.1"}};
#define MODEL(name_, make_)                                                                        \
    {                                                                                              \
        .name = name_, .make = make_, .presets = recipe,                                           \
        .n_presets = sizeof recipe / sizeof *recipe                                                \
    }
    static const classifier_model models[] = {
        MODEL("resnet18", make_residual), MODEL("resnet34", make_residual),
        MODEL("resnet50", make_residual), MODEL("cnn", make_cnn)};
    classifier c = {
        .program = "image_folder",
        .about =
            "--data names a folder with a folder of pictures (JPEG, PNG, BMP) for each class:\n"
            "FOLDER/cat/1.jpg, FOLDER/dog/x.png. They are divided into those to train, validate\n"
            "and test on, with the share of every class kept; or they are divided already:\n"
            "FOLDER/train/cat/1.jpg, FOLDER/val/cat/2.jpg, FOLDER/test/cat/3.jpg.",
        .predict_what = "JPEG, PNG, BMP files, or indices of test images",
        .data_help = "folder of the pictures",
        .models = models,
        .n_models = sizeof models / sizeof *models,
        .options = options,
        .n_options = sizeof options / sizeof *options,
        .by_class = 1,
        .open = open_pictures,
        .augment = augment,
        .read = read_picture};
    return classifier_main(&c, argc, argv);
}
