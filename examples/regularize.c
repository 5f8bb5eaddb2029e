/* regularize: a large net and few images: it learns them by heart, and what it does with others is
 * worse than it could be. Ways to help it are tried one by one from the same first weights, and
 * their curves and test accuracies are put side by side. */
#include <math.h>
#include <stdlib.h>
#include "course.h"

enum { WAYS = 7 };
static int64_t images = 500, valid_images = 2000, epochs = 60, batch = 50, hidden = 256,
               patience = 8;
static double lr = 5e-4, dropout = 0.5, l1 = 4e-4, l2 = 4e-3, decay = 2, proximal = 0.2;

/* What is different from a plain training with Adam. */
typedef struct way {
    const char *name;
    double dropout, l1, l2, decay, proximal;
    int early; /* stop when the validation loss no longer falls, keep the best */
} way;

typedef struct outcome {
    course_record record;
    double test_loss, test, zeros;
} outcome;

/* The fraction of weights that are exactly 0. */
static double zeros_of(dl_module *net)
{
    int64_t zero = 0, all = 0;
    for (int32_t i = 0; i < dl_module_param_count(net); i++) {
        dl_tensor *w = dl_module_param(net, i);
        const float *v = dl_tensor_data(w);
        if (dl_tensor_ndim(w) < 2 || !v)
            continue; /* a bias */
        for (int64_t k = 0; k < dl_tensor_count(w); k++)
            zero += v[k] == 0;
        all += dl_tensor_count(w);
    }
    return (double)zero / (double)all;
}

static dl_optim *optimizer(dl_module *net, const way *w)
{
    dl_optim *o = dl_optim_adam(
        net, &(dl_adam_opts){.lr = lr, .weight_decay = w->decay, .decoupled = w->decay > 0});
    dl_optim_spare(o, NULL);
    dl_optim_proximal(o, NULL, w->proximal);
    return o;
}

/* Trains start, a net without dropout, or one with it and the same weights. */
static int try(course *c, dl_module *start, dl_dataset *train, dl_dataset *valid, const way *w,
               outcome *r)
{
    dl_module *net =
        w->dropout > 0 ? course_net(c, hidden, w->dropout) : dl_module_clone(start, NULL);
    for (int32_t i = 0; w->dropout > 0 && i < dl_module_param_count(net); i++)
        dl_tensor_copy(dl_module_param(net, i), dl_module_param(start, i));
    dl_optim *o = optimizer(net, w);
    const dl_train_opts t = {.epochs = (int32_t)epochs,
                             .batch = (int32_t)batch,
                             .valid = valid,
                             .l1 = w->l1,
                             .l2 = w->l2,
                             .patience = w->early ? (int32_t)patience : 0,
                             .restore_best = w->early,
                             .on_epoch = course_record_epoch,
                             .user = &r->record};
    dl_train(net, o, dl_loss_classify, NULL, train, &t);
    dl_evaluate(net, dl_loss_classify, NULL, c->test, 1000, &r->test_loss, &r->test);
    r->zeros = zeros_of(net);
    dl_optim_drop(o);
    dl_module_drop(net);
    return dl_ctx_status(c->ctx) == DL_OK ? 0 : course_fail(c);
}

/* Three panels: training loss, validation loss, validation accuracy. */
static int draw(course *c, const outcome *r)
{
    dl_curve curves[3 * WAYS];
    double *percent = malloc(sizeof *percent * WAYS * (size_t)epochs);
    if (!percent)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    for (int k = 0; k < WAYS; k++) {
        const course_record *one = &r[k].record;
        double *y = percent + k * epochs;
        for (int64_t i = 0; i < one->n; i++)
            y[i] = 100 * one->valid_metric[i];
        curves[k] = (dl_curve){
            .panel = "training loss", .name = one->name, .y = one->loss, .n = one->n, .log_y = 1};
        curves[WAYS + k] = (dl_curve){
            .panel = "validation loss", .name = one->name, .y = one->valid_loss, .n = one->n};
        curves[2 * WAYS + k] =
            (dl_curve){.panel = "validation accuracy, %", .name = one->name, .y = y, .n = one->n};
    }
    int code = course_curves(c, "regularize.svg", c->set.name, "epoch", curves, 3 * WAYS);
    free(percent);
    return code;
}

