/* capacity: what a net with one hidden layer can tell apart, by the number of its hidden units. Two
 * spirals are wound around each other; every tanh unit adds a bend to the border that the net can
 * draw between them. Each net is trained several times from other first weights and the best is
 * kept, so that the picture shows what a net can do, not where one training got stuck. */
#include <math.h>
#include <stdlib.h>
#include "course.h"

enum { NETS = 6, GRID = 100 };
static const int64_t units[NETS] = {1, 2, 4, 8, 16, 64};
static const double REACH = 1.2; /* of the picture, around 0 */
static int64_t points = 150, starts = 5, iterations = 40;
static double noise = 0.03, turns = 2.25;

/* Points, their labels, the grid that shows regions. */
typedef struct scene {
    dl_tensor *x, *label, *grid;
    double *px, *py;
    int32_t *class;
    int64_t n;
} scene;

/* n points of each of two spirals: the k-th at the angle 2 pi turns t, a radius that grows with t
 * in [0.1, 1], the second spiral half a turn behind; normal noise on both coordinates. */
static dl_tensor *spirals(dl_ctx *ctx, int64_t n)
{
    const double full = 6.283185307179586;
    dl_tensor *t =
        dl_add_scalar(dl_scale(dl_tensor_give(dl_tensor_arange(ctx, DL_F32, 0, (double)n, 1)),
                               0.9 / (double)(n > 1 ? n - 1 : 1)),
                      0.1);
    dl_tensor *angle = dl_scale(t, full * turns);
    dl_tensor *x = dl_mul(t, dl_cos(angle)), *y = dl_mul(t, dl_sin(angle));
    dl_tensor *arm = dl_stack((dl_tensor *[]){x, y}, 2, 1);
    dl_tensor *both = dl_concat((dl_tensor *[]){arm, dl_neg(arm)}, 2, 0);
    dl_tensor *jitter = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(2 * n, 2)));
    return dl_add(both, dl_scale(jitter, noise));
}

/* The middles of GRID x GRID cells, row by row from below. */
static dl_tensor *grid(dl_ctx *ctx)
{
    static float v[GRID * GRID * 2];
    for (int i = 0; i < GRID * GRID; i++) {
        v[2 * i] = (float)(REACH * ((2 * (i % GRID) + 1.0) / GRID - 1));
        v[2 * i + 1] = (float)(REACH * ((2 * (i / GRID) + 1.0) / GRID - 1));
    }
    return dl_tensor_from(ctx, DL_F32, v, DL_SHAPE(GRID * GRID, 2));
}

static int scene_begin(course *c, scene *s)
{
    *s = (scene){.n = 2 * points};
    s->px = malloc((sizeof *s->px * 2 + sizeof *s->class) * (size_t)s->n);
    if (!s->px)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    s->py = s->px + s->n;
    s->class = (int32_t *)(s->py + s->n);
    for (int64_t i = 0; i < s->n; i++)
        s->class[i] = i >= points;
    int32_t scope = dl_scope_begin(c->ctx);
    s->x = dl_tensor_take(spirals(c->ctx, points));
    s->label = dl_tensor_take(
        dl_cast(dl_tensor_give(dl_tensor_from(c->ctx, DL_I32, s->class, DL_SHAPE(s->n))), DL_I64));
    s->grid = grid(c->ctx);
    const float *v = s->x ? dl_tensor_data(s->x) : NULL;
    for (int64_t i = 0; v && i < s->n; i++) {
        s->px[i] = v[2 * i];
        s->py[i] = v[2 * i + 1];
    }
    dl_scope_end(c->ctx, scope);
    return dl_ctx_status(c->ctx) == DL_OK ? 0 : course_fail(c);
}

static void scene_end(scene *s)
{
    dl_tensor_drop(s->x);
    dl_tensor_drop(s->label);
    dl_tensor_drop(s->grid);
    free(s->px);
}

static dl_tensor *loss_of(dl_module *net, void *user)
{
    const scene *s = user;
    return dl_cross_entropy(dl_module_forward(net, s->x), s->label, NULL);
}

/* A net of so many units trained on all points at once; *loss is its loss. Yours. */
static dl_module *train(course *c, scene *s, int64_t hidden, double *loss)
{
    const dl_layer_opts init = {.init = DL_INIT_GLOROT_NORMAL};
    dl_module *net = dl_layer_sequential(
        c->ctx,
        DL_LAYERS(dl_layer_dense(c->ctx, 2, hidden, &(dl_layer_opts){.init = DL_INIT_PYTORCH}),
                  dl_layer_tanh(c->ctx), dl_layer_dense(c->ctx, hidden, 2, &init)));
    dl_optim *o = dl_optim_lbfgs(
        net, &(dl_lbfgs_opts){.line_search = DL_SEARCH_WOLFE, .tolerance_change = 1e-7});
    for (int64_t i = 0; i < iterations && dl_ctx_status(c->ctx) == DL_OK; i++) {
        dl_optim_step_closure(o, loss_of, s, NULL);
        if (dl_ctx_cancelled(c->ctx))
            break;
    }
    int32_t scope = dl_scope_begin(c->ctx);
    dl_tensor *last = loss_of(net, s);
    *loss = last ? dl_tensor_item(last) : NAN;
    dl_scope_end(c->ctx, scope);
    dl_optim_drop(o);
    return net;
}

