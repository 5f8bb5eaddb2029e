/* cifar: trains a convolutional network on CIFAR-10 or CIFAR-100, tests it, and predicts with it.
 *
 * The recipe of all nets is that of one-cycle training: Nesterov's momentum, which falls while the
 * rate rises, weight decay on everything, crops and flips (Smith and Topin, Super-Convergence,
 * 2018; He et al., CVPR 2016, for the nets and the changes of images). */
#include <stdio.h>
#include <string.h>
#include "classifier/classifier.h"

static const char *which = "cifar10";
static int64_t width; /* 0: as the net has it */

static int is_hundred(void)
{
    return strcmp(which, "cifar100") == 0;
}

/* ---- nets ------------------------------------------------------------------------------------ */

/* The moments of CIFAR-10's training images: they are a part of the net, so that a saved one takes
 * pictures as they are. What stands around a picture that is cropped is their mean grey. */
static const double mean[] = {0.4914, 0.4822, 0.4465}, deviation[] = {0.2470, 0.2435, 0.2616};
static const double grey = 0.4734;

static dl_module *normalized(const classifier *c, dl_module *net)
{
    return dl_layer_sequential(c->ctx,
                               DL_LAYERS(dl_layer_normalize(c->ctx, mean, deviation, 3), net));
}

static dl_module *make_residual(const classifier *c)
{
    int depth = 0, plain = strncmp(c->model->name, "plain", 5) == 0;
    sscanf(c->model->name, "%*[a-z]%d", &depth);
    return normalized(
        c, dl_model_cifar_resnet(c->ctx, depth,
                                 &(dl_resnet_opts){.classes = c->data.n_classes,
                                                   .width = width,
                                                   .shortcut = plain ? DL_SHORTCUT_NONE : 0}));
}

static dl_module *make_vgg(const classifier *c)
{
    return normalized(c, dl_model_cifar_vgg(c->ctx, 11,
                                            &(dl_vgg_opts){.classes = c->data.n_classes,
                                                           .width = width,
                                                           .dropout = c->s.overfit ? DL_OFF : 0}));
}

static dl_module *make_cnn(const classifier *c)
{
    return normalized(c,
                      dl_model_cnn(c->ctx, &(dl_cnn_opts){.classes = c->data.n_classes,
                                                          .in_channels = 3,
                                                          .size = c->data.shape[1],
                                                          .width = width,
                                                          .dropout = c->s.overfit ? DL_OFF : 0}));
}

/* ---- data ------------------------------------------------------------------------------------ */

static dl_dataset *half(const classifier *c, int32_t split)
{
    const char *path = c->data.set.path;
    return is_hundred() ? dl_dataset_cifar100(c->ctx, path, split, NULL)
                        : dl_dataset_cifar10(c->ctx, path, split);
}

static int open_data(classifier *c, int test_only)
{
    classifier_data *d = &c->data;
    const char *remedy =
        is_hundred()
            ? "get CIFAR-100's binary version, cifar-100-binary.tar.gz, and unpack it there"
            : "get CIFAR-10's binary version, cifar-10-binary.tar.gz, and unpack it there";
    d->set.name = is_hundred() ? "CIFAR-100" : "CIFAR-10";
    int code = images_find(c->program, c->ctx, c->s.data, which, remedy, &d->set);
    if (code)
        return code;
    d->train = test_only ? NULL : half(c, DL_TRAIN);
    d->test = test_only || d->train ? half(c, DL_TEST) : NULL;
    if (!d->test)
        return classifier_fail(c);
    d->n_classes = dl_dataset_classes(d->test);
    d->shape[0] = 3;
    d->shape[1] = d->shape[2] = 32;
    return images_mark(c->program, c->ctx, test_only ? d->test : d->train, 0, &d->set);
}

static dl_dataset *augment(classifier *c, dl_dataset *train)
{
    (void)c;
    train = dl_dataset_pad_crop(train, &(dl_pad_crop_opts){.mode = DL_PAD_CONSTANT, .value = grey});
    return dl_dataset_flip(train, NULL);
}

/* A picture file of any size. */
static dl_tensor *read_picture(classifier *c, const char *path, const int64_t *shape, int *code)
{
    (void)shape, (void)code;
    return images_read(c->ctx, path, 3, 32, 32, 0);
}

int main(int argc, char **argv)
{
    option own[] = {
        {"set", OPTION_TEXT, OPTION_RUN, &which, 0, 0, "cifar10|cifar100",
         "the data: 10 classes, or 100", 0},
        {"width", OPTION_INT, OPTION_RUN, &width, 0, 4096, NULL,
         "channels of the first stage, 0: as the net has it", 0},
    };
    static const preset recipe[] = {
        {"epochs", "30"},     {"batch", "128"},          {"drop-last", "on"},
        {"augment", "on"},    {"optimizer", "nesterov"}, {"schedule", "onecycle"},
        {"momentum", "0.95"}, {"momentum-low", "0.85"},  {"weight-decay", "0.0005"},
        {"decay", "all"},     {"warmup", "0.2"},         {"lr", "0.2"},
    };
    static const preset gentle[] = {
        {"epochs", "30"},     {"batch", "128"},          {"drop-last", "on"},
        {"augment", "on"},    {"optimizer", "nesterov"}, {"schedule", "onecycle"},
        {"momentum", "0.95"}, {"momentum-low", "0.85"},  {"weight-decay", "0.0005"},
        {"decay", "all"},     {"warmup", "0.2"},         {"lr", "0.1"},
    };
#define RESIDUAL(name_)                                                                            \
    {                                                                                              \
        .name = name_, .make = make_residual, .presets = recipe,                                   \
        .n_presets = sizeof recipe / sizeof *recipe                                                \
    }
#define OTHER(name_)                                                                               \
    {                                                                                              \
        .name = #name_, .make = make_##name_, .presets = gentle,                                   \
        .n_presets = sizeof gentle / sizeof *gentle                                                \
    }
    static const classifier_model models[] = {RESIDUAL("resnet20"),
                                              RESIDUAL("resnet32"),
                                              RESIDUAL("resnet56"),
                                              RESIDUAL("plain20"),
                                              RESIDUAL("plain56"),
                                              OTHER(vgg),
                                              OTHER(cnn)};
    classifier c = {.program = "cifar",
                    .predict_what = "indices of test images, or JPEG, PNG, BMP files",
                    .data_help = "folder of the binary files; else they are looked for",
                    .models = models,
                    .n_models = sizeof models / sizeof *models,
                    .options = own,
                    .n_options = sizeof own / sizeof *own,
                    .test_batch = 250,
                    .open = open_data,
                    .augment = augment,
                    .read = read_picture};
    return classifier_main(&c, argc, argv);
}
