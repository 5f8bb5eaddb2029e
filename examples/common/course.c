/* The frame of the programs of the course. */
#include "course.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SHARED = 9 /* options, at most */ };

/* ---- options that several programs have ------------------------------------------------------ */

static option count(const char *name, int64_t *value, int64_t most, const char *help)
{
    return (option){name, OPTION_INT, OPTION_RUN, value, 1, (double)most, NULL, help, 0};
}

option course_images(int64_t *n)
{
    return count("images", n, 1000000, "training images");
}

option course_tests(int64_t *n)
{
    return count("tests", n, 1000000, "test images");
}

option course_epochs(int64_t *n)
{
    return count("epochs", n, 100000, "passes over the images");
}

option course_batch(int64_t *n)
{
    return count("batch", n, 100000, "images in a step");
}

option course_hidden(int64_t *units)
{
    return count("hidden", units, 65536, "units of each of two layers");
}

option course_width(int64_t *channels)
{
    return count("width", channels, 1024, "channels of the first stage");
}

option course_lr(double *rate)
{
    return (option){"lr", OPTION_REAL, OPTION_RUN, rate, 1e-9, 10, NULL, "learning rate of Adam",
                    0};
}

/* ---- the frame ------------------------------------------------------------------------------- */

static int shared_options(course *c, option *o)
{
    const option all[] = {
        {"seed", OPTION_INT, OPTION_RUN, &c->seed, 0, 9007199254740992.0, NULL,
         "of all random numbers", 0},
        {"threads", OPTION_INT, OPTION_FREE, &c->threads, 0, 1024, NULL, "0: one per core", 0},
        {"quick", OPTION_FLAG, OPTION_RUN, &c->quick, 0, 1, NULL, "a small run of a few seconds",
         0},
        {"out", OPTION_TEXT, OPTION_CALL, &c->out, 0, 0, NULL, "folder of the results", 0},
        {"help", OPTION_FLAG, OPTION_CALL, &c->help, 0, 1, NULL, "this text", 0},
        {"version", OPTION_FLAG, OPTION_CALL, &c->version, 0, 1, NULL, "of the library", 0},
    };
    const option full = {
        .name = "full", .scope = OPTION_RUN, .value = &c->full, .high = 1, .help = c->full_help};
    const option resume = {.name = "resume",
                           .scope = OPTION_CALL,
                           .value = &c->resume,
                           .high = 1,
                           .help = "goes on with the run in --out, if there is one"};
    const option data = {.name = "data",
                         .kind = OPTION_TEXT,
                         .scope = OPTION_FREE,
                         .value = &c->data,
                         .help = c->with_images == COURSE_CIFAR
                                     ? "folder of the binary files; else they are looked for"
                                     : "folder of the IDX files; else they are looked for"};
    int n = sizeof all / sizeof *all;
    memcpy(o, all, sizeof all);
    if (c->full_values)
        o[n++] = full;
    if (c->resumes)
        o[n++] = resume;
    if (c->with_images)
        o[n++] = data;
    return n;
}

static void usage(const course *c, const option *o, int n)
{
    printf("usage: %s [OPTION...]\n\n%s\n\noptions (default):\n", c->program, c->about);
    options_help(o, n);
    printf("\nexit codes: 0 done, 2 wrong usage, 3 bad data, 4 a file cannot be read or written,\n"
           "            5 out of memory, 6 diverged, or the claim was not reached, "
           "130 interrupted\n");
}

static int check_folder(const course *c)
{
    char path[FULL_PATH];
    const char *name = "run.json";
    if (settings_ours(c->program, course_path(c, path, name)))
        return 0;
    for (int i = 0; name; name = c->files[i++])
        if (file_there(course_path(c, path, name)))
            return complain(c->program, EXIT_FILE,
                            "%s is there and not from this program; --out FOLDER writes elsewhere",
                            path);
    return 0;
}

static int open_folder(const course *c, const option *o, int n, const fact *f, int n_fact)
{
    char path[FULL_PATH];
    int code = folder_make(c->program, c->out);
    if (code == 0)
        code = folder_lock(c->program, c->out);
    if (code == 0)
        code =
            settings_write(c->program, c->ctx, o, n, f, n_fact, course_path(c, path, "run.json"));
    return code;
}

static int open_cifar(course *c)
{
    c->set.name = "CIFAR-10";
    int code = images_find(c->program, c->ctx, c->data, "cifar10",
                           "get CIFAR-10's binary version, cifar-10-binary.tar.gz, and unpack it "
                           "there",
                           &c->set);
    if (code)
        return code;
    c->train = dl_dataset_cifar10(c->ctx, c->set.path, DL_TRAIN);
    c->test = dl_dataset_cifar10(c->ctx, c->set.path, DL_TEST);
    return c->test ? images_mark(c->program, c->ctx, c->train, 0, &c->set) : course_fail(c);
}

