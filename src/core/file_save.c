/* Saves that are all or nothing: a file beside the target, flushed, then renamed over it. */
#include "core/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"

enum { PATH_CAP = 4096, LINKS = 40, TRIES = 1000 };

/* "" for a name without a folder; else with its last slash, so that folder + name is the path. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* A new string: the first n bytes of a, then b, then c. */
static char *join(dl_ctx *ctx, const char *a, size_t n, const char *b, const char *c)
{
    size_t nb = strlen(b), nc = strlen(c);
    char *s = dl__alloc(ctx, n + nb + nc + 1);
    if (!s)
        return NULL;
    memcpy(s, a, n);
    memcpy(s + n, b, nb);
    memcpy(s + n + nb, c, nc + 1);
    return s;
}

/* The folder of the target as a path that can be opened. */
static char *folder_of(const dl__save *s)
{
    size_t n = folder_length(s->target);
    return n ? join(s->ctx, s->target, n, "", "") : join(s->ctx, "", 0, "./", "");
}

/* Removes the file *name, if there is such a name, which is then no more. */
static void remove_name(char **name)
{
    const dl__io *io = dl__io_now();
    if (*name)
        io->unlink(io->user, *name);
    dl__free(*name);
    *name = NULL;
}

/* Gives back all that s holds and removes the temporary files. */
static void discard(dl__save *s)
{
    const dl__io *io = dl__io_now();
    if (s->fd >= 0)
        io->close(io->user, s->fd);
    remove_name(&s->temp);
    remove_name(&s->spare);
    if (s->hold >= 0)
        io->close(io->user, s->hold);
    dl__free(s->path);
    dl__free(s->target);
    dl__free(s->prev);
    dl__free(s->folder);
    s->fd = s->hold = -1;
    s->path = s->target = s->prev = s->folder = NULL;
}

static dl_status give_up(dl__save *s)
{
    discard(s);
    s->status = s->ctx->status;
    return s->status;
}

/* A failed system call, with what would help: how much is wanted and how much is free. */
static dl_status fail_call(dl__save *s, const char *what, int code)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN], folder[PATH_CAP];
    size_t n = folder_length(s->target);
    int64_t space = -1, total = s->expected > s->written ? s->expected : s->written;
    if (code != ENOSPC && code != EDQUOT && code != EFBIG) {
        dl__fail_errno(s->ctx, s->path, what, code);
        return give_up(s);
    }
    if (n < sizeof folder) {
        snprintf(folder, sizeof folder, "%.*s.", (int)n, s->target);
        space = io->space(io->user, folder);
    }
    dl__printable(shown, sizeof shown, s->path);
    if (code == EFBIG)
        dl_fail(s->ctx, DL_EIO, "%s: cannot %s: %s (errno %d); %lld bytes are wanted", shown, what,
                dl__errno_text(code), code, (long long)total);
    else
        dl_fail(s->ctx, DL_EIO,
                "%s: cannot %s: %s (errno %d); %lld bytes are wanted, %lld were written, %lld are "
                "free; free some or save elsewhere",
                shown, what, dl__errno_text(code), code, (long long)total, (long long)s->written,
                (long long)space);
    return give_up(s);
}

/* Follows symbolic links at the end of the path, one by one: the last may point at nothing yet. */
static dl_status resolve(dl__save *s)
{
    const dl__io *io = dl__io_now();
    char to[PATH_CAP];
    dl__file_info info;
    s->target = dl__strdup(s->ctx, s->path);
    for (int i = 0; s->target; i++) {
        if (io->look(io->user, s->target, &info) != 0 || info.kind != DL__KIND_LINK)
            return DL_OK;
        int64_t n = io->read_link(io->user, s->target, to, sizeof to - 1);
        if (n < 0 || i == LINKS)
            return fail_call(s, "follow the link", n < 0 ? errno : ELOOP);
        to[n] = '\0';
        size_t folder = to[0] == '/' ? 0 : folder_length(s->target);
        char *next = join(s->ctx, s->target, folder, to, "");
        dl__free(s->target);
        s->target = next;
    }
    return give_up(s);
}

