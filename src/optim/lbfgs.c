/* L-BFGS: the direction of Newton's method, from the last changes of weights and gradient. */
#include <math.h>
#include "core/text.h"
#include "optim/closure.h"
#include "optim/vector.h"
#include "optim/wolfe.h"

enum { MOST_PAIRS = 1000 };

typedef struct hyper {
    double tolerance_grad, tolerance_change;
    int32_t max_iter, max_eval, history, line_search;
} hyper;

/* State arrays: the gradient and the direction of the last iteration, a ring of history + 1 pairs,
 * the last of them free; and, not saved, the weights before the iteration, and gradients. */
enum { OLD, DIRECTION, PAIRS };

/* Numbers of the state, then 1 / (y . s) of each pair. */
enum { ITERATIONS, COUNT, HEAD, STEP, SCALE, RHO };

typedef struct run {
    dl_optim *o;
    const hyper *h;
    dl_closure fn;
    void *user;
    double *number;
    double lr, loss;
    int32_t before, gradient, more; /* state arrays: weights, gradient, the first of two others */
    int32_t evals;
    dl__fpmode host;
} run;

/* The state arrays of pair i, 0 the oldest; i = COUNT is the free one. */
static int32_t ring(const run *r, int32_t i)
{
    return ((int32_t)r->number[HEAD] + i) % (r->h->history + 1);
}

static int32_t change_of(int32_t place)
{
    return PAIRS + 2 * place;
}

static int32_t bend_of(int32_t place)
{
    return PAIRS + 2 * place + 1;
}

/* The loss at the weights as they are, and its gradient into a state array. */
static dl_status evaluate(run *r, int32_t into, double *loss)
{
    dl_optim *o = r->o;
    int32_t present;
    dl__fpmode_leave(r->host);
    const dl_status status = dl__closure_run(o, r->fn, r->user, loss);
    r->host = dl__fpmode_enter();
    r->evals++;
    if (status != DL_OK || dl__optim_look(o, &present) != DL_OK)
        return o->base.ctx->status;
    if (!present)
        return dl_fail(o->base.ctx, DL_ESTATE,
                       "optim_lbfgs: no parameter to update has a gradient");
    dl__vector_gradient(o, into);
    return DL_OK;
}

static dl_status must_be_finite(const run *r, double value, const char *what)
{
    char text[DL__NUMBER];
    if (isfinite(value))
        return DL_OK;
    return dl_fail(r->o->base.ctx, DL_ENUMERIC, "optim_lbfgs: %s is %s, wanted a finite one", what,
                   dl__double_text(text, value));
}

/* The same, where the result is to go on from. */
static dl_status evaluate_finite(run *r)
{
    if (evaluate(r, r->gradient, &r->loss) != DL_OK ||
        must_be_finite(r, r->loss, "the loss") != DL_OK)
        return r->o->base.ctx->status;
    return must_be_finite(r, dl__vector_abs_sum(r->o, r->gradient), "the gradient");
}

/* Takes the last step and how it changed the gradient into the ring. */
static void remember(run *r)
{
    dl_optim *o = r->o;
    double *number = r->number;
    const int32_t place = ring(r, (int32_t)number[COUNT]);
    const int32_t s = change_of(place), y = bend_of(place);
    dl__vector_mix(o, y, r->gradient, -1, OLD);
    dl__vector_scale(o, s, number[STEP], DIRECTION);
    const double ys = dl__vector_dot(o, y, s);
    if (!(ys > 1e-10))
        return;
    number[RHO + place] = 1 / ys;
    number[SCALE] = ys / dl__vector_dot(o, y, y);
    if (number[COUNT] < r->h->history)
        number[COUNT]++;
    else
        number[HEAD] = ring(r, 1);
}

/* DIRECTION = -(inverse Hessian) gradient: Nocedal and Wright, algorithm 7.4. */
static void turn(run *r)
{
    dl_optim *o = r->o;
    const int32_t count = (int32_t)r->number[COUNT];
    double *alpha = r->number + RHO + r->h->history + 1;
    dl__vector_scale(o, DIRECTION, -1, r->gradient);
    for (int32_t i = count - 1; i >= 0; i--) {
        const int32_t place = ring(r, i);
        alpha[i] = dl__vector_dot(o, change_of(place), DIRECTION) * r->number[RHO + place];
        dl__vector_mix(o, DIRECTION, DIRECTION, -alpha[i], bend_of(place));
    }
    dl__vector_scale(o, DIRECTION, r->number[SCALE], DIRECTION);
    for (int32_t i = 0; i < count; i++) {
        const int32_t place = ring(r, i);
        const double beta = dl__vector_dot(o, bend_of(place), DIRECTION) * r->number[RHO + place];
        dl__vector_mix(o, DIRECTION, DIRECTION, alpha[i] - beta, change_of(place));
    }
}

