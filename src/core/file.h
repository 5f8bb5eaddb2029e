/* Files: raw system calls behind a table that tests replace, whole reads, ranged reads, and saves
 * that are all or nothing. */
#ifndef DL_CORE_FILE_H
#define DL_CORE_FILE_H
#include <stddef.h>
#include <stdint.h>
#include "dl/ctx.h"

enum { DL__KIND_REGULAR = 1, DL__KIND_FOLDER, DL__KIND_LINK, DL__KIND_OTHER };

typedef struct dl__file_info {
    int64_t size, links;
    uint32_t mode; /* permission bits */
    int32_t kind;  /* DL__KIND_*      */
} dl__file_info;

/* The system calls in use. Each returns -1 and sets errno on failure, as the calls do. Not stdio:
 * it hides a full disk until fclose, and it allocates. */
typedef struct dl__io {
    int (*open)(void *user, const char *path, int flags, unsigned mode);
    int64_t (*read)(void *user, int fd, void *dst, size_t n);
    int64_t (*read_at)(void *user, int fd, void *dst, size_t n, int64_t at);
    int64_t (*write)(void *user, int fd, const void *src, size_t n);
    int (*info)(void *user, int fd, dl__file_info *out);
    int (*look)(void *user, const char *path, dl__file_info *out); /* a link is seen itself */
    int64_t (*read_link)(void *user, const char *path, char *dst, size_t cap);
    int (*chmod)(void *user, int fd, unsigned mode);
    int (*dup)(void *user, int fd);
    int (*lock)(void *user, int fd); /* exclusive, EWOULDBLOCK when held by another */
    int (*fsync)(void *user, int fd);
    int (*close)(void *user, int fd);
    int (*rename)(void *user, const char *from, const char *to);
    int (*link)(void *user, const char *from, const char *to);
    int (*unlink)(void *user, const char *path);
    int64_t (*space)(void *user, const char *folder); /* free bytes */
    void *user;
} dl__io;

const dl__io *dl__io_system(void); /* the real calls */
const dl__io *dl__io_now(void);    /* what is in use */
void dl__io_set(const dl__io *io); /* tests; NULL: the real calls again */

/* The errno value in plain English, whatever the locale. */
const char *dl__errno_text(int code);
/* Reports "PATH: cannot DO: TEXT OF ERRNO"; DL_EIO, or DL_ENOMEM for the errno ENOMEM. */
dl_status dl__fail_errno(dl_ctx *ctx, const char *path, const char *what, int code);

/* A regular file, open for ranged reads. */
typedef struct dl__file {
    dl_ctx *ctx;
    char *path; /* for messages and whoever asks */
    int fd;     /* -1: not open                  */
    int64_t size;
} dl__file;
/* Opens path. A folder, device or pipe is DL_EIO. On failure f is closed (all zero, fd -1). */
dl_status dl__file_open(dl__file *f, dl_ctx *ctx, const char *path);
/* Bytes [at, at + n) of the file. A range outside is DL_EFORMAT. */
dl_status dl__file_read_at(const dl__file *f, int64_t at, void *dst, size_t n);
void dl__file_close(dl__file *f); /* any thread; once or more often */

/* The whole of path, a pipe included, in memory for dl__free; a NUL, not counted in *n, follows.
 * More than limit bytes is DL_ELIMIT. On failure *data is NULL. */
dl_status dl__file_read_all(dl_ctx *ctx, const char *path, size_t limit, void **data, size_t *n);
int dl__file_exists(const char *path); /* 1 if there is something that is no folder */

/* An atomic save: all bytes go to a hidden file in the same folder, which takes the place of the
 * old file in one step at commit. Until then, and on any failure, the old file is untouched and the
 * new one is removed; a failure after that step says that the new file is saved. A symbolic link
 * stays; what it points at is replaced. The permission bits of the old file are kept; a file that
 * nobody may write, a folder and a device are refused. */
/* What was there before stays as NAME.prev, which a failure leaves as it is too. */
enum { DL__SAVE_KEEP_PREVIOUS = 1 };
typedef struct dl__save {
    dl_ctx *ctx;
    char *path;                      /* as given, for messages                            */
    char *target;                    /* path with links followed                          */
    char *prev;                      /* target.prev, when that is wanted and target there */
    char *temp;                      /* .NAME.tmp.PID.COUNT beside target                 */
    char *spare;                     /* another such name, while the old file moves       */
    char *folder;                    /* of target; made early, as nothing may fail late   */
    int fd, hold;                    /* hold keeps the lock when fd is closed             */
    int32_t old;                     /* there is a file to replace                        */
    int32_t aside;                   /* the old file is prev until the new one is in place, and
                                        what was prev is spare: there are no hard links   */
    int64_t written, expected, most; /* expected -1: unknown           */
    dl_status status;                /* of the first failure           */
} dl__save;
/* bytes: how many will come, -1 if not known; used in messages and checked at commit. On any
 * failure, of any of these, s holds nothing any more; abort is then allowed but not needed. */
dl_status dl__save_begin(dl__save *s, dl_ctx *ctx, const char *path, int64_t bytes, uint32_t flags);
dl_status dl__save_write(dl__save *s, const void *data, size_t n);
dl_status dl__save_commit(dl__save *s);
void dl__save_abort(dl__save *s);
/* Where a save to path keeps what was there before: the links of path followed, and ".prev". To be
 * freed; NULL on failure. */
char *dl__save_previous(dl_ctx *ctx, const char *path);
/* All at once. */
dl_status dl__file_save(dl_ctx *ctx, const char *path, const void *data, size_t n, uint32_t flags);

/* The head all temporary names of NAME share (".NAME.tmp."), and the removal of those that a killed
 * process left behind. A writer holds a lock on its file, so a file that can be locked is dead. */
enum { DL__TEMP_HEAD = 192 };
void dl__temp_head(char head[DL__TEMP_HEAD], const char *name);
void dl__temp_sweep(const char *folder, const char *head);
#endif
