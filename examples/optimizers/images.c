/* Optimizers on images: the loss over what they have seen. */
#include <math.h>
#include "optimizers.h"

enum { PROBE = 1000, WHOLE = 25 /* L-BFGS sees its images up to so often */ };

/* A training: all rules see as many images. */
typedef struct training {
    course *c;
    const settings *s;
    dl_module *start;
    dl_dataset *train, *probe; /* images to train on, others whose loss is shown */
    dl_tensor *x, *label;      /* the batch                                      */
    int64_t evaluations;
} training;

typedef struct curve {
    double seen[PROBES + 1], loss[PROBES + 1];
    int64_t n;
} curve;

static dl_tensor *loss_of(dl_module *net, void *user)
{
    training *t = user;
    t->evaluations++;
    return dl_cross_entropy(dl_module_forward(net, t->x), t->label, NULL);
}

static int probe(training *t, dl_module *net, curve *to, int64_t seen)
{
    if (to->n > PROBES)
        return 0;
    to->seen[to->n] = (double)seen;
    if (dl_evaluate(net, dl_loss_classify, NULL, t->probe, PROBE, &to->loss[to->n], NULL) != DL_OK)
        return course_fail(t->c);
    to->n++;
    return 0;
}

/* Steps until as many images as the settings say were seen, counting every time that a batch was
 * gone through. A loss that is not finite ends it. */
static int steps(training *t, dl_module *net, dl_optim *o, dl_loader *l, curve *to)
{
    dl_ctx *ctx = t->c->ctx;
    int64_t all = t->s->steps * t->s->batch, seen = 0, next = 0;
    while (seen < all && dl_ctx_status(ctx) == DL_OK) {
        if (seen >= next) {
            int code = probe(t, net, to, seen);
            if (code)
                return code;
            next += all / PROBES;
        }
        int32_t scope = dl_scope_begin(ctx);
        dl_tensor *field[2] = {NULL, NULL};
        if (dl_loader_next(l, field, 2) == 0)
            dl_loader_next(l, field, 2); /* an epoch is over */
        t->x = field[0];
        t->label = field[1];
        t->evaluations = 0;
        dl_optim_step_closure(o, loss_of, t, NULL);
        seen += t->evaluations * (field[0] ? dl_tensor_dim(field[0], 0) : 0);
        dl_scope_end(ctx, scope);
    }
    return dl_ctx_status(ctx) == DL_OK ? probe(t, net, to, seen) : 0;
}

/* A copy of the net trained with that rule and rate; *net is NULL when it diverged. */
static int train(training *t, const rule *r, double rate, curve *to, dl_module **net)
{
    dl_ctx *ctx = t->c->ctx;
    int64_t batch = r->tuned ? t->s->batch : t->s->steps * t->s->batch / WHOLE;
    dl_dataset *part = r->tuned ? dl_dataset_keep(t->train) : course_part(t->c, t->train, 0, batch);
    if (batch > dl_dataset_size(part))
        batch = dl_dataset_size(part);
    dl_loader *l =
        dl_loader_new(part, &(dl_loader_opts){.batch = (int32_t)batch, .shuffle = r->tuned});
    *net = dl_module_clone(t->start, NULL);
    dl_optim *o = r->make(*net, rate);
    to->n = 0;
    int code = o && l ? steps(t, *net, o, l, to) : course_fail(t->c);
    dl_optim_drop(o);
    dl_loader_drop(l);
    dl_dataset_drop(part);
    int diverged = code == EXIT_DIVERGED || dl_ctx_status(ctx) == DL_ENUMERIC ||
                   (code == 0 && to->n > 0 && !isfinite(to->loss[to->n - 1]));
    if (diverged) {
        program_forgive(ctx);
        code = 0;
    }
    if (code == 0 && dl_ctx_status(ctx) != DL_OK)
        code = course_fail(t->c);
    if (diverged || code) {
        dl_module_drop(*net);
        *net = NULL;
    }
    return code;
}

/* The best of all rates, with its accuracy. */
static int best(training *t, const rule *r, curve *found, score *result)
{
    dl_module *kept = NULL;
    int code = 0;
    *result = (score){NAN, NAN, NAN};
    found->n = 0;
    for (int k = r->tuned ? 0 : RATES - 1; k < RATES && code == 0; k++) {
        dl_module *net;
        curve now;
        double rate = r->tuned ? rates[k] : 1;
        code = train(t, r, rate, &now, &net);
        if (net && !(now.loss[now.n - 1] >= result->loss)) {
            dl_module_drop(kept);
            kept = net;
            *found = now;
            result->rate = rate;
            result->loss = now.loss[now.n - 1];
        } else {
            dl_module_drop(net);
        }
    }
    if (code == 0 && kept &&
        dl_evaluate(kept, dl_loss_classify, NULL, t->c->test, PROBE, NULL, &result->accuracy) !=
            DL_OK)
        code = course_fail(t->c);
    dl_module_drop(kept);
    return code;
}

static int write_curves(course *c, const curve *v)
{
    FILE *f = course_file(c, "losses.csv");
    if (!f)
        return EXIT_FILE;
    fputs("optimizer,images,loss\n", f);
    for (int i = 0; i < RULES; i++)
        for (int64_t k = 0; k < v[i].n; k++)
            fprintf(f, "%s,%.0f,%.9g\n", rules[i].name, v[i].seen[k], v[i].loss[k]);
    return course_file_end(c, f, "losses.csv");
}

static int draw(course *c, const curve *v)
{
    dl_curve curves[RULES];
    for (int i = 0; i < RULES; i++)
        curves[i] = (dl_curve){.panel = i < PLAIN ? "one rate for all weights, and L-BFGS"
                                                  : "a rate for each weight",
                               .name = rules[i].name,
                               .x = v[i].seen,
                               .y = v[i].loss,
                               .n = v[i].n,
                               .log_y = 1};
    char title[128];
    snprintf(title, sizeof title, "Loss on %s, images not trained on", c->set.name);
    return course_curves(c, "losses.svg", title, "images seen", curves, RULES);
}

int images_run(course *c, const settings *s, score result[RULES])
{
    static curve v[RULES];
    int64_t size = dl_dataset_size(c->train), held = size / 10 < PROBE ? size / 10 : PROBE;
    training t = {.c = c,
                  .s = s,
                  .start = course_net(c, s->hidden, 0),
                  .train = course_part(c, c->train, 0, size - held),
                  .probe = course_part(c, c->train, size - held, held)};
    int code = t.start && t.train && t.probe ? 0 : course_fail(c);
    for (int i = 0; i < RULES && code == 0; i++)
        code = best(&t, &rules[i], &v[i], &result[i]);
    if (code == 0)
        code = write_curves(c, v);
    if (code == 0)
        code = draw(c, v);
    dl_module_drop(t.start);
    dl_dataset_drop(t.train);
    dl_dataset_drop(t.probe);
    return code;
}
