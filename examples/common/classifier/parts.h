/* What the parts of the classifier programs share with one another. */
#ifndef EXAMPLES_CLASSIFIER_PARTS_H
#define EXAMPLES_CLASSIFIER_PARTS_H
#include "classifier/classifier.h"
#include "progress.h"

/* ---- settings (settings.c) ------------------------------------------------------------------- */

enum { CLASSIFIER_OPTIONS = 64 }; /* room for all options of a program */

/* The defaults that do not depend on the net. */
void settings_begin(classifier *c, const char *self);
/* The table of options, the program's own first; o has room for CLASSIFIER_OPTIONS. How many. */
int settings_table(classifier *c, option *o);
/* Finds the model, and sets what was neither given nor read to what it, and the schedule, have by
 * default. 0, or an exit code. */
int settings_resolve(classifier *c, option *o, int n);

/* ---- the run --------------------------------------------------------------------------------- */

/* One line of metrics.csv. Numbers of things that there are not are NaN. */
typedef struct history_row {
    double loss, metric, valid_loss, valid_metric, lr, seconds;
} history_row;

typedef struct history {
    history_row *row;
    int64_t n, cap; /* epochs that are over, epochs in all */
} history;

/* What a run writes into its folder. */
enum run_file {
    RUN_SETTINGS,
    RUN_CHECKPOINT,
    RUN_PREVIOUS,
    RUN_MODEL,
    RUN_METRICS,
    RUN_CURVES,
    RUN_CONFUSION,
    RUN_CONFUSION_TEXT,
    RUN_MISTAKES,
    RUN_FILTERS,
    RUN_LAYERS,
    RUN_REPORT,
    RUN_AUTOPSY,
    RUN_TRACE,
    RUN_FILES
};

/* What is recorded beside the options: names of the facts are in train.c. */
enum { RUN_FACTS = 4 };

typedef struct run {
    classifier *c;
    const option *option; /* [n_option] */
    int n_option;
    fact fact[RUN_FACTS];
    char image[96], *names; /* texts of facts */
    char *summary;          /* the table of the net */
    const classifier_settings *s;
    dl_ctx *ctx;
    dl_module *net;
    dl_optim *optim;
    dl_dataset *train, *valid; /* as they are trained on */
    progress progress;
    history history;
    double seconds; /* of earlier parts of the run */
    double drawn;   /* when the curves were drawn  */
    char path[RUN_FILES][FULL_PATH];
    char events[FULL_PATH];            /* the folder of event files, of --tensorboard */
    int metrics_failed, curves_failed; /* said once, training goes on */
} run;

/* The name of a file of the run. */
extern const char *const run_file_name[RUN_FILES];

/* ---- history.c ------------------------------------------------------------------------------- */

/* Room for cap epochs. 0, or an exit code. */
int history_begin(const char *program, history *h, int64_t cap);
void history_end(history *h);
/* Takes the lines of an earlier part of the run; what cannot be read is left out. */
void history_read(history *h, const char *path);
/* Writes all lines again: after a resume there may be some that are no longer true. 0, or errno. */
int history_write(const history *h, const char *path);
dl_status history_draw(const history *h, dl_ctx *ctx, const char *title, const char *path);

/* ---- folder.c -------------------------------------------------------------------------------- */

void run_name_files(run *r);
/* Refuses to begin where files are that are not of an earlier run, or are and --force is
 * missing. */
int run_check_folder(const run *r);
/* The data must be what the run began with, or its bits are other ones. */
int run_check_data(const run *r);
/* Makes the folder ours: settings are written, or of a run that is taken up read. */
int run_open_folder(run *r);

/* ---- recipe.c -------------------------------------------------------------------------------- */

/* The parts of the data that are trained and validated on. 0, or an exit code. */
int run_open_data(run *r);
/* Net, optimizer and schedule. 0, or an exit code. */
int run_make(run *r);

/* ---- results.c ------------------------------------------------------------------------------- */

/* Loss and accuracy on images that were not trained on, pictures and texts about them, and the
 * report. Nothing where there are no such images but the report. 0, or an exit code after a
 * message, the error standing if there was one. */
int run_results(run *r);

/* The name of class k; NULL if it has none. */
const char *run_class(const run *r, int64_t k);

/* ---- the commands; they return exit codes ---------------------------------------------------- */

int classifier_train(classifier *c, const option *o, int n);
int classifier_predict(classifier *c, const char *const *what, int n);
int classifier_info(classifier *c, const char *path);
#endif
