/* A call of each function of dl/optim.h, dl/data.h and dl/train.h. */
#include <math.h>
#include <string.h>
#include "support/calls.h"

/* ---- dl/optim.h ------------------------------------------------------------------------------ */

static void make_small(world *w)
{
    w->part = dl_layer_dense(w->ctx, 2, 2, NULL);
}

/* Gradients for the net, and a schedule. */
static void make_grads(world *w)
{
    int32_t mark = dl_scope_begin(w->ctx);
    dl_module_zero_grad(w->net);
    dl_backward(dl_cross_entropy(dl_module_forward(w->net, w->x), w->labels, NULL));
    dl_scope_end(w->ctx, mark);
}

static void make_sched(world *w)
{
    w->tmp_sched = dl_sched_constant(w->ctx);
}

static void plain_update(const dl_update *u)
{
    float *p = u->w;
    const float *g = u->g;
    for (int64_t i = 0; i < u->n; i++)
        p[i] -= (float)u->lr * g[i];
}

static const dl_optim_class plain = {.name = "test.plain", .slots = 1, .update = plain_update};

static dl_status set_sched(world *w)
{
    dl_sched *s = w->tmp_sched;
    w->tmp_sched = NULL; /* adopted, also when it fails */
    return dl_optim_set_sched(w->optim, s);
}

static dl_tensor *loss_of(dl_module *m, void *user)
{
    const world *w = user;
    return dl_cross_entropy(dl_module_forward(m, w->x), w->labels, NULL);
}

static dl_status step_closure(world *w)
{
    double loss = -1;
    const dl_status s = dl_optim_step_closure(w->optim, loss_of, w, &loss);
    return s == DL_OK && !(loss > 0) ? UNEXPECTED : s;
}

static dl_status grad_norm(world *w)
{
    double norm = dl_optim_grad_norm(w->optim);
    return isnan(norm) ? dl_ctx_status(w->ctx) : looked(norm > 0);
}

#define OPTIM(X)                                                                                   \
    X(dl_optim_new, MAKES, make_small, owned(w, dl_optim_new(w->part, &plain, NULL, 0.1, 0)))      \
    X(dl_optim_sgd, MAKES, make_small, owned(w, dl_optim_sgd(w->part, NULL)))                      \
    X(dl_optim_adam, MAKES, make_small, owned(w, dl_optim_adam(w->part, NULL)))                    \
    X(dl_optim_keep, LOOKS, NULL, (dl_optim_drop(dl_optim_keep(w->optim)), DL_OK))                 \
    X(dl_optim_drop, LOOKS, NULL, (dl_optim_drop(dl_optim_keep(w->optim)), DL_OK))                 \
    X(dl_optim_ctx, LOOKS, NULL, looked(dl_optim_ctx(w->optim) != NULL))                           \
    X(dl_optim_group, SETS, NULL, dl_optim_group(w->optim, "*.bias", 2, DL_OFF))                   \
    X(dl_optim_spare, SETS, NULL, dl_optim_spare(w->optim, NULL))                                  \
    X(dl_average_new, MAKES, NULL, owned(w, dl_average_new(w->net, 0.9)))                          \
    X(dl_average_keep, LOOKS, NULL, (dl_average_drop(dl_average_keep(w->average)), DL_OK))         \
    X(dl_average_drop, LOOKS, NULL, (dl_average_drop(dl_average_keep(w->average)), DL_OK))         \
    X(dl_average_ctx, LOOKS, NULL, looked(dl_average_ctx(w->average) != NULL))                     \
    X(dl_average_update, SETS, NULL, dl_average_update(w->average))                                \
    X(dl_average_module, LOOKS, NULL, looked(dl_average_module(w->average) != NULL))               \
    X(dl_average_count, LOOKS, NULL, looked(dl_average_count(w->average) > 0))                     \
    X(dl_optim_proximal, SETS, NULL, dl_optim_proximal(w->optim, NULL, 0.5))                       \
    X(dl_optim_clip, SETS, NULL, dl_optim_clip(w->optim, 5, DL_OFF))                               \
    X(dl_optim_grad_norm, SETS, make_grads, grad_norm(w))                                          \
    X(dl_optim_step, SETS, make_grads, dl_optim_step(w->optim))                                    \
    X(dl_optim_step_closure, TRAINS, NULL, step_closure(w))                                        \
    X(dl_optim_steps, LOOKS, NULL, looked(dl_optim_steps(w->optim) >= 0))                          \
    X(dl_optim_lr, LOOKS, NULL, looked(dl_optim_lr(w->optim) > 0))                                 \
    X(dl_optim_set_lr, SETS, NULL, dl_optim_set_lr(w->optim, 0.25))                                \
    X(dl_optim_set_sched, SETS, make_sched, set_sched(w))                                          \
    X(dl_optim_flat, LOOKS, NULL, looked(dl_optim_flat(w->optim) != NULL))                         \
    X(dl_sched_constant, MAKES, NULL, owned(w, dl_sched_constant(w->ctx)))                         \
    X(dl_sched_step, MAKES, NULL, owned(w, dl_sched_step(w->ctx, 3, 0.1)))                         \
    X(dl_sched_cosine, MAKES, NULL, owned(w, dl_sched_cosine(w->ctx, 2, 10, 0.1)))                 \
    X(dl_sched_momentum, LOOKS, NULL, looked(isnan(dl_sched_momentum(w->sched, 2))))               \
    X(dl_sched_factor, LOOKS, NULL, looked(dl_sched_factor(w->sched, 2) == 0.5))                   \
    X(dl_sched_report, SETS, NULL, dl_sched_report(w->sched, 1))                                   \
    X(dl_sched_keep, LOOKS, NULL, (dl_sched_drop(dl_sched_keep(w->sched)), DL_OK))                 \
    X(dl_sched_drop, LOOKS, NULL, (dl_sched_drop(dl__object_keep(w->sched)), DL_OK))

