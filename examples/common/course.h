/* What the programs of the course share: settings, data, nets, a record of training, results. A
 * program fills in a course and calls course_main, which does what is the same in all of them. */
#ifndef EXAMPLES_COURSE_H
#define EXAMPLES_COURSE_H
#include "dl/dl.h"
#include "images.h"
#include "options.h"
#include "program.h"

/* What --quick, or --full, sets the integer option of that name to, unless it was given. */
typedef struct course_quick {
    const char *name;
    int64_t value;
} course_quick;

/* The data that a program reads. */
enum { COURSE_NO_DATA, COURSE_IDX /* MNIST or Fashion-MNIST */, COURSE_CIFAR /* CIFAR-10 */ };

/* The lists of options and values end with an entry that has no name, files with NULL. */
typedef struct course course;
struct course {
    const char *program, *about;      /* about: a sentence for --help               */
    option *options;                  /* of this program                            */
    const course_quick *quick_values; /* of --quick                                 */
    const course_quick *full_values;  /* of --full; NULL: it has no such option     */
    const char *full_help;
    const char *const *files; /* what it writes beside run.json             */
    int with_images;          /* COURSE_*                                   */
    int resumes;              /* it has --resume                            */
    int (*run)(course *c);    /* does the work; an exit code                */
    dl_ctx *ctx;              /* from here on: set by course_main           */
    const char *out, *data;
    int64_t seed, threads, quick, full, help, version;
    int64_t resume; /* it goes on with a run that is there */
    images_set set;
    dl_dataset *train, *test; /* with_images                                */
};

/* Reads the command line, shows the settings, makes the context and the folder of results, opens
 * the data, runs the program, says what it wrote. The exit code. Files of an earlier run of the
 * program are replaced, others are left alone (EXIT_FILE). */
int course_main(course *c, int argc, char **argv);

/* Options that several programs have, by their names: --images, ... */
option course_images(int64_t *n);
option course_tests(int64_t *n);
option course_epochs(int64_t *n);
option course_batch(int64_t *n);
option course_hidden(int64_t *units);
option course_width(int64_t *channels);
option course_lr(double *rate);

/* Prints the standing error; the exit code. */
int course_fail(course *c);
/* n examples of d from number `from` on; NULL on failure. */
dl_dataset *course_part(course *c, dl_dataset *d, int64_t from, int64_t n);
/* pixels - hidden - hidden - CLASSES with ReLU, and with dropout p if that is not 0. */
dl_module *course_net(course *c, int64_t hidden, double p);

/* The epochs of a run, recorded by course_record_epoch (dl_train_opts.on_epoch; user is the
 * record). */
typedef struct course_record {
    const char *name;
    double *loss, *metric, *valid_loss, *valid_metric; /* room for cap epochs each */
    int64_t n, cap;
} course_record;
/* 0, or an exit code after a message. */
int course_record_begin(course *c, course_record *r, const char *name, int64_t epochs);
int32_t course_record_epoch(const dl_event *e, void *user);
void course_record_end(course_record *r);
/* "run,epoch,loss,accuracy,valid_loss,valid_accuracy" of n runs. 0, or an exit code. */
int course_record_write(course *c, const char *name, const course_record *r, int n);

/* The file of that name in the folder of results; buf has FULL_PATH bytes. */
const char *course_path(const course *c, char *buf, const char *name);
/* A file in that folder, complete or not there: NULL, and 0 or an exit code, after a message. */
FILE *course_file(course *c, const char *name);
int course_file_end(course *c, FILE *f, const char *name);
/* Pictures in that folder. 0, or an exit code after a message. */
int course_curves(course *c, const char *name, const char *title, const char *xlabel,
                  const dl_curve *curves, int n);
int course_planes(course *c, const char *name, const char *title, const dl_plane *planes, int n);
#endif
