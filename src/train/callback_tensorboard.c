/* Event files for TensorBoard: records framed as TFRecord does it, each a protobuf message Event
 * (tensorflow/core/util/event.proto) written by hand:
 *     record    length u64, masked crc32c of it, the message, masked crc32c of that
 * Event     wall_time 1: double, step 2: int64, file_version 3: string, summary 5, session_log 7
 *     Summary   value 1: { tag 1: string, simple_value 2: float }, ...
 *     SessionLog  status 1: START = 1, which says that steps from here on are done anew */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "core/bytes.h"
#include "core/crc32c.h"
#include "core/file.h"
#include "core/utf8.h"
#include "train/callback.h"

enum { HEAD = 12, TAIL = 4, MOST = 512, NAME = 256, TRIES = 1000 };

typedef struct board {
    dl_callback base;
    char *folder;
    char *path; /* of the running file, for messages; NULL: none */
    int fd;     /* -1: none */
} board;

/* A message being written; what is put in is known to fit. */
typedef struct message {
    uint8_t b[MOST];
    size_t n;
} message;

static void put_varint(message *m, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        m->b[m->n++] = (uint8_t)(v | 128);
    m->b[m->n++] = (uint8_t)v;
}

static void put_bytes(message *m, int field, const void *data, size_t n)
{
    put_varint(m, (uint64_t)field << 3 | 2);
    put_varint(m, n);
    memcpy(m->b + m->n, data, n);
    m->n += n;
}

static void put_scalar(message *summary, const char *tag, double value)
{
    message m = {.n = 0};
    if (isnan(value))
        return;
    const float simple = (float)value;
    uint32_t bits;
    memcpy(&bits, &simple, sizeof bits);
    put_bytes(&m, 1, tag, strlen(tag));
    put_varint(&m, 2 << 3 | 5);
    dl__store_le32(m.b + m.n, bits);
    m.n += 4;
    put_bytes(summary, 1, m.b, m.n);
}

/* The beginning of an event: the time, and the step unless it is negative. */
static void put_event(message *m, int64_t step)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    const double wall = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
    uint64_t bits;
    memcpy(&bits, &wall, sizeof bits);
    m->n = HEAD;
    put_varint(m, 1 << 3 | 1);
    dl__store_le64(m->b + m->n, bits);
    m->n += 8;
    if (step >= 0) {
        put_varint(m, 2 << 3 | 0);
        put_varint(m, (uint64_t)step);
    }
}

