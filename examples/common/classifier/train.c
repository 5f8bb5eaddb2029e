/* Training, with everything that a run leaves behind in its folder. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "classifier/parts.h"

/* ---- what is written after an epoch ---------------------------------------------------------- */

static void lost(run *r, int *failed, const char *path, const char *why)
{
    if (!*failed) {
        progress_end(&r->progress);
        complain(r->c->program, 0, "%s: cannot be written: %s; training goes on", path, why);
    }
    *failed = 1;
}

static void write_lines(run *r)
{
    int why = history_write(&r->history, r->path[RUN_METRICS]);
    if (why)
        lost(r, &r->metrics_failed, r->path[RUN_METRICS], strerror(why));
}

/* While no error stands. */
static void draw_curves(run *r)
{
    dl_status status = history_draw(&r->history, r->ctx, r->c->data.set.name, r->path[RUN_CURVES]);
    if (status != DL_OK)
        lost(r, &r->curves_failed, r->path[RUN_CURVES],
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
        dl_module_save(e->model, r->path[RUN_MODEL]);
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
    history *h = &r->history;
    progress_epoch(&r->progress, e);
    if (e->epoch < h->cap) {
        h->n = e->epoch + 1;
        h->row[e->epoch] = (history_row){e->loss,         e->metric, e->valid_loss,
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

static int no_memory(const run *r)
{
    return complain(r->c->program, EXIT_MEMORY, "memory is short");
}

/* Settings, and the table of the net. */
static int show(run *r)
{
    const int64_t *image = r->c->data.shape, shape[] = {r->s->batch, image[0], image[1], image[2]};
    /* Names, the last fact, would fill the screen. */
    settings_print(r->ctx, r->option, r->n_option, r->fact, RUN_FACTS - 1);
    int64_t length = dl_module_summary(r->net, shape, 4, NULL, 0, NULL);
    if (length < 0)
        return classifier_fail(r->c);
    r->summary = malloc((size_t)length + 1);
    if (!r->summary)
        return no_memory(r);
    dl_module_summary(r->net, shape, 4, r->summary, (size_t)length + 1, NULL);
    printf("%s\n", r->summary);
    fflush(stdout);
    return 0;
}

/* The names of the classes as one text: no name of a folder has a "/". */
static char *join_names(const run *r)
{
    size_t length = 1;
    for (int64_t i = 0; i < r->c->data.n_classes; i++)
        length += strlen(run_class(r, i)) + 1;
    char *text = calloc(length, 1), *at = text;
    for (int64_t i = 0; text && i < r->c->data.n_classes; i++)
        at += sprintf(at, "%s%s", i ? "/" : "", run_class(r, i));
    return text;
}

static int gather_facts(run *r)
{
    const classifier_data *d = &r->c->data;
    snprintf(r->image, sizeof r->image, "%lld x %lld x %lld", (long long)d->shape[0],
             (long long)d->shape[1], (long long)d->shape[2]);
    r->names = join_names(r);
    const fact all[RUN_FACTS] = {{"data set", d->set.name},
                                 {"data mark", d->set.mark},
                                 {"image", r->image},
                                 {"classes", r->names}};
    memcpy(r->fact, all, sizeof all);
    return r->names ? 0 : no_memory(r);
}

/* ---- training and what follows --------------------------------------------------------------- */

static int interrupted(run *r)
{
    char self[PATH_BYTES], out[PATH_BYTES];
    program_forgive(r->ctx);
    draw_curves(r);
    fprintf(stderr, "%s: interrupted and saved; to go on:\n%s --resume --out %s\n", r->c->program,
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
    return complain(r->c->program, EXIT_DIVERGED,
                    "one batch: the loss is still %.4f after %lld steps; net, rate or data are "
                    "wrong",
                    loss, (long long)dl_optim_steps(r->optim));
}

/* What the run left, as one line. */
static void say_files(const run *r)
{
    static const enum run_file shown[] = {
        RUN_MODEL,          RUN_CHECKPOINT, RUN_SETTINGS, RUN_METRICS, RUN_CURVES, RUN_CONFUSION,
        RUN_CONFUSION_TEXT, RUN_MISTAKES,   RUN_FILTERS,  RUN_LAYERS,  RUN_TRACE,  RUN_REPORT};
    char safe[2 * PATH_BYTES];
    printf("written to %s:", printable(safe, sizeof safe, r->s->out));
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (file_there(r->path[shown[i]]))
            printf("%s %s", i ? "," : "", run_file_name[shown[i]]);
    printf("\n");
}

static int finish(run *r)
{
    char hash[DL_HASH_TEXT];
    if (dl_module_save(r->net, r->path[RUN_MODEL]) != DL_OK)
        return classifier_fail(r->c);
    draw_curves(r);
    int code = run_results(r);
    if (code)
        return program_signal() ? interrupted(r) : code;
    if (dl_module_hash(r->net, hash) != DL_OK)
        return classifier_fail(r->c);
    printf("weights: sha256 %s\n", hash);
    printf("memory: %.1f MB at most\n", (double)dl_ctx_bytes(r->ctx, 1) / 1e6);
    say_files(r);
    return r->s->overfit ? judge_overfit(r) : 0;
}

/* Says what a failed run leaves to look at; the exit code. */
static int failed(const run *r)
{
    const char *program = r->c->program;
    int code = classifier_fail(r->c);
    if (code == EXIT_DIVERGED && r->s->check_finite && file_there(r->path[RUN_AUTOPSY]))
        complain(program, 0, "the operation and what went into it are in %s (dl_autopsy_replay)",
                 r->path[RUN_AUTOPSY]);
    if (code == EXIT_DIVERGED)
        complain(program, 0, "training diverged; a smaller --lr or --clip 1 may help");
    return code;
}

static dl_status learn(run *r)
{
    const classifier_settings *s = r->s;
    dl_loss_opts loss = {.label_smoothing = s->smoothing};
    const dl_loader_opts loader = {.batch = (int32_t)s->batch,
                                   .shuffle = !s->overfit,
                                   .drop_last = strcmp(s->drop_last, "on") == 0,
                                   .workers = (int32_t)s->workers};
    dl_train_opts t = {.epochs = (int32_t)s->epochs,
                       .loader = &loader,
                       .patience = (int32_t)s->patience,
                       .restore_best = r->valid != NULL,
                       .resume = (int32_t)s->resume,
                       .valid = r->valid,
                       .on_step = on_step,
                       .on_epoch = on_epoch,
                       .user = r,
                       .checkpoint = r->path[RUN_CHECKPOINT]};
    dl_callback *events = s->tensorboard ? dl_callback_tensorboard(r->ctx, r->events) : NULL;
    t.callbacks = &events;
    t.n_callbacks = events != NULL;
    dl_status status = dl_train(r->net, r->optim, dl_loss_classify, &loss, r->train, &t);
    dl_callback_drop(events);
    return status;
}

/* Where the time went: the layers and operations that took most of it, and all in trace.json. */
static void show_profile(const run *r)
{
    enum { ROWS = 20 };
    static const int32_t by[] = {DL_PROFILE_LAYERS, DL_PROFILE_OPERATIONS};
    dl_profile_stop(r->ctx);
    for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
        const int64_t n = dl_profile_text(r->ctx, by[i], ROWS, NULL, 0);
        char *text = n > 0 ? malloc((size_t)n + 1) : NULL;
        if (text) {
            dl_profile_text(r->ctx, by[i], ROWS, text, (size_t)n + 1);
            printf("%s\n", text);
        }
        free(text);
    }
    if (dl_profile_trace(r->ctx, r->path[RUN_TRACE]) != DL_OK)
        complain(r->c->program, 0, "%s", dl_ctx_message(r->ctx));
    if (dl_ctx_status(r->ctx) != DL_OK)
        program_forgive(r->ctx);
}

static int train(run *r)
{
    if (r->s->profile)
        dl_profile_start(r->ctx, NULL);
    if (r->s->check_finite)
        dl_autopsy_save(r->ctx, r->path[RUN_AUTOPSY]);
    progress_begin(&r->progress, r->s->epochs);
    program_watch(r->ctx);
    dl_status status = learn(r);
    progress_end(&r->progress);
    if (status == DL_OK && r->s->profile)
        show_profile(r);
    if (status == DL_OK)
        return finish(r);
    if (status == DL_EUSER && program_signal())
        return interrupted(r);
    return failed(r);
}

/* Data, net, settings, folder, training: what fails ends it. */
static int perform(run *r)
{
    const int real = !r->s->dry_run;
    int code = real ? run_check_folder(r) : 0; /* before the work of reading data */
    if (code == 0)
        code = run_open_data(r);
    if (code == 0)
        code = run_make(r);
    if (code == 0)
        code = gather_facts(r);
    if (code == 0)
        code = show(r);
    if (code == 0)
        code = run_check_data(r);
    if (code == 0 && real)
        code = run_open_folder(r);
    return code == 0 && real ? train(r) : code;
}

int classifier_train(classifier *c, const option *o, int n)
{
    run *r = calloc(1, sizeof *r);
    if (!r)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    r->c = c;
    r->s = &c->s;
    r->ctx = c->ctx;
    r->option = o;
    r->n_option = n;
    run_name_files(r);
    int code = history_begin(c->program, &r->history, c->s.epochs);
    if (code == 0)
        code = perform(r);
    program_watch(NULL);
    history_end(&r->history);
    dl_optim_drop(r->optim);
    dl_module_drop(r->net);
    dl_dataset_drop(r->train);
    dl_dataset_drop(r->valid);
    free(r->names);
    free(r->summary);
    free(r);
    return code;
}