static int write_table(course *c, const outcome *r)
{
    FILE *f = course_file(c, "regularize.csv");
    if (!f)
        return EXIT_FILE;
    fputs("way,epochs,loss,accuracy,test_loss,test_accuracy,zeros\n", f);
    printf("%-16s %7s %13s %14s %10s %14s %13s\n", "", "epochs", "training loss", "training acc.",
           "test loss", "test accuracy", "zero weights");
    for (int k = 0; k < WAYS; k++) {
        const course_record *one = &r[k].record;
        double loss = one->loss[one->n - 1], accuracy = one->metric[one->n - 1];
        printf("%-16s %7lld %13.4f %13.2f%% %10.4f %13.2f%% %12.1f%%\n", one->name,
               (long long)one->n, loss, 100 * accuracy, r[k].test_loss, 100 * r[k].test,
               100 * r[k].zeros);
        fprintf(f, "%s,%lld,%.9g,%.9g,%.9g,%.9g,%.9g\n", one->name, (long long)one->n, loss,
                accuracy, r[k].test_loss, r[k].test, r[k].zeros);
    }
    return course_file_end(c, f, "regularize.csv");
}

static int finish(course *c, const outcome *r)
{
    course_record all[WAYS];
    for (int k = 0; k < WAYS; k++)
        all[k] = r[k].record;
    int code = course_record_write(c, "epochs.csv", all, WAYS);
    if (code == 0)
        code = write_table(c, r);
    return code ? code : draw(c, r);
}

static int run(course *c)
{
    const way ways[WAYS] = {
        {.name = "nothing"},
        {.name = "dropout", .dropout = dropout},
        {.name = "L2", .l2 = l2},
        {.name = "weight decay", .decay = decay},
        {.name = "L1", .l1 = l1},
        {.name = "proximal L1", .proximal = proximal},
        {.name = "early stopping", .early = 1},
    };
    outcome r[WAYS] = {{{0}, 0, 0, 0}};
    if (images + valid_images > dl_dataset_size(c->train))
        return complain(c->program, EXIT_USAGE, "--images and --valid are %lld, there are %lld",
                        (long long)(images + valid_images), (long long)dl_dataset_size(c->train));
    dl_dataset *train = course_part(c, c->train, 0, images);
    dl_dataset *valid = course_part(c, c->train, images, valid_images);
    dl_module *start = course_net(c, hidden, 0);
    int code = train && valid && start ? 0 : course_fail(c);
    for (int k = 0; k < WAYS && code == 0; k++) {
        code = course_record_begin(c, &r[k].record, ways[k].name, epochs);
        if (code == 0)
            code = try(c, start, train, valid, &ways[k], &r[k]);
    }
    if (code == 0)
        code = finish(c, r);
    for (int k = 0; k < WAYS; k++)
        course_record_end(&r[k].record);
    dl_module_drop(start);
    dl_dataset_drop(train);
    dl_dataset_drop(valid);
    return code;
}

int main(int argc, char **argv)
{
    option o[] = {
        course_images(&images),
        {"valid", OPTION_INT, OPTION_RUN, &valid_images, 1, 1000000, NULL, "validation images", 0},
        {"epochs", OPTION_INT, OPTION_RUN, &epochs, 1, 100000, NULL, "passes over them", 0},
        course_batch(&batch),
        course_hidden(&hidden),
        course_lr(&lr),
        {"dropout", OPTION_REAL, OPTION_RUN, &dropout, 0.001, 0.999, NULL,
         "probability to drop a unit", 0},
        {"l2", OPTION_REAL, OPTION_RUN, &l2, 0, 1000, NULL, "times the sum of squares", 0},
        {"decay", OPTION_REAL, OPTION_RUN, &decay, 0, 1000, NULL, "of AdamW", 0},
        {"l1", OPTION_REAL, OPTION_RUN, &l1, 0, 1000, NULL, "times the sum of sizes", 0},
        {"proximal", OPTION_REAL, OPTION_RUN, &proximal, 0, 1000, NULL,
         "times the sum of sizes, by steps that end at 0", 0},
        {"patience", OPTION_INT, OPTION_RUN, &patience, 1, 100000, NULL,
         "epochs without a lower validation loss", 0},
        {0},
    };
    static const course_quick quick[] = {{"images", 100}, {"valid", 100},  {"epochs", 30},
                                         {"batch", 20},   {"hidden", 128}, {0}};
    static const char *const files[] = {"regularize.csv", "epochs.csv", "regularize.svg", NULL};
    course c = {.program = "regularize",
                .about = "Trains a large net on few images, with and without what helps it.",
                .options = o,
                .quick_values = quick,
                .files = files,
                .with_images = COURSE_IDX,
                .run = run};
    return course_main(&c, argc, argv);
}
