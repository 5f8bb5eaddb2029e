/* batchnorm: what batch normalization does to training. A small convolutional net is trained with
 * it and without it, from the same first weights and with three learning rates: small ones are safe
 * and slow, large ones are fast if training survives them (Ioffe and Szegedy, Batch Normalization,
 * ICML 2015). */
#include <math.h>
#include <stdlib.h>
#include "course.h"

enum { RATES = 3, RUNS = 2 * RATES, STAGES = 3 };
static const double rates[RATES] = {0.01, 0.1, 1};
static int64_t images = 4000, epochs = 3, batch = 64, width = 8, window = 10;

/* A run with the rate k / 2, and with normalization if k is odd. */
typedef struct outcome {
    char name[32];
    double *seen, *loss; /* of every window of steps: images seen until its end, the mean loss */
    int64_t n, cap;
    double sum;       /* of the losses of examples in the window that is open  */
    int64_t examples; /* in it                                                 */
    int64_t steps;    /* in it                                                 */
    double epoch_sum; /* the same of the epoch, as of the last step            */
    int64_t epoch_examples, all_examples;
    double test_loss, test;
    int diverged;
} outcome;

static int is_normalized(int k)
{
    return k % 2;
}

/* ---- nets ------------------------------------------------------------------------------------ */

/* Convolution 3x3, normalization or not, ReLU. */
static dl_module *block(dl_ctx *ctx, int64_t in, int64_t out, int normalized)
{
    const dl_conv_opts same = {.padding = {1}};
    const dl_layer_opts o = {.no_bias = normalized}; /* the normalization has one */
    dl_module *conv = dl_layer_conv2d(ctx, in, out, DL_KERNEL(3), &same, &o);
    if (normalized)
        return dl_layer_sequential(
            ctx, DL_LAYERS(conv, dl_layer_batchnorm2d(ctx, out, NULL), dl_layer_relu(ctx)));
    return dl_layer_sequential(ctx, DL_LAYERS(conv, dl_layer_relu(ctx)));
}

/* Three stages of two blocks, each with a pooling and twice the channels of the one before; the
 * mean of each channel; one dense layer. */
static dl_module *make_net(course *c, int normalized)
{
    dl_ctx *ctx = c->ctx;
    dl_module *part[STAGES + 1];
    int64_t in = 1, out = width;
    for (int k = 0; k < STAGES; k++, in = out, out *= 2)
        part[k] = dl_layer_sequential(ctx, DL_LAYERS(block(ctx, in, out, normalized),
                                                     block(ctx, out, out, normalized),
                                                     dl_layer_maxpool2d(ctx, DL_KERNEL(2), NULL)));
    part[STAGES] =
        dl_layer_sequential(ctx, DL_LAYERS(dl_layer_global_avgpool(ctx), dl_layer_flatten(ctx),
                                           dl_layer_dense(ctx, in, CLASSES, NULL)));
    return dl_layer_sequential(ctx, part, STAGES + 1);
}

/* The weights of convolutions and dense layers; biases, and what normalization has, are 0 and 1 in
 * the beginning whatever the net. */
static void copy_weights(dl_module *to, dl_module *from)
{
    int32_t i = 0, n = dl_module_param_count(from);
    for (int32_t k = 0; k < dl_module_param_count(to); k++) {
        if (dl_tensor_ndim(dl_module_param(to, k)) < 2)
            continue;
        while (i < n && dl_tensor_ndim(dl_module_param(from, i)) < 2)
            i++;
        if (i < n)
            dl_tensor_copy(dl_module_param(to, k), dl_module_param(from, i++));
    }
}

/* ---- training -------------------------------------------------------------------------------- */

/* An event has means over the epoch so far; what is shown are means over windows. */
static int32_t on_step(const dl_event *e, void *user)
{
    outcome *r = user;
    if (e->examples <= r->epoch_examples) {
        r->epoch_sum = 0; /* an epoch began */
        r->epoch_examples = 0;
    }
    double sum = e->loss * (double)e->examples;
    r->sum += sum - r->epoch_sum;
    r->examples += e->examples - r->epoch_examples;
    r->all_examples += e->examples - r->epoch_examples;
    r->epoch_sum = sum;
    r->epoch_examples = e->examples;
    if (++r->steps < window || r->n == r->cap)
        return 0;
    r->seen[r->n] = (double)r->all_examples;
    r->loss[r->n++] = r->sum / (double)r->examples;
    r->sum = 0;
    r->examples = r->steps = 0;
    return 0;
}

static int try(course *c, dl_dataset *train, dl_module *start, int k, outcome *r)
{
    dl_module *net = make_net(c, is_normalized(k));
    copy_weights(net, start);
    dl_optim *o = dl_optim_sgd(net, &(dl_sgd_opts){.lr = rates[k / 2]});
    const dl_train_opts t = {
        .epochs = (int32_t)epochs, .batch = (int32_t)batch, .on_step = on_step, .user = r};
    dl_train(net, o, dl_loss_classify, NULL, train, &t);
    r->diverged = dl_ctx_status(c->ctx) == DL_ENUMERIC;
    r->test_loss = r->test = NAN;
    if (r->diverged)
        program_forgive(c->ctx);
    else
        dl_evaluate(net, dl_loss_classify, NULL, c->test, 500, &r->test_loss, &r->test);
    dl_optim_drop(o);
    dl_module_drop(net);
    return dl_ctx_status(c->ctx) == DL_OK ? 0 : course_fail(c);
}

