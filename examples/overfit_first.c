/* overfit_first: a net that cannot learn a few examples by heart is broken, so that is the first
 * thing to try. And what it learns by heart need not mean anything: random labels are learned as
 * well (Zhang et al., Understanding Deep Learning Requires Rethinking Generalization, ICLR 2017).
 * Only the test images show the difference. */
#include <math.h>
#include <stdlib.h>
#include "course.h"

enum { RUNS = 2 };
static int64_t images = 1000, epochs = 200, batch = 50, hidden = 256;
static double lr = 0.001;

/* One run. error[i] is the fraction of training images that are wrong after epoch i + 1. */
typedef struct heart {
    course *c;
    dl_dataset *d;
    course_record record;
    double *error;
    double test;
} heart;

/* Stops where nothing is wrong any more. */
static int32_t on_epoch(const dl_event *e, void *user)
{
    heart *h = user;
    double accuracy = 0;
    if (dl_evaluate(e->model, dl_loss_classify, NULL, h->d, 1000, NULL, &accuracy) != DL_OK)
        return 1;
    course_record_epoch(e, &h->record);
    h->error[h->record.n - 1] = 1 - accuracy;
    return accuracy == 1;
}

static int is_learned(const heart *h)
{
    return h->record.n > 0 && h->error[h->record.n - 1] == 0;
}

static int learn(heart *h, dl_module *net)
{
    course *c = h->c;
    dl_module *copy = dl_module_clone(net, NULL);
    dl_optim *o = dl_optim_adam(copy, &(dl_adam_opts){.lr = lr});
    const dl_train_opts t = {
        .epochs = (int32_t)epochs, .batch = (int32_t)batch, .on_epoch = on_epoch, .user = h};
    dl_status status = dl_train(copy, o, dl_loss_classify, NULL, h->d, &t);
    if (status == DL_EUSER && is_learned(h) && !program_signal())
        program_forgive(c->ctx); /* on_epoch was content */
    dl_evaluate(copy, dl_loss_classify, NULL, c->test, 1000, NULL, &h->test);
    dl_optim_drop(o);
    dl_module_drop(copy);
    return dl_ctx_status(c->ctx) == DL_OK ? 0 : course_fail(c);
}

/* The same images with labels that have nothing to do with them. */
static dl_dataset *random_labels(course *c, dl_dataset *d)
{
    int32_t scope = dl_scope_begin(c->ctx);
    dl_tensor *field[2] = {NULL, NULL};
    dl_loader *l = dl_loader_new(d, &(dl_loader_opts){.batch = (int32_t)dl_dataset_size(d)});
    dl_loader_next(l, field, 2);
    dl_loader_drop(l);
    field[1] =
        dl_tensor_give(dl_tensor_randint(c->ctx, DL_I64, 0, CLASSES, DL_SHAPE(dl_dataset_size(d))));
    dl_dataset *random = dl_dataset_tensors(field, 2);
    dl_scope_end(c->ctx, scope);
    return random;
}

static int draw(course *c, const heart *h)
{
    dl_curve curves[2 * RUNS];
    double *percent = malloc(sizeof *percent * RUNS * (size_t)epochs);
    if (!percent)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    for (int k = 0; k < RUNS; k++) {
        const course_record *r = &h[k].record;
        double *y = percent + k * epochs;
        for (int64_t i = 0; i < r->n; i++)
            y[i] = 100 * h[k].error[i];
        curves[k] = (dl_curve){.panel = "training error, %", .name = r->name, .y = y, .n = r->n};
        curves[RUNS + k] = (dl_curve){
            .panel = "training loss", .name = r->name, .y = r->loss, .n = r->n, .log_y = 1};
    }
    int code = course_curves(c, "overfit_first.svg", c->set.name, "epoch", curves, 2 * RUNS);
    free(percent);
    return code;
}

static int write_errors(course *c, const heart *h)
{
    FILE *f = course_file(c, "errors.csv");
    if (!f)
        return EXIT_FILE;
    fputs("labels,epoch,loss,error\n", f);
    for (int k = 0; k < RUNS; k++)
        for (int64_t i = 0; i < h[k].record.n; i++)
            fprintf(f, "%s,%lld,%.9g,%.9g\n", h[k].record.name, (long long)i + 1,
                    h[k].record.loss[i], h[k].error[i]);
    return course_file_end(c, f, "errors.csv");
}

/* The table; all must have been learned by heart. */
static int judge(course *c, const heart *h)
{
    int code = 0;
    printf("%-14s %8s %16s %14s %15s\n", "labels", "epochs", "training error", "training loss",
           "test accuracy");
    for (int k = 0; k < RUNS; k++) {
        const course_record *r = &h[k].record;
        printf("%-14s %8lld %15.1f%% %14.4f %14.2f%%\n", r->name, (long long)r->n,
               100 * h[k].error[r->n - 1], r->loss[r->n - 1], 100 * h[k].test);
    }
    for (int k = 0; k < RUNS && code == 0; k++)
        if (!is_learned(&h[k]))
            code = complain(c->program, EXIT_DIVERGED,
                            "%s: not learned by heart in %lld epochs; more --epochs or --hidden",
                            h[k].record.name, (long long)epochs);
    return code;
}

static int run(course *c)
{
    heart h[RUNS] = {{.c = c}, {.c = c}};
    static const char *const name[RUNS] = {"true labels", "random labels"};
    double *error = malloc(sizeof *error * RUNS * (size_t)epochs);
    int code = error ? 0 : complain(c->program, EXIT_MEMORY, "memory is short");
    h[0].d = course_part(c, c->train, 0, images);
    h[1].d = random_labels(c, h[0].d);
    dl_module *net = course_net(c, hidden, 0);
    for (int k = 0; k < RUNS && code == 0; k++) {
        h[k].error = error + k * epochs;
        code = course_record_begin(c, &h[k].record, name[k], epochs);
        if (code == 0)
            code = learn(&h[k], net);
    }
    if (code == 0)
        code = write_errors(c, h);
    if (code == 0)
        code = draw(c, h);
    if (code == 0)
        code = judge(c, h);
    for (int k = 0; k < RUNS; k++) {
        course_record_end(&h[k].record);
        dl_dataset_drop(h[k].d);
    }
    dl_module_drop(net);
    free(error);
    return code;
}

int main(int argc, char **argv)
{
    option o[] = {
        course_images(&images),
        {"epochs", OPTION_INT, OPTION_RUN, &epochs, 1, 100000, NULL, "at most", 0},
        course_batch(&batch),
        course_hidden(&hidden),
        course_lr(&lr),
        {0},
    };
    static const course_quick quick[] = {{"images", 200}, {"hidden", 128}, {0}};
    static const char *const files[] = {"errors.csv", "overfit_first.svg", NULL};
    course c = {.program = "overfit_first",
                .about = "Learns a few images by heart, with their labels and with random ones.",
                .options = o,
                .quick_values = quick,
                .files = files,
                .with_images = COURSE_IDX,
                .run = run};
    return course_main(&c, argc, argv);
}