/* ---- dl/data.h ------------------------------------------------------------------------------- */

static int64_t ten(const void *state)
{
    (void)state;
    return 10;
}

static dl_status get(const void *state, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    (void)state;
    (void)key;
    (void)why;
    (void)why_cap;
    const float value = (float)i;
    memcpy(field[0], &value, sizeof value);
    return DL_OK;
}

static int freed;
static void release(void *state)
{
    (void)state;
    freed++;
}

static dl_status new_dataset(world *w)
{
    static const dl_dataset_class cls = {.name = "test", .size = ten, .get = get, .free = release};
    freed = 0;
    dl_status s =
        owned(w, dl_dataset_new(w->ctx, &cls, NULL, &(dl_field){.name = "x", .dtype = DL_F32}, 1));
    return freed == 1 ? s : UNEXPECTED;
}

static dl_status tensors(world *w)
{
    return owned(w, dl_dataset_tensors((dl_tensor *const[]){w->x, w->labels}, 2));
}

static dl_status subset(world *w)
{
    return owned(w, dl_dataset_subset(dl_dataset_keep(w->data), (const int64_t[]){4, 0}, 2));
}

/* Two parts, both or none. */
static dl_status parts(dl_status s, dl_dataset *a, dl_dataset *b)
{
    if ((s == DL_OK) != (a && b) || (s != DL_OK && (a || b)))
        s = UNEXPECTED;
    dl_dataset_drop(a);
    dl_dataset_drop(b);
    return s;
}

static dl_status split(world *w)
{
    dl_dataset *a = NULL, *b = NULL;
    dl_status s = dl_dataset_split(w->data, 0.4, 7, &a, &b);
    return parts(s, a, b);
}

static dl_status stratified(world *w)
{
    dl_dataset *a = NULL, *b = NULL;
    dl_status s = dl_dataset_split_stratified(w->data, 1, 0.4, 7, &a, &b);
    return parts(s, a, b);
}

static const int64_t five[5] = {0, 1, 1, 0, 1};

static dl_status grouped(world *w)
{
    dl_dataset *a = NULL, *b = NULL;
    dl_status s = dl_dataset_split_grouped(w->data, five, 0.4, 7, &a, &b);
    return parts(s, a, b);
}

static dl_status fold(world *w)
{
    dl_dataset *a = NULL, *b = NULL;
    dl_status s = dl_dataset_fold(w->data, NULL, 4, &a, &b);
    return parts(s, a, b);
}

static dl_status kfold(world *w)
{
    int32_t part[5];
    return dl_kfold(w->ctx, 5, &(dl_kfold_opts){.k = 2, .label = five}, part);
}

static dl_status labels(world *w)
{
    int64_t label[5];
    return dl_dataset_labels(w->data, 1, label, 5);
}

static dl_status weights(world *w)
{
    double weight[2];
    dl_status s = dl_class_weights(w->ctx, five, 5, 2, weight, NULL);
    return s != DL_OK || weight[0] == 1.25 ? s : UNEXPECTED;
}

