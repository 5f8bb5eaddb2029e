/* What every program does the same way. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "program.h"

static dl_ctx *volatile watched;
static volatile sig_atomic_t asked;

void program_begin(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(EXIT_FILE);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

static void on_signal(int number)
{
    (void)number;
    if (asked)
        _exit(EXIT_INTERRUPTED);
    asked = 1;
    dl_ctx_cancel(watched);
}

void program_watch(dl_ctx *ctx)
{
    watched = ctx;
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
}

int program_fail(const char *program, dl_ctx *ctx)
{
    fprintf(stderr, "%s: %s\n", program, dl_ctx_message(ctx));
    switch (dl_ctx_status(ctx)) {
    case DL_EIO:
        return EXIT_FILE;
    case DL_EFORMAT:
    case DL_ESHAPE:
    case DL_EDTYPE:
    case DL_ESTATE:
    case DL_EUNSUPPORTED:
        return EXIT_DATA;
    case DL_ENOMEM:
    case DL_ELIMIT:
        return EXIT_MEMORY;
    case DL_ENUMERIC:
        return EXIT_DIVERGED;
    case DL_EUSER:
        return EXIT_INTERRUPTED;
    default:
        return ctx ? EXIT_USAGE : EXIT_MEMORY;
    }
}

int folder_make(const char *program, const char *dir)
{
    struct stat info;
    if (mkdir(dir, 0777) == 0 ||
        (errno == EEXIST && stat(dir, &info) == 0 && S_ISDIR(info.st_mode)))
        return 0;
    fprintf(stderr, "%s: %s: cannot make the folder: %s\n", program, dir, strerror(errno));
    return EXIT_FILE;
}

const char *path_in(char *buf, size_t cap, const char *dir, const char *name)
{
    snprintf(buf, cap, "%s/%s", dir, name);
    return buf;
}

int file_there(const char *path)
{
    return access(path, F_OK) == 0;
}