/* A run that is taken up goes on with the images it began with. */
static int check_mark(const course *c)
{
    const char *was = c->resume ? settings_fact("data mark") : NULL;
    if (!was || strcmp(was, c->set.mark) == 0)
        return 0;
    return complain(c->program, EXIT_DATA, "%s: the run that --resume goes on with had other data",
                    c->set.path);
}

static int open_images(course *c)
{
    char safe[2 * PATH_BYTES];
    int code = c->with_images == COURSE_CIFAR
                   ? open_cifar(c)
                   : images_open_both(c->program, c->ctx, c->data, &c->set, &c->train, &c->test);
    if (code == 0)
        code = check_mark(c);
    if (code == 0)
        printf("data: %s in %s: %lld images to train, %lld to test\n\n", c->set.name,
               printable(safe, sizeof safe, c->set.path), (long long)dl_dataset_size(c->train),
               (long long)dl_dataset_size(c->test));
    return code;
}

static int work(course *c, const option *o, int n)
{
    char safe[2 * PATH_BYTES];
    int code = check_folder(c);
    if (code == 0 && c->with_images)
        code = open_images(c);
    if (code)
        return code;
    const fact facts[] = {{"data set", c->set.name}, {"data mark", c->set.mark}};
    int n_fact = c->with_images ? 2 : 0;
    settings_print(c->ctx, o, n, facts, n_fact);
    fflush(stdout);
    code = open_folder(c, o, n, facts, n_fact);
    program_watch(c->ctx);
    if (code == 0)
        code = c->run(c);
    program_watch(NULL);
    if (code)
        return code;
    printf("\nwritten to %s: run.json", printable(safe, sizeof safe, c->out));
    for (int i = 0; c->files[i]; i++)
        printf(", %s", c->files[i]);
    printf("\n");
    return 0;
}

/* Takes the settings of the run that --resume goes on with. */
static int take_up(course *c, option *o, int n)
{
    char path[FULL_PATH];
    c->resume = c->resume && file_there(course_path(c, path, "run.json"));
    return c->resume ? settings_read(c->program, o, n, path, 1) : 0;
}

/* What --quick or --full says about options that have no value of their own. */
static void set_scale(option *o, int n, const course_quick *v)
{
    for (; v->name; v++) {
        option *one = option_find(o, n, v->name);
        if (one && !one->given)
            *(int64_t *)one->value = v->value;
    }
}

static int begin(course *c, option *o, int n, int argc, char **argv)
{
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    int n_rest = 0;
    int code = rest ? options_parse(c->program, o, n, argc, argv, rest, &n_rest) : EXIT_MEMORY;
    if (code == 0 && n_rest > 0)
        code = complain(c->program, EXIT_USAGE, "there are only options, %.60s is none; --help",
                        rest[0]);
    free(rest);
    if (code)
        return code;
    if (c->help) {
        usage(c, o, n);
        return 0;
    }
    if (c->version) {
        printf("%s %s\n", c->program, dl_version());
        return 0;
    }
    code = take_up(c, o, n);
    if (code)
        return code;
    if (strlen(c->out) >= PATH_BYTES || strlen(c->data) >= PATH_BYTES)
        return complain(c->program, EXIT_USAGE, "--out or --data is longer than a path can be");
    if (c->quick && c->full)
        return complain(c->program, EXIT_USAGE, "--quick and --full are two scales; give one");
    if (c->quick)
        set_scale(o, n, c->quick_values);
    if (c->full)
        set_scale(o, n, c->full_values);
    c->ctx = dl_ctx_new(&(dl_ctx_opts){.seed = (uint64_t)c->seed,
                                       .threads = (int32_t)c->threads,
                                       .memory_limit = program_memory()});
    if (!c->ctx)
        return program_fail(c->program, NULL);
    code = work(c, o, n);
    dl_dataset_drop(c->train);
    dl_dataset_drop(c->test);
    dl_ctx_drop(c->ctx);
    return code;
}

int course_main(course *c, int argc, char **argv)
{
    char out[NAME_BYTES];
    int n = 0;
    while (c->options[n].name)
        n++;
    option *o = calloc((size_t)n + SHARED, sizeof *o);
    program_begin();
    if (!o)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    snprintf(out, sizeof out, "%s-run", c->program);
    c->out = out;
    c->data = "";
    c->seed = 1;
    memcpy(o, c->options, sizeof *o * (size_t)n);
    n += shared_options(c, o + n);
    int code = begin(c, o, n, argc, argv);
    free(o);
    return program_end(c->program, code);
}

int course_fail(course *c)
{
    if (program_signal())
        return complain(c->program, program_signal(), "interrupted");
    return program_fail(c->program, c->ctx);
}