static dl_status get_one(world *w)
{
    dl_tensor *field[2] = {NULL};
    dl_status s = dl_dataset_get(w->data, 3, 0, field, 2);
    return (s == DL_OK) == (field[0] && field[1]) ? s : UNEXPECTED;
}

static dl_status find(world *w)
{
    char path[256];
    int64_t n = dl_data_find(w->ctx, "mnist", path, sizeof path);
    return n > 0 ? DL_OK : (dl_status)n;
}

static dl_status load_next(dl_loader *l)
{
    dl_tensor *field[2] = {NULL};
    int32_t got = dl_loader_next(l, field, 2);
    if ((got == 1) != (field[0] && field[1]))
        return UNEXPECTED;
    return got >= 0 ? DL_OK : got;
}

static void rewind_loaders(world *w)
{
    dl_loader_seek(w->loader, 0, 0);
    dl_loader_seek(w->crew, 0, 0);
}

/* With threads of its own, and without. The first has loaded ahead: it forgets that. */
static dl_status next(world *w)
{
    dl_status s = load_next(w->crew);
    if (s == DL_OK)
        s = dl_loader_seek(w->crew, 0, 0);
    return s == DL_OK ? load_next(w->loader) : s;
}

static dl_status new_loader(world *w)
{
    return owned(w, dl_loader_new(w->data, &(dl_loader_opts){.batch = 2, .workers = 2}));
}

static dl_status drop_loader(world *w)
{
    dl_loader_drop(dl__object_keep(w->crew));
    return DL_OK;
}

static dl_status cifar10(world *w)
{
    return owned(w, dl_dataset_cifar10(w->ctx, w->at[PATH_DATA], DL_TEST));
}

static dl_status cifar100(world *w)
{
    return owned(w, dl_dataset_cifar100(w->ctx, w->at[PATH_DATA], DL_TEST, NULL));
}

#define DATA(X)                                                                                    \
    X(dl_dataset_new, MAKES, NULL, new_dataset(w))                                                 \
    X(dl_dataset_mnist, MAKES, NULL, owned(w, dl_dataset_mnist(w->ctx, NULL, DL_TRAIN)))           \
    X(dl_dataset_cifar10, MAKES, NULL, cifar10(w))                                                 \
    X(dl_dataset_cifar100, MAKES, NULL, cifar100(w))                                               \
    X(dl_image_folder_skipped, LOOKS, NULL, looked(dl_image_folder_skipped(w->data) == -1))        \
    X(dl_image_folder_path, LOOKS, NULL, looked(!dl_image_folder_path(w->data, 0)))                \
    X(dl_dataset_tensors, MAKES, NULL, tensors(w))                                                 \
    X(dl_dataset_subset, MAKES, NULL, subset(w))                                                   \
    X(dl_dataset_split, MAKES, NULL, split(w))                                                     \
    X(dl_dataset_split_stratified, MAKES, NULL, stratified(w))                                     \
    X(dl_dataset_split_grouped, MAKES, NULL, grouped(w))                                           \
    X(dl_dataset_fold, MAKES, NULL, fold(w))                                                       \
    X(dl_kfold, MAKES, NULL, kfold(w))                                                             \
    X(dl_dataset_labels, MAKES, NULL, labels(w))                                                   \
    X(dl_dataset_classes, LOOKS, NULL, looked(dl_dataset_classes(w->data) == 0))                   \
    X(dl_dataset_class_name, LOOKS, NULL, looked(!dl_dataset_class_name(w->data, 0)))              \
    X(dl_class_weights, MAKES, NULL, weights(w))                                                   \
    X(dl_dataset_keep, LOOKS, NULL, (dl_dataset_drop(dl_dataset_keep(w->data)), DL_OK))            \
    X(dl_dataset_drop, LOOKS, NULL, (dl_dataset_drop(dl_dataset_keep(w->data)), DL_OK))            \
    X(dl_dataset_ctx, LOOKS, NULL, looked(dl_dataset_ctx(w->data) != NULL))                        \
    X(dl_dataset_size, LOOKS, NULL, looked(dl_dataset_size(w->data) == 5))                         \
    X(dl_dataset_field_count, LOOKS, NULL, looked(dl_dataset_field_count(w->data) == 2))           \
    X(dl_dataset_field_name, LOOKS, NULL, looked(dl_dataset_field_name(w->data, 1) != NULL))       \
    X(dl_dataset_get, MAKES, NULL, get_one(w))                                                     \
    X(dl_data_find, SETS, NULL, find(w))                                                           \
    X(dl_loader_new, MAKES, NULL, new_loader(w))                                                   \
    X(dl_loader_next, MAKES, rewind_loaders, next(w))                                              \
    X(dl_loader_drop, LOOKS, NULL, drop_loader(w))                                                 \
    X(dl_loader_batches, LOOKS, NULL, looked(dl_loader_batches(w->loader) == 3))                   \
    X(dl_loader_epoch, LOOKS, NULL, looked(dl_loader_epoch(w->loader) >= 0))                       \
    X(dl_loader_position, LOOKS, NULL, looked(dl_loader_position(w->loader) >= 0))                 \
    X(dl_loader_seek, SETS, NULL, dl_loader_seek(w->loader, 1, 1))

