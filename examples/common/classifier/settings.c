/* The settings of the classifier programs: what there is, and what they are by default. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "classifier/parts.h"

static char model_names[512]; /* "mlp|cnn" */

void settings_begin(classifier *c, const char *self)
{
    static char out[NAME_BYTES];
    snprintf(out, sizeof out, "%s-run", c->program);
    c->s = (classifier_settings){.epochs = 10,
                                 .batch = 64,
                                 .seed = 1,
                                 .lr = 0.001,
                                 .momentum = 0.9,
                                 .model = c->models[0].name,
                                 .optimizer = "adam",
                                 .schedule = "cosine",
                                 .decay = "weights",
                                 .drop_last = "off",
                                 .augment = "off",
                                 .engine = "auto",
                                 .data = "",
                                 .out = out,
                                 .config = "",
                                 .self = self};
    size_t at = 0;
    for (int i = 0; i < c->n_models && at < sizeof model_names; i++)
        at += (size_t)snprintf(model_names + at, sizeof model_names - at, "%s%s", i ? "|" : "",
                               c->models[i].name);
}

/* How the net is trained. */
static int recipe(classifier_settings *s, option *o)
{
    const double any = INFINITY;
    const option all[] = {
        {"epochs", OPTION_INT, OPTION_RUN, &s->epochs, 1, 100000, NULL,
         "passes over the training images", 0},
        {"batch", OPTION_INT, OPTION_RUN, &s->batch, 1, 1000000, NULL, "images in a step", 0},
        {"drop-last", OPTION_TEXT, OPTION_RUN, &s->drop_last, 0, 0, "on|off",
         "leave a last batch out that is not full", 0},
        {"augment", OPTION_TEXT, OPTION_RUN, &s->augment, 0, 0, "on|off",
         "random changes of the training images", 0},
        {"optimizer", OPTION_TEXT, OPTION_RUN, &s->optimizer, 0, 0, "adam|sgd|nesterov",
         "update rule; nesterov is sgd with Nesterov's momentum", 0},
        {"lr", OPTION_REAL, OPTION_RUN, &s->lr, 0, any, NULL,
         "learning rate, the highest of the schedule", 0},
        {"schedule", OPTION_TEXT, OPTION_RUN, &s->schedule, 0, 0, "onecycle|cosine|step|constant",
         "of the learning rate", 0},
        {"warmup", OPTION_REAL, OPTION_RUN, &s->warmup, 0, 1, NULL,
         "part of the steps in which the rate rises, of onecycle and cosine", 0},
        {"momentum", OPTION_REAL, OPTION_RUN, &s->momentum, 0, 0.9999, NULL, "of sgd", 0},
        {"momentum-low", OPTION_REAL, OPTION_RUN, &s->momentum_low, 0, 0.9999, NULL,
         "of onecycle, where the rate is highest; 0: as momentum", 0},
        {"weight-decay", OPTION_REAL, OPTION_RUN, &s->weight_decay, 0, any, NULL,
         "of what --decay says", 0},
        {"decay", OPTION_TEXT, OPTION_RUN, &s->decay, 0, 0, "weights|all",
         "weights alone, or biases and norms too", 0},
        {"clip", OPTION_REAL, OPTION_RUN, &s->clip, 0, any, NULL,
         "largest norm of the gradient, 0: none", 0},
        {"smoothing", OPTION_REAL, OPTION_RUN, &s->smoothing, 0, 0.99, NULL, "of the labels", 0},
        {"valid", OPTION_REAL, OPTION_RUN, &s->valid, 0, 0.9, NULL,
         "part of the training images to validate on; the best net is kept", 0},
        {"patience", OPTION_INT, OPTION_RUN, &s->patience, 0, 100000, NULL,
         "stop after that many epochs without improvement, 0: never", 0},
        {"limit-train", OPTION_INT, OPTION_RUN, &s->limit_train, 0, 1e9, NULL,
         "train on the first images alone, 0: on all", 0},
        {"seed", OPTION_INT, OPTION_RUN, &s->seed, 0, 9007199254740992.0, NULL,
         "of all random numbers", 0},
        {"overfit-one-batch", OPTION_FLAG, OPTION_RUN, &s->overfit, 0, 1, NULL,
         "train on one batch alone, without dropout: the loss must vanish", 0},
    };
    memcpy(o, all, sizeof all);
    return sizeof all / sizeof *all;
}

