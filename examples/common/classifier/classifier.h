/* What the programs that sort images into classes share: settings, the folder of a run, training
 * with all that belongs to it, tests, predictions. A program describes itself in a classifier (its
 * data, its nets by name, what is different about it) and calls classifier_main. */
#ifndef EXAMPLES_CLASSIFIER_H
#define EXAMPLES_CLASSIFIER_H
#include "dl/dl.h"
#include "images.h"
#include "options.h"
#include "program.h"

typedef struct classifier classifier;

/* What an option is unless it is given, as a command line says it. In a list, optimizer and
 * schedule come before what depends on them. */
typedef struct preset {
    const char *option, *value;
} preset;

/* A net by name, and how it is trained by default. */
typedef struct classifier_model {
    const char *name;
    dl_module *(*make)(const classifier *c); /* NULL on failure */
    const preset *presets;
    int n_presets;
    const char *without; /* options of the program that mean nothing to it, "a|b"; NULL: none */
} classifier_model;

/* The settings that every program has. */
typedef struct classifier_settings {
    int64_t epochs, batch, seed, threads, workers, patience, limit_train;
    int64_t check_finite, profile, tensorboard, overfit, dry_run, resume, force, help, version;
    double lr, warmup, momentum, momentum_low, weight_decay, clip, smoothing, valid;
    const char *model, *optimizer, *schedule, *decay, *drop_last, *augment, *engine;
    const char *data, *out, *config;
    const char *self; /* the program as it was called */
} classifier_settings;

/* The data as the program found it. */
typedef struct classifier_data {
    /* Owned; valid NULL: --valid takes a part of train; test NULL: there is none. Fields: image f32
     * [shape], label i64 []. */
    dl_dataset *train, *valid, *test;
    images_set set;
    int64_t shape[3]; /* of an image: channels, rows, columns */
    int64_t n_classes;
    const char *const *class_name; /* [n_classes]; NULL: dl_dataset_class_name of the data */
} classifier_data;

struct classifier {
    const char *program;
    const char *about;              /* a paragraph for --help; NULL: none                       */
    const char *predict_what;       /* what predict takes: "indices of test images, or ..."     */
    const char *data_help;          /* what --data is                                           */
    const classifier_model *models; /* the first is the default                                 */
    int n_models;
    option *options; /* of this program alone, before those that all have                */
    int n_options;
    int by_class;       /* the examples of a class follow one another: parts are taken evenly */
    int32_t test_batch; /* images at a time in evaluation; open may change it                */
    /* Fills c->data: all of it, or with test_only what predicting by index takes. 0, or an exit
     * code after a message; what was opened so far is dropped by the caller. */
    int (*open)(classifier *c, int test_only);
    /* train with random changes; adopts it, also when it fails. NULL: the program has none. */
    dl_dataset *(*augment)(classifier *c, dl_dataset *train);
    /* The pictures in the file path, [n, channels, rows, columns] or [channels, rows, columns], f32
     * as the net takes them; the caller's. shape: what the net was trained on, zeros where that is
     * not known. NULL, with a standing error or an exit code in *code after a message. */
    dl_tensor *(*read)(classifier *c, const char *path, const int64_t *shape, int *code);
    /* From here on set by classifier_main. */
    dl_ctx *ctx;
    classifier_settings s;
    const classifier_model *model;
    classifier_data data;
};

/* Reads the command line and does what it says; the exit code of the program. */
int classifier_main(classifier *c, int argc, char **argv);
/* Prints the standing error; the exit code that fits. */
int classifier_fail(const classifier *c);
#endif
