/* dl_bench: images per second of training and inference, under the names, with the shapes and in
 * the output format of the PyTorch program that it is compared with:
 *     NAME<TAB>images_per_second
 * The time of a step is the median of all steps in --seconds; two steps go before. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "dl/dl.h"

enum { SGD, ADAM, INFER };

typedef struct workload {
    const char *name;
    int64_t batch;
    int kind;
} workload;

static const workload workloads[] = {
    {"mlp_train", 128, SGD},
    {"mlp_train_b32_adam", 32, ADAM},
    {"mlp_infer_b1", 1, INFER},
};
enum { WORKLOADS = sizeof workloads / sizeof *workloads, MOST = 1 << 20 };

/* What a step needs. */
typedef struct bench {
    dl_ctx *ctx;
    dl_module *net;
    dl_optim *optim;
    dl_tensor *x, *y;
} bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static dl_module *mlp(dl_ctx *ctx)
{
    return dl_layer_sequential(ctx,
                               DL_LAYERS(dl_layer_flatten(ctx), dl_layer_dense(ctx, 784, 512, NULL),
                                         dl_layer_relu(ctx), dl_layer_dense(ctx, 512, 512, NULL),
                                         dl_layer_relu(ctx), dl_layer_dense(ctx, 512, 10, NULL)));
}

static void begin(bench *b, const workload *w, const dl_ctx_opts *o)
{
    b->ctx = dl_ctx_new(o);
    b->net = mlp(b->ctx);
    b->x = dl_tensor_randn(b->ctx, DL_F32, DL_SHAPE(w->batch, 1, 28, 28));
    b->y = dl_tensor_randint(b->ctx, DL_I64, 0, 10, DL_SHAPE(w->batch));
    if (w->kind == SGD)
        b->optim =
            dl_optim_sgd(b->net, &(dl_sgd_opts){.lr = 0.01, .momentum = 0.9, .weight_decay = 5e-4});
    else if (w->kind == ADAM)
        b->optim = dl_optim_adam(b->net, &(dl_adam_opts){.lr = 1e-3});
    else
        dl_module_train(b->net, 0);
    dl_grad_enable(b->ctx, w->kind != INFER);
}

static void end(bench *b)
{
    dl_tensor_drop(b->x);
    dl_tensor_drop(b->y);
    dl_optim_drop(b->optim);
    dl_module_drop(b->net);
    dl_ctx_drop(b->ctx);
}

static void step(bench *b)
{
    int32_t scope = dl_scope_begin(b->ctx);
    if (b->optim) {
        dl_module_zero_grad(b->net);
        dl_backward(dl_cross_entropy(dl_module_forward(b->net, b->x), b->y, NULL));
        dl_optim_step(b->optim);
    } else {
        dl_module_forward(b->net, b->x);
    }
    dl_scope_end(b->ctx, scope);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Images per second; NaN when something failed. */
static double run(const workload *w, const dl_ctx_opts *o, double seconds, double *megabytes)
{
    static double took[MOST];
    bench b = {0};
    int n = 0;
    begin(&b, w, o);
    step(&b);
    step(&b);
    for (double first = now(); n < MOST && (now() - first < seconds || n < 3); n++) {
        double t = now();
        step(&b);
        took[n] = now() - t;
    }
    double rate = NAN;
    *megabytes = (double)dl_ctx_bytes(b.ctx, DL_BYTES_PEAK) / 1e6;
    if (dl_ctx_status(b.ctx) != DL_OK) {
        fprintf(stderr, "dl_bench: %s: %s\n", w->name, dl_ctx_message(b.ctx));
    } else {
        qsort(took, (size_t)n, sizeof *took, by_value);
        rate = (double)w->batch / took[n / 2];
    }
    end(&b);
    return rate;
}

/* 1 when name is one of "a,b,c". */
static int among(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == 0))
            return 1;
    }
    return 0;
}

static int usage(const char *why)
{
    fprintf(stderr,
            "dl_bench: %s\nusage: dl_bench [--threads N] [--only NAME,NAME] [--seconds X] "
            "[--engine auto|blas|plain] [--memory]\nnames:",
            why);
    for (int i = 0; i < WORKLOADS; i++)
        fprintf(stderr, " %s", workloads[i].name);
    fprintf(stderr, "\n");
    return 2;
}

/* The names in list all exist. */
static int known(const char *list)
{
    char name[64];
    for (const char *at = list; *at;) {
        size_t n = strcspn(at, ","), i = 0;
        snprintf(name, sizeof name, "%.*s", (int)(n < 63 ? n : 63), at);
        while (i < WORKLOADS && strcmp(workloads[i].name, name) != 0)
            i++;
        if (i == WORKLOADS)
            return 0;
        at += n + (at[n] == ',');
    }
    return 1;
}

int main(int argc, char **argv)
{
    dl_ctx_opts o = {.seed = 0, .threads = 2};
    const char *only = NULL;
    double seconds = 3;
    int memory = 0;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        char *rest = NULL;
        if (strcmp(argv[i], "--memory") == 0) {
            memory = 1;
            continue;
        }
        if (!value)
            return usage(argv[i]);
        if (strcmp(argv[i], "--only") == 0)
            only = value;
        else if (strcmp(argv[i], "--threads") == 0)
            o.threads = (int32_t)strtol(value, &rest, 10);
        else if (strcmp(argv[i], "--seconds") == 0)
            seconds = strtod(value, &rest);
        else if (strcmp(argv[i], "--engine") == 0)
            o.engine = strcmp(value, "blas") == 0    ? DL_ENGINE_BLAS
                       : strcmp(value, "plain") == 0 ? DL_ENGINE_PLAIN
                       : strcmp(value, "auto") == 0  ? DL_ENGINE_AUTO
                                                     : -1;
        else
            return usage(argv[i]);
        if ((rest && (rest == value || *rest)) || o.threads < 0 || o.engine < 0 || !(seconds > 0))
            return usage(value);
        i++;
    }
    if (only && !known(only))
        return usage(only);
    char machine[256] = "";
    dl_ctx *ctx = dl_ctx_new(&o);
    dl_ctx_machine(ctx, machine, sizeof machine);
    printf("# libdl %s threads %d %s\n", dl_version(), (int)dl_ctx_threads(ctx), machine);
    dl_ctx_drop(ctx);
    int failed = 0;
    for (int i = 0; i < WORKLOADS; i++) {
        double megabytes;
        if (only && !among(only, workloads[i].name))
            continue;
        double rate = run(&workloads[i], &o, seconds, &megabytes);
        failed |= isnan(rate);
        printf("%s\t%.1f", workloads[i].name, rate);
        if (memory)
            printf("\t%.1f MB", megabytes);
        printf("\n");
        fflush(stdout);
    }
    return failed;
}
