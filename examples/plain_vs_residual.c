/* plain_vs_residual: what depth does to training. Of two plain nets the deeper one could do all
 * that the other does, and yet it trains worse; with shortcuts past every two layers it does not.
 * Four nets, two of them deep, are trained in the same way on CIFAR-10, and their errors are drawn
 * over the epochs (He et al., Deep Residual Learning for Image Recognition, CVPR 2016, figure 6).
 *
 * By default it does so at a reduced scale: few, small images and narrow nets. --full is the
 * schedule of the paper. */
#include <stdlib.h>
#include <string.h>
#include "course.h"

enum { NETS = 4, SIDE = 32, CHANNELS = 3 };
/* 64,000 steps of 128 images. */
enum { FULL_IMAGES = 50000, FULL_TESTS = 10000, FULL_EPOCHS = 164, FULL_WIDTH = 16 };
static int64_t images = 10000, tests = 2000, side = 16, width = 8, epochs = 40, batch = 64;
static int64_t shallow = 20, deep = 56, augment;
static double lr = 0.1, weight_decay = 1e-4, momentum = 0.9;

static const char *const checkpoints[NETS] = {"plain-shallow.safetensors", "plain-deep.safetensors",
                                              "residual-shallow.safetensors",
                                              "residual-deep.safetensors"};

/* The four nets: plain ones first, of each kind the shallow one first. */
typedef struct trial {
    course *c;
    char name[NETS][32];
    dl_module *net[NETS];
    course_record record[NETS]; /* accuracies; pictures and tables show errors */
    dl_dataset *train, *test;
    char scale[128]; /* of the run, in words */
    int now;         /* the net that is being trained */
} trial;

static int is_plain(int k)
{
    return k < NETS / 2;
}

static int64_t depth_of(int k)
{
    return k % 2 ? deep : shallow;
}

/* ---- data ------------------------------------------------------------------------------------ */

/* Means of blocks: [3, 32, 32] -> [3, side, side]. */
static int32_t shrink(int64_t i, uint64_t key, const void *const *in, void *const *out, void *user)
{
    const float *x = in[0];
    float *y = out[0];
    int64_t block = SIDE / side;
    (void)i, (void)key, (void)user;
    for (int64_t c = 0; c < CHANNELS; c++)
        for (int64_t r = 0; r < side; r++)
            for (int64_t k = 0; k < side; k++) {
                float sum = 0;
                for (int64_t a = 0; a < block * block; a++)
                    sum += x[(c * SIDE + r * block + a / block) * SIDE + k * block + a % block];
                *y++ = sum / (float)(block * block);
            }
    memcpy(out[1], in[1], sizeof(int64_t));
    return 0;
}

/* The first n images of d, made small; yours. */
static dl_dataset *small(course *c, dl_dataset *d, int64_t n)
{
    dl_field field[2] = {{"image", DL_F32, 3, {CHANNELS, side, side}}, {"label", DL_I64, 0, {0}}};
    dl_dataset *part = course_part(c, d, 0, n);
    return side == SIDE ? part : dl_dataset_map(part, field, 2, shrink, NULL, NULL, 1);
}

/* Both sets, normalised with what the training images say; those are changed at random with
 * --augment, as in the paper: crops and flips. */
static int open_data(trial *t)
{
    double mean[CHANNELS], std[CHANNELS];
    t->train = small(t->c, t->c->train, images);
    t->test = small(t->c, t->c->test, tests);
    if (dl_dataset_moments(t->train, 0, 0, mean, std, CHANNELS) != DL_OK)
        return course_fail(t->c);
    t->train = dl_dataset_normalize(t->train, 0, mean, std, CHANNELS);
    t->test = dl_dataset_normalize(t->test, 0, mean, std, CHANNELS);
    if (augment) {
        const dl_pad_crop_opts crop = {.pad = (int32_t)(side / 8)};
        t->train = dl_dataset_flip(dl_dataset_pad_crop(t->train, &crop), NULL);
    }
    return t->train && t->test ? 0 : course_fail(t->c);
}