/* What a net of so many units is like. */
typedef struct result {
    int64_t parameters;
    double loss, accuracy;
    double field[GRID * GRID];
    char title[64];
} result;

static int measure(course *c, scene *s, int64_t hidden, result *r)
{
    dl_module *best = NULL;
    for (int64_t k = 0; k < starts && dl_ctx_status(c->ctx) == DL_OK; k++) {
        double loss;
        dl_module *net = train(c, s, hidden, &loss);
        if (!best || loss < r->loss) {
            dl_module_drop(best);
            best = net;
            r->loss = loss;
        } else {
            dl_module_drop(net);
        }
    }
    int32_t scope = dl_scope_begin(c->ctx);
    r->accuracy = dl_accuracy(dl_module_forward(best, s->x), s->label);
    r->parameters = dl_module_param_elements(best);
    dl_tensor *region = dl_argmax(dl_module_forward(best, s->grid), 1, 0);
    const int64_t *v = region ? dl_tensor_data(region) : NULL;
    for (int i = 0; v && i < GRID * GRID; i++)
        r->field[i] = (double)v[i];
    dl_scope_end(c->ctx, scope);
    dl_module_drop(best);
    if (dl_ctx_cancelled(c->ctx) || dl_ctx_status(c->ctx) != DL_OK)
        return course_fail(c);
    snprintf(r->title, sizeof r->title, "%lld hidden unit%s: %.1f %% right", (long long)hidden,
             hidden == 1 ? "" : "s", 100 * r->accuracy);
    return 0;
}

static int draw(course *c, const scene *s, const result *r)
{
    dl_plane p[NETS];
    for (int k = 0; k < NETS; k++)
        p[k] = (dl_plane){.title = r[k].title,
                          .x0 = -REACH,
                          .x1 = REACH,
                          .y0 = -REACH,
                          .y1 = REACH,
                          .field = r[k].field,
                          .rows = GRID,
                          .columns = GRID,
                          .classes = 2,
                          .px = s->px,
                          .py = s->py,
                          .label = s->class,
                          .n_points = s->n};
    return course_planes(c, "capacity.svg", "What a net with one hidden layer can tell apart", p,
                         NETS);
}

static int write_table(course *c, const result *r)
{
    FILE *f = course_file(c, "capacity.csv");
    if (!f)
        return EXIT_FILE;
    fputs("units,parameters,loss,accuracy\n", f);
    for (int k = 0; k < NETS; k++)
        fprintf(f, "%lld,%lld,%.9g,%.9g\n", (long long)units[k], (long long)r[k].parameters,
                r[k].loss, r[k].accuracy);
    return course_file_end(c, f, "capacity.csv");
}

static int run(course *c)
{
    scene s;
    result *r = calloc(NETS, sizeof *r);
    int code = r ? scene_begin(c, &s) : complain(c->program, EXIT_MEMORY, "memory is short");
    if (!r)
        return code;
    if (code == 0)
        printf("%6s %12s %15s %18s\n", "units", "parameters", "training loss", "training accuracy");
    for (int k = 0; k < NETS && code == 0; k++) {
        code = measure(c, &s, units[k], &r[k]);
        if (code == 0)
            printf("%6lld %12lld %15.4f %17.1f%%\n", (long long)units[k],
                   (long long)r[k].parameters, r[k].loss, 100 * r[k].accuracy);
        fflush(stdout);
    }
    if (code == 0)
        code = write_table(c, r);
    if (code == 0)
        code = draw(c, &s, r);
    scene_end(&s);
    free(r);
    return code;
}

int main(int argc, char **argv)
{
    option o[] = {
        {"points", OPTION_INT, OPTION_RUN, &points, 2, 100000, NULL, "of each spiral", 0},
        {"noise", OPTION_REAL, OPTION_RUN, &noise, 0, 1, NULL, "standard deviation", 0},
        {"turns", OPTION_REAL, OPTION_RUN, &turns, 0.1, 5, NULL, "of each spiral", 0},
        {"starts", OPTION_INT, OPTION_RUN, &starts, 1, 1000, NULL, "of which the best is kept", 0},
        {"iterations", OPTION_INT, OPTION_RUN, &iterations, 1, 100000, NULL,
         "of 20 steps of L-BFGS", 0},
        {0},
    };
    static const course_quick quick[] = {{"points", 60}, {"starts", 3}, {"iterations", 20}, {0}};
    static const char *const files[] = {"capacity.csv", "capacity.svg", NULL};
    course c = {.program = "capacity",
                .about = "Shows what nets with one hidden layer of 1 to 64 units can tell apart.",
                .options = o,
                .quick_values = quick,
                .files = files,
                .run = run};
    return course_main(&c, argc, argv);
}
