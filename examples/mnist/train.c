/* Training, with everything that a run leaves behind in its folder. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mnist.h"
#include "progress.h"

const char mnist_run_file[] = "run.json", mnist_model_file[] = "model.safetensors";
static const char checkpoint_file[] = "checkpoint.safetensors", csv_file[] = "metrics.csv",
                  curves_file[] = "curves.svg", autopsy_file[] = "nan.safetensors";

enum { FILES = 7, OVERFIT_STEPS = 50, TEST_BATCH = 1000 }; /* steps of an epoch on one batch */

typedef struct run {
    const mnist_settings *s;
    dl_ctx *ctx;
    dl_module *net;
    dl_optim *optim;
    dl_dataset *train, *valid, *test;
    images_set set;
    progress progress;
    mnist_history history;
    double seconds; /* of earlier parts of the run */
    double drawn;   /* when the curves were drawn  */
    char settings[FULL_PATH], csv[FULL_PATH], checkpoint[FULL_PATH], previous[FULL_PATH],
        model[FULL_PATH], curves[FULL_PATH], autopsy[FULL_PATH];
    int csv_failed, curves_failed; /* said once, training goes on */
} run;

/* ---- what is written after an epoch ---------------------------------------------------------- */

static void lost(run *r, int *failed, const char *path, const char *why)
{
    if (!*failed) {
        progress_end(&r->progress);
        complain(mnist_name, 0, "%s: cannot be written: %s; training goes on", path, why);
    }
    *failed = 1;
}

static void write_lines(run *r)
{
    int why = history_write(&r->history, r->csv);
    if (why)
        lost(r, &r->csv_failed, r->csv, strerror(why));
}

/* While no error stands. */
static void draw_curves(run *r)
{
    dl_status status = history_draw(&r->history, r->ctx, r->set.name, r->curves);
    if (status != DL_OK)
        lost(r, &r->curves_failed, r->curves,
             dl_ctx_status(r->ctx) ? dl_ctx_message(r->ctx) : "memory is short");
    if (dl_ctx_status(r->ctx) != DL_OK)
        program_forgive(r->ctx);
}

static int all_finite(dl_module *m)
{
    for (int32_t i = 0; i < dl_module_param_count(m); i++) {
        dl_tensor *w = dl_module_param(m, i);
        const float *v = dl_tensor_data(w);
        for (int64_t k = 0; k < dl_tensor_count(w); k++)
            if (!isfinite(v[k]))
                return 0;
    }
    return 1;
}

/* The net as it is, or with validation the best one so far. Never replaced by a broken one: the
 * checkpoint that follows ends such a run. */
static void save_model(run *r, const dl_event *e)
{
    if ((!r->valid || e->best) && all_finite(e->model))
        dl_module_save(e->model, r->model);
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
    mnist_history *h = &r->history;
    progress_epoch(&r->progress, e);
    if (e->epoch < h->cap) {
        h->n = e->epoch + 1;
        h->row[e->epoch] = (mnist_row){e->loss,         e->metric, e->valid_loss,
                                       e->valid_metric, e->lr,     r->seconds + e->seconds};
        write_lines(r);
    }
    save_model(r, e);
    if (dl_ctx_status(r->ctx) == DL_OK && e->seconds - r->drawn >= 1) {
        draw_curves(r);
        r->drawn = e->seconds;
    }
    return 0;
}

/* ---- before training ------------------------------------------------------------------------- */

/* The first batch of d, over and over: 0 .. batch - 1, OVERFIT_STEPS times. */
static dl_dataset *one_batch(dl_dataset *d, int64_t batch)
{
    int64_t n = batch < dl_dataset_size(d) ? batch : dl_dataset_size(d);
    int64_t *index = malloc(sizeof *index * (size_t)(n * OVERFIT_STEPS));
    if (!index)
        return NULL;
    for (int64_t i = 0; i < n * OVERFIT_STEPS; i++)
        index[i] = i % n;
    dl_dataset *part = dl_dataset_subset(dl_dataset_keep(d), index, n * OVERFIT_STEPS);
    free(index);
    return part;
}

