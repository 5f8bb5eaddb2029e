/* Training, with everything that a run leaves behind in its folder. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include "mnist.h"
#include "progress.h"

/* One line of metrics.csv. */
typedef struct row {
    double loss, metric, valid_loss, valid_metric, lr, seconds;
} row;

typedef struct run {
    const mnist_settings *s;
    dl_ctx *ctx;
    dl_module *net;
    dl_optim *optim;
    dl_dataset *train, *valid, *test;
    progress progress;
    row *history;
    int64_t n_history;
    char csv[MNIST_PATH], checkpoint[MNIST_PATH], model[MNIST_PATH], curves[MNIST_PATH];
    int file_failed; /* metrics.csv could not be written: said once, training goes on */
} run;

static const char header[] = "epoch,loss,accuracy,valid_loss,valid_accuracy,lr,seconds\n";

static void csv_number(FILE *f, double v, const char *end)
{
    if (isnan(v))
        fprintf(f, "%s", end);
    else
        fprintf(f, "%.9g%s", v, end);
}

/* Writes the whole history again: after a resume there may be lines that are no longer true. */
static void write_csv(run *r)
{
    FILE *f = fopen(r->csv, "w");
    int bad = !f;
    if (f) {
        fputs(header, f);
        for (int64_t i = 0; i < r->n_history; i++) {
            const row *h = &r->history[i];
            fprintf(f, "%lld,", (long long)i + 1);
            csv_number(f, h->loss, ",");
            csv_number(f, h->metric, ",");
            csv_number(f, h->valid_loss, ",");
            csv_number(f, h->valid_metric, ",");
            csv_number(f, h->lr, ",");
            csv_number(f, h->seconds, "\n");
        }
        bad = ferror(f) != 0;
        bad |= fclose(f) != 0;
    }
    if (bad && !r->file_failed)
        fprintf(stderr, "%s: %s: cannot be written: %s; training goes on\n", mnist_name, r->csv,
                strerror(errno));
    r->file_failed |= bad;
}

/* Takes the lines of an earlier part of the run; what cannot be read is left out. */
static void read_csv(run *r)
{
    FILE *f = fopen(r->csv, "r");
    char line[512];
    if (!f)
        return;
    while (r->n_history < r->s->epochs && fgets(line, sizeof line, f)) {
        double v[7];
        char *at = line;
        int k = 0;
        for (; k < 7; k++) {
            char *end;
            v[k] = strtod(at, &end);
            if (end == at)
                v[k] = NAN;
            if (*end != ',' && *end != '\n')
                break;
            at = end + 1;
        }
        if (k == 7 && v[0] == (double)r->n_history + 1)
            r->history[r->n_history++] = (row){v[1], v[2], v[3], v[4], v[5], v[6]};
    }
    fclose(f);
}

static void draw_curves(run *r)
{
    int64_t n = r->n_history;
    double *y = malloc(sizeof(double) * 5 * (size_t)(n + 1));
    if (!y)
        return;
    double *loss = y, *valid_loss = y + n, *acc = y + 2 * n, *valid_acc = y + 3 * n,
           *lr = y + 4 * n;
    int valid = 0;
    for (int64_t i = 0; i < n; i++) {
        loss[i] = r->history[i].loss;
        valid_loss[i] = r->history[i].valid_loss;
        acc[i] = 100 * r->history[i].metric;
        valid_acc[i] = 100 * r->history[i].valid_metric;
        lr[i] = r->history[i].lr;
        valid |= !isnan(valid_loss[i]);
    }
    dl_curve c[5] = {{.panel = "loss", .name = "training", .y = loss, .n = n},
                     {.panel = "accuracy, %", .name = "training", .y = acc, .n = n},
                     {.panel = "learning rate", .name = "", .y = lr, .n = n},
                     {.panel = "loss", .name = "validation", .y = valid_loss, .n = n},
                     {.panel = "accuracy, %", .name = "validation", .y = valid_acc, .n = n}};
    dl_report_curves(r->ctx, r->curves, "mnist", "epoch", c, valid ? 5 : 3);
    free(y);
}