/* Is there something to replace, and may it be replaced? Its permission bits go into *mode. */
static dl_status examine(dl__save *s, uint32_t *mode)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    dl__file_info info;
    const char *name = s->target + folder_length(s->target);
    const char *what = NULL;
    *mode = 0666;
    if (!name[0] || !strcmp(name, ".") || !strcmp(name, ".."))
        what = "is a folder; give the name of a file in it";
    else if (io->look(io->user, s->target, &info) != 0) {
        if (errno != ENOENT)
            return fail_call(s, "save", errno);
    } else if (info.kind == DL__KIND_FOLDER)
        what = "is a folder; give the name of a file in it";
    else if (info.kind != DL__KIND_REGULAR)
        what = "is a device or pipe, which a save would replace; save to a regular file";
    else if ((info.mode & 0222) == 0)
        what = "is write-protected; make it writable (chmod u+w) or save under another name";
    else {
        s->old = 1;
        *mode = info.mode;
    }
    if (!what)
        return DL_OK;
    dl_fail(s->ctx, DL_EIO, "%s: %s", dl__printable(shown, sizeof shown, s->path), what);
    return give_up(s);
}

/* Locks the new file, which tells sweepers that its writer lives. One of them may have come between
 * the opening and the lock; then the file has lost its name and another is made. */
static int claim(int fd)
{
    const dl__io *io = dl__io_now();
    dl__file_info info;
    if (io->lock(io->user, fd) != 0)
        return errno != EWOULDBLOCK; /* file systems without locks: the process number must do */
    return io->info(io->user, fd, &info) != 0 || info.links > 0;
}

/* A name beside the target that is not in use by this process. */
static char *temp_name(const dl__save *s)
{
    static atomic_uint count;
    const size_t folder = folder_length(s->target);
    char head[DL__TEMP_HEAD], tail[48];
    dl__temp_head(head, s->target + folder);
    snprintf(tail, sizeof tail, "%ld.%u", (long)getpid(), atomic_fetch_add(&count, 1));
    return join(s->ctx, s->target, folder, head, tail);
}

static dl_status take_temp(dl__save *s, uint32_t mode)
{
    const dl__io *io = dl__io_now();
    char head[DL__TEMP_HEAD];
    if (!(s->folder = folder_of(s)))
        return give_up(s);
    dl__temp_head(head, s->target + folder_length(s->target));
    dl__temp_sweep(s->folder, head);
    for (int i = 0; i < TRIES; i++) {
        char *temp = temp_name(s);
        int fd = -1;
        if (!temp)
            break;
        fd = io->open(io->user, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                      s->old ? mode & 0600 : mode);
        int code = errno;
        if (fd >= 0 && claim(fd)) {
            s->temp = temp;
            s->fd = fd;
            s->hold = io->dup(io->user, fd);
            return s->hold < 0 ? fail_call(s, "hold the new file", errno) : DL_OK;
        }
        dl__free(temp);
        if (fd >= 0)
            io->close(io->user, fd);
        else if (code != EEXIST && code != EINTR)
            return fail_call(
                s, code == ENOENT ? "save, its folder must exist" : "make a file beside it", code);
    }
    if (dl__ok(s->ctx))
        return fail_call(s, "make a file beside it", EEXIST);
    return give_up(s);
}

/* Writing beyond this limit would send SIGXFSZ, which ends the host. */
static int64_t size_limit(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_FSIZE, &r) != 0 || r.rlim_cur == RLIM_INFINITY ||
        r.rlim_cur > (rlim_t)INT64_MAX)
        return INT64_MAX;
    return (int64_t)r.rlim_cur;
}

/* Where the old file goes. A folder there is found now, while nothing has been written. */
static dl_status name_previous(dl__save *s)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    dl__file_info info;
    if (!(s->prev = join(s->ctx, s->target, strlen(s->target), ".prev", "")))
        return give_up(s);
    if (io->look(io->user, s->prev, &info) != 0 || info.kind != DL__KIND_FOLDER)
        return DL_OK;
    dl_fail(s->ctx, DL_EIO, "%s: is a folder, and where the file before is kept; move it away",
            dl__printable(shown, sizeof shown, s->prev));
    return give_up(s);
}