/* ---- dl/train.h ------------------------------------------------------------------------------ */

static dl_status classify(world *w)
{
    dl_tensor *shown = NULL, *const batch[] = {w->x, w->labels};
    return made(w, dl_loss_classify(w->net, batch, 2, &shown, NULL));
}

static dl_status regress(world *w)
{
    dl_tensor *shown = NULL, *const batch[] = {w->x, w->tmp};
    return made(w, dl_loss_regress(w->net, batch, 2, &shown, NULL));
}

static void make_target(world *w)
{
    w->tmp = dl_tensor_zeros(w->ctx, DL_F32, DL_SHAPE(3, 3));
}

static dl_status accuracy(world *w)
{
    double a = dl_accuracy(w->x, w->labels);
    return isnan(a) ? dl_ctx_status(w->ctx) : looked(a >= 0 && a <= 1);
}

static dl_status train(world *w)
{
    const dl_train_opts o = {.epochs = 1, .batch = 3, .valid = w->data, .patience = 3};
    return dl_train(w->net, w->optim, dl_loss_classify, NULL, w->data, &o);
}

static dl_status evaluate(world *w)
{
    double loss, metric;
    return dl_evaluate(w->net, dl_loss_classify, NULL, w->data, 5, &loss, &metric);
}

static void make_normed(world *w)
{
    w->part = dl_layer_sequential(w->ctx, DL_LAYERS(dl_layer_dense(w->ctx, 4, 3, NULL),
                                                    dl_layer_batchnorm1d(w->ctx, 3, NULL)));
}

static dl_status bn_recalibrate(world *w)
{
    const int32_t n = dl_bn_recalibrate(w->part, w->data, 0, 2);
    return n > 0 ? looked(n == 1) : n;
}

/* ---- dl/metrics.h: what tests/train/test_metrics.c does not do with all allocations ---------- */

static dl_metric *meter; /* of w->labels against w->x; made by prepare */

static void make_meter(world *w)
{
    dl_metric_drop(meter);
    meter = dl_metric_auc(w->ctx, 4, NULL);
    dl_metric_add(meter, w->x, w->labels);
}

static dl_status spent(dl_status s)
{
    dl_metric_drop(meter);
    meter = NULL;
    return s;
}

static dl_status number(world *w, double v)
{
    return spent(isnan(v) ? dl_ctx_status(w->ctx) : DL_OK);
}

static dl_status topk(world *w)
{
    double a = dl_topk_accuracy(w->x, w->labels, 2);
    return isnan(a) ? dl_ctx_status(w->ctx) : looked(a >= 0 && a <= 1);
}

static dl_status merge(world *w)
{
    dl_metric *m = dl_metric_auc(w->ctx, 4, NULL);
    dl_status s = m ? dl_metric_merge(m, meter) : dl_ctx_status(w->ctx);
    dl_metric_drop(m);
    return spent(s);
}

static void make_matrix(world *w)
{
    dl_metric_drop(meter);
    meter = dl_metric_confusion(w->ctx, 4, NULL);
}

static dl_status matrix_text(void)
{
    int64_t n = dl_confusion_text(meter, NULL, NULL, 0);
    return spent(n > 0 ? DL_OK : (dl_status)n);
}

static dl_status measure(world *w)
{
    dl_metric *m = dl_metric_confusion(w->ctx, 3, NULL);
    dl_status s = m ? dl_evaluate_metrics(w->net, w->data, 2, &m, 1) : dl_ctx_status(w->ctx);
    dl_metric_drop(m);
    return s;
}

static dl_status mistakes(world *w)
{
    dl_mistake worst[3];
    int64_t n = dl_worst_mistakes(w->net, w->data, 2, worst, 3, NULL);
    return n < 0 ? (dl_status)n : looked(n <= 3);
}

