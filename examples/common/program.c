/* The process: streams, signals, exit codes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "program.h"

static dl_ctx *volatile watched;
static volatile sig_atomic_t asked; /* the signal that asked to stop */
static volatile int64_t asked_at;   /* milliseconds, of the handler alone */

static int64_t milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Only what a signal handler may do. */
static void on_signal(int number)
{
    static const char text[] = "\nstopping after this batch; once more to stop at once\n";
    int keep = errno;
    if (!watched)
        _exit(128 + number);
    if (asked) {
        /* timeout(1) and some terminals send a signal twice in a row; a person takes longer. */
        if (milliseconds() - asked_at > 150)
            _exit(128 + number);
    } else {
        asked = number;
        asked_at = milliseconds();
        dl_ctx_cancel(watched);
        if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
            errno = 0; /* nobody reads it */
    }
    errno = keep;
}

void program_begin(void)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(EXIT_FILE);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        struct sigaction old, act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigemptyset(&act.sa_mask);
        if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(caught[i], &act, NULL);
    }
}

int program_end(const char *program, int code)
{
    errno = 0;
    int bad = fflush(stdout) != 0, why = errno;
    if ((!bad && !ferror(stdout)) || why == EPIPE || code)
        return code;
    return complain(program, EXIT_FILE, "standard output cannot be written: %s",
                    why ? strerror(why) : "some of it is lost");
}

void program_watch(dl_ctx *ctx)
{
    watched = ctx;
}

int program_signal(void)
{
    return asked ? 128 + asked : 0;
}

void program_forgive(dl_ctx *ctx)
{
    int cancelled = dl_ctx_cancelled(ctx);
    dl_ctx_clear(ctx);
    if (cancelled || asked)
        dl_ctx_cancel(ctx);
}

int program_fail(const char *program, dl_ctx *ctx)
{
    complain(program, 0, "%s", dl_ctx_message(ctx));
    if (!ctx)
        return EXIT_MEMORY;
    switch (dl_ctx_status(ctx)) {
    case DL_EINVAL:
        return EXIT_USAGE;
    case DL_EIO:
        return EXIT_FILE;
    case DL_ENOMEM:
        return EXIT_MEMORY;
    case DL_ELIMIT: /* more than our memory_limit, or what a file wants is too much */
        return strncmp(dl_ctx_message(ctx), "memory: ", 8) == 0 ? EXIT_MEMORY : EXIT_DATA;
    case DL_ENUMERIC:
        return EXIT_DIVERGED;
    case DL_EUSER:
        return program_signal() ? program_signal() : 1;
    default:
        return EXIT_DATA;
    }
}

/* What the system allows this group of processes, or INT64_MAX. */
static int64_t group_memory(void)
{
    static const char *const path[] = {"/sys/fs/cgroup/memory.max",
                                       "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(path[i], "r");
        long long bytes = 0;
        int got = f ? fscanf(f, "%lld", &bytes) : 0;
        if (f)
            fclose(f);
        if (got == 1 && bytes > 0)
            return bytes;
    }
    return INT64_MAX;
}

int64_t program_memory(void)
{
    int64_t pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE), group = group_memory();
    int64_t bytes = pages > 0 && size > 0 && pages < INT64_MAX / size ? pages * size : INT64_MAX;
    return group < bytes ? group : bytes;
}
