/* What the parts of dl_bench share. Rates are images per second, times are seconds. */
#ifndef BENCH_H
#define BENCH_H
#include "dl/dl.h"

/* What a run is asked for. */
typedef struct bench_opts {
    dl_ctx_opts ctx;
    const char *only; /* names, with commas between them; NULL: all      */
    double seconds;   /* of each workload                                */
    int64_t batch;    /* instead of the workload's own; 0: its own       */
    int64_t steps;    /* instead of seconds, without steps before; 0: no */
    int32_t frozen;   /* inference runs the net that dl_module_freeze makes */
    int32_t reserved;
} bench_opts;

enum { BENCH_INFER, BENCH_SGD, BENCH_ADAM };

typedef struct bench_workload {
    const char *name;
    dl_module *(*net)(dl_ctx *ctx);
    int64_t shape[4]; /* of a batch                                           */
    int64_t classes;  /* 0: a VAE, which is trained on its input and no label */
    int32_t kind;     /* BENCH_*                                              */
    int32_t reserved;
} bench_workload;

extern const bench_workload bench_workloads[];
extern const int bench_workload_count;

/* A workload with all it needs. */
typedef struct bench {
    const bench_workload *w;
    dl_ctx *ctx;
    dl_module *net;
    dl_optim *optim;  /* NULL: inference         */
    dl_tensor *x, *y; /* y NULL: without classes */
    int64_t batch;
} bench;

/* Where the time of a step goes; inference has forward alone. */
typedef struct bench_split {
    double forward, backward, update;
} bench_split;

/* Makes b, which bench_end gives back, also when this fails. */
dl_status bench_begin(bench *b, const bench_workload *w, const bench_opts *o);
void bench_end(bench *b);
/* One step; split (may be NULL) gets its times, last (may be NULL) the loss, or the sum of the
 * results of inference. */
void bench_step(bench *b, bench_split *split, double *last);
/* Images per second by the median step, NaN after a failure, which it prints. split (may be NULL)
 * gets the medians of the parts. */
double bench_run(const bench_workload *w, const bench_opts *o, bench_split *split);
/* Prints which calls took the time of a few more steps. Exit status. */
int bench_profile(const bench_workload *w, const bench_opts *o);
/* Prints name, batch, shape, classes, optimizer and number of parameters of each workload. */
int bench_list(const bench_opts *o);

/* The nets; models of the library where it has them. */
dl_module *bench_mlp(dl_ctx *ctx);
dl_module *bench_lenet(dl_ctx *ctx);
dl_module *bench_cnn(dl_ctx *ctx);
dl_module *bench_resnet20(dl_ctx *ctx);
dl_module *bench_resnet18(dl_ctx *ctx);
dl_module *bench_resnet50(dl_ctx *ctx);
dl_module *bench_alexnet(dl_ctx *ctx);
dl_module *bench_vgg16(dl_ctx *ctx);
dl_module *bench_vae(dl_ctx *ctx);
/* The loss of a variational autoencoder for x, values in [0, 1]: reconstruction and divergence,
 * sums over the batch. Kingma and Welling, ICLR 2014. */
dl_tensor *bench_vae_loss(dl_module *vae, dl_tensor *x);

/* GFLOP/s of convolutions and products, and their share of the peak: lines of name, pass, GFLOP/s,
 * percent. Exit status. */
int bench_kernels(const bench_opts *o);
/* Peak memory of each workload, each in a process of its own. Exit status. */
int bench_memory(const bench_opts *o);

/* GFLOP/s of independent chains of fused multiply-adds in f32, on this thread, with the
 * instructions that the library uses; measured anew at each call, for about 3 ms. Where the
 * instruction set has none (SSE2), of multiplications and additions. */
double bench_peak(void);

double bench_now(void);
/* The median of n numbers, which it sorts. */
double bench_median(double *v, int n);
/* 1 when o wants the workload, or the layer, of this name. */
int bench_wanted(const bench_opts *o, const char *name);
/* The line that begins a report: versions, threads, engine, instructions. 0 after a failure. */
int bench_header(const bench_opts *o);
#endif
