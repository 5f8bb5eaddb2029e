/* dl_bench --memory: the most memory that each workload has in use. */
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

enum { STEPS = 4 };

/* The most that this process ever had in main memory, in MB. */
static double resident(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss * 1024 / 1e6; /* Linux counts in KiB */
}

static int one(const bench_workload *w, const bench_opts *o)
{
    const double before = resident();
    double last = NAN;
    bench b;
    if (bench_begin(&b, w, o) == DL_OK)
        for (int i = 0; i < STEPS; i++)
            bench_step(&b, NULL, &last);
    const int failed = !isfinite(last) || dl_ctx_status(b.ctx) != DL_OK;
    if (failed)
        fprintf(stderr, "dl_bench: %s: %s\n", w->name, dl_ctx_message(b.ctx));
    else
        printf("%s\t%.1f\t%.1f\t%.1f\n", w->name, resident(), before,
               (double)dl_ctx_bytes(b.ctx, DL_BYTES_PEAK) / 1e6);
    bench_end(&b);
    return failed;
}

/* The same in a child, whose memory is its own. */
static int in_child(const bench_workload *w, const bench_opts *o)
{
    int status = 1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int failed = w ? one(w, o) : !bench_header(o);
        fflush(NULL);
        _exit(failed);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        perror("dl_bench: child");
    return status != 0;
}

int bench_memory(const bench_opts *o)
{
    int failed = in_child(NULL, o); /* here no thread may be made before the last fork */
    printf("# MB: peak of the process, what it had before, peak of the library's allocator\n");
    for (int i = 0; i < bench_workload_count; i++)
        if (bench_wanted(o, bench_workloads[i].name))
            failed |= in_child(&bench_workloads[i], o);
    return failed;
}