static uint32_t masked(const void *data, size_t n)
{
    const uint32_t crc = dl__crc32c(data, n);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static dl_status fail(const board *c, const char *what)
{
    return dl__fail_errno(c->base.base.ctx, c->path ? c->path : c->folder, what, errno);
}

static dl_status write_all(const board *c, const uint8_t *p, size_t n)
{
    const dl__io *io = dl__io_now();
    while (n > 0) {
        const int64_t done = io->write(io->user, c->fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done < 0 ? errno : ENOSPC;
            return fail(c, "write");
        }
        p += done;
        n -= (size_t)done;
    }
    return DL_OK;
}

/* Frames the event that begins HEAD bytes into m, and writes it. */
static dl_status write_event(const board *c, message *m)
{
    dl__store_le64(m->b, m->n - HEAD);
    dl__store_le32(m->b + 8, masked(m->b, 8));
    dl__store_le32(m->b + m->n, masked(m->b + HEAD, m->n - HEAD));
    return write_all(c, m->b, m->n + TAIL);
}

static int flush(int fd)
{
    const dl__io *io = dl__io_now();
    int failed;
    do
        failed = io->fsync(io->user, fd);
    while (failed && errno == EINTR);
    return failed;
}

/* A new file, whose name nobody has. */
static dl_status create(board *c)
{
    static atomic_uint number;
    const dl__io *io = dl__io_now();
    char host[64] = "", name[NAME];
    if (gethostname(host, sizeof host - 1) != 0 || !*host || strchr(host, '/'))
        memcpy(host, "localhost", sizeof "localhost");
    const size_t n = strlen(c->folder);
    c->path = dl__alloc(c->base.base.ctx, n + sizeof name + 1);
    if (!c->path)
        return c->base.base.ctx->status;
    for (int i = 0; i < TRIES; i++) {
        snprintf(name, sizeof name, "/events.out.tfevents.%010lld.%s.%lld.%u",
                 (long long)time(NULL), host, (long long)getpid(), atomic_fetch_add(&number, 1));
        memcpy(c->path, c->folder, n);
        memcpy(c->path + n, name, strlen(name) + 1);
        do
            c->fd = io->open(io->user, c->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        while (c->fd < 0 && errno == EINTR);
        if (c->fd >= 0 || errno != EEXIST)
            break;
    }
    return c->fd >= 0 ? DL_OK : fail(c, "create");
}

/* That the file is in the folder is to survive, too; not all folders can be flushed. */
static void flush_folder(const board *c)
{
    const dl__io *io = dl__io_now();
    const int fd = io->open(io->user, c->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    flush(fd);
    io->close(io->user, fd);
}

static void close_file(board *c)
{
    const dl__io *io = dl__io_now();
    if (c->fd >= 0)
        io->close(io->user, c->fd);
    dl__free(c->path);
    c->path = NULL;
    c->fd = -1;
}

static int32_t begin(dl_callback *base, const dl_event *e)
{
    board *c = (board *)(void *)base;
    static const char version[] = "brain.Event:2";
    static const uint8_t start[] = {1 << 3, 1};
    message m;
    close_file(c);
    if (create(c) != DL_OK)
        return 1;
    flush_folder(c);
    put_event(&m, -1);
    put_bytes(&m, 3, version, strlen(version));
    if (write_event(c, &m) != DL_OK)
        return 1;
    const int64_t done = dl__event_step(e);
    if (done > 0) {
        put_event(&m, done + 1);
        put_bytes(&m, 7, start, sizeof start);
        if (write_event(c, &m) != DL_OK)
            return 1;
    }
    return flush(c->fd) != 0 && fail(c, "flush") != DL_OK;
}

static int32_t epoch(dl_callback *base, const dl_event *e)
{
    board *c = (board *)(void *)base;
    message m, summary = {.n = 0};
    put_scalar(&summary, "loss", e->loss);
    put_scalar(&summary, "metric", e->metric);
    put_scalar(&summary, "penalty", e->penalty);
    put_scalar(&summary, "valid_loss", e->valid_loss);
    put_scalar(&summary, "valid_metric", e->valid_metric);
    put_scalar(&summary, "lr", e->lr);
    put_event(&m, dl__event_step(e));
    put_bytes(&m, 5, summary.b, summary.n);
    return write_event(c, &m) != DL_OK || (flush(c->fd) != 0 && fail(c, "flush") != DL_OK);
}

static int32_t finish(dl_callback *base, const dl_event *e)
{
    (void)e;
    close_file((board *)(void *)base);
    return 0;
}

static void end(dl_callback *base)
{
    board *c = (board *)(void *)base;
    close_file(c);
    dl__free(c->folder);
}

dl_callback *dl_callback_tensorboard(dl_ctx *ctx, const char *folder)
{
    static const dl__callback_class cls = {
        .told = {[DL__TOLD_BEGIN] = begin, [DL__TOLD_EPOCH] = epoch, [DL__TOLD_END] = finish},
        .end = end};
    if (dl__ok(ctx) && (!folder || !*folder))
        dl_fail(ctx, DL_EINVAL, "callback_tensorboard: the folder is %s",
                folder ? "empty" : "NULL");
    board *c = dl__callback_new(ctx, &cls, sizeof *c);
    if (!c)
        return NULL;
    c->fd = -1;
    if (!(c->folder = dl__strdup(ctx, folder))) {
        dl_callback_drop(&c->base);
        return NULL;
    }
    return &c->base;
}