static int open_data(run *r)
{
    dl_dataset *all = NULL;
    int code = images_open_both(mnist_name, r->ctx, r->s->data, &r->set, &all, &r->test);
    if (code == 0 && r->s->overfit) {
        r->train = one_batch(all, r->s->batch);
    } else if (code == 0 && r->s->valid > 0) {
        dl_dataset_split(all, r->s->valid, (uint64_t)r->s->seed, &r->valid, &r->train);
    } else {
        r->train = dl_dataset_keep(all);
    }
    dl_dataset_drop(all);
    if (code)
        return code;
    if (!r->train)
        return dl_ctx_status(r->ctx) ? program_fail(mnist_name, r->ctx) : EXIT_MEMORY;
    if (dl_dataset_size(r->train) == 0 || dl_dataset_size(r->valid) == 0)
        return complain(mnist_name, EXIT_USAGE, "--valid leaves no images to %s",
                        dl_dataset_size(r->train) ? "validate on" : "train on");
    char safe[2 * PATH_BYTES];
    printf("data: %s in %s: %lld images to train, ", r->set.name,
           printable(safe, sizeof safe, r->set.path), (long long)dl_dataset_size(r->train));
    if (r->valid)
        printf("%lld to validate, ", (long long)dl_dataset_size(r->valid));
    printf("%lld to test\n\n", (long long)dl_dataset_size(r->test));
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
    r->net = mnist_net(r->ctx, s, r->set.rows * r->set.columns);
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
    return dl_ctx_status(r->ctx) == DL_OK ? 0 : program_fail(mnist_name, r->ctx);
}

static int show(run *r, const option *o, int n, const fact *f, int n_fact)
{
    settings_print(r->ctx, o, n, f, n_fact);
    const int64_t shape[] = {r->s->batch, 1, r->set.rows, r->set.columns};
    char text[8192];
    if (dl_module_summary(r->net, shape, 4, text, sizeof text, NULL) < 0)
        return program_fail(mnist_name, r->ctx);
    printf("%s\n", text);
    fflush(stdout);
    return 0;
}

/* ---- the folder of the run ------------------------------------------------------------------- */

static void name_files(run *r)
{
    path_in(r->settings, r->s->out, mnist_run_file);
    path_in(r->csv, r->s->out, csv_file);
    path_in(r->checkpoint, r->s->out, checkpoint_file);
    path_in(r->previous, r->s->out, "checkpoint.safetensors.prev");
    path_in(r->model, r->s->out, mnist_model_file);
    path_in(r->curves, r->s->out, curves_file);
    path_in(r->autopsy, r->s->out, autopsy_file);
}

/* All that a run writes, its settings first. */
static void list_files(const run *r, const char *path[FILES])
{
    const char *const all[FILES] = {r->settings, r->checkpoint, r->previous, r->model,
                                    r->csv,      r->curves,     r->autopsy};
    memcpy(path, all, sizeof all);
}

/* Refuses to begin where files are that are not of an earlier run, or are and --force is
 * missing. */
static int check_folder(const run *r)
{
    const char *path[FILES];
    list_files(r, path);
    if (r->s->resume)
        return 0; /* run.json was read: it is our folder */
    int ours = settings_ours(mnist_name, r->settings);
    for (int i = 0; i < FILES; i++) {
        if (!file_there(path[i]))
            continue;
        if (!ours)
            return complain(mnist_name, EXIT_FILE,
                            "%s is there and not from this program; --out FOLDER writes elsewhere",
                            path[i]);
        if (!r->s->force)
            return complain(mnist_name, EXIT_FILE,
                            "%s holds an earlier run: --resume goes on with it, --force replaces "
                            "it, --out FOLDER writes elsewhere",
                            r->s->out);
    }
    return 0;
}

/* Removes what an earlier run left. Its settings stay until new ones replace them: they say that
 * the folder is ours. */
static int clear_folder(const run *r)
{
    const char *path[FILES];
    list_files(r, path);
    for (int i = 1; i < FILES; i++)
        if (file_there(path[i]) && remove(path[i]) != 0)
            return complain(mnist_name, EXIT_FILE, "%s: cannot be removed: %s", path[i],
                            strerror(errno));
    return 0;
}

/* The data must be what the run began with, or its bits are other ones. */
static int check_data(const run *r)
{
    const char *was = settings_fact("data mark");
    if (!was || strcmp(was, r->set.mark) == 0)
        return 0;
    const char *name = settings_fact("data set");
    return complain(mnist_name, r->s->resume ? EXIT_DATA : 0,
                    "%s holds %s, not the images of the %s run (%s)%s", r->set.path, r->set.name,
                    r->s->resume ? "interrupted" : "configured", name ? name : "unknown",
                    r->s->resume ? "; --data FOLDER names them" : ": results will differ");
}

static int open_folder(run *r, const option *o, int n, const fact *f, int n_fact)
{
    int code = folder_make(mnist_name, r->s->out);
    if (code == 0)
        code = folder_lock(mnist_name, r->s->out);
    if (code == 0)
        code = check_folder(r);
    if (code == 0 && !r->s->resume)
        code = clear_folder(r);
    if (code == 0 && !r->s->resume)
        code = settings_write(mnist_name, r->ctx, o, n, f, n_fact, r->settings);
    if (code == 0 && r->s->resume)
        history_read(&r->history, r->csv);
    if (r->history.n > 0 && isfinite(r->history.row[r->history.n - 1].seconds))
        r->seconds = r->history.row[r->history.n - 1].seconds;
    return code;
}

/* ---- training and what follows --------------------------------------------------------------- */

