#include "core/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "core/check.h"
#include "core/ctx.h"
#include "core/utf8.h"

dl_status dl__fail_errno(dl_ctx *ctx, const char *path, const char *what, int code)
{
    char shown[DL__SHOWN];
    return dl_fail(ctx, code == ENOMEM ? DL_ENOMEM : DL_EIO, "%s: cannot %s: %s (errno %d)",
                   dl__printable(shown, sizeof shown, path), what, dl__errno_text(code), code);
}

/* Opens path for reading; *info is what it is. Returns the descriptor, or -1 with the error set. A
 * range reader must not wait for the other end of a pipe, so it opens without blocking. */
static int open_input(dl_ctx *ctx, const char *path, int ranges, dl__file_info *info)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (ranges ? O_NONBLOCK : 0);
    int fd;
    do
        fd = io->open(io->user, path, flags, 0);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        dl__fail_errno(ctx, path, "open", errno);
        return -1;
    }
    if (io->info(io->user, fd, info) != 0)
        dl__fail_errno(ctx, path, "examine", errno);
    else if (info->kind == DL__KIND_FOLDER)
        dl_fail(ctx, DL_EIO, "%s: is a folder, a file is wanted",
                dl__printable(shown, sizeof shown, path));
    else if (ranges && info->kind != DL__KIND_REGULAR)
        dl_fail(ctx, DL_EIO, "%s: is a pipe or device, a regular file is wanted; copy it to one",
                dl__printable(shown, sizeof shown, path));
    else
        return fd;
    io->close(io->user, fd);
    return -1;
}

dl_status dl__file_open(dl__file *f, dl_ctx *ctx, const char *path)
{
    dl__file_info info;
    memset(f, 0, sizeof *f);
    f->fd = -1;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!path || !path[0])
        return dl_fail(ctx, DL_EINVAL, "open: the path is %s", path ? "empty" : "NULL");
    char *copy = dl__strdup(ctx, path);
    if (!copy)
        return ctx->status;
    int fd = open_input(ctx, path, 1, &info);
    if (fd < 0) {
        dl__free(copy);
        return ctx->status;
    }
    f->ctx = ctx;
    f->path = copy;
    f->fd = fd;
    f->size = info.size;
    return DL_OK;
}

dl_status dl__file_read_at(const dl__file *f, int64_t at, void *dst, size_t n)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    uint8_t *p = dst;
    if (!f || f->fd < 0)
        return DL_EINVAL;
    if (at < 0 || at > f->size || (uint64_t)n > (uint64_t)(f->size - at))
        return dl_fail(f->ctx, DL_EFORMAT, "%s: %zu bytes wanted at byte %lld, the file has %lld",
                       dl__printable(shown, sizeof shown, f->path), n, (long long)at,
                       (long long)f->size);
    while (n > 0) {
        int64_t got = io->read_at(io->user, f->fd, p, n, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return dl__fail_errno(f->ctx, f->path, "read", errno);
        if (got == 0)
            return dl_fail(f->ctx, DL_EIO,
                           "%s: ends at byte %lld, it had %lld when it was opened; "
                           "another program is changing it",
                           dl__printable(shown, sizeof shown, f->path), (long long)at,
                           (long long)f->size);
        p += got;
        at += got;
        n -= (size_t)got;
    }
    return DL_OK;
}

void dl__file_close(dl__file *f)
{
    const dl__io *io = dl__io_now();
    if (!f)
        return;
    if (f->fd >= 0)
        io->close(io->user, f->fd); /* nothing was written: its result says nothing */
    dl__free(f->path);
    memset(f, 0, sizeof *f);
    f->fd = -1;
}

/* Reads fd to its end into a block that begins with room for expected bytes and grows. */
static dl_status read_to_end(dl_ctx *ctx, const char *path, int fd, size_t expected, size_t limit,
                             void **data, size_t *n)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    size_t cap = (expected < limit ? expected : limit) + 1, used = 0;
    dl_status status = DL_OK;
    uint8_t *p = dl__alloc(ctx, cap);
    if (!p)
        return ctx->status;
    for (;;) {
        if (used == cap) {
            size_t more = cap < 4096 ? 4096 : cap;
            void *bigger;
            if (!dl__add_size(cap, more, &cap) || cap > limit)
                cap = limit + 1;
            if (!(bigger = dl__realloc(ctx, p, cap)))
                goto out;
            p = bigger;
        }
        int64_t got = io->read(io->user, fd, p + used, cap - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            dl__fail_errno(ctx, path, "read", errno);
            goto out;
        }
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > limit) {
            dl_fail(ctx, DL_ELIMIT, "%s: has more than the %zu bytes allowed here",
                    dl__printable(shown, sizeof shown, path), limit);
            goto out;
        }
    }
    p[used] =
        '\0'; /* used <= limit < cap at its largest, and a full block grows before it is read */
    *data = p;
    *n = used;
    return DL_OK;
out:
    status = ctx->status;
    dl__free(p);
    return status;
}

dl_status dl__file_read_all(dl_ctx *ctx, const char *path, size_t limit, void **data, size_t *n)
{
    const dl__io *io = dl__io_now();
    dl__file_info info;
    if (data)
        *data = NULL;
    if (n)
        *n = 0;
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (!path || !path[0] || !data || !n)
        return dl_fail(ctx, DL_EINVAL, "read: the path is empty or NULL, or there is no result");
    if (limit > SIZE_MAX - 1)
        limit = SIZE_MAX - 1;
    int fd = open_input(ctx, path, 0, &info);
    if (fd < 0)
        return ctx->status;
    size_t expected = info.kind == DL__KIND_REGULAR && info.size > 0 ? (size_t)info.size : 4096;
    dl_status status = read_to_end(ctx, path, fd, expected, limit, data, n);
    io->close(io->user, fd);
    return status;
}

int dl__file_exists(const char *path)
{
    const dl__io *io = dl__io_now();
    dl__file_info info;
    int fd = io->open(io->user, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (fd < 0)
        return errno != ENOENT && errno != ENOTDIR;
    int there = io->info(io->user, fd, &info) != 0 || info.kind != DL__KIND_FOLDER;
    io->close(io->user, fd);
    return there;
}
