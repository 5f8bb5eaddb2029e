/* What a killed process left behind. */
#include "core/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

void dl__temp_head(char head[DL__TEMP_HEAD], const char *name)
{
    snprintf(head, DL__TEMP_HEAD, ".%.*s.tmp.", DL__TEMP_HEAD - 8, name);
}

/* The process number in "PID.COUNT", 0 if rest is something else. */
static long pid_of(const char *rest)
{
    long pid = 0;
    int dots = 0;
    for (const char *p = rest; *p; p++) {
        if (*p == '.' && p != rest && p[1] && !dots)
            dots = 1;
        else if (*p < '0' || *p > '9')
            return 0;
        else if (!dots && pid < 100000000)
            pid = pid * 10 + (*p - '0');
    }
    return dots ? pid : 0;
}

/* A lock that can be had means that the writer is gone, whatever its number now means. Where locks
 * do not work, a process number that nobody has means the same. */
static void remove_dead(const dl__io *io, const char *path, long pid)
{
    int fd = io->open(io->user, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0)
        return;
    int gone = io->lock(io->user, fd) == 0;
    if (!gone && errno != EWOULDBLOCK && errno != EINTR)
        gone = kill((pid_t)pid, 0) != 0 && errno == ESRCH;
    if (gone)
        io->unlink(io->user, path); /* under the lock: see claim in file_save.c */
    io->close(io->user, fd);
}

void dl__temp_sweep(const char *folder, const char *head)
{
    const dl__io *io = dl__io_now();
    size_t n = strlen(head);
    DIR *dir = opendir(folder); /* a hint only: without it nothing is removed */
    if (!dir)
        return;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        char path[4096];
        long pid;
        if (strncmp(e->d_name, head, n) != 0 || (pid = pid_of(e->d_name + n)) == 0)
            continue;
        int length = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (length > 0 && (size_t)length < sizeof path)
            remove_dead(io, path, pid);
    }
    closedir(dir);
}