/* Moves to before + t DIRECTION. */
static void move(run *r, double t)
{
    dl__vector_mix(r->o, DL__WEIGHTS, r->before, t, DIRECTION);
}

static dl_status look_at(void *user, double t, int32_t into, double *f, double *slope)
{
    run *r = user;
    move(r, t);
    const dl_status status = evaluate(r, into, f);
    if (status == DL_OK)
        *slope = dl__vector_dot(r->o, into, DIRECTION);
    return status;
}

/* The step that the line search finds: none, where the loss is finite nowhere, which ends an
 * iteration that is not the first. */
static dl_status search(run *r, double slope)
{
    dl_optim *o = r->o;
    dl__search s = {.at = look_at,
                    .user = r,
                    .f = r->loss,
                    .slope = slope,
                    .width = dl__vector_abs_max(o, DIRECTION),
                    .tolerance = r->h->tolerance_change,
                    .start = OLD,
                    .buffer = {r->gradient, r->more, r->more + 1},
                    .most = r->h->max_eval - r->evals};
    const int first = r->evals == 1;
    dl__point best;
    if (dl__wolfe(&s, r->number[STEP], &best) != DL_OK)
        return o->base.ctx->status;
    if (!s.finite && first)
        return dl_fail(o->base.ctx, DL_ENUMERIC,
                       "optim_lbfgs: the loss is finite at none of the %d points of the line "
                       "search",
                       (int)s.evals);
    if (best.g != r->gradient)
        dl__vector_scale(o, r->gradient, 1, best.g);
    r->number[STEP] = best.t;
    r->loss = best.f;
    move(r, best.t);
    return DL_OK;
}

/* The step as it is; the loss there is not needed after the last one. */
static dl_status stride(run *r, int last)
{
    move(r, r->number[STEP]);
    if (!last)
        return evaluate_finite(r);
    return must_be_finite(r, dl__vector_abs_sum(r->o, DL__WEIGHTS), "a weight after the step");
}

/* Chooses the direction and the length of the step; the slope there. */
static double aim(run *r)
{
    dl_optim *o = r->o;
    double *number = r->number;
    if (number[ITERATIONS]++ == 0) {
        const double sum = dl__vector_abs_sum(o, r->gradient);
        dl__vector_scale(o, DIRECTION, -1, r->gradient);
        number[SCALE] = 1;
        number[STEP] = (sum > 1 ? 1 / sum : 1) * r->lr;
    } else {
        remember(r);
        turn(r);
        number[STEP] = r->lr;
    }
    dl__vector_scale(o, OLD, 1, r->gradient);
    return dl__vector_dot(o, OLD, DIRECTION);
}

/* From the gradient at the weights to where one of the criteria ends it. */
static dl_status iterate(run *r)
{
    const hyper *h = r->h;
    dl_optim *o = r->o;
    for (int32_t i = 1; dl__vector_abs_max(o, r->gradient) > h->tolerance_grad; i++) {
        const double loss = r->loss, slope = aim(r);
        if (!(slope <= -h->tolerance_change))
            break;
        dl__vector_scale(o, r->before, 1, DL__WEIGHTS);
        if ((h->line_search ? search(r, slope) : stride(r, i == h->max_iter)) != DL_OK) {
            r->number[STEP] = 0; /* this step is none to learn from */
            dl__vector_scale(o, DL__WEIGHTS, 1, r->before);
            return o->base.ctx->status;
        }
        if (i == h->max_iter || r->evals >= h->max_eval ||
            dl__vector_abs_max(o, DIRECTION) * fabs(r->number[STEP]) <= h->tolerance_change ||
            fabs(r->loss - loss) < h->tolerance_change)
            break;
    }
    return DL_OK;
}