static int interrupted(run *r)
{
    char self[PATH_BYTES], out[PATH_BYTES];
    program_forgive(r->ctx);
    draw_curves(r);
    fprintf(stderr, "%s: interrupted and saved; to go on:\n%s --resume --out %s\n", mnist_name,
            shell_word(self, sizeof self, r->s->self), shell_word(out, sizeof out, r->s->out));
    return program_signal();
}

/* Did the net learn its one batch by heart? */
static int judge_overfit(const run *r)
{
    double loss = r->history.n > 0 ? r->history.row[r->history.n - 1].loss : NAN;
    if (loss < 0.05) {
        printf("one batch: learned by heart, loss %.2g\n", loss);
        return 0;
    }
    return complain(mnist_name, EXIT_DIVERGED,
                    "one batch: the loss is still %.4f after %lld steps; net, rate or data are "
                    "wrong",
                    loss, (long long)(r->s->epochs * OVERFIT_STEPS));
}

static int finish(run *r)
{
    double loss = 0, accuracy = 0;
    char hash[DL_HASH_TEXT], safe[2 * PATH_BYTES];
    if (dl_module_save(r->net, r->model) != DL_OK)
        return program_fail(mnist_name, r->ctx);
    draw_curves(r);
    if (dl_evaluate(r->net, dl_loss_classify, NULL, r->test, TEST_BATCH, &loss, &accuracy) !=
            DL_OK ||
        dl_module_hash(r->net, hash) != DL_OK)
        return program_signal() ? interrupted(r) : program_fail(mnist_name, r->ctx);
    printf("test: loss %.4f, accuracy %.2f%%\n", loss, 100 * accuracy);
    printf("weights: sha256 %s\n", hash);
    printf("memory: %.1f MB at most\n", (double)dl_ctx_bytes(r->ctx, 1) / 1e6);
    printf("written to %s: %s, %s, %s, %s, %s\n", printable(safe, sizeof safe, r->s->out),
           mnist_model_file, checkpoint_file, mnist_run_file, csv_file, curves_file);
    return r->s->overfit ? judge_overfit(r) : 0;
}

static int train(run *r)
{
    const mnist_settings *s = r->s;
    if (s->check_finite)
        dl_autopsy_save(r->ctx, r->autopsy);
    progress_begin(&r->progress, s->epochs);
    program_watch(r->ctx);
    dl_train_opts t = {.epochs = (int32_t)s->epochs,
                       .batch = (int32_t)s->batch,
                       .patience = (int32_t)s->patience,
                       .no_shuffle = (int32_t)s->overfit,
                       .workers = (int32_t)s->workers,
                       .restore_best = r->valid != NULL,
                       .resume = (int32_t)s->resume,
                       .valid = r->valid,
                       .on_step = on_step,
                       .on_epoch = on_epoch,
                       .user = r,
                       .checkpoint = r->checkpoint};
    dl_status status = dl_train(r->net, r->optim, dl_loss_classify, NULL, r->train, &t);
    progress_end(&r->progress);
    if (status == DL_OK)
        return finish(r);
    if (status == DL_EUSER && program_signal())
        return interrupted(r);
    int code = program_fail(mnist_name, r->ctx);
    if (code == EXIT_DIVERGED && s->check_finite && file_there(r->autopsy))
        complain(mnist_name, 0, "the operation and what went into it are in %s (dl_autopsy_replay)",
                 r->autopsy);
    if (code == EXIT_DIVERGED)
        complain(mnist_name, 0, "training diverged; a smaller --lr or --clip 1 may help");
    if (code == EXIT_DATA && s->resume && file_there(r->previous))
        complain(mnist_name, 0, "the checkpoint before it is %s", r->previous);
    return code;
}

int mnist_train(dl_ctx *ctx, const mnist_settings *s, const option *o, int n)
{
    run r = {.s = s, .ctx = ctx};
    name_files(&r);
    int code = history_begin(&r.history, s->epochs);
    if (code == 0 && !s->dry_run)
        code = check_folder(&r); /* before the work of reading data */
    if (code == 0)
        code = open_data(&r);
    const fact facts[] = {{"data set", r.set.name}, {"data mark", r.set.mark}};
    const int n_fact = sizeof facts / sizeof *facts;
    if (code == 0)
        code = make(&r);
    if (code == 0)
        code = show(&r, o, n, facts, n_fact);
    if (code == 0)
        code = check_data(&r);
    if (code == 0 && !s->dry_run)
        code = open_folder(&r, o, n, facts, n_fact);
    if (code == 0 && !s->dry_run)
        code = train(&r);
    program_watch(NULL);
    history_end(&r.history);
    dl_optim_drop(r.optim);
    dl_module_drop(r.net);
    dl_dataset_drop(r.train);
    dl_dataset_drop(r.valid);
    dl_dataset_drop(r.test);
    return code;
}
