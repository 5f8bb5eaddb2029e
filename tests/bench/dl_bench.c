/* dl_bench: images per second of training and inference, under the names, with the shapes and in
 * the output format of peer_torch.py beside it:
 *     NAME<TAB>images_per_second
 * The time of a step is the median of all steps in --seconds; two steps go before. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "bench.h"
#include "core/isa.h"

enum { RATES, SPLIT, PROFILE, KERNELS, MEMORY, LIST };

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_value);
    return v[n / 2];
}

int bench_wanted(const bench_opts *o, const char *name)
{
    size_t n = strlen(name);
    if (!o->only)
        return 1;
    for (const char *at = o->only; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == 0))
            return 1;
    }
    return 0;
}

int bench_header(const bench_opts *o)
{
    char machine[256] = "";
    dl_ctx *ctx = dl_ctx_new(&o->ctx);
    int ok = dl_ctx_machine(ctx, machine, sizeof machine) > 0;
    if (ok)
        printf("# libdl %s threads %d %s\n", dl_version(), (int)dl_ctx_threads(ctx), machine);
    else
        fprintf(stderr, "dl_bench: %s\n", dl_ctx_message(ctx));
    dl_ctx_drop(ctx);
    return ok;
}

static int usage(const char *why)
{
    fprintf(
        stderr,
        "dl_bench: %s\n"
        "usage: dl_bench [options]                images per second of each workload\n"
        "       dl_bench --split [options]        and milliseconds of forward, backward, update\n"
        "       dl_bench --profile [options]      and where the time goes, call by call\n"
        "       dl_bench --kernels [options]      convolutions and products alone\n"
        "       dl_bench --memory [options]       peak memory of each workload\n"
        "       dl_bench --list                   what the workloads are\n"
        "  --threads N                            2\n"
        "  --only NAME,NAME                       these alone\n"
        "  --seconds X                            for each; 3, of --kernels 0.2\n"
        "  --engine auto|native|blas|plain\n"
        "  --isa base|avx2|avx512                 no better instructions than these\n"
        "  --freeze                               inference with dl_module_freeze\n"
        "  --batch N, --steps N                   to try a workload out: what it prints is not "
        "comparable\n"
        "workloads:",
        why);
    for (int i = 0; i < bench_workload_count; i++)
        fprintf(stderr, " %s", bench_workloads[i].name);
    fprintf(stderr, "\n");
    return 2;
}

/* The names in list all exist. */
static int known(const char *list)
{
    for (const char *at = list; *at;) {
        size_t n = strcspn(at, ",");
        int i = 0;
        while (i < bench_workload_count &&
               (strncmp(at, bench_workloads[i].name, n) != 0 || bench_workloads[i].name[n] != 0))
            i++;
        if (i == bench_workload_count)
            return 0;
        at += n + (at[n] == ',');
    }
    return 1;
}

/* 1 when the instructions are there. Before the library is used for the first time. */
static int choose_isa(const char *wish)
{
    setenv("DL_ISA", wish, 1);
    return strcasecmp(dl__isa_name(dl__isa()), wish) == 0;
}

static int choose_engine(const char *name, int32_t *engine)
{
    static const char *const names[] = {"auto", "native", "blas", "plain"}; /* by DL_ENGINE_* */
    for (int32_t i = 0; i < 4; i++)
        if (strcmp(name, names[i]) == 0) {
            *engine = i;
            return 1;
        }
    return 0;
}

/* value as a whole number of at least low. */
static int whole(const char *value, int64_t low, int64_t *to)
{
    char *rest;
    *to = strtoll(value, &rest, 10);
    return rest != value && *rest == 0 && *to >= low && *to <= 1 << 24;
}

/* An option with a value. */
static int set(bench_opts *o, const char *name, const char *value)
{
    int64_t n = 0;
    char *rest;
    if (strcmp(name, "--only") == 0) {
        o->only = value;
        return 1;
    }
    if (strcmp(name, "--threads") == 0) {
        int ok = whole(value, 0, &n);
        o->ctx.threads = (int32_t)n;
        return ok;
    }
    if (strcmp(name, "--seconds") == 0) {
        o->seconds = strtod(value, &rest);
        return rest != value && *rest == 0 && o->seconds > 0;
    }
    if (strcmp(name, "--batch") == 0)
        return whole(value, 1, &o->batch);
    if (strcmp(name, "--steps") == 0)
        return whole(value, 1, &o->steps);
    if (strcmp(name, "--engine") == 0)
        return choose_engine(value, &o->ctx.engine);
    return strcmp(name, "--isa") == 0 && choose_isa(value);
}

static int rates(const bench_opts *o, int mode)
{
    int failed = !bench_header(o);
    for (int i = 0; i < bench_workload_count && !failed; i++) {
        bench_split s = {0};
        if (!bench_wanted(o, bench_workloads[i].name))
            continue;
        double rate = bench_run(&bench_workloads[i], o, &s);
        failed |= isnan(rate);
        printf("%s\t%.1f", bench_workloads[i].name, rate);
        if (mode == SPLIT)
            printf("\t%.3f\t%.3f\t%.3f", 1e3 * s.forward, 1e3 * s.backward, 1e3 * s.update);
        printf("\n");
        if (mode == PROFILE)
            failed |= bench_profile(&bench_workloads[i], o);
        fflush(stdout);
    }
    return failed;
}

int main(int argc, char **argv)
{
    static const char *const modes[] = {"",          "--split",  "--profile",
                                        "--kernels", "--memory", "--list"};
    bench_opts o = {.ctx = {.seed = 0, .threads = 2}};
    int mode = RATES;
    for (int i = 1; i < argc; i++) {
        int m = SPLIT;
        while (m <= LIST && strcmp(argv[i], modes[m]) != 0)
            m++;
        if (m <= LIST) {
            mode = m;
        } else if (strcmp(argv[i], "--freeze") == 0) {
            o.frozen = 1;
        } else {
            if (i + 1 == argc || !set(&o, argv[i], argv[i + 1]))
                return usage(i + 1 == argc ? argv[i] : argv[i + 1]);
            i++;
        }
    }
    if (o.only && mode != KERNELS && !known(o.only))
        return usage(o.only);
    if (o.seconds == 0)
        o.seconds = mode == KERNELS ? 0.2 : 3;
    switch (mode) {
    case KERNELS:
        return !bench_header(&o) || bench_kernels(&o);
    case MEMORY:
        return bench_memory(&o);
    case LIST:
        return bench_list(&o);
    default:
        return rates(&o, mode);
    }
}