/* ---- nets ------------------------------------------------------------------------------------ */

/* All of them at once, so that a run that is taken up has the same. A residual net begins with the
 * weights of the plain net of its depth: its shortcuts have none. */
static int make_nets(trial *t)
{
    for (int k = 0; k < NETS; k++) {
        const dl_resnet_opts o = {.width = width,
                                  .shortcut = is_plain(k) ? DL_SHORTCUT_NONE : DL_SHORTCUT_PAD};
        t->net[k] = dl_model_cifar_resnet(t->c->ctx, (int32_t)depth_of(k), &o);
        snprintf(t->name[k], sizeof t->name[k], "%s %lld", is_plain(k) ? "plain" : "residual",
                 (long long)depth_of(k));
        for (int32_t i = 0; !is_plain(k) && i < dl_module_param_count(t->net[k]); i++)
            dl_tensor_copy(dl_module_param(t->net[k], i), dl_module_param(t->net[k - 2], i));
        int code = t->net[k] ? course_record_begin(t->c, &t->record[k], t->name[k], epochs) : 0;
        if (code)
            return code;
    }
    return dl_ctx_status(t->c->ctx) == DL_OK ? 0 : course_fail(t->c);
}

/* SGD with momentum; the rate falls to a tenth after a half and after three quarters of the
 * steps. */
static dl_optim *optimizer(trial *t, dl_module *net)
{
    int64_t n = dl_dataset_size(t->train), steps = epochs * ((n + batch - 1) / batch);
    const int64_t at[] = {steps / 2, steps / 4 * 3};
    dl_optim *o = dl_optim_sgd(
        net, &(dl_sgd_opts){.lr = lr, .momentum = momentum, .weight_decay = weight_decay});
    dl_optim_set_sched(o, dl_sched_multistep(t->c->ctx, at, 2, 0.1));
    return o;
}

/* ---- results --------------------------------------------------------------------------------- */

static void describe(trial *t)
{
    int64_t n = dl_dataset_size(t->train);
    int full = side == SIDE && n == FULL_IMAGES && epochs >= FULL_EPOCHS && width >= FULL_WIDTH;
    snprintf(t->scale, sizeof t->scale, "%s: %lld images of %lld x %lld, %lld epochs",
             full ? "full scale" : "reduced scale", (long long)n, (long long)side, (long long)side,
             (long long)epochs);
    printf("%s of %lld steps; %lld channels in the first stage\n\n", t->scale,
           (long long)((n + batch - 1) / batch), (long long)width);
}

static int draw(trial *t)
{
    dl_curve curves[2 * NETS];
    char title[256];
    double *percent = malloc(sizeof *percent * 2 * NETS * (size_t)epochs), *y = percent;
    if (!percent)
        return complain(t->c->program, EXIT_MEMORY, "memory is short");
    for (int k = 0; k < NETS; k++) {
        const course_record *r = &t->record[k];
        for (int half = 0; half < 2; half++, y += epochs) {
            for (int64_t i = 0; i < r->n; i++)
                y[i] = 100 * (1 - (half ? r->valid_metric[i] : r->metric[i]));
            curves[half * NETS + k] =
                (dl_curve){.panel = half ? "test error, %" : "training error, %",
                           .name = t->name[k],
                           .y = y,
                           .n = r->n};
        }
    }
    snprintf(title, sizeof title, "Plain and residual nets on %s; %s", t->c->set.name, t->scale);
    int code = course_curves(t->c, "plain_vs_residual.svg", title, "epoch", curves, 2 * NETS);
    free(percent);
    return code;
}

/* What there is so far: after every epoch, since a run may take long. */
static int save(trial *t)
{
    int code = course_record_write(t->c, "epochs.csv", t->record, NETS);
    return code ? code : draw(t);
}

