/* strerror speaks the host's language and may not be thread safe. */
#include "core/file.h"
#include <errno.h>

const char *dl__errno_text(int code)
{
    static const struct {
        int code;
        const char *text;
    } known[] = {
        {ENOENT, "no such file or folder"},
        {EACCES, "permission denied"},
        {EPERM, "not permitted"},
        {EEXIST, "exists already"},
        {EISDIR, "is a folder"},
        {ENOTDIR, "a part of the path is not a folder"},
        {ENOSPC, "no space left on the device"},
        {EDQUOT, "disk quota exceeded"},
        {EFBIG, "larger than the file size limit of the process or file system"},
        {EIO, "input/output error of the device"},
        {EROFS, "the file system is read-only"},
        {EMFILE, "this process has too many open files"},
        {ENFILE, "the system has too many open files"},
        {ENAMETOOLONG, "the name is too long"},
        {ELOOP, "too many symbolic links"},
        {EXDEV, "on another file system"},
        {EBUSY, "in use"},
        {ETXTBSY, "in use as a running program"},
        {EINTR, "interrupted"},
        {EINVAL, "not supported by this file"},
        {EBADF, "the file was closed by someone else"},
        {ENOMEM, "out of memory"},
        {ESTALE, "stale network file handle"},
        {ENODEV, "no such device"},
        {ENXIO, "no such device or address"},
        {EAGAIN, "temporarily not available"},
        {EPIPE, "broken pipe"},
        {ESPIPE, "cannot be read at a position"},
        {EOVERFLOW, "too large for this system"},
        {ETIMEDOUT, "timed out"},
        {EOPNOTSUPP, "not supported"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].code == code)
            return known[i].text;
    }
    return "unknown error of the system";
}