/* What belongs to single parameters or to the gradient has no place in a search over all. */
static dl_status check_settings(const dl_optim *o)
{
    int bad = o->clip_norm > 0 || o->clip_value > 0;
    for (int32_t i = 0; i < o->n; i++)
        bad |= o->slice[i].weight_decay != 0 || o->slice[i].proximal != 0 ||
               (o->slice[i].lr_scale != 0 && o->slice[i].lr_scale != 1);
    return bad ? dl_fail(
                     o->base.ctx, DL_EUNSUPPORTED,
                     "optim_lbfgs: clipping, weight decay, proximal steps and rates of groups do "
                     "not go with a search over all parameters; groups may be frozen")
               : DL_OK;
}

static dl_status solve(dl_optim *o, dl_closure fn, void *user, double *loss)
{
    const hyper *h = o->hyper;
    if (check_settings(o) != DL_OK)
        return o->base.ctx->status;
    run r = {.o = o,
             .h = h,
             .fn = fn,
             .user = user,
             .number = (double *)(void *)dl__data(o->number),
             .lr = dl_optim_lr(o),
             .before = o->saved,
             .gradient = o->saved + 1,
             .more = o->saved + 2,
             .host = dl__fpmode_enter()};
    dl__vector_begin(o);
    if (dl__ok(o->base.ctx) && must_be_finite(&r, r.lr, "the learning rate") == DL_OK &&
        evaluate_finite(&r) == DL_OK) {
        *loss = r.loss;
        if (iterate(&r) == DL_OK) {
            o->steps++;
            for (int32_t i = 0; i < o->n; i++)
                o->slice[i].steps += o->slice[i].live;
        }
    }
    dl__fpmode_leave(r.host);
    return o->base.ctx->status;
}

static int whole(double v, double most)
{
    return v >= 0 && v <= most && v == __builtin_floor(v);
}

/* Numbers that a file holds: they say where in the state arrays to look. */
static int numbers_good(const dl_optim *o, const double *number)
{
    const hyper *h = o->hyper;
    return whole(number[ITERATIONS], 0x1p53) && whole(number[COUNT], h->history) &&
           whole(number[HEAD], h->history);
}

static const dl_optim_class class = {.name = "lbfgs", .hyper_size = sizeof(hyper)};

static dl_status check_count(dl_ctx *ctx, const char *name, int32_t v, int32_t most)
{
    if (v >= 1 && v <= most)
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "optim_lbfgs: %s is %d, wanted 1 to %d", name, (int)v,
                   (int)most);
}

dl_optim *dl_optim_lbfgs(dl_module *m, const dl_lbfgs_opts *opts)
{
    static const dl_lbfgs_opts defaults;
    static const char who[] = "optim_lbfgs";
    enum { MOST = 1000000000 };
    const dl_lbfgs_opts *o = opts ? opts : &defaults;
    dl_ctx *ctx = m ? dl_module_ctx(m) : NULL;
    if (!dl__ok(ctx))
        return NULL;
    hyper h = {.tolerance_grad = dl__option(o->tolerance_grad, 1e-7),
               .tolerance_change = dl__option(o->tolerance_change, 1e-9),
               .max_iter = o->max_iter ? o->max_iter : 20,
               .history = o->history ? o->history : 10,
               .line_search = o->line_search};
    if (dl__option_range(ctx, who, "tolerance_grad", h.tolerance_grad, INFINITY) != DL_OK ||
        dl__option_range(ctx, who, "tolerance_change", h.tolerance_change, INFINITY) != DL_OK ||
        check_count(ctx, "max_iter", h.max_iter, MOST) != DL_OK ||
        check_count(ctx, "history", h.history, MOST_PAIRS) != DL_OK)
        return NULL;
    h.max_eval = o->max_eval ? o->max_eval : h.max_iter + h.max_iter / 4;
    if (check_count(ctx, "max_eval", h.max_eval, 2 * MOST) != DL_OK ||
        DL__RESERVED(ctx, who, o) != DL_OK)
        return NULL;
    if (o->line_search != DL_SEARCH_NONE && o->line_search != DL_SEARCH_WOLFE) {
        dl_fail(ctx, DL_EINVAL, "%s: line_search is %d, wanted DL_SEARCH_NONE or DL_SEARCH_WOLFE",
                who, (int)o->line_search);
        return NULL;
    }
    const dl__solver s = {.solve = solve,
                          .numbers_good = numbers_good,
                          .saved = PAIRS + 2 * (h.history + 1),
                          .scratch = h.line_search ? 4 : 2,
                          .numbers = RHO + 2 * (h.history + 1)};
    return dl__optim_make(m, &class, &h, dl__option(o->lr, 1), 0, &s);
}