dl_status dl__save_begin(dl__save *s, dl_ctx *ctx, const char *path, int64_t bytes, uint32_t flags)
{
    const dl__io *io = dl__io_now();
    uint32_t mode;
    memset(s, 0, sizeof *s);
    s->fd = s->hold = -1;
    s->ctx = ctx;
    s->expected = bytes;
    s->most = size_limit();
    if (!dl__ok(ctx))
        return s->status = ctx ? ctx->status : DL_EINVAL;
    if (!path || !path[0])
        return s->status = dl_fail(ctx, DL_EINVAL, "save: the path is %s", path ? "empty" : "NULL");
    if (!(s->path = dl__strdup(ctx, path)))
        return give_up(s);
    if (resolve(s) || examine(s, &mode))
        return s->status;
    if (s->old && (flags & DL__SAVE_KEEP_PREVIOUS) && name_previous(s))
        return s->status;
    if (take_temp(s, mode))
        return s->status;
    if (s->old && io->chmod(io->user, s->fd, mode) != 0)
        return fail_call(s, "give the new file the permissions of the old", errno);
    return DL_OK;
}

dl_status dl__save_write(dl__save *s, const void *data, size_t n)
{
    const dl__io *io = dl__io_now();
    const uint8_t *p = data;
    if (s->status)
        return s->status;
    if (s->fd < 0)
        return DL_EINVAL;
    while (n > 0) {
        if (s->written > s->most - (n < (1u << 30) ? (int64_t)n : 1 << 30))
            return fail_call(s, "write", EFBIG);
        int64_t done = io->write(io->user, s->fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail_call(s, "write", done < 0 ? errno : EIO);
        p += done;
        n -= (size_t)done;
        s->written += done;
    }
    return DL_OK;
}

/* Keeping NAME as NAME.prev: NAME gets a second name, the spare one; the new file takes its place;
 * the spare becomes NAME.prev. NAME is there at every moment, and NAME.prev is first touched when
 * the new file is in place. Killed in between, the spare is removed by the next save, and NAME.prev
 * is one generation older than it could be.
 *
 * Where there are no hard links NAME.prev steps aside to the spare name and NAME becomes NAME.prev;
 * a crash just then leaves only NAME.prev. */

/* EACCES: a sandbox forbids links, as Android's does. EMLINK: the file has as many names as it may
 * have. */
static int has_no_links(int code)
{
    return code == EPERM || code == EACCES || code == EOPNOTSUPP || code == ENOSYS ||
           code == EMLINK;
}

/* A name for rename, which would replace what has it. */
static char *free_name(const dl__save *s)
{
    const dl__io *io = dl__io_now();
    dl__file_info info;
    char *name = temp_name(s);
    for (int i = 0; name && i < TRIES && io->look(io->user, name, &info) == 0; i++) {
        dl__free(name);
        name = temp_name(s);
    }
    return name;
}

/* NAME becomes NAME.prev; all as before on failure. */
static dl_status step_aside(dl__save *s)
{
    const dl__io *io = dl__io_now();
    if (!(s->spare = free_name(s)))
        return give_up(s);
    const int before = io->rename(io->user, s->prev, s->spare) == 0;
    int code = before || errno == ENOENT ? 0 : errno;
    if (!code && io->rename(io->user, s->target, s->prev) != 0)
        code = errno;
    s->aside = !code;
    if (code && before)
        io->rename(io->user, s->spare, s->prev);
    if (code) {
        dl__free(s->spare);
        s->spare = NULL;
    }
    if (code == ENOENT) /* someone has removed NAME: nothing is to be kept */
        return DL_OK;
    return code ? fail_call(s, "keep the previous file as NAME.prev", code) : DL_OK;
}

static dl_status keep_old(dl__save *s)
{
    const dl__io *io = dl__io_now();
    int code = EEXIST; /* of a process with our number, on another machine */
    for (int i = 0; i < TRIES && code == EEXIST; i++) {
        char *spare = temp_name(s);
        if (!spare)
            return give_up(s);
        if (io->link(io->user, s->target, spare) == 0) {
            s->spare = spare;
            return DL_OK;
        }
        code = errno;
        dl__free(spare);
    }
    if (code == ENOENT) /* someone has removed NAME: nothing is to be kept */
        return DL_OK;
    return has_no_links(code) ? step_aside(s)
                              : fail_call(s, "give the previous file a second name", code);
}

/* The new file is in place. */
static void rotate(dl__save *s)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    if (s->spare && !s->aside && io->rename(io->user, s->spare, s->prev) != 0) {
        const int code = errno;
        if (code != ENOENT)
            dl__fail_errno(s->ctx, s->path,
                           "keep the previous file as NAME.prev (the new one is saved)", code);
        else
            dl__log(s->ctx, 1,
                    "%s: saved, but NAME.prev is not renewed: another process that saves to it "
                    "took the previous file for a leftover",
                    dl__printable(shown, sizeof shown, s->path));
    }
    remove_name(&s->spare); /* still there when NAME.prev was that very file */
}

