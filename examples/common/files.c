/* Files and folders of results. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "program.h"

static int is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int folder_make(const char *program, const char *dir)
{
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%s", dir) >= (int)sizeof path)
        return complain(program, EXIT_USAGE, "the path %.60s... is too long", dir);
    for (char *at = path + 1;; at++) {
        if (*at && *at != '/')
            continue;
        char end = *at;
        *at = 0;
        if (!is_folder(path) && mkdir(path, 0777) != 0 && !is_folder(path))
            return complain(program, EXIT_FILE, "%s: cannot make the folder: %s", path,
                            errno == EEXIST ? "a file has that name" : strerror(errno));
        *at = end;
        if (!end)
            return 0;
    }
}

int folder_lock(const char *program, const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return complain(program, EXIT_FILE, "%s: cannot be opened: %s", dir, strerror(errno));
    /* Held until the process ends. Folders that cannot be locked are used without. */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        close(fd);
        return complain(program, EXIT_FILE, "%s: another run is writing there", dir);
    }
    return 0;
}

const char *path_in(char *buf, const char *dir, const char *name)
{
    snprintf(buf, PATH_BYTES + NAME_BYTES, "%s/%s", dir, name);
    return buf;
}

int file_there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static const char *temp_of(char *buf, const char *path)
{
    snprintf(buf, PATH_BYTES + 2 * NAME_BYTES, "%s.tmp", path);
    return buf;
}

FILE *file_begin(const char *path)
{
    char temp[PATH_BYTES + 2 * NAME_BYTES];
    return fopen(temp_of(temp, path), "we");
}

int file_end(FILE *f, const char *path, int sync)
{
    char temp[PATH_BYTES + 2 * NAME_BYTES];
    errno = 0;
    int bad = ferror(f) || fflush(f) != 0 || (sync && fsync(fileno(f)) != 0), why = errno;
    if (fclose(f) != 0 && !bad) {
        bad = 1;
        why = errno;
    }
    if (!bad && rename(temp_of(temp, path), path) == 0)
        return 0;
    why = bad ? why : errno;
    remove(temp_of(temp, path));
    return why ? why : EIO;
}

void file_number(FILE *f, double v)
{
    if (!isnan(v))
        fprintf(f, "%.9g", v);
}