#define METRICS(X)                                                                                 \
    X(dl_topk_accuracy, MAKES, NULL, topk(w))                                                      \
    X(dl_metric_confusion, MAKES, NULL, owned(w, dl_metric_confusion(w->ctx, 3, NULL)))            \
    X(dl_metric_topk, MAKES, NULL, owned(w, dl_metric_topk(w->ctx, 3, NULL)))                      \
    X(dl_metric_auc, MAKES, NULL, owned(w, dl_metric_auc(w->ctx, 3, NULL)))                        \
    X(dl_metric_calibration, MAKES, NULL, owned(w, dl_metric_calibration(w->ctx, 3, NULL)))        \
    X(dl_metric_regression, MAKES, NULL, owned(w, dl_metric_regression(w->ctx, 3)))                \
    X(dl_metric_add, MAKES, make_meter, spent(dl_metric_add(meter, w->x, w->labels)))              \
    X(dl_metric_merge, MAKES, make_meter, merge(w))                                                \
    X(dl_metric_reset, LOOKS, make_meter, (dl_metric_reset(meter), spent(DL_OK)))                  \
    X(dl_metric_drop, LOOKS, make_meter, spent(DL_OK))                                             \
    X(dl_metric_ctx, LOOKS, make_meter, spent(looked(dl_metric_ctx(meter) == w->ctx)))             \
    X(dl_metric_name, LOOKS, make_meter, spent(looked(dl_metric_name(meter, 0) != NULL)))          \
    X(dl_metric_value, MAKES, make_meter, number(w, dl_metric_value(meter, "auc")))                \
    X(dl_metric_value_at, MAKES, make_meter, number(w, dl_metric_value_at(meter, "auc", 0)))       \
    X(dl_confusion_count, LOOKS, make_matrix, spent(looked(!dl_confusion_count(meter, 0, 0))))     \
    X(dl_confusion_text, SETS, make_matrix, matrix_text())                                         \
    X(dl_evaluate_metrics, TRAINS, NULL, measure(w))                                               \
    X(dl_worst_mistakes, MAKES, NULL, mistakes(w))

static dl_status lr_find(world *w)
{
    const dl_lr_find_opts o = {.steps = 3, .batch = 3};
    int32_t n;
    return dl_lr_find(w->net, w->optim, dl_loss_classify, NULL, w->data, &o, NULL, NULL, &n, NULL);
}

static int32_t nothing(const dl_event *e, void *user)
{
    (void)e;
    (void)user;
    return 0;
}

static dl_status callback_function(world *w)
{
    freed = 0;
    const dl_callback_opts o = {.on_step = nothing};
    dl_status s = owned(w, dl_callback_function(w->ctx, &o, NULL, release));
    return freed == 1 ? s : UNEXPECTED;
}

static dl_status callback_keep(void)
{
    dl_callback_drop(dl_callback_keep(NULL));
    return DL_OK;
}

#define TRAIN(X)                                                                                   \
    X(dl_loss_classify, TRAINS, NULL, classify(w))                                                 \
    X(dl_loss_regress, TRAINS, make_target, regress(w))                                            \
    X(dl_penalty_l1, MAKES, NULL, made(w, dl_penalty_l1(w->net, NULL)))                            \
    X(dl_penalty_l2, MAKES, NULL, made(w, dl_penalty_l2(w->net, "*")))                             \
    X(dl_accuracy, MAKES, NULL, accuracy(w))                                                       \
    X(dl_evaluate, MAKES, NULL, evaluate(w))                                                       \
    X(dl_bn_recalibrate, MAKES, make_normed, bn_recalibrate(w))                                    \
    X(dl_lr_find, TRAINS, NULL, lr_find(w))                                                        \
    X(dl_callback_function, MAKES, NULL, callback_function(w))                                     \
    X(dl_callback_csv, MAKES, NULL, owned(w, dl_callback_csv(w->ctx, "x.csv")))                    \
    X(dl_callback_tensorboard, MAKES, NULL, owned(w, dl_callback_tensorboard(w->ctx, "x")))        \
    X(dl_callback_checkpoint, MAKES, NULL, owned(w, dl_callback_checkpoint(w->ctx, "x", NULL)))    \
    X(dl_callback_keep, LOOKS, NULL, callback_keep())                                              \
    X(dl_callback_drop, LOOKS, NULL, callback_keep())                                              \
    X(dl_train, TRAINS, NULL, train(w))

#define ALL(X) OPTIM(X) DATA(X) METRICS(X) TRAIN(X)
CALL_TABLE(calls_train, ALL)
