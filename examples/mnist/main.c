/* mnist: trains a network on MNIST or Fashion-MNIST, tests it, and predicts with it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mnist.h"

const char mnist_name[] = "mnist";

static const char *const commands[] = {"predict", "info"};

static void usage(const option *o, int n)
{
    printf(
        "usage: mnist [OPTION...]                     train, then test\n"
        "       mnist predict WHAT... [OPTION...]     WHAT: indices of test images, or IDX files\n"
        "       mnist info FILE                       what a saved net is made of\n\n"
        "options (default):\n");
    options_help(o, n);
    printf("\nexit codes: 0 done, 2 wrong usage, 3 bad data, 4 a file cannot be read or written,\n"
           "            5 out of memory, 6 diverged, 130 interrupted\n");
}

static int run(const mnist_settings *s, const option *o, int n, const char *const *rest, int n_rest)
{
    int32_t engine = strcmp(s->engine, "blas") == 0    ? DL_ENGINE_BLAS
                     : strcmp(s->engine, "plain") == 0 ? DL_ENGINE_PLAIN
                                                       : DL_ENGINE_AUTO;
    /* More memory than there is would be promised by many a system, and the process then killed. */
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = (uint64_t)s->seed,
                                            .threads = (int32_t)s->threads,
                                            .engine = engine,
                                            .check_finite = (int32_t)s->check_finite,
                                            .memory_limit = program_memory()});
    if (!ctx)
        return program_fail(mnist_name, NULL);
    int code;
    if (n_rest == 0)
        code = mnist_train(ctx, s, o, n);
    else if (strcmp(rest[0], "predict") == 0)
        code = mnist_predict(ctx, s, rest + 1, n_rest - 1);
    else
        code = mnist_info(ctx, rest[1]);
    dl_ctx_drop(ctx);
    return code;
}

/* 0 when the command and its options make sense together. */
static int check_command(const option *o, int n, const char *const *rest, int n_rest)
{
    int predict = strcmp(rest[0], "predict") == 0, info = strcmp(rest[0], "info") == 0;
    if (!predict && !info) {
        const char *near = word_near(rest[0], commands, 2);
        return complain(mnist_name, EXIT_USAGE, "there is no command %.60s; %s%s%s", rest[0],
                        near ? "did you mean " : "there are predict and info", near ? near : "",
                        near ? "?" : "");
    }
    if (predict && n_rest < 2)
        return complain(mnist_name, EXIT_USAGE,
                        "predict wants indices of test images, or IDX files");
    if (info && n_rest != 2)
        return complain(mnist_name, EXIT_USAGE, "info wants one file");
    for (int i = 0; i < n; i++)
        if (o[i].given && (o[i].scope == OPTION_RUN || strcmp(o[i].name, "resume") == 0 ||
                           strcmp(o[i].name, "force") == 0 || strcmp(o[i].name, "dry-run") == 0))
            return complain(mnist_name, EXIT_USAGE, "--%s is for training, not for %s", o[i].name,
                            rest[0]);
    return 0;
}

static int check_settings(const mnist_settings *s)
{
    if (s->resume && (s->force || *s->config))
        return complain(mnist_name, EXIT_USAGE, "--resume goes with neither --force nor --config");
    if (strlen(s->out) >= PATH_BYTES || strlen(s->data) >= PATH_BYTES)
        return complain(mnist_name, EXIT_USAGE, "--%s is longer than a path can be",
                        strlen(s->out) >= PATH_BYTES ? "out" : "data");
    return 0;
}

/* Settings that other settings are needed for; after run.json was read. */
static int check_together(const mnist_settings *s)
{
    if (s->patience > 0 && s->valid == 0)
        return complain(mnist_name, EXIT_USAGE,
                        "--patience wants validation images, as of --valid 0.1");
    if (s->overfit && s->valid > 0)
        return complain(mnist_name, EXIT_USAGE, "--overfit-one-batch leaves no images for --valid");
    return 0;
}

/* Where settings come from besides the command line. */
static int read_settings(mnist_settings *s, option *o, int n, int training)
{
    char path[FULL_PATH];
    if (*s->config)
        return settings_read(mnist_name, o, n, s->config, 0);
    path_in(path, s->out, mnist_run_file);
    if (s->resume)
        return settings_read(mnist_name, o, n, path, 1);
    if (!training && file_there(path)) /* which data the net was trained on */
        return settings_read(mnist_name, o, n, path, 0);
    return 0;
}

/* Reads the command line, then does what it says. */
static int begin(mnist_settings *s, option *o, int n, int argc, char **argv)
{
    int n_rest = 0;
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    int code = rest ? options_parse(mnist_name, o, n, argc, argv, rest, &n_rest) : EXIT_MEMORY;
    if (code == 0 && s->help) {
        usage(o, n);
    } else if (code == 0 && s->version) {
        printf("%s %s\n", mnist_name, dl_version());
    } else {
        if (code == 0 && n_rest > 0)
            code = check_command(o, n, rest, n_rest);
        if (code == 0)
            code = check_settings(s);
        if (code == 0)
            code = read_settings(s, o, n, n_rest == 0);
        if (code == 0)
            code = check_together(s);
        if (code == 0)
            code = run(s, o, n, rest, n_rest);
    }
    free(rest);
    return code;
}

