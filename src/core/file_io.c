/* The real system calls behind dl__io. The only file that sees off_t. */
#define _FILE_OFFSET_BITS 64
#include "core/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* One call moves at most this much; Linux cuts at 0x7ffff000 anyway. */
static size_t most(size_t n)
{
    return n < (1u << 30) ? n : 1u << 30;
}

static int sys_open(void *user, const char *path, int flags, unsigned mode)
{
    (void)user;
    return open(path, flags, (mode_t)mode);
}

static int64_t sys_read(void *user, int fd, void *dst, size_t n)
{
    (void)user;
    return read(fd, dst, most(n));
}

static int64_t sys_read_at(void *user, int fd, void *dst, size_t n, int64_t at)
{
    (void)user;
    return pread(fd, dst, most(n), (off_t)at);
}

static int64_t sys_write(void *user, int fd, const void *src, size_t n)
{
    (void)user;
    return write(fd, src, most(n));
}

static void fill_info(const struct stat *s, dl__file_info *out)
{
    out->size = (int64_t)s->st_size;
    out->links = (int64_t)s->st_nlink;
    out->mode = (uint32_t)(s->st_mode & 0777);
    out->kind = S_ISREG(s->st_mode)   ? DL__KIND_REGULAR
                : S_ISDIR(s->st_mode) ? DL__KIND_FOLDER
                : S_ISLNK(s->st_mode) ? DL__KIND_LINK
                                      : DL__KIND_OTHER;
}

static int sys_info(void *user, int fd, dl__file_info *out)
{
    struct stat s;
    (void)user;
    if (fstat(fd, &s) != 0)
        return -1;
    fill_info(&s, out);
    return 0;
}

static int sys_look(void *user, const char *path, dl__file_info *out)
{
    struct stat s;
    (void)user;
    if (lstat(path, &s) != 0)
        return -1;
    fill_info(&s, out);
    return 0;
}

static int64_t sys_read_link(void *user, const char *path, char *dst, size_t cap)
{
    (void)user;
    return readlink(path, dst, cap);
}

static int sys_chmod(void *user, int fd, unsigned mode)
{
    (void)user;
    return fchmod(fd, (mode_t)mode);
}

static int sys_dup(void *user, int fd)
{
    (void)user;
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static int sys_lock(void *user, int fd)
{
    (void)user;
    return flock(fd, LOCK_EX | LOCK_NB);
}

static int sys_fsync(void *user, int fd)
{
    (void)user;
    return fsync(fd);
}

static int sys_close(void *user, int fd)
{
    (void)user;
    return close(fd);
}

static int sys_rename(void *user, const char *from, const char *to)
{
    (void)user;
    return rename(from, to);
}

static int sys_link(void *user, const char *from, const char *to)
{
    (void)user;
    return link(from, to);
}

static int sys_unlink(void *user, const char *path)
{
    (void)user;
    return unlink(path);
}

static int64_t sys_space(void *user, const char *folder)
{
    struct statvfs v;
    int64_t bytes;
    (void)user;
    if (statvfs(folder, &v) != 0)
        return -1;
    if (__builtin_mul_overflow(v.f_bavail, v.f_frsize, &bytes))
        return INT64_MAX;
    return bytes;
}

static const dl__io system_io = {
    sys_open,      sys_read,  sys_read_at, sys_write, sys_info,  sys_look,
    sys_read_link, sys_chmod, sys_dup,     sys_lock,  sys_fsync, sys_close,
    sys_rename,    sys_link,  sys_unlink,  sys_space, NULL,
};

static _Atomic(const dl__io *) replaced;

const dl__io *dl__io_system(void)
{
    return &system_io;
}

const dl__io *dl__io_now(void)
{
    const dl__io *io = atomic_load_explicit(&replaced, memory_order_acquire);
    return io ? io : &system_io;
}

void dl__io_set(const dl__io *io)
{
    atomic_store_explicit(&replaced, io, memory_order_release);
}