/* ---- data and nets --------------------------------------------------------------------------- */

dl_dataset *course_part(course *c, dl_dataset *d, int64_t from, int64_t n)
{
    int64_t size = dl_dataset_size(d);
    from = from < size ? from : size;
    n = n < size - from ? n : size - from;
    int64_t *index = malloc(sizeof *index * (size_t)(n + 1));
    if (!index) {
        complain(c->program, 0, "memory is short");
        return NULL;
    }
    for (int64_t i = 0; i < n; i++)
        index[i] = from + i;
    dl_dataset *part = dl_dataset_subset(dl_dataset_keep(d), index, n);
    free(index);
    return part;
}

dl_module *course_net(course *c, int64_t hidden, double p)
{
    dl_ctx *ctx = c->ctx;
    int64_t pixels = c->set.rows * c->set.columns;
    if (p == 0)
        return dl_layer_sequential(
            ctx, DL_LAYERS(dl_layer_flatten(ctx), dl_layer_dense(ctx, pixels, hidden, NULL),
                           dl_layer_relu(ctx), dl_layer_dense(ctx, hidden, hidden, NULL),
                           dl_layer_relu(ctx), dl_layer_dense(ctx, hidden, CLASSES, NULL)));
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_flatten(ctx), dl_layer_dense(ctx, pixels, hidden, NULL),
                       dl_layer_relu(ctx), dl_layer_dropout(ctx, p, NULL),
                       dl_layer_dense(ctx, hidden, hidden, NULL), dl_layer_relu(ctx),
                       dl_layer_dropout(ctx, p, NULL), dl_layer_dense(ctx, hidden, CLASSES, NULL)));
}

/* ---- records --------------------------------------------------------------------------------- */

int course_record_begin(course *c, course_record *r, const char *name, int64_t epochs)
{
    double *v = malloc(sizeof *v * 4 * (size_t)epochs);
    if (!v)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    *r = (course_record){.name = name,
                         .loss = v,
                         .metric = v + epochs,
                         .valid_loss = v + 2 * epochs,
                         .valid_metric = v + 3 * epochs,
                         .cap = epochs};
    return 0;
}

int32_t course_record_epoch(const dl_event *e, void *user)
{
    course_record *r = user;
    if (r->n == r->cap)
        return 0;
    r->loss[r->n] = e->loss;
    r->metric[r->n] = e->metric;
    r->valid_loss[r->n] = e->valid_loss;
    r->valid_metric[r->n] = e->valid_metric;
    r->n++;
    return 0;
}

void course_record_end(course_record *r)
{
    free(r->loss);
    *r = (course_record){0};
}

int course_record_write(course *c, const char *name, const course_record *r, int n)
{
    FILE *f = course_file(c, name);
    if (!f)
        return EXIT_FILE;
    fputs("run,epoch,loss,accuracy,valid_loss,valid_accuracy\n", f);
    for (int k = 0; k < n; k++)
        for (int64_t i = 0; i < r[k].n; i++) {
            const double v[] = {r[k].loss[i], r[k].metric[i], r[k].valid_loss[i],
                                r[k].valid_metric[i]};
            fprintf(f, "%s,%lld", r[k].name, (long long)i + 1);
            for (int column = 0; column < 4; column++) {
                fputc(',', f);
                file_number(f, v[column]);
            }
            fputc('\n', f);
        }
    return course_file_end(c, f, name);
}

/* ---- files ----------------------------------------------------------------------------------- */

const char *course_path(const course *c, char *buf, const char *name)
{
    return path_in(buf, c->out, name);
}

FILE *course_file(course *c, const char *name)
{
    char path[FULL_PATH];
    FILE *f = file_begin(course_path(c, path, name));
    if (!f)
        complain(c->program, 0, "%s: cannot be written: %s", path, strerror(errno));
    return f;
}

int course_file_end(course *c, FILE *f, const char *name)
{
    char path[FULL_PATH];
    int why = file_end(f, course_path(c, path, name), 0);
    return why ? complain(c->program, EXIT_FILE, "%s: cannot be written: %s", path, strerror(why))
               : 0;
}

int course_curves(course *c, const char *name, const char *title, const char *xlabel,
                  const dl_curve *curves, int n)
{
    char path[FULL_PATH];
    if (dl_report_curves(c->ctx, course_path(c, path, name), title, xlabel, curves, n) != DL_OK)
        return course_fail(c);
    return 0;
}

int course_planes(course *c, const char *name, const char *title, const dl_plane *planes, int n)
{
    char path[FULL_PATH];
    if (dl_report_planes(c->ctx, course_path(c, path, name), title, planes, n) != DL_OK)
        return course_fail(c);
    return 0;
}