int main(int argc, char **argv)
{
    program_begin();
    mnist_settings s = {.epochs = 10,
                        .batch = 64,
                        .hidden = 512,
                        .seed = 1,
                        .lr = 0.001,
                        .momentum = 0.9,
                        .dropout = 0.1,
                        .data = "",
                        .out = "mnist-run",
                        .config = "",
                        .optimizer = "adam",
                        .schedule = "cosine",
                        .engine = "auto",
                        .self = argc > 0 ? argv[0] : "mnist"};
    const double any = INFINITY;
    option o[] = {
        {"epochs", OPTION_INT, OPTION_RUN, &s.epochs, 1, 100000, NULL,
         "passes over the training images", 0},
        {"batch", OPTION_INT, OPTION_RUN, &s.batch, 1, 1000000, NULL, "images in a step", 0},
        {"hidden", OPTION_INT, OPTION_RUN, &s.hidden, 1, 65536, NULL, "units of each of two layers",
         0},
        {"dropout", OPTION_REAL, OPTION_RUN, &s.dropout, 0, 1, NULL, "probability to drop a unit",
         0},
        {"optimizer", OPTION_TEXT, OPTION_RUN, &s.optimizer, 0, 0, "adam|sgd", "update rule", 0},
        {"lr", OPTION_REAL, OPTION_RUN, &s.lr, 0, any, NULL, "learning rate", 0},
        {"schedule", OPTION_TEXT, OPTION_RUN, &s.schedule, 0, 0, "cosine|step|constant",
         "of the learning rate", 0},
        {"momentum", OPTION_REAL, OPTION_RUN, &s.momentum, 0, 0.9999, NULL, "of sgd", 0},
        {"weight-decay", OPTION_REAL, OPTION_RUN, &s.weight_decay, 0, any, NULL,
         "of weights, not of biases", 0},
        {"clip", OPTION_REAL, OPTION_RUN, &s.clip, 0, any, NULL,
         "largest norm of the gradient, 0: none", 0},
        {"valid", OPTION_REAL, OPTION_RUN, &s.valid, 0, 0.9, NULL,
         "part of the training images to validate on; the best net is kept", 0},
        {"patience", OPTION_INT, OPTION_RUN, &s.patience, 0, 100000, NULL,
         "stop after that many epochs without improvement, 0: never", 0},
        {"seed", OPTION_INT, OPTION_RUN, &s.seed, 0, 9007199254740992.0, NULL,
         "of all random numbers", 0},
        {"threads", OPTION_INT, OPTION_FREE, &s.threads, 0, 1024, NULL, "0: one per core", 0},
        {"workers", OPTION_INT, OPTION_FREE, &s.workers, 0, 64, NULL, "threads that load ahead", 0},
        {"engine", OPTION_TEXT, OPTION_RUN, &s.engine, 0, 0, "auto|blas|plain",
         "of matrix products", 0},
        {"data", OPTION_TEXT, OPTION_FREE, &s.data, 0, 0, NULL,
         "folder of the IDX files; else they are looked for", 0},
        {"check-finite", OPTION_FLAG, OPTION_FREE, &s.check_finite, 0, 1, NULL,
         "stop at the first NaN or infinity, and keep where it came from", 0},
        {"overfit-one-batch", OPTION_FLAG, OPTION_RUN, &s.overfit, 0, 1, NULL,
         "train on one batch alone, without dropout: the loss must vanish", 0},
        {"out", OPTION_TEXT, OPTION_CALL, &s.out, 0, 0, NULL, "folder of the results", 0},
        {"config", OPTION_TEXT, OPTION_CALL, &s.config, 0, 0, NULL,
         "settings of another run, its run.json", 0},
        {"resume", OPTION_FLAG, OPTION_CALL, &s.resume, 0, 1, NULL, "go on with the run in --out",
         0},
        {"force", OPTION_FLAG, OPTION_CALL, &s.force, 0, 1, NULL, "replace the run in --out", 0},
        {"dry-run", OPTION_FLAG, OPTION_CALL, &s.dry_run, 0, 1, NULL,
         "show settings and net, train nothing", 0},
        {"help", OPTION_FLAG, OPTION_CALL, &s.help, 0, 1, NULL, "this text", 0},
        {"version", OPTION_FLAG, OPTION_CALL, &s.version, 0, 1, NULL, "of the library", 0},
    };
    return program_end(mnist_name, begin(&s, o, (int)(sizeof o / sizeof *o), argc, argv));
}
