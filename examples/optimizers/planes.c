/* Optimizers on functions of two numbers, where their ways can be seen. */
#include <math.h>
#include <stdlib.h>
#include "optimizers.h"

enum { GRID = 80 };

typedef struct land {
    double x0, x1, y0, y1;
    double start[2];
    int log_field;
    dl_tensor *(*f)(dl_tensor *x, dl_tensor *y); /* element by element */
} land;

static dl_tensor *square(dl_tensor *x)
{
    return dl_mul(x, x);
}

/* (1 - x)^2 + 100 (y - x^2)^2: a bent valley with steep walls, and 0 at (1, 1). Rosenbrock, The
 * Computer Journal, 1960. */
static dl_tensor *valley(dl_tensor *x, dl_tensor *y)
{
    return dl_add(square(dl_add_scalar(dl_neg(x), 1)), dl_scale(square(dl_sub(y, square(x))), 100));
}

/* x^2 / 2 + (y^2 - 1)^2 / 4: a saddle at (0, 0) between two minima at (0, 1) and (0, -1). */
static dl_tensor *saddle(dl_tensor *x, dl_tensor *y)
{
    return dl_add(dl_scale(square(x), 0.5), dl_scale(square(dl_add_scalar(square(y), -1)), 0.25));
}

/* 1 - exp(-x^2 / 2 - 2 y^2): nearly level outside, a hole with its floor at (0, 0). */
static dl_tensor *plateau(dl_tensor *x, dl_tensor *y)
{
    dl_tensor *far = dl_add(dl_scale(square(x), 0.5), dl_scale(square(y), 2));
    return dl_neg(dl_expm1(dl_neg(far)));
}

const char *const land_names[LANDS] = {"valley", "saddle", "plateau"};
static const land lands[LANDS] = {
    {-2, 2, -1, 3, {-1.2, 1}, 1, valley},
    {-2, 2, -2, 2, {-1.6, 0.001}, 1, saddle},
    {-3.5, 1.5, -2.5, 2.5, {-2.6, 1.3}, 0, plateau},
};

/* One walk: the places, n of them. */
typedef struct walk {
    double *x, *y;
    int64_t n;
    double rate, loss;
} walk;

static dl_tensor *height(dl_module *net, void *user)
{
    const land *l = user;
    dl_tensor *w = NULL;
    dl_module_call(net, NULL, 0, &w, 1);
    return l->f(dl_select(w, 0, 0), dl_select(w, 0, 1));
}

static int go(course *c, dl_module *net, const land *l, const rule *r, int64_t steps, walk *way)
{
    dl_tensor *w = dl_module_param(net, 0);
    const float start[2] = {(float)l->start[0], (float)l->start[1]};
    dl_tensor_set(w, start, sizeof start);
    dl_optim *o = r->make(net, way->rate);
    way->n = 0;
    way->loss = NAN;
    for (int64_t i = 0; i <= steps && !dl_ctx_cancelled(c->ctx); i++) {
        const float *at = dl_tensor_data(w);
        if (!at || !o)
            break;
        way->x[way->n] = at[0];
        way->y[way->n++] = at[1];
        if (dl_optim_step_closure(o, height, (void *)l, &way->loss) != DL_OK)
            break;
    }
    dl_optim_drop(o);
    if (dl_ctx_status(c->ctx) == DL_ENUMERIC) {
        program_forgive(c->ctx);
        way->loss = NAN;
    }
    return dl_ctx_status(c->ctx) == DL_OK && !dl_ctx_cancelled(c->ctx) ? 0 : course_fail(c);
}

/* The walk with the rate that ends lowest. other: room for one more walk. */
static int best(course *c, dl_module *net, const land *l, const rule *r, int64_t steps, walk *found,
                walk *other)
{
    found->loss = NAN;
    for (int k = r->tuned ? 0 : RATES - 1; k < RATES; k++) {
        other->rate = r->tuned ? rates[k] : 1;
        int code = go(c, net, l, r, steps, other);
        if (code)
            return code;
        if (other->loss < found->loss || isnan(found->loss)) {
            const walk keep = *found;
            *found = *other;
            *other = keep;
        }
    }
    if (isnan(found->loss))
        found->rate = NAN;
    return 0;
}

/* The function at the middles of GRID x GRID cells. */
static int fill(course *c, const land *l, double *field)
{
    static double x[GRID * GRID], y[GRID * GRID];
    for (int i = 0; i < GRID * GRID; i++) {
        x[i] = l->x0 + (l->x1 - l->x0) * (i % GRID + 0.5) / GRID;
        y[i] = l->y0 + (l->y1 - l->y0) * ((double)(i / GRID) + 0.5) / GRID;
    }
    int32_t scope = dl_scope_begin(c->ctx);
    dl_tensor *f = l->f(dl_tensor_give(dl_tensor_from(c->ctx, DL_F64, x, DL_SHAPE(GRID * GRID))),
                        dl_tensor_give(dl_tensor_from(c->ctx, DL_F64, y, DL_SHAPE(GRID * GRID))));
    dl_tensor_get(f, field, sizeof x);
    dl_scope_end(c->ctx, scope);
    return dl_ctx_status(c->ctx) == DL_OK ? 0 : course_fail(c);
}

static int draw(course *c, walk way[LANDS][RULES], const char *name, const char *title, int first,
                int n)
{
    static double field[LANDS][GRID * GRID];
    dl_plane_path path[LANDS][RULES] = {{{0}}};
    dl_plane p[LANDS];
    for (int k = 0; k < LANDS; k++) {
        const land *l = &lands[k];
        int code = fill(c, l, field[k]);
        if (code)
            return code;
        for (int i = 0; i < n; i++) {
            const walk *w = &way[k][first + i];
            path[k][i] =
                (dl_plane_path){.name = rules[first + i].name, .x = w->x, .y = w->y, .n = w->n};
        }
        p[k] = (dl_plane){.title = land_names[k],
                          .x0 = l->x0,
                          .x1 = l->x1,
                          .y0 = l->y0,
                          .y1 = l->y1,
                          .field = field[k],
                          .rows = GRID,
                          .columns = GRID,
                          .log_field = l->log_field,
                          .paths = path[k],
                          .n_paths = n};
    }
    return course_planes(c, name, title, p, LANDS);
}

int planes_run(course *c, const settings *s, score result[LANDS][RULES])
{
    int64_t places = s->plane_steps + 1;
    walk way[LANDS][RULES] = {{{0}}}, other;
    double *room = calloc((size_t)(2 * places * (LANDS * RULES + 1)), sizeof *room);
    if (!room)
        return complain(c->program, EXIT_MEMORY, "memory is short");
    other = (walk){.x = room, .y = room + places};
    dl_module *net = dl_layer_parameter(c->ctx, DL_SHAPE(2), 0);
    int code = net ? 0 : course_fail(c);
    for (int k = 0; k < LANDS; k++)
        for (int i = 0; i < RULES && code == 0; i++) {
            walk *w = &way[k][i];
            w->x = room + 2 * places * (k * RULES + i + 1);
            w->y = w->x + places;
            code = best(c, net, &lands[k], &rules[i], s->plane_steps, w, &other);
            result[k][i] = (score){w->rate, w->loss, NAN};
        }
    if (code == 0)
        code = draw(c, way, "ways_plain.svg", "One rate for all weights, and L-BFGS", 0, PLAIN);
    if (code == 0)
        code = draw(c, way, "ways_adaptive.svg", "A rate for each weight", PLAIN, RULES - PLAIN);
    dl_module_drop(net);
    free(room);
    return code;
}