/* The epochs of the run that is taken up; what cannot be read is left out. */
static void read_back(trial *t)
{
    char path[FULL_PATH], line[256];
    FILE *f = fopen(course_path(t->c, path, "epochs.csv"), "re");
    while (f && fgets(line, sizeof line, f)) {
        char *comma = strchr(line, ',');
        long long epoch;
        double v[4];
        if (!comma || sscanf(comma, ",%lld,%lf,%lf,%lf,%lf", &epoch, v, v + 1, v + 2, v + 3) != 5)
            continue;
        *comma = 0;
        for (int k = 0; k < NETS; k++) {
            course_record *r = &t->record[k];
            if (strcmp(line, t->name[k]) != 0 || epoch != r->n + 1 || epoch > r->cap)
                continue;
            r->loss[r->n] = v[0];
            r->metric[r->n] = v[1];
            r->valid_loss[r->n] = v[2];
            r->valid_metric[r->n++] = v[3];
        }
    }
    if (f)
        fclose(f);
}

static int32_t on_epoch(const dl_event *e, void *user)
{
    trial *t = user;
    course_record *r = &t->record[t->now];
    if (r->n > e->epoch)
        r->n = e->epoch; /* it was recorded, but not yet in the checkpoint */
    course_record_epoch(e, r);
    printf("%-12s epoch %lld of %lld: training error %5.2f %%, test error %5.2f %%\n", r->name,
           (long long)e->epoch + 1, (long long)epochs, 100 * (1 - e->metric),
           100 * (1 - e->valid_metric));
    fflush(stdout);
    return save(t) != 0;
}

static int write_table(trial *t)
{
    FILE *f = course_file(t->c, "plain_vs_residual.csv");
    if (!f)
        return EXIT_FILE;
    fputs("net,depth,parameters,loss,training_error,test_error\n", f);
    printf("\n%s\n%-12s %11s %14s %15s %11s\n", t->scale, "", "parameters", "training loss",
           "training error", "test error");
    for (int k = 0; k < NETS; k++) {
        const course_record *r = &t->record[k];
        int64_t last = r->n - 1, parameters = dl_module_param_elements(t->net[k]);
        double error = 1 - r->metric[last], test = 1 - r->valid_metric[last];
        printf("%-12s %11lld %14.4f %14.2f%% %10.2f%%\n", r->name, (long long)parameters,
               r->loss[last], 100 * error, 100 * test);
        fprintf(f, "%s,%lld,%lld,%.9g,%.9g,%.9g\n", r->name, (long long)depth_of(k),
                (long long)parameters, r->loss[last], error, test);
    }
    return course_file_end(t->c, f, "plain_vs_residual.csv");
}

/* What depth did to the training error of each kind. */
static void conclude(const trial *t)
{
    printf("\n");
    for (int k = 0; k < NETS; k += 2) {
        const course_record *a = &t->record[k], *b = &t->record[k + 1];
        double first = 100 * (1 - a->metric[a->n - 1]), second = 100 * (1 - b->metric[b->n - 1]);
        printf("%s nets: %lld layers train %s than %lld, %.2f %% to %.2f %%\n",
               is_plain(k) ? "plain" : "residual", (long long)deep,
               second > first ? "worse" : "no worse", (long long)shallow, second, first);
    }
    if (strncmp(t->scale, "full", 4) != 0)
        printf("the paper's schedule: %s --full (days of computing; --resume goes on)\n",
               t->c->program);
}

/* ---- the run --------------------------------------------------------------------------------- */

/* The test images are looked at after every epoch, as the figure of the paper does; nothing is
 * chosen by them. */
