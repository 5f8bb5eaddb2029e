/* The workloads, and how their steps are timed. */
#include <math.h>
#include <stdio.h>
#include "bench.h"

const bench_workload bench_workloads[] = {
    {"mlp_train", bench_mlp, {128, 1, 28, 28}, 10, BENCH_SGD, 0},
    {"mlp_train_b32_adam", bench_mlp, {32, 1, 28, 28}, 10, BENCH_ADAM, 0},
    {"mlp_infer_b1", bench_mlp, {1, 1, 28, 28}, 10, BENCH_INFER, 0},
    {"lenet_train", bench_lenet, {64, 1, 28, 28}, 10, BENCH_SGD, 0},
    {"cnn_train", bench_cnn, {128, 1, 28, 28}, 10, BENCH_ADAM, 0},
    {"resnet20_train", bench_resnet20, {128, 3, 32, 32}, 10, BENCH_SGD, 0},
    {"resnet20_infer", bench_resnet20, {128, 3, 32, 32}, 10, BENCH_INFER, 0},
    {"vae_train", bench_vae, {128, 1, 28, 28}, 0, BENCH_ADAM, 0},
    {"alexnet_train", bench_alexnet, {32, 3, 224, 224}, 1000, BENCH_SGD, 0},
    {"alexnet_infer", bench_alexnet, {32, 3, 224, 224}, 1000, BENCH_INFER, 0},
    {"vgg16_infer", bench_vgg16, {4, 3, 224, 224}, 1000, BENCH_INFER, 0},
    {"resnet18_train", bench_resnet18, {16, 3, 224, 224}, 1000, BENCH_SGD, 0},
    {"resnet50_infer", bench_resnet50, {8, 3, 224, 224}, 1000, BENCH_INFER, 0},
    {"resnet50_infer_b1", bench_resnet50, {1, 3, 224, 224}, 1000, BENCH_INFER, 0},
    {"resnet50_train", bench_resnet50, {8, 3, 224, 224}, 1000, BENCH_SGD, 0},
};
const int bench_workload_count = sizeof bench_workloads / sizeof *bench_workloads;

/* Steps that are timed; the time of a longer run is that of the first ones. */
enum { MOST = 1 << 18 };

static void make_optim(bench *b)
{
    if (b->w->kind == BENCH_SGD)
        b->optim =
            dl_optim_sgd(b->net, &(dl_sgd_opts){.lr = 0.01, .momentum = 0.9, .weight_decay = 5e-4});
    else if (b->w->kind == BENCH_ADAM)
        b->optim = dl_optim_adam(b->net, &(dl_adam_opts){.lr = 1e-3});
    else
        dl_module_train(b->net, 0);
    dl_grad_enable(b->ctx, b->w->kind != BENCH_INFER);
}

/* The net without what inference can do without. */
static void freeze(bench *b)
{
    dl_module *whole = b->net;
    b->net = dl_module_freeze(whole);
    dl_module_drop(whole);
}

dl_status bench_begin(bench *b, const bench_workload *w, const bench_opts *o)
{
    *b = (bench){.w = w, .batch = o->batch ? o->batch : w->shape[0]};
    b->ctx = dl_ctx_new(&o->ctx);
    const int64_t shape[] = {b->batch, w->shape[1], w->shape[2], w->shape[3]};
    b->net = w->net(b->ctx);
    if (o->frozen && w->kind == BENCH_INFER)
        freeze(b);
    if (w->classes) {
        b->x = dl_tensor_randn(b->ctx, DL_F32, shape, 4);
        b->y = dl_tensor_randint(b->ctx, DL_I64, 0, w->classes, DL_SHAPE(b->batch));
    } else {
        b->x = dl_tensor_rand(b->ctx, DL_F32, 0, 1, shape, 4);
    }
    make_optim(b);
    return b->ctx ? dl_ctx_status(b->ctx) : DL_ENOMEM;
}

void bench_end(bench *b)
{
    dl_tensor_drop(b->x);
    dl_tensor_drop(b->y);
    dl_optim_drop(b->optim);
    dl_module_drop(b->net);
    dl_ctx_drop(b->ctx);
}

static dl_tensor *loss_of(bench *b)
{
    if (!b->w->classes)
        return bench_vae_loss(b->net, b->x);
    return dl_cross_entropy(dl_module_forward(b->net, b->x), b->y, NULL);
}

