/* mnist: trains a network on MNIST or Fashion-MNIST, tests it, and predicts with it. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "mnist.h"

const char mnist_name[] = "mnist";

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
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = (uint64_t)s->seed,
                                            .threads = (int32_t)s->threads,
                                            .engine = engine,
                                            .check_finite = (int32_t)s->check_finite});
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

/* 0 when the words that are no options make sense. */
static int check_words(const char *const *rest, int n)
{
    if (n == 0)
        return 0;
    int predict = strcmp(rest[0], "predict") == 0, info = strcmp(rest[0], "info") == 0;
    if (!predict && !info)
        fprintf(stderr, "%s: \"%.60s\" is no command; there are predict and info\n", mnist_name,
                rest[0]);
    else if (predict && n < 2)
        fprintf(stderr, "%s: predict wants indices of test images, or IDX files\n", mnist_name);
    else if (info && n != 2)
        fprintf(stderr, "%s: info wants one file\n", mnist_name);
    else
        return 0;
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    program_begin();
    mnist_settings s = {.epochs = 10,
                        .batch = 128,
                        .hidden = 512,
                        .seed = 1,
                        .lr = 0.001,
                        .momentum = 0.9,
                        .dropout = 0.2,
                        .data = "",
                        .out = "mnist-run",
                        .config = "",
                        .optimizer = "adam",
                        .schedule = "cosine",
                        .engine = "auto"};
    const double any = INFINITY;
    option o[] = {
        {"epochs", OPTION_INT, &s.epochs, 1, 1e6, NULL, "passes over the training images", 0, 0},
        {"batch", OPTION_INT, &s.batch, 1, 1e6, NULL, "images in a step", 0, 0},
        {"hidden", OPTION_INT, &s.hidden, 1, 65536, NULL, "units of each of two layers", 0, 0},
        {"dropout", OPTION_REAL, &s.dropout, 0, 1, NULL, "probability to drop a unit", 0, 0},
        {"optimizer", OPTION_TEXT, &s.optimizer, 0, 0, "adam|sgd", "update rule", 0, 0},
        {"lr", OPTION_REAL, &s.lr, 0, any, NULL, "learning rate", 0, 0},
        {"schedule", OPTION_TEXT, &s.schedule, 0, 0, "cosine|step|constant", "of the rate", 0, 0},
        {"momentum", OPTION_REAL, &s.momentum, 0, 0.9999, NULL, "of sgd", 0, 0},
        {"weight-decay", OPTION_REAL, &s.weight_decay, 0, any, NULL, "on weights, not biases", 0,
         0},
        {"clip", OPTION_REAL, &s.clip, 0, any, NULL, "largest norm of the gradient, 0: none", 0, 0},
        {"valid", OPTION_REAL, &s.valid, 0, 0.9, NULL, "part of the training images to validate on",
         0, 0},
        {"patience", OPTION_INT, &s.patience, 0, 1e6, NULL,
         "stop after that many epochs without improvement, 0: never", 0, 0},
        {"seed", OPTION_INT, &s.seed, 0, 9e15, NULL, "of all random numbers", 0, 0},
        {"threads", OPTION_INT, &s.threads, 0, 1024, NULL, "0: one per core", 0, 0},
        {"workers", OPTION_INT, &s.workers, 0, 64, NULL, "threads that load ahead", 0, 0},
        {"engine", OPTION_TEXT, &s.engine, 0, 0, "auto|blas|plain", "of matrix products", 0, 0},
        {"data", OPTION_TEXT, &s.data, 0, 0, NULL, "folder of the IDX files", 0, 0},
        {"out", OPTION_TEXT, &s.out, 0, 0, NULL, "folder of the results", 0, 1},
        {"config", OPTION_TEXT, &s.config, 0, 0, NULL, "settings of another run (its run.json)", 0,
         1},
        {"resume", OPTION_FLAG, &s.resume, 0, 1, NULL, "go on with the run in --out", 0, 1},
        {"force", OPTION_FLAG, &s.force, 0, 1, NULL, "replace the run in --out", 0, 1},
        {"check-finite", OPTION_FLAG, &s.check_finite, 0, 1, NULL, "stop at the first NaN", 0, 0},
        {"overfit-one-batch", OPTION_FLAG, &s.overfit, 0, 1, NULL,
         "train on one batch: the loss must vanish", 0, 0},
        {"dry-run", OPTION_FLAG, &s.dry_run, 0, 1, NULL, "show settings and net, train nothing", 0,
         1},
        {"help", OPTION_FLAG, &s.help, 0, 1, NULL, "this text", 0, 1},
    };
    const int n = (int)(sizeof o / sizeof *o);
    const char *rest[64];
    int n_rest = 0;
    if (argc > 64) {
        fprintf(stderr, "%s: more than 63 arguments\n", mnist_name);
        return EXIT_USAGE;
    }
    int code = options_parse(mnist_name, o, n, argc, argv, rest, &n_rest);
    if (code == 0 && s.help) {
        usage(o, n);
        return 0;
    }
    if (code == 0)
        code = check_words(rest, n_rest);
    if (code == 0 && s.resume && (s.force || *s.config)) {
        fprintf(stderr, "%s: --resume goes with neither --force nor --config\n", mnist_name);
        code = EXIT_USAGE;
    }
    char path[MNIST_PATH];
    if (code == 0 && *s.config)
        code = settings_read(mnist_name, o, n, s.config);
    else if (code == 0 && s.resume)
        code = settings_read(mnist_name, o, n, path_in(path, sizeof path, s.out, "run.json"));
    if (code == 0 && s.patience > 0 && s.valid == 0) {
        fprintf(stderr, "%s: --patience wants validation images, --valid 0.1\n", mnist_name);
        code = EXIT_USAGE;
    }
    return code ? code : run(&s, o, n, rest, n_rest);
}
