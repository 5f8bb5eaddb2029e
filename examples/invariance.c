/* invariance: what becomes of the accuracy when test images are shifted. A dense net has learned
 * each place by itself and is lost soon; a convolutional one does the same at every place, and
 * pooling forgets a part of where it was. None of them has seen a shifted image, except for a dense
 * net that is trained with shifted ones: it learns from examples what the others have built in. */
#include <stdlib.h>
#include <string.h>
#include "course.h"

enum { NETS = 4, SHIFTS = 9, AXES = 2 };
static int64_t images = 6000, tests = 1000, epochs = 6, batch = 64, hidden = 256, width = 16,
               reach = 4;
static double lr = 1e-3;

/* ---- shifted images -------------------------------------------------------------------------- */

typedef struct shift {
    int64_t rows, columns; /* of an image        */
    int64_t down, right;   /* how far it is moved */
} shift;

/* What comes in from outside is 0, the background. */
static int32_t move(int64_t i, uint64_t key, const void *const *in, void *const *out, void *user)
{
    const shift *s = user;
    const float *x = in[0];
    float *y = out[0];
    (void)i, (void)key;
    for (int64_t r = 0; r < s->rows; r++)
        for (int64_t k = 0; k < s->columns; k++) {
            int64_t from = r - s->down, at = k - s->right;
            int inside = from >= 0 && from < s->rows && at >= 0 && at < s->columns;
            y[r * s->columns + k] = inside ? x[from * s->columns + at] : 0;
        }
    memcpy(out[1], in[1], sizeof(int64_t));
    return 0;
}

/* ---- nets ------------------------------------------------------------------------------------ */

typedef struct kind {
    const char *name;
    dl_module *(*make)(course *c);
    int shifted; /* it is trained with shifted images */
} kind;

static dl_module *dense(course *c)
{
    return course_net(c, hidden, 0);
}

/* Convolution 3x3, ReLU. */
static dl_module *conv(dl_ctx *ctx, int64_t in, int64_t out)
{
    const dl_conv_opts same = {.padding = {1}};
    return dl_layer_sequential(
        ctx,
        DL_LAYERS(dl_layer_conv2d(ctx, in, out, DL_KERNEL(3), &same, NULL), dl_layer_relu(ctx)));
}

/* Two convolutions, each with a pooling: [N, 1, rows, columns] -> [N, 2 width, rows / 4, ..]. */
static dl_module *features(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(conv(ctx, 1, width), dl_layer_maxpool2d(ctx, DL_KERNEL(2), NULL),
                       conv(ctx, width, 2 * width), dl_layer_maxpool2d(ctx, DL_KERNEL(2), NULL)));
}

/* The last layer still knows places, those of blocks of four by four. */
static dl_module *convolutional(course *c)
{
    dl_ctx *ctx = c->ctx;
    int64_t places = c->set.rows / 4 * (c->set.columns / 4);
    return dl_layer_sequential(ctx,
                               DL_LAYERS(features(ctx), dl_layer_flatten(ctx),
                                         dl_layer_dense(ctx, 2 * width * places, CLASSES, NULL)));
}

/* The last layer knows only what there is in the whole image. */
static dl_module *global(course *c)
{
    dl_ctx *ctx = c->ctx;
    return dl_layer_sequential(ctx, DL_LAYERS(features(ctx), conv(ctx, 2 * width, 4 * width),
                                              conv(ctx, 4 * width, 4 * width),
                                              dl_layer_global_maxpool(ctx), dl_layer_flatten(ctx),
                                              dl_layer_dense(ctx, 4 * width, CLASSES, NULL)));
}

static const kind kinds[NETS] = {{"dense", dense, 0},
                                 {"dense, shifted images", dense, 1},
                                 {"convolution", convolutional, 0},
                                 {"convolution, global pooling", global, 0}};

/* ---- training and testing -------------------------------------------------------------------- */

typedef struct outcome {
    int64_t parameters;
    double accuracy[AXES][SHIFTS]; /* left and right; up and down: the mean of both ways */
} outcome;

static int train(course *c, const kind *k, dl_module *net)
{
    dl_dataset *d = course_part(c, c->train, 0, images);
    if (k->shifted)
        d = dl_dataset_pad_crop(d, &(dl_pad_crop_opts){.pad = (int32_t)reach});
    dl_optim *o = dl_optim_adam(net, &(dl_adam_opts){.lr = lr});
    const dl_train_opts t = {.epochs = (int32_t)epochs, .batch = (int32_t)batch};
    dl_train(net, o, dl_loss_classify, NULL, d, &t);
    dl_optim_drop(o);
    dl_dataset_drop(d);
    return dl_ctx_status(c->ctx) == DL_OK ? 0 : course_fail(c);
}

