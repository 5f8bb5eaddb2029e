/* dl_bench --kernels: convolutions and products alone. Each is measured between two looks at the
 * peak, because clocks change and other programs take their share; the best of all calls counts. */
#include <stdio.h>
#include "bench.h"
#include "core/ctx.h"
#include "kernels/conv.h"
#include "kernels/kernels.h"

/* Square pictures and kernels; padding is that which keeps the size, but for the layers of
 * cnn_train. */
typedef struct layer {
    int64_t n, channels, outputs, kernel, stride, size, padding;
} layer;

static const layer layers[] = {
    {8, 64, 64, 3, 1, 56, 1},   {8, 128, 128, 3, 1, 28, 1},  {8, 256, 256, 3, 1, 14, 1},
    {8, 512, 512, 3, 1, 7, 1},  {8, 64, 256, 1, 1, 56, 0},   {8, 3, 64, 7, 2, 224, 3},
    {128, 16, 16, 3, 1, 32, 1}, {128, 32, 32, 3, 1, 16, 1},  {128, 64, 64, 3, 1, 8, 1},
    {128, 32, 64, 3, 1, 26, 0}, {128, 1, 32, 3, 1, 28, 0},   {128, 16, 32, 3, 2, 32, 1},
    {8, 128, 128, 3, 2, 56, 1}, {8, 1024, 256, 1, 1, 14, 0}, {8, 512, 2048, 1, 1, 7, 0},
    {8, 256, 512, 1, 2, 56, 0}, {1, 256, 256, 3, 1, 14, 1},  {1, 512, 512, 3, 1, 7, 1},
    {4, 512, 512, 3, 1, 28, 1}, {64, 1, 6, 5, 1, 28, 2},
};

static const int64_t products[][3] = {
    {8, 8, 8},       {16, 16, 16},    {32, 32, 32},       {64, 64, 64},       {128, 128, 128},
    {256, 256, 256}, {512, 512, 512}, {1000, 1000, 1000}, {1024, 1024, 1024}, {2048, 2048, 2048},
    {64, 1024, 576}, {32, 25088, 27}, {128, 512, 784},    {784, 512, 128},    {32, 512, 784},
    {300, 700, 500}, {4, 4096, 4096}, {1, 512, 784},
};

enum { FORWARD, DATA, WEIGHT, PRODUCT };
static const char *const passes[] = {"forward", "data", "weight", "product"};

/* One thing to measure. */
typedef struct item {
    dl_ctx *ctx;
    dl__conv conv;
    dl__gemm_args gemm;
    const void *x, *w; /* layers: input, weights, output */
    void *y, *dx, *dw;
    int pass;
} item;

static dl_status call(const item *it)
{
    switch (it->pass) {
    case FORWARD:
        return dl__conv_forward(it->ctx, DL_F32, &it->conv, it->x, it->w, NULL, it->y);
    case DATA:
        return dl__conv_data(it->ctx, DL_F32, &it->conv, it->y, it->w, NULL, it->dx);
    case WEIGHT:
        return dl__conv_weight(it->ctx, DL_F32, &it->conv, it->x, it->y, NULL, it->dw);
    default:
        return dl__gemm(it->ctx, DL_F32, &it->gemm);
    }
}

/* The time of a call, the best of many; short ones are taken in bunches, longer than the clock's
 * steps. */
static double best_time(const item *it, double seconds)
{
    double first = bench_now(), best = 1e9;
    if (call(it))
        return 0;
    double once = bench_now() - first;
    int bunch = once < 5e-5 ? (int)(5e-5 / (once + 1e-9)) + 1 : 1;
    for (int n = 0; n < 3 || bench_now() - first < seconds; n++) {
        double t = bench_now();
        for (int i = 0; i < bunch; i++)
            call(it);
        t = (bench_now() - t) / bunch;
        best = t < best ? t : best;
    }
    return best;
}

static void measure(const item *it, const char *name, double flops, double seconds)
{
    double peak = bench_peak();
    double t = best_time(it, seconds);
    if (dl_ctx_status(it->ctx) != DL_OK)
        return;
    double after = bench_peak();
    peak = (after > peak ? after : peak) * dl_ctx_threads(it->ctx);
    printf("%s\t%s\t%.1f\t%.0f %%\n", name, passes[it->pass], flops / t / 1e9,
           100 * flops / t / 1e9 / peak);
    fflush(stdout);
}