/* The new file could not be put in place: NAME and NAME.prev as before. */
static dl_status put_back(dl__save *s, int code)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    const int back = !s->aside || io->rename(io->user, s->prev, s->target) == 0;
    dl__printable(shown, sizeof shown, s->prev ? s->prev : "");
    if (s->aside && back)
        io->rename(io->user, s->spare, s->prev);
    fail_call(s, "put the new file in its place", code);
    if (!back)
        dl__fail_more(s->ctx, "; the old file is now %s, and could not be moved back", shown);
    return s->status;
}

/* Without this the new name may be lost when the power goes. Some file systems cannot do it, and a
 * folder that may be written may still not be opened: both are no failures. */
static dl_status flush_folder(dl__save *s)
{
    const dl__io *io = dl__io_now();
    int fd = io->open(io->user, s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return DL_OK;
    int code = io->fsync(io->user, fd) != 0 ? errno : 0;
    io->close(io->user, fd);
    if (code == 0 || code == EINVAL || code == EROFS || code == EBADF || code == ENOSYS)
        return DL_OK;
    return dl__fail_errno(s->ctx, s->path, "flush the folder (the file itself is saved)", code);
}

dl_status dl__save_commit(dl__save *s)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    if (s->status)
        return s->status;
    if (s->fd < 0)
        return DL_EINVAL;
    if (s->expected >= 0 && s->written != s->expected) {
        dl_fail(s->ctx, DL_ESTATE, "%s: %lld bytes were written, %lld were announced",
                dl__printable(shown, sizeof shown, s->path), (long long)s->written,
                (long long)s->expected);
        return give_up(s);
    }
    /* A failed flush is never tried again: the system may have thrown the data away. */
    if (io->fsync(io->user, s->fd) != 0)
        return fail_call(s, "flush", errno);
    const int code = io->close(io->user, s->fd) != 0 && errno != EINTR ? errno : 0;
    s->fd = -1;
    if (code)
        return fail_call(s, "close", code);
    if (s->prev && keep_old(s))
        return s->status;
    if (io->rename(io->user, s->temp, s->target) != 0)
        return put_back(s, errno);
    dl__free(s->temp);
    s->temp = NULL;
    rotate(s);
    flush_folder(s);
    return give_up(s);
}

void dl__save_abort(dl__save *s)
{
    if (!s || !s->ctx)
        return;
    discard(s);
}

char *dl__save_previous(dl_ctx *ctx, const char *path)
{
    dl__save s = {.ctx = ctx, .fd = -1, .hold = -1, .path = dl__strdup(ctx, path)};
    char *prev = NULL;
    if (s.path && resolve(&s) == DL_OK)
        prev = join(ctx, s.target, strlen(s.target), ".prev", "");
    discard(&s);
    return prev;
}

dl_status dl__file_save(dl_ctx *ctx, const char *path, const void *data, size_t n, uint32_t flags)
{
    dl__save s;
    if (dl__save_begin(&s, ctx, path, (int64_t)n, flags) || dl__save_write(&s, data, n) ||
        dl__save_commit(&s))
        return s.status;
    return DL_OK;
}
