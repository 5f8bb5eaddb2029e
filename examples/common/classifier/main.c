/* From the command line to a command: train, predict, info. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "classifier/parts.h"

static const char *const commands[] = {"predict", "info"};

int classifier_fail(const classifier *c)
{
    return program_fail(c->program, c->ctx);
}

/* What the nets have by default where it is not what all have. */
static void show_presets(const classifier *c)
{
    int any = 0;
    for (int i = 0; i < c->n_models; i++) {
        const classifier_model *m = &c->models[i];
        if (m->n_presets > 0 && !any++)
            printf("\nby default, if --model says so:\n");
        for (int k = 0; k < m->n_presets; k++)
            printf("%s%s %s%s", k % 6 == 0 ? (k ? "\n             " : "  ") : ", ",
                   m->presets[k].option, m->presets[k].value, k + 1 < m->n_presets ? "" : "\n");
    }
}

static void usage(const classifier *c, const option *o, int n)
{
    printf("usage: %s [OPTION...]                     train, then test\n"
           "       %s predict WHAT... [OPTION...]     WHAT: %s\n"
           "       %s info FILE                       what a saved net is made of\n\n",
           c->program, c->program, c->predict_what, c->program);
    if (c->about)
        printf("%s\n\n", c->about);
    printf("options (default):\n");
    options_help(o, n);
    show_presets(c);
    printf("\nexit codes: 0 done, 2 wrong usage, 3 bad data, 4 a file cannot be read or written,\n"
           "            5 out of memory, 6 diverged, 130 interrupted\n");
}

/* Warnings of the library. */
static void say(void *user, int32_t level, const char *message)
{
    const classifier *c = user;
    if (level > 0)
        complain(c->program, 0, "%s", message);
}

static int command(classifier *c, const option *o, int n, const char *const *rest, int n_rest)
{
    const classifier_settings *s = &c->s;
    int32_t engine = strcmp(s->engine, "native") == 0  ? DL_ENGINE_NATIVE
                     : strcmp(s->engine, "blas") == 0  ? DL_ENGINE_BLAS
                     : strcmp(s->engine, "plain") == 0 ? DL_ENGINE_PLAIN
                                                       : DL_ENGINE_AUTO;
    /* More memory than there is would be promised by many a system, and the process then killed. */
    c->ctx = dl_ctx_new(&(dl_ctx_opts){.seed = (uint64_t)s->seed,
                                       .threads = (int32_t)s->threads,
                                       .engine = engine,
                                       .check_finite = (int32_t)s->check_finite,
                                       .memory_limit = program_memory(),
                                       .log = say,
                                       .log_user = c});
    if (!c->ctx)
        return classifier_fail(c);
    int code;
    if (n_rest == 0)
        code = classifier_train(c, o, n);
    else if (strcmp(rest[0], "predict") == 0)
        code = classifier_predict(c, rest + 1, n_rest - 1);
    else
        code = classifier_info(c, rest[1]);
    dl_dataset_drop(c->data.train);
    dl_dataset_drop(c->data.valid);
    dl_dataset_drop(c->data.test);
    dl_ctx_drop(c->ctx);
    return code;
}

/* 0 when the command and its options make sense together. */
static int check_command(const classifier *c, const option *o, int n, const char *const *rest,
                         int n_rest)
{
    int predict = strcmp(rest[0], "predict") == 0, info = strcmp(rest[0], "info") == 0;
    if (!predict && !info) {
        const char *near = word_near(rest[0], commands, 2);
        return complain(c->program, EXIT_USAGE, "there is no command %.60s; %s%s%s", rest[0],
                        near ? "did you mean " : "there are predict and info", near ? near : "",
                        near ? "?" : "");
    }
    if (predict && n_rest < 2)
        return complain(c->program, EXIT_USAGE, "predict wants %s", c->predict_what);
    if (info && n_rest != 2)
        return complain(c->program, EXIT_USAGE, "info wants one file");
    for (int i = 0; i < n; i++)
        if (o[i].given && (o[i].scope == OPTION_RUN || strcmp(o[i].name, "resume") == 0 ||
                           strcmp(o[i].name, "force") == 0 || strcmp(o[i].name, "dry-run") == 0))
            return complain(c->program, EXIT_USAGE, "--%s is for training, not for %s", o[i].name,
                            rest[0]);
    return 0;
}