/* ---- results --------------------------------------------------------------------------------- */

static int draw(course *c, const outcome *r)
{
    dl_curve curves[RUNS];
    char panel[RATES][64], title[128];
    for (int k = 0; k < RUNS; k++) {
        snprintf(panel[k / 2], sizeof *panel, "training loss, rate %g", rates[k / 2]);
        curves[k] = (dl_curve){.panel = panel[k / 2],
                               .name = r[k].name,
                               .x = r[k].seen,
                               .y = r[k].loss,
                               .n = r[k].n,
                               .log_y = 1};
    }
    snprintf(title, sizeof title, "A convolutional net on %s, with batch normalization and without",
             c->set.name);
    return course_curves(c, "batchnorm.svg", title, "images seen", curves, RUNS);
}

static int write_losses(course *c, const outcome *r)
{
    FILE *f = course_file(c, "losses.csv");
    if (!f)
        return EXIT_FILE;
    fputs("rate,normalization,images,loss\n", f);
    for (int k = 0; k < RUNS; k++)
        for (int64_t i = 0; i < r[k].n; i++)
            fprintf(f, "%g,%s,%.0f,%.9g\n", rates[k / 2], r[k].name, r[k].seen[i], r[k].loss[i]);
    return course_file_end(c, f, "losses.csv");
}

static int write_table(course *c, const outcome *r)
{
    FILE *f = course_file(c, "batchnorm.csv");
    if (!f)
        return EXIT_FILE;
    fputs("rate,normalization,loss,test_loss,test_accuracy\n", f);
    printf("%6s  %-8s %14s %10s %14s\n", "rate", "norm", "training loss", "test loss",
           "test accuracy");
    for (int k = 0; k < RUNS; k++) {
        double last = r[k].n && !r[k].diverged ? r[k].loss[r[k].n - 1] : NAN;
        if (r[k].diverged)
            printf("%6g  %-8s %14s\n", rates[k / 2], r[k].name, "diverged");
        else
            printf("%6g  %-8s %14.4f %10.4f %13.2f%%\n", rates[k / 2], r[k].name, last,
                   r[k].test_loss, 100 * r[k].test);
        fprintf(f, "%g,%s,", rates[k / 2], r[k].name);
        file_number(f, last);
        fputc(',', f);
        file_number(f, r[k].test_loss);
        fputc(',', f);
        file_number(f, r[k].test);
        fputc('\n', f);
    }
    return course_file_end(c, f, "batchnorm.csv");
}

/* ---- the run --------------------------------------------------------------------------------- */

static int begin(course *c, int k, int64_t size, outcome *r)
{
    r->cap = epochs * ((size + batch - 1) / batch) / window;
    r->seen = malloc(sizeof *r->seen * 2 * (size_t)(r->cap + 1));
    if (!r->seen)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    r->loss = r->seen + r->cap + 1;
    snprintf(r->name, sizeof r->name, "%s", is_normalized(k) ? "with" : "without");
    return 0;
}

static int run(course *c)
{
    outcome r[RUNS] = {{{0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};
    dl_dataset *train = course_part(c, c->train, 0, images);
    dl_module *start = make_net(c, 0);
    int code = train && start ? 0 : course_fail(c);
    for (int k = 0; k < RUNS && code == 0; k++) {
        code = begin(c, k, dl_dataset_size(train), &r[k]);
        if (code == 0)
            code = try(c, train, start, k, &r[k]);
    }
    if (code == 0)
        code = write_losses(c, r);
    if (code == 0)
        code = write_table(c, r);
    if (code == 0)
        code = draw(c, r);
    for (int k = 0; k < RUNS; k++)
        free(r[k].seen);
    dl_module_drop(start);
    dl_dataset_drop(train);
    return code;
}

int main(int argc, char **argv)
{
    option o[] = {
        course_images(&images),
        {"epochs", OPTION_INT, OPTION_RUN, &epochs, 1, 100000, NULL, "passes over them", 0},
        {"batch", OPTION_INT, OPTION_RUN, &batch, 2, 100000, NULL, "images in a step", 0},
        course_width(&width),
        {"window", OPTION_INT, OPTION_RUN, &window, 1, 100000, NULL,
         "steps whose losses make one point of a curve", 0},
        {0},
    };
    static const course_quick quick[] = {{"images", 400}, {"epochs", 2}, {"batch", 20},
                                         {"width", 4},    {"window", 4}, {0}};
    static const char *const files[] = {"batchnorm.csv", "losses.csv", "batchnorm.svg", NULL};
    course c = {.program = "batchnorm",
                .about = "Trains a net with batch normalization and without, at three rates.",
                .options = o,
                .quick_values = quick,
                .files = files,
                .with_images = COURSE_IDX,
                .run = run};
    return course_main(&c, argc, argv);
}