void bench_step(bench *b, bench_split *split, double *last)
{
    const double t0 = bench_now();
    double t1 = t0, t2 = t0, t3 = t0;
    int32_t scope = dl_scope_begin(b->ctx);
    if (b->optim) {
        dl_module_zero_grad(b->net);
        dl_tensor *loss = loss_of(b);
        t1 = bench_now();
        dl_backward(loss);
        t2 = bench_now();
        dl_optim_step(b->optim);
        t3 = bench_now();
        if (last)
            *last = dl_tensor_item(loss);
    } else {
        dl_tensor *y = dl_module_forward(b->net, b->x);
        t1 = t2 = t3 = bench_now();
        if (last)
            *last = dl_tensor_item(dl_sum(y, NULL, 0, 0));
    }
    dl_scope_end(b->ctx, scope);
    if (split)
        *split = (bench_split){t1 - t0, t2 - t1, t3 - t2};
}

/* Steps that do not count, unless their number is asked for. */
static void warm_up(bench *b, const bench_opts *o)
{
    for (int i = 0; i < 2 && !o->steps; i++)
        bench_step(b, NULL, NULL);
}

/* Times steps into took and parts; returns how many. */
static int time_steps(bench *b, const bench_opts *o, double *took, double (*parts)[MOST])
{
    int n = 0;
    warm_up(b, o);
    for (double first = bench_now(); n < MOST; n++) {
        if (o->steps ? n >= o->steps : bench_now() - first >= o->seconds && n >= 3)
            break;
        bench_split s;
        double t = bench_now();
        bench_step(b, &s, NULL);
        took[n] = bench_now() - t;
        parts[0][n] = s.forward;
        parts[1][n] = s.backward;
        parts[2][n] = s.update;
        if (dl_ctx_status(b->ctx))
            break;
    }
    return n;
}

/* Prints the failure of b, which may have none. 1 when there was one. */
static int has_failed(const bench *b)
{
    if (b->ctx && dl_ctx_status(b->ctx) == DL_OK)
        return 0;
    fprintf(stderr, "dl_bench: %s: %s\n", b->w->name, dl_ctx_message(b->ctx));
    return 1;
}

double bench_run(const bench_workload *w, const bench_opts *o, bench_split *split)
{
    static double took[MOST], parts[3][MOST];
    double rate = NAN, last = NAN;
    bench b;
    if (bench_begin(&b, w, o) == DL_OK) {
        int n = time_steps(&b, o, took, parts);
        bench_step(&b, NULL, &last);
        if (n > 0 && isfinite(last))
            rate = (double)b.batch / bench_median(took, n);
        if (split && n > 0)
            *split = (bench_split){bench_median(parts[0], n), bench_median(parts[1], n),
                                   bench_median(parts[2], n)};
    }
    if (!has_failed(&b) && !isfinite(last))
        fprintf(stderr, "dl_bench: %s: the result is not finite\n", w->name);
    bench_end(&b);
    return rate;
}

int bench_profile(const bench_workload *w, const bench_opts *o)
{
    static char text[1 << 16];
    enum { CALLS_SHOWN = 40 };
    bench b;
    if (bench_begin(&b, w, o) == DL_OK) {
        warm_up(&b, o);
        dl_profile_start(b.ctx, &(dl_profile_opts){.events = DL_OFF});
        const double first = bench_now();
        for (int64_t n = 0; o->steps ? n < o->steps : n < 3 || bench_now() - first < o->seconds;
             n++)
            bench_step(&b, NULL, NULL);
        dl_profile_stop(b.ctx);
        dl_profile_text(b.ctx, DL_PROFILE_CALLS, CALLS_SHOWN, text, sizeof text);
        printf("%s", text);
    }
    const int bad = has_failed(&b);
    bench_end(&b);
    return bad;
}

int bench_list(const bench_opts *o)
{
    static const char *const kinds[] = {"infer", "sgd", "adam"};
    dl_ctx *ctx = dl_ctx_new(&o->ctx);
    dl_meta_enable(ctx, 1);
    for (int i = 0; i < bench_workload_count; i++) {
        const bench_workload *w = &bench_workloads[i];
        if (!bench_wanted(o, w->name))
            continue;
        dl_module *net = w->net(ctx);
        printf("%s\t%lldx%lldx%lldx%lld\t%lld\t%s\t%lld\n", w->name, (long long)w->shape[0],
               (long long)w->shape[1], (long long)w->shape[2], (long long)w->shape[3],
               (long long)w->classes, kinds[w->kind], (long long)dl_module_param_elements(net));
        dl_module_drop(net);
    }
    int failed = !ctx || dl_ctx_status(ctx) != DL_OK;
    dl_ctx_drop(ctx);
    return failed;
}