static int32_t on_step(const dl_event *e, void *user)
{
    run *r = user;
    progress_step(&r->progress, e);
    return 0;
}

static int32_t on_epoch(const dl_event *e, void *user)
{
    run *r = user;
    progress_epoch(&r->progress, e);
    if (e->epoch < r->s->epochs) {
        r->n_history = e->epoch + 1;
        r->history[e->epoch] =
            (row){e->loss, e->metric, e->valid_loss, e->valid_metric, e->lr, e->seconds};
        write_csv(r);
    }
    return 0;
}

static int open_data(run *r)
{
    char path[MNIST_PATH];
    const char *what;
    int code = mnist_data(r->ctx, r->s->data, path, sizeof path, &what);
    if (code)
        return code;
    dl_dataset *all = dl_dataset_mnist(r->ctx, path, DL_TRAIN);
    r->test = dl_dataset_mnist(r->ctx, path, DL_TEST);
    if (all && r->s->overfit) {
        int64_t *index = malloc(sizeof *index * (size_t)r->s->batch);
        int64_t n = r->s->batch < dl_dataset_size(all) ? r->s->batch : dl_dataset_size(all);
        for (int64_t i = 0; index && i < n; i++)
            index[i] = i;
        r->train = index ? dl_dataset_subset(dl_dataset_keep(all), index, n) : NULL;
        free(index);
    } else if (all && r->s->valid > 0) {
        dl_dataset_split(all, r->s->valid, (uint64_t)r->s->seed, &r->valid, &r->train);
    } else {
        r->train = dl_dataset_keep(all);
    }
    dl_dataset_drop(all);
    if (!r->train || !r->test)
        return program_fail(mnist_name, r->ctx);
    printf("data: %s in %s: %lld training images, %lld to validate, %lld to test\n\n", what, path,
           (long long)dl_dataset_size(r->train),
           (long long)(r->valid ? dl_dataset_size(r->valid) : 0),
           (long long)dl_dataset_size(r->test));
    return 0;
}

static dl_sched *schedule(const run *r)
{
    int64_t per_epoch = (dl_dataset_size(r->train) + r->s->batch - 1) / r->s->batch;
    if (strcmp(r->s->schedule, "cosine") == 0)
        return dl_sched_cosine(r->ctx, 0, r->s->epochs * per_epoch, 0.01);
    if (strcmp(r->s->schedule, "step") == 0)
        return dl_sched_step(r->ctx, (r->s->epochs * per_epoch + 2) / 3, 0.1);
    return dl_sched_constant(r->ctx);
}

static double off(double v) /* a zero that is meant */
{
    return v == 0 ? DL_OFF : v;
}

static int make(run *r)
{
    const mnist_settings *s = r->s;
    r->net = mnist_net(r->ctx, s);
    if (strcmp(s->optimizer, "adam") == 0)
        r->optim = dl_optim_adam(
            r->net,
            &(dl_adam_opts){.lr = off(s->lr), .weight_decay = s->weight_decay, .decoupled = 1});
    else
        r->optim = dl_optim_sgd(r->net, &(dl_sgd_opts){.lr = off(s->lr),
                                                       .momentum = s->momentum,
                                                       .weight_decay = s->weight_decay});
    if (s->weight_decay > 0)
        dl_optim_group(r->optim, "*.bias", 0, DL_OFF);
    dl_optim_clip(r->optim, s->clip, 0);
    dl_optim_set_sched(r->optim, schedule(r));
    r->history = calloc((size_t)s->epochs, sizeof *r->history);
    if (!r->history)
        return EXIT_MEMORY;
    return dl_ctx_status(r->ctx) == DL_OK ? 0 : program_fail(mnist_name, r->ctx);
}

static int show(run *r, const option *o, int n)
{
    settings_print(r->ctx, o, n);
    const int64_t shape[] = {r->s->batch, 1, 28, 28};
    char text[8192];
    if (dl_module_summary(r->net, shape, 4, text, sizeof text, NULL) < 0)
        return program_fail(mnist_name, r->ctx);
    printf("%s\n", text);
    fflush(stdout);
    return 0;
}

