/* The folder of a run. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "classifier/parts.h"

const char *const run_file_name[RUN_FILES] = {
    [RUN_SETTINGS] = "run.json",
    [RUN_CHECKPOINT] = "checkpoint.safetensors",
    [RUN_PREVIOUS] = "checkpoint.safetensors.prev",
    [RUN_MODEL] = "model.safetensors",
    [RUN_METRICS] = "metrics.csv",
    [RUN_CURVES] = "curves.svg",
    [RUN_CONFUSION] = "confusion.svg",
    [RUN_CONFUSION_TEXT] = "confusion.txt",
    [RUN_MISTAKES] = "mistakes.svg",
    [RUN_FILTERS] = "filters.svg",
    [RUN_LAYERS] = "layers.svg",
    [RUN_REPORT] = "report.html",
    [RUN_AUTOPSY] = "nan.safetensors",
    [RUN_TRACE] = "trace.json",
};

void run_name_files(run *r)
{
    for (int i = 0; i < RUN_FILES; i++)
        path_in(r->path[i], r->s->out, run_file_name[i]);
    path_in(r->events, r->s->out, "events");
}

int run_check_folder(const run *r)
{
    const char *program = r->c->program;
    if (r->s->resume)
        return 0; /* run.json was read: it is our folder */
    int ours = settings_ours(program, r->path[RUN_SETTINGS]);
    for (int i = 0; i < RUN_FILES; i++) {
        if (!file_there(r->path[i]))
            continue;
        if (!ours)
            return complain(program, EXIT_FILE,
                            "%s is there and not from this program; --out FOLDER writes elsewhere",
                            r->path[i]);
        if (!r->s->force)
            return complain(program, EXIT_FILE,
                            "%s holds an earlier run: --resume goes on with it, --force replaces "
                            "it, --out FOLDER writes elsewhere",
                            r->s->out);
    }
    return 0;
}

static int cannot_remove(const run *r, const char *path)
{
    return complain(r->c->program, EXIT_FILE, "%s: cannot be removed: %s", path, strerror(errno));
}

/* Removes event files of an earlier run; other files stay. */
static int clear_events(const run *r)
{
    static const char begin[] = "events.out.tfevents.";
    DIR *dir = opendir(r->events);
    int code = 0;
    for (struct dirent *one; code == 0 && dir && (one = readdir(dir));) {
        char path[FULL_PATH + 260];
        snprintf(path, sizeof path, "%s/%s", r->events, one->d_name);
        if (strncmp(one->d_name, begin, sizeof begin - 1) == 0 && remove(path) != 0)
            code = cannot_remove(r, path);
    }
    if (dir)
        closedir(dir);
    return code;
}

/* Removes what an earlier run left. Its settings stay until new ones replace them: they say that
 * the folder is ours. Backwards, so that the checkpoint goes after the one before it: that alone
 * would keep a run from beginning. */
static int clear_folder(const run *r)
{
    for (int i = RUN_FILES - 1; i >= 0; i--)
        if (i != RUN_SETTINGS && file_there(r->path[i]) && remove(r->path[i]) != 0)
            return cannot_remove(r, r->path[i]);
    return clear_events(r);
}

int run_check_data(const run *r)
{
    const char *was = settings_fact("data mark");
    const images_set *set = &r->c->data.set;
    if (!was || strcmp(was, set->mark) == 0)
        return 0;
    const char *name = settings_fact("data set");
    return complain(r->c->program, r->s->resume ? EXIT_DATA : 0,
                    "%s holds %s, not the images of the %s run (%s)%s", set->path, set->name,
                    r->s->resume ? "interrupted" : "configured", name ? name : "unknown",
                    r->s->resume ? "; --data FOLDER names them" : ": results will differ");
}

int run_open_folder(run *r)
{
    const char *program = r->c->program;
    int code = folder_make(program, r->s->out);
    if (code == 0)
        code = folder_lock(program, r->s->out);
    if (code == 0)
        code = run_check_folder(r);
    if (code == 0 && !r->s->resume)
        code = clear_folder(r);
    if (code == 0 && !r->s->resume)
        code = settings_write(program, r->ctx, r->option, r->n_option, r->fact, RUN_FACTS,
                              r->path[RUN_SETTINGS]);
    if (code == 0 && r->s->tensorboard)
        code = folder_make(program, r->events);
    if (code == 0 && r->s->resume)
        history_read(&r->history, r->path[RUN_METRICS]);
    if (r->history.n > 0 && isfinite(r->history.row[r->history.n - 1].seconds))
        r->seconds = r->history.row[r->history.n - 1].seconds;
    return code;
}
