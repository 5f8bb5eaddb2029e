/* What is trained on what, and how: parts of the data, net, optimizer, schedule. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "classifier/parts.h"

enum { OVERFIT_STEPS = 50 }; /* steps of an epoch on one batch */

/* ---- data ------------------------------------------------------------------------------------ */

/* n examples of d, times over; adopts d. The first ones, or of data that comes class by class ones
 * from everywhere, so that there are all classes. NULL, with or without a standing error. */
static dl_dataset *some_of(const run *r, dl_dataset *d, int64_t n, int64_t times)
{
    int64_t size = dl_dataset_size(d);
    n = n < size ? n : size;
    int64_t *index = malloc(sizeof *index * (size_t)(n * times + 1));
    for (int64_t i = 0; index && i < n * times; i++)
        index[i] = r->c->by_class ? i % n * size / n : i % n;
    dl_dataset *part = index ? dl_dataset_subset(dl_dataset_keep(d), index, n * times) : NULL;
    dl_dataset_drop(d);
    free(index);
    return part;
}

/* Takes the parts of the program's data that the settings ask for. */
static void cut(run *r)
{
    const classifier_settings *s = r->s;
    classifier_data *d = &r->c->data;
    r->train = dl_dataset_keep(d->train);
    if (s->limit_train > 0)
        r->train = some_of(r, r->train, s->limit_train, 1);
    if (s->overfit) {
        r->train = some_of(r, r->train, s->batch, OVERFIT_STEPS);
    } else if (d->valid) {
        r->valid = dl_dataset_keep(d->valid);
    } else if (s->valid > 0) {
        dl_dataset *all = r->train;
        r->train = NULL;
        dl_dataset_split_stratified(all, 1, s->valid, (uint64_t)s->seed, &r->valid, &r->train);
        dl_dataset_drop(all);
    }
}

static int check_sizes(const run *r)
{
    const char *program = r->c->program;
    int64_t size = dl_dataset_size(r->train);
    if (size == 0 || dl_dataset_size(r->valid) == 0)
        return complain(program, EXIT_USAGE, "--valid leaves no images to %s",
                        size ? "validate on" : "train on");
    if (strcmp(r->s->drop_last, "on") == 0 && size < r->s->batch)
        return complain(program, EXIT_USAGE,
                        "--batch is %lld, there are %lld images, and --drop-last leaves out what "
                        "does not fill a batch",
                        (long long)r->s->batch, (long long)size);
    return 0;
}

static void say_sizes(const run *r)
{
    const classifier_data *d = &r->c->data;
    char safe[2 * PATH_BYTES];
    printf("data: %s in %s: %lld images to train", d->set.name,
           printable(safe, sizeof safe, d->set.path), (long long)dl_dataset_size(r->train));
    if (r->valid)
        printf(", %lld to validate", (long long)dl_dataset_size(r->valid));
    if (d->test)
        printf(", %lld to test", (long long)dl_dataset_size(d->test));
    printf("\n\n");
}

const char *run_class(const run *r, int64_t k)
{
    const classifier_data *d = &r->c->data;
    return d->class_name ? d->class_name[k] : dl_dataset_class_name(d->train, k);
}

int run_open_data(run *r)
{
    classifier *c = r->c;
    int code = c->open(c, 0);
    if (code)
        return code;
    cut(r);
    if (!r->train)
        return dl_ctx_status(r->ctx) ? classifier_fail(c)
                                     : complain(c->program, EXIT_MEMORY, "memory is short");
    code = check_sizes(r);
    if (code)
        return code;
    say_sizes(r);
    if (c->augment && strcmp(r->s->augment, "on") == 0 && !r->s->overfit)
        r->train = c->augment(c, r->train);
    return r->train ? 0 : classifier_fail(c);
}

/* ---- net and optimizer ----------------------------------------------------------------------- */

static int64_t steps(const run *r)
{
    int64_t size = dl_dataset_size(r->train), batch = r->s->batch;
    if (strcmp(r->s->drop_last, "on") != 0)
        size += batch - 1;
    return r->s->epochs * (size / batch);
}

static double off(double v) /* a zero that is meant */
{
    return v == 0 ? DL_OFF : v;
}

static dl_sched *schedule(const run *r)
{
    const classifier_settings *s = r->s;
    int64_t n = steps(r);
    if (strcmp(s->schedule, "onecycle") == 0)
        return dl_sched_onecycle(
            r->ctx, n,
            &(dl_onecycle_opts){.pct_start = off(s->warmup),
                                .momentum_low = s->momentum_low,
                                .momentum_high = s->momentum_low > 0 ? s->momentum : 0});
    if (strcmp(s->schedule, "cosine") == 0)
        return dl_sched_cosine(r->ctx, (int64_t)((double)n * s->warmup), n, 0.01);
    if (strcmp(s->schedule, "step") == 0)
        return dl_sched_step(r->ctx, (n + 2) / 3, 0.1);
    return dl_sched_constant(r->ctx);
}

static dl_optim *optimizer(const run *r)
{
    const classifier_settings *s = r->s;
    if (strcmp(s->optimizer, "adam") == 0)
        return dl_optim_adam(
            r->net,
            &(dl_adam_opts){.lr = off(s->lr), .weight_decay = s->weight_decay, .decoupled = 1});
    return dl_optim_sgd(r->net, &(dl_sgd_opts){.lr = off(s->lr),
                                               .momentum = s->momentum,
                                               .weight_decay = s->weight_decay,
                                               .nesterov = strcmp(s->optimizer, "nesterov") == 0});
}

int run_make(run *r)
{
    const classifier_settings *s = r->s;
    r->net = r->c->model->make(r->c);
    r->optim = optimizer(r);
    if (s->weight_decay > 0 && strcmp(s->decay, "weights") == 0)
        dl_optim_spare(r->optim, NULL);
    dl_optim_clip(r->optim, s->clip, 0);
    dl_optim_set_sched(r->optim, schedule(r));
    return dl_ctx_status(r->ctx) == DL_OK ? 0 : classifier_fail(r->c);
}
