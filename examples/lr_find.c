/* lr_find: the learning-rate range test (Smith, Cyclical Learning Rates for Training Neural
 * Networks, WACV 2017). The rate grows with every batch; where the loss falls steepest is a good
 * rate. Then the program trains with a tenth of it, with it and with ten times it, and says how
 * well each did. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "course.h"

enum { RATES = 3 };
static const double factor[RATES] = {0.1, 1, 10};
static int64_t steps = 300, epochs = 3, batch = 64, hidden = 256;
static const char *rule = "sgd";

static dl_optim *optimizer(dl_module *net, double lr)
{
    if (strcmp(rule, "adam") == 0)
        return dl_optim_adam(net, &(dl_adam_opts){.lr = lr});
    return dl_optim_sgd(net, &(dl_sgd_opts){.lr = lr, .momentum = 0.9});
}

/* What the test saw. */
typedef struct range {
    double *lr, *loss, suggestion;
    int32_t n;
} range;

static int look(course *c, dl_module *net, range *r)
{
    dl_optim *o = optimizer(net, 0.01);
    dl_lr_find(net, o, dl_loss_classify, NULL, c->train,
               &(dl_lr_find_opts){.steps = (int32_t)steps, .batch = (int32_t)batch}, r->lr, r->loss,
               &r->n, &r->suggestion);
    dl_optim_drop(o);
    if (dl_ctx_status(c->ctx) != DL_OK)
        return course_fail(c);
    if (isnan(r->suggestion))
        return complain(c->program, EXIT_DIVERGED, "the loss never fell; more --steps may help");
    printf("%d rates from %.3g to %.3g; the loss falls steepest at %.3g\n", (int)r->n, r->lr[0],
           r->lr[r->n - 1], r->suggestion);
    return 0;
}

static int write_rates(course *c, const range *r)
{
    FILE *f = course_file(c, "rates.csv");
    if (!f)
        return EXIT_FILE;
    fputs("lr,loss\n", f);
    for (int32_t i = 0; i < r->n; i++)
        fprintf(f, "%.9g,%.9g\n", r->lr[i], r->loss[i]);
    return course_file_end(c, f, "rates.csv");
}

static int draw(course *c, const range *r)
{
    double low = INFINITY, high = 0;
    char name[64];
    for (int32_t i = 0; i < r->n; i++) {
        low = fmin(low, r->loss[i]);
        high = fmax(high, r->loss[i]);
    }
    const double x[] = {r->suggestion, r->suggestion}, y[] = {low, high};
    snprintf(name, sizeof name, "suggestion %.2g", r->suggestion);
    const dl_curve curves[] = {
        {.panel = "loss over the learning rate",
         .name = "smoothed loss",
         .x = r->lr,
         .y = r->loss,
         .n = r->n,
         .log_x = 1,
         .log_y = 1},
        {.panel = "loss over the learning rate", .name = name, .x = x, .y = y, .n = 2}};
    return course_curves(c, "lr_find.svg", c->set.name, "learning rate", curves, 2);
}

/* Trains a copy of net at that rate; accuracy is NaN when it diverged. */
static int train(course *c, dl_module *net, double lr, course_record *r, double *accuracy)
{
    dl_module *copy = dl_module_clone(net, NULL);
    dl_optim *o = optimizer(copy, lr);
    const dl_train_opts t = {.epochs = (int32_t)epochs,
                             .batch = (int32_t)batch,
                             .on_epoch = course_record_epoch,
                             .user = r};
    dl_status status = dl_train(copy, o, dl_loss_classify, NULL, c->train, &t);
    if (status == DL_OK)
        status = dl_evaluate(copy, dl_loss_classify, NULL, c->test, 1000, NULL, accuracy);
    dl_optim_drop(o);
    dl_module_drop(copy);
    if (status == DL_ENUMERIC) {
        *accuracy = NAN;
        program_forgive(c->ctx);
    }
    return dl_ctx_status(c->ctx) == DL_OK ? 0 : course_fail(c);
}

static int compare(course *c, dl_module *net, double suggestion)
{
    double accuracy[RATES];
    course_record r[RATES] = {{0}};
    static const char *const name[RATES] = {"a tenth", "the suggestion", "ten times"};
    int code = 0;
    for (int k = 0; k < RATES && code == 0; k++) {
        code = course_record_begin(c, &r[k], name[k], epochs);
        if (code == 0)
            code = train(c, net, factor[k] * suggestion, &r[k], &accuracy[k]);
    }
    if (code == 0)
        code = course_record_write(c, "training.csv", r, RATES);
    if (code == 0)
        printf("\n%-16s %10s %15s %15s\n", "rate", "", "training loss", "test accuracy");
    for (int k = 0; k < RATES && code == 0; k++) {
        printf("%-16s %10.3g", name[k], factor[k] * suggestion);
        if (isnan(accuracy[k]))
            printf(" %15s %15s\n", "diverged", "");
        else
            printf(" %15.4f %14.2f%%\n", r[k].loss[r[k].n - 1], 100 * accuracy[k]);
    }
    for (int k = 0; k < RATES; k++)
        course_record_end(&r[k]);
    return code;
}

static int run(course *c)
{
    range r = {.lr = malloc(sizeof *r.lr * 2 * (size_t)steps)};
    if (!r.lr)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    r.loss = r.lr + steps;
    dl_module *net = course_net(c, hidden, 0);
    int code = look(c, net, &r);
    if (code == 0)
        code = write_rates(c, &r);
    if (code == 0)
        code = draw(c, &r);
    if (code == 0)
        code = compare(c, net, r.suggestion);
    dl_module_drop(net);
    free(r.lr);
    return code;
}

int main(int argc, char **argv)
{
    option o[] = {
        {"steps", OPTION_INT, OPTION_RUN, &steps, 2, 100000, NULL, "rates to try", 0},
        {"epochs", OPTION_INT, OPTION_RUN, &epochs, 1, 1000, NULL, "to train with a rate", 0},
        course_batch(&batch),
        course_hidden(&hidden),
        {"optimizer", OPTION_TEXT, OPTION_RUN, &rule, 0, 0, "sgd|adam", "update rule", 0},
        {0},
    };
    static const course_quick quick[] = {{"steps", 100}, {"epochs", 1}, {"hidden", 64}, {0}};
    static const char *const files[] = {"rates.csv", "lr_find.svg", "training.csv", NULL};
    course c = {.program = "lr_find",
                .about = "Finds a learning rate by a range test, and trains with it.",
                .options = o,
                .quick_values = quick,
                .files = files,
                .with_images = COURSE_IDX,
                .run = run};
    return course_main(&c, argc, argv);
}