static int test(course *c, dl_module *net, outcome *r)
{
    for (int axis = 0; axis < AXES; axis++)
        for (int k = 0; k < SHIFTS; k++) {
            r->accuracy[axis][k] = 0;
            for (int way = -1; way <= 1; way += 2) {
                shift s = {c->set.rows, c->set.columns, axis ? way * k : 0, axis ? 0 : way * k};
                dl_dataset *d =
                    dl_dataset_map(course_part(c, c->test, 0, tests), NULL, 0, move, &s, NULL, 1);
                double accuracy;
                dl_evaluate(net, dl_loss_classify, NULL, d, 500, NULL, &accuracy);
                dl_dataset_drop(d);
                r->accuracy[axis][k] += accuracy / 2;
            }
        }
    r->parameters = dl_module_param_elements(net);
    return dl_ctx_status(c->ctx) == DL_OK ? 0 : course_fail(c);
}

/* ---- results --------------------------------------------------------------------------------- */

static int draw(course *c, const outcome *r)
{
    static double x[SHIFTS], y[AXES][NETS][SHIFTS];
    dl_curve curves[AXES * NETS];
    char title[128];
    for (int axis = 0; axis < AXES; axis++)
        for (int k = 0; k < NETS; k++) {
            for (int i = 0; i < SHIFTS; i++) {
                x[i] = i;
                y[axis][k][i] = 100 * r[k].accuracy[axis][i];
            }
            curves[axis * NETS + k] = (dl_curve){.panel = axis ? "up or down: test accuracy, %"
                                                               : "left or right: test accuracy, %",
                                                 .name = kinds[k].name,
                                                 .x = x,
                                                 .y = y[axis][k],
                                                 .n = SHIFTS};
        }
    snprintf(title, sizeof title, "Shifted test images of %s", c->set.name);
    return course_curves(c, "invariance.svg", title, "pixels shifted", curves, AXES * NETS);
}

static int write_table(course *c, const outcome *r)
{
    static const char *const axis_name[AXES] = {"left or right", "up or down"};
    FILE *f = course_file(c, "invariance.csv");
    if (!f)
        return EXIT_FILE;
    fputs("net,parameters,direction,shift,accuracy\n", f);
    for (int axis = 0; axis < AXES; axis++) {
        printf("%s%-28s", axis ? "\n" : "", axis_name[axis]);
        for (int i = 0; i < SHIFTS; i++)
            printf(" %5d", i);
        printf("\n");
        for (int k = 0; k < NETS; k++) {
            printf("%-28s", kinds[k].name);
            for (int i = 0; i < SHIFTS; i++) {
                printf(" %5.1f", 100 * r[k].accuracy[axis][i]);
                fprintf(f, "\"%s\",%lld,%s,%d,%.9g\n", kinds[k].name, (long long)r[k].parameters,
                        axis_name[axis], i, r[k].accuracy[axis][i]);
            }
            printf("\n");
        }
    }
    return course_file_end(c, f, "invariance.csv");
}

static int run(course *c)
{
    outcome r[NETS] = {{0, {{0}}}};
    int code = c->set.rows >= 4 && c->set.columns >= 4
                   ? 0
                   : complain(c->program, EXIT_DATA, "images have fewer than 4 x 4 pixels");
    for (int k = 0; k < NETS && code == 0; k++) {
        dl_module *net = kinds[k].make(c);
        code = net ? train(c, &kinds[k], net) : course_fail(c);
        if (code == 0)
            code = test(c, net, &r[k]);
        dl_module_drop(net);
    }
    if (code == 0) {
        printf("test accuracy in %%, by pixels shifted\n\n");
        code = write_table(c, r);
    }
    return code ? code : draw(c, r);
}

int main(int argc, char **argv)
{
    option o[] = {
        course_images(&images),
        course_tests(&tests),
        course_epochs(&epochs),
        course_batch(&batch),
        {"hidden", OPTION_INT, OPTION_RUN, &hidden, 1, 65536, NULL,
         "units of each of two layers of the dense nets", 0},
        {"width", OPTION_INT, OPTION_RUN, &width, 1, 1024, NULL,
         "channels of the first convolution", 0},
        {"reach", OPTION_INT, OPTION_RUN, &reach, 1, 100, NULL,
         "pixels that images are shifted in training, where they are", 0},
        course_lr(&lr),
        {0},
    };
    static const course_quick quick[] = {{"images", 900},
                                         {"tests", 100},
                                         {"epochs", 8},
                                         {"batch", 20},
                                         {"hidden", 64},
                                         {"width", 8},
                                         {0}};
    static const char *const files[] = {"invariance.csv", "invariance.svg", NULL};
    course c = {.program = "invariance",
                .about = "Tests nets on shifted images: dense and convolutional ones.",
                .options = o,
                .quick_values = quick,
                .files = files,
                .with_images = COURSE_IDX,
                .run = run};
    return course_main(&c, argc, argv);
}