static dl__conv geometry(const layer *l)
{
    int64_t out = (l->size + 2 * l->padding - l->kernel) / l->stride + 1;
    return (dl__conv){
        .n = l->n,
        .channels = l->channels,
        .outputs = l->outputs,
        .groups = 1,
        .in = {1, l->size, l->size},
        .out = {1, out, out},
        .kernel = {1, l->kernel, l->kernel},
        .stride = {1, l->stride, l->stride},
        .dilation = {1, 1, 1},
        .before = {0, l->padding, l->padding},
    };
}

/* A name such as 8x64-64.3x3s2.56: batch, channels, outputs, kernel, stride, size. */
static void name_of(const layer *l, char name[64])
{
    char stride[24] = "";
    if (l->stride > 1)
        snprintf(stride, sizeof stride, "s%d", (int)l->stride);
    snprintf(name, 64, "%dx%d-%d.%dx%d%s.%d", (int)l->n, (int)l->channels, (int)l->outputs,
             (int)l->kernel, (int)l->kernel, stride, (int)l->size);
}

static int run_layer(dl_ctx *ctx, const layer *l, const bench_opts *o)
{
    char name[64];
    name_of(l, name);
    if (!bench_wanted(o, name))
        return 0;
    item it = {.ctx = ctx, .conv = geometry(l)};
    int64_t places = l->n * it.conv.out[1] * it.conv.out[2];
    int64_t weights = l->kernel * l->kernel * l->channels * l->outputs;
    int64_t inputs = l->n * l->size * l->size * l->channels;
    int32_t scope = dl_scope_begin(ctx);
    dl_tensor *x = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(inputs)));
    dl_tensor *w = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(weights)));
    it.x = dl_tensor_data(x);
    it.w = dl_tensor_data(w);
    it.y =
        dl_tensor_edit(dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(places * l->outputs))));
    it.dx = dl_tensor_edit(dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(inputs))));
    it.dw = dl_tensor_edit(dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(weights))));
    for (it.pass = FORWARD; it.pass <= WEIGHT && dl_ctx_status(ctx) == DL_OK; it.pass++) {
        if (it.pass == DATA && l->channels <= 3) /* nobody wants the gradient of a picture */
            continue;
        measure(&it, name, 2.0 * (double)places * (double)weights, o->seconds);
    }
    dl_scope_end(ctx, scope);
    return 1;
}

static int run_product(dl_ctx *ctx, const int64_t *size, const bench_opts *o)
{
    const int64_t m = size[0], n = size[1], k = size[2];
    char name[64];
    snprintf(name, sizeof name, "%dx%dx%d", (int)m, (int)n, (int)k);
    if (!bench_wanted(o, name))
        return 0;
    int32_t scope = dl_scope_begin(ctx);
    dl_tensor *a = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(m * k)));
    dl_tensor *b = dl_tensor_give(dl_tensor_randn(ctx, DL_F32, DL_SHAPE(k * n)));
    dl_tensor *c = dl_tensor_give(dl_tensor_zeros(ctx, DL_F32, DL_SHAPE(m * n)));
    item it = {.ctx = ctx, .pass = PRODUCT};
    it.gemm = (dl__gemm_args){.m = m,
                              .n = n,
                              .k = k,
                              .a = dl_tensor_data(a),
                              .a_row = k,
                              .a_col = 1,
                              .b = dl_tensor_data(b),
                              .b_row = n,
                              .b_col = 1,
                              .c = dl_tensor_edit(c),
                              .c_row = n,
                              .batch = 1};
    if (dl_ctx_status(ctx) == DL_OK)
        measure(&it, name, 2.0 * (double)m * (double)n * (double)k, o->seconds);
    dl_scope_end(ctx, scope);
    return 1;
}

int bench_kernels(const bench_opts *o)
{
    int found = 0;
    dl_ctx *ctx = dl_ctx_new(&o->ctx);
    dl_grad_enable(ctx, 0);
    printf("# peak of one thread %.1f GFLOP/s\n", bench_peak());
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        found += run_layer(ctx, &layers[i], o);
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        found += run_product(ctx, products[i], o);
    int failed = !found || dl_ctx_status(ctx) != DL_OK;
    if (!found)
        fprintf(stderr, "dl_bench: no kernel has that name\n");
    else if (failed)
        fprintf(stderr, "dl_bench: %s\n", dl_ctx_message(ctx));
    dl_ctx_drop(ctx);
    return failed;
}
