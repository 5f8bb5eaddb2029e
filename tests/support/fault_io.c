#include "support/fault_io.h"
#include <errno.h>
#include <string.h>
#include "support/scratch.h"

static dl__io table;

/* 1 when this call is to fail; errno is then set. */
static int faulty(fault_io *f, int kind)
{
    int64_t all = ++f->count[FAULT_ANY], own = ++f->count[kind];
    int64_t n = f->kind == FAULT_ANY ? all : f->kind == kind ? own : 0;
    if (f->dead_from && all >= f->dead_from) {
        f->hits++;
        errno = EIO;
        return 1;
    }
    if (f->fail_at && n && (f->sticky ? n >= f->fail_at : n == f->fail_at)) {
        f->hits++;
        errno = f->code;
        return 1;
    }
    if (f->interrupt && (kind == FAULT_OPEN || kind == FAULT_READ || kind == FAULT_WRITE) &&
        own % 2) {
        errno = EINTR;
        return 1;
    }
    return 0;
}

static size_t chopped(const fault_io *f, size_t n)
{
    return f->chop && n > (size_t)f->chop ? (size_t)f->chop : n;
}

static int my_open(void *user, const char *path, int flags, unsigned mode)
{
    fault_io *f = user;
    int fd = faulty(f, FAULT_OPEN) ? -1 : dl__io_system()->open(NULL, path, flags, mode);
    f->open_files += fd >= 0;
    return fd;
}

static int64_t my_read(void *user, int fd, void *dst, size_t n)
{
    return faulty(user, FAULT_READ) ? -1 : dl__io_system()->read(NULL, fd, dst, chopped(user, n));
}

static int64_t my_read_at(void *user, int fd, void *dst, size_t n, int64_t at)
{
    if (faulty(user, FAULT_READ))
        return -1;
    return dl__io_system()->read_at(NULL, fd, dst, chopped(user, n), at);
}

static int64_t my_write(void *user, int fd, const void *src, size_t n)
{
    fault_io *f = user;
    if (faulty(f, FAULT_WRITE))
        return -1;
    n = chopped(f, n);
    if (f->space >= 0 && (int64_t)n > f->space)
        n = (size_t)f->space; /* as the system does: what fits, then the error */
    if (f->space == 0) {
        f->hits++;
        errno = ENOSPC;
        return -1;
    }
    int64_t done = dl__io_system()->write(NULL, fd, src, n);
    if (done > 0 && f->space > 0)
        f->space -= done;
    return done;
}

static int my_info(void *user, int fd, dl__file_info *out)
{
    return faulty(user, FAULT_INFO) ? -1 : dl__io_system()->info(NULL, fd, out);
}

static int my_look(void *user, const char *path, dl__file_info *out)
{
    return faulty(user, FAULT_LOOK) ? -1 : dl__io_system()->look(NULL, path, out);
}

static int64_t my_read_link(void *user, const char *path, char *dst, size_t cap)
{
    return faulty(user, FAULT_READ_LINK) ? -1 : dl__io_system()->read_link(NULL, path, dst, cap);
}

static int my_chmod(void *user, int fd, unsigned mode)
{
    return faulty(user, FAULT_CHMOD) ? -1 : dl__io_system()->chmod(NULL, fd, mode);
}

static int my_dup(void *user, int fd)
{
    fault_io *f = user;
    int copy = faulty(f, FAULT_DUP) ? -1 : dl__io_system()->dup(NULL, fd);
    f->open_files += copy >= 0;
    return copy;
}

static int my_lock(void *user, int fd)
{
    return faulty(user, FAULT_LOCK) ? -1 : dl__io_system()->lock(NULL, fd);
}

static int my_fsync(void *user, int fd)
{
    return faulty(user, FAULT_FSYNC) ? -1 : dl__io_system()->fsync(NULL, fd);
}

static int my_close(void *user, int fd)
{
    fault_io *f = user;
    int bad = faulty(f, FAULT_CLOSE), code = errno;
    int result = dl__io_system()->close(NULL, fd); /* a failed close closes all the same */
    f->open_files--;
    errno = bad ? code : errno;
    return bad ? -1 : result;
}

static int my_rename(void *user, const char *from, const char *to)
{
    return faulty(user, FAULT_RENAME) ? -1 : dl__io_system()->rename(NULL, from, to);
}

static int my_link(void *user, const char *from, const char *to)
{
    const fault_io *f = user;
    if (faulty(user, FAULT_LINK))
        return -1;
    if (f->link_code) {
        errno = f->link_code;
        return -1;
    }
    return dl__io_system()->link(NULL, from, to);
}

static int my_unlink(void *user, const char *path)
{
    return faulty(user, FAULT_UNLINK) ? -1 : dl__io_system()->unlink(NULL, path);
}

static int64_t my_space(void *user, const char *folder)
{
    return faulty(user, FAULT_SPACE) ? -1 : dl__io_system()->space(NULL, folder);
}

void fault_io_begin(fault_io *f)
{
    memset(f, 0, sizeof *f);
    f->space = -1;
    table = (dl__io){my_open,      my_read,  my_read_at, my_write, my_info,  my_look,
                     my_read_link, my_chmod, my_dup,     my_lock,  my_fsync, my_close,
                     my_rename,    my_link,  my_unlink,  my_space, f};
    dl__io_set(&table);
}

void fault_io_end(void)
{
    dl__io_set(NULL);
}

static dl_ctx *ctx;
static int64_t at_rest; /* bytes a new context has */

int fault_io_setup(void **state)
{
    if (scratch_setup_ctx(state) != 0)
        return -1;
    ctx = *state;
    at_rest = dl_ctx_bytes(ctx, DL_BYTES_LIVE);
    return 0;
}

int fault_io_teardown(void **state)
{
    fault_io_end();
    return scratch_teardown_ctx(state);
}

void assert_at_rest(const fault_io *f)
{
    assert_true(!f || f->open_files == 0);
    assert_int_equal(dl_ctx_bytes(ctx, DL_BYTES_LIVE), at_rest);
}