/* The folder of the run: new, to be replaced, or to go on with. */
static int open_folder(run *r, const option *o, int n)
{
    const mnist_settings *s = r->s;
    char settings[MNIST_PATH];
    path_in(r->csv, sizeof r->csv, s->out, "metrics.csv");
    path_in(r->checkpoint, sizeof r->checkpoint, s->out, "checkpoint.safetensors");
    path_in(r->model, sizeof r->model, s->out, "model.safetensors");
    path_in(r->curves, sizeof r->curves, s->out, "curves.svg");
    path_in(settings, sizeof settings, s->out, "run.json");
    if (s->resume && !file_there(r->checkpoint)) {
        fprintf(stderr, "%s: %s: there is no checkpoint to go on from\n", mnist_name,
                r->checkpoint);
        return EXIT_FILE;
    }
    if (!s->resume && !s->force &&
        (file_there(settings) || file_there(r->checkpoint) || file_there(r->model))) {
        fprintf(stderr,
                "%s: %s holds an earlier run: --resume goes on with it, --force replaces it, "
                "--out FOLDER writes elsewhere\n",
                mnist_name, s->out);
        return EXIT_FILE;
    }
    int code = folder_make(mnist_name, s->out);
    if (code == 0 && !s->resume) {
        remove(r->checkpoint);
        code = settings_write(mnist_name, r->ctx, o, n, settings);
    }
    if (s->resume)
        read_csv(r);
    return code;
}

static int finish(run *r)
{
    double loss = 0, accuracy = 0;
    char hash[DL_HASH_TEXT];
    dl_evaluate(r->net, dl_loss_classify, NULL, r->test, 1000, &loss, &accuracy);
    dl_module_hash(r->net, hash);
    draw_curves(r);
    if (dl_module_save(r->net, r->model) != DL_OK)
        return program_fail(mnist_name, r->ctx);
    printf("test: loss %.4f, accuracy %.2f%%\n", loss, 100 * accuracy);
    printf("weights: sha256 %s\n", hash);
    printf("memory: %.1f MB at most\n", (double)dl_ctx_bytes(r->ctx, 1) / 1e6);
    printf("written: %s, %s, %s\n", r->model, r->curves, r->csv);
    return 0;
}

static int train(run *r)
{
    progress_begin(&r->progress, r->s->epochs);
    program_watch(r->ctx);
    dl_train_opts t = {.epochs = (int32_t)r->s->epochs,
                       .batch = (int32_t)r->s->batch,
                       .patience = (int32_t)r->s->patience,
                       .workers = (int32_t)r->s->workers,
                       .resume = (int32_t)r->s->resume,
                       .valid = r->valid,
                       .on_step = on_step,
                       .on_epoch = on_epoch,
                       .user = r,
                       .checkpoint = r->checkpoint};
    dl_status status = dl_train(r->net, r->optim, dl_loss_classify, NULL, r->train, &t);
    progress_end(&r->progress);
    if (status == DL_OK)
        return finish(r);
    if (status == DL_EUSER && dl_ctx_cancelled(r->ctx)) {
        fprintf(stderr, "%s: interrupted and saved; to go on: mnist --resume --out %s\n",
                mnist_name, r->s->out);
        return EXIT_INTERRUPTED;
    }
    return program_fail(mnist_name, r->ctx);
}

int mnist_train(dl_ctx *ctx, const mnist_settings *s, const option *o, int n)
{
    run r = {.s = s, .ctx = ctx};
    int code = open_data(&r);
    if (code == 0)
        code = make(&r);
    if (code == 0)
        code = show(&r, o, n);
    if (code == 0 && !s->dry_run)
        code = open_folder(&r, o, n);
    if (code == 0 && !s->dry_run)
        code = train(&r);
    free(r.history);
    dl_optim_drop(r.optim);
    dl_module_drop(r.net);
    dl_dataset_drop(r.train);
    dl_dataset_drop(r.valid);
    dl_dataset_drop(r.test);
    return code;
}