static int check_settings(const classifier *c)
{
    const classifier_settings *s = &c->s;
    if (s->resume && (s->force || *s->config))
        return complain(c->program, EXIT_USAGE, "--resume goes with neither --force nor --config");
    if (strlen(s->out) >= PATH_BYTES || strlen(s->data) >= PATH_BYTES)
        return complain(c->program, EXIT_USAGE, "--%s is longer than a path can be",
                        strlen(s->out) >= PATH_BYTES ? "out" : "data");
    return 0;
}

/* Settings that other settings are needed for; after run.json was read. */
static int check_together(const classifier *c)
{
    const classifier_settings *s = &c->s;
    int onecycle = strcmp(s->schedule, "onecycle") == 0, adam = strcmp(s->optimizer, "adam") == 0;
    if (s->patience > 0 && s->valid == 0)
        return complain(c->program, EXIT_USAGE,
                        "--patience wants validation images, as of --valid 0.1");
    if (s->overfit && s->valid > 0)
        return complain(c->program, EXIT_USAGE, "--overfit-one-batch leaves no images for --valid");
    if (s->overfit && s->smoothing > 0)
        return complain(c->program, EXIT_USAGE,
                        "--smoothing keeps the loss of --overfit-one-batch from vanishing");
    if (s->momentum_low > 0 && (!onecycle || adam))
        return complain(c->program, EXIT_USAGE,
                        "--momentum-low wants --schedule onecycle and --optimizer sgd or nesterov");
    if (s->warmup > 0 && !onecycle && strcmp(s->schedule, "cosine") != 0)
        return complain(c->program, EXIT_USAGE, "--warmup wants --schedule onecycle or cosine");
    return 0;
}

/* Where settings come from besides the command line. */
static int read_settings(classifier *c, option *o, int n, int training)
{
    char path[FULL_PATH];
    if (*c->s.config)
        return settings_read(c->program, o, n, c->s.config, 0);
    path_in(path, c->s.out, run_file_name[RUN_SETTINGS]);
    if (c->s.resume)
        return settings_read(c->program, o, n, path, 1);
    if (!training && file_there(path)) /* which data the net was trained on */
        return settings_read(c->program, o, n, path, 0);
    return 0;
}

/* Does what the command line, which was read, says. */
static int perform(classifier *c, option *o, int n, const char *const *rest, int n_rest)
{
    int code = n_rest > 0 ? check_command(c, o, n, rest, n_rest) : 0;
    if (code == 0)
        code = check_settings(c);
    if (code == 0)
        code = read_settings(c, o, n, n_rest == 0);
    if (code == 0)
        code = settings_resolve(c, o, n);
    if (code == 0)
        code = check_together(c);
    return code ? code : command(c, o, n, rest, n_rest);
}

int classifier_main(classifier *c, int argc, char **argv)
{
    option o[CLASSIFIER_OPTIONS];
    program_begin();
    settings_begin(c, argc > 0 ? argv[0] : c->program);
    int n = settings_table(c, o), n_rest = 0;
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    int code = rest ? options_parse(c->program, o, n, argc, argv, rest, &n_rest) : EXIT_MEMORY;
    if (code == 0 && c->s.help)
        usage(c, o, n);
    else if (code == 0 && c->s.version)
        printf("%s %s\n", c->program, dl_version());
    else if (code == 0)
        code = perform(c, o, n, rest, n_rest);
    free(rest);
    return program_end(c->program, code);
}