/* How the program runs. */
static int conduct(const classifier *c, classifier_settings *s, option *o)
{
    const option all[] = {
        {"threads", OPTION_INT, OPTION_FREE, &s->threads, 0, 1024, NULL, "0: one per core", 0},
        {"workers", OPTION_INT, OPTION_FREE, &s->workers, 0, 64, NULL, "threads that load ahead",
         0},
        {"engine", OPTION_TEXT, OPTION_RUN, &s->engine, 0, 0, "auto|native|blas|plain",
         "of matrix products and convolutions", 0},
        {"data", OPTION_TEXT, OPTION_FREE, &s->data, 0, 0, NULL, c->data_help, 0},
        {"check-finite", OPTION_FLAG, OPTION_FREE, &s->check_finite, 0, 1, NULL,
         "stop at the first NaN or infinity, and keep where it came from", 0},
        {"profile", OPTION_FLAG, OPTION_FREE, &s->profile, 0, 1, NULL,
         "where the time of training goes: tables, and trace.json", 0},
        {"tensorboard", OPTION_FLAG, OPTION_FREE, &s->tensorboard, 0, 1, NULL,
         "write event files, too", 0},
        {"out", OPTION_TEXT, OPTION_CALL, &s->out, 0, 0, NULL, "folder of the results", 0},
        {"config", OPTION_TEXT, OPTION_CALL, &s->config, 0, 0, NULL,
         "settings of another run, its run.json", 0},
        {"resume", OPTION_FLAG, OPTION_CALL, &s->resume, 0, 1, NULL, "go on with the run in --out",
         0},
        {"force", OPTION_FLAG, OPTION_CALL, &s->force, 0, 1, NULL, "replace the run in --out", 0},
        {"dry-run", OPTION_FLAG, OPTION_CALL, &s->dry_run, 0, 1, NULL,
         "show settings and net, train nothing", 0},
        {"help", OPTION_FLAG, OPTION_CALL, &s->help, 0, 1, NULL, "this text", 0},
        {"version", OPTION_FLAG, OPTION_CALL, &s->version, 0, 1, NULL, "of the library", 0},
    };
    memcpy(o, all, sizeof all);
    return sizeof all / sizeof *all;
}

int settings_table(classifier *c, option *o)
{
    int n = 0;
    o[n++] =
        (option){"model", OPTION_TEXT, OPTION_RUN, &c->s.model, 0, 0, model_names, "the net", 0};
    for (int i = 0; i < c->n_options; i++)
        o[n++] = c->options[i];
    n += recipe(&c->s, o + n);
    return n + conduct(c, &c->s, o + n);
}

/* 1 when a default of the net does not go with what was chosen instead of another one: one batch
 * leaves nothing to validate on and is learned to a loss of zero; Adam has no momentum to lower,
 * and wants another rate than SGD; some schedules do not rise. */
static int is_out_of_place(const classifier_settings *s, const option *o, const preset *p, int n)
{
    const int onecycle = strcmp(s->schedule, "onecycle") == 0;
    const int adam = strcmp(s->optimizer, "adam") == 0;
    int for_adam = 1;
    for (int i = 0; i < n; i++)
        if (strcmp(p[i].option, "optimizer") == 0)
            for_adam = strcmp(p[i].value, "adam") == 0;
    if (o->value == &s->valid || o->value == &s->smoothing)
        return s->overfit != 0;
    if (o->value == &s->momentum_low)
        return adam || !onecycle;
    if (o->value == &s->warmup)
        return !onecycle && strcmp(s->schedule, "cosine") != 0;
    return o->value == &s->lr && adam && !for_adam;
}

/* Sets options that nobody has set yet. Of p, optimizer and schedule come first. */
static int apply(const classifier *c, option *o, int n, const preset *p, int n_preset)
{
    for (int i = 0; i < n_preset; i++) {
        option *one = option_find(o, n, p[i].option);
        if (!one || one->given || is_out_of_place(&c->s, one, p, n_preset))
            continue;
        one->given = OPTION_PRESET;
        if (option_set(c->program, one, p[i].value, "by default, "))
            return EXIT_USAGE;
    }
    return 0;
}

/* Options of other nets that were given are refused: they would do nothing. */
static int check_own(const classifier *c)
{
    for (int i = 0; i < c->n_options; i++)
        if (c->options[i].given == OPTION_GIVEN &&
            option_chosen(c->model->without, c->options[i].name))
            return complain(c->program, EXIT_USAGE, "--%s is not for --model %s",
                            c->options[i].name, c->model->name);
    return 0;
}

int settings_resolve(classifier *c, option *o, int n)
{
    static const preset onecycle[] = {{"warmup", "0.2"}};
    c->model = c->models;
    for (int i = 0; i < c->n_models; i++)
        if (strcmp(c->models[i].name, c->s.model) == 0)
            c->model = &c->models[i];
    memcpy(c->options, o + 1, sizeof *o * (size_t)c->n_options); /* with what was given */
    int code = check_own(c);
    if (code == 0)
        code = apply(c, o, n, c->model->presets, c->model->n_presets);
    if (code == 0 && strcmp(c->s.schedule, "onecycle") == 0)
        code = apply(c, o, n, onecycle, 1);
    return code;
}