static int train(trial *t)
{
    char path[FULL_PATH];
    course_record *r = &t->record[t->now];
    if (r->n == epochs)
        return 0; /* it was done before */
    dl_optim *o = optimizer(t, t->net[t->now]);
    const dl_train_opts opts = {.epochs = (int32_t)epochs,
                                .batch = (int32_t)batch,
                                .valid = t->test,
                                .checkpoint = course_path(t->c, path, checkpoints[t->now]),
                                .resume = t->c->resume != 0,
                                .on_epoch = on_epoch,
                                .user = t};
    dl_train(t->net[t->now], o, dl_loss_classify, NULL, t->train, &opts);
    dl_optim_drop(o);
    if (dl_ctx_status(t->c->ctx) == DL_OK && r->n == epochs)
        return 0;
    int code = course_fail(t->c);
    complain(t->c->program, 0, "the same command with --resume goes on from here");
    return code;
}

static int run(course *c)
{
    trial t = {.c = c};
    int code = SIDE % side == 0 ? open_data(&t)
                                : complain(c->program, EXIT_USAGE, "--side is 4, 8, 16 or 32");
    if (code == 0)
        code = make_nets(&t);
    if (code == 0)
        describe(&t);
    if (code == 0 && c->resume)
        read_back(&t);
    for (; t.now < NETS && code == 0; t.now++)
        code = train(&t);
    if (code == 0)
        code = write_table(&t);
    if (code == 0)
        code = save(&t);
    if (code == 0)
        conclude(&t);
    for (int k = 0; k < NETS; k++) {
        course_record_end(&t.record[k]);
        dl_module_drop(t.net[k]);
    }
    dl_dataset_drop(t.train);
    dl_dataset_drop(t.test);
    return code;
}

int main(int argc, char **argv)
{
    option o[] = {
        course_images(&images),
        course_tests(&tests),
        {"side", OPTION_INT, OPTION_RUN, &side, 4, SIDE, NULL,
         "of the images: 4, 8, 16 or 32; they are made smaller by means", 0},
        course_width(&width),
        {"shallow", OPTION_INT, OPTION_RUN, &shallow, 8, 1202, NULL, "layers, 6 n + 2", 0},
        {"deep", OPTION_INT, OPTION_RUN, &deep, 8, 1202, NULL, "layers, 6 n + 2", 0},
        course_epochs(&epochs),
        course_batch(&batch),
        {"lr", OPTION_REAL, OPTION_RUN, &lr, 1e-9, 10, NULL, "learning rate at first", 0},
        {"weight-decay", OPTION_REAL, OPTION_RUN, &weight_decay, 0, 1, NULL, "of all weights", 0},
        {"momentum", OPTION_REAL, OPTION_RUN, &momentum, 0, 0.999, NULL, "of SGD", 0},
        {"augment", OPTION_FLAG, OPTION_RUN, &augment, 0, 1, NULL, "random crops and flips", 0},
        {0},
    };
    static const course_quick quick[] = {{"images", 200}, {"tests", 100}, {"side", 8},
                                         {"batch", 50},   {"epochs", 2},  {"width", 4},
                                         {"shallow", 8},  {"deep", 14},   {0}};
    static const course_quick full[] = {
        {"images", FULL_IMAGES}, {"tests", FULL_TESTS}, {"side", SIDE}, {"width", FULL_WIDTH},
        {"epochs", FULL_EPOCHS}, {"batch", 128},        {"augment", 1}, {0}};
    static const char *const files[] = {"plain_vs_residual.csv",     "epochs.csv",
                                        "plain_vs_residual.svg",     "plain-shallow.safetensors",
                                        "plain-deep.safetensors",    "residual-shallow.safetensors",
                                        "residual-deep.safetensors", NULL};
    course c = {.program = "plain_vs_residual",
                .about = "Trains plain and residual nets of two depths.",
                .options = o,
                .quick_values = quick,
                .full_values = full,
                .full_help = "the schedule of the paper: 64,000 steps of 128 whole images",
                .files = files,
                .with_images = COURSE_CIFAR,
                .resumes = 1,
                .run = run};
    return course_main(&c, argc, argv);
}
