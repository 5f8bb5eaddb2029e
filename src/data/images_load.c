#include "data/images.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "core/check.h"
#include "core/file.h"
#include "core/utf8.h"
#include "io/image.h"
#include "io/picture.h"
#include "io/resample.h"

enum { FRONT = 64 << 10 }; /* bytes in which the size of most pictures stands */
enum { FILE_BYTES, WORK, PIXELS, RESAMPLE, RESIZED };

static dl_status errno_error(dl__error *e, const char *path, const char *what)
{
    char shown[DL__SHOWN];
    return dl__error_set(e, DL_EIO, "%s: cannot %s: %s", dl__printable(shown, 200, path), what,
                         dl__errno_text(errno));
}

/* The file at path, if it has at most cap bytes. Needs no memory and no context. */
static dl_status read_file(const char *path, char *to, size_t cap, size_t *n, dl__error *e)
{
    const dl__io *io = dl__io_now();
    char shown[DL__SHOWN];
    int64_t got = 0;
    int fd;
    do
        fd = io->open(io->user, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return errno_error(e, path, "open");
    for (*n = 0; *n < cap; *n += (size_t)got) {
        do
            got = io->read(io->user, fd, to + *n, cap - *n);
        while (got < 0 && errno == EINTR);
        if (got <= 0)
            break;
    }
    if (got < 0)
        errno_error(e, path, "read");
    else if (*n == cap) /* there is a byte of room more than the file had */
        dl__error_set(e, DL_EFORMAT, "%s: it has grown since the dataset was made",
                      dl__printable(shown, 200, path));
    io->close(io->user, fd);
    return e->status;
}

void dl__image_fit(const dl__image_form *f, int64_t h, int64_t w, int64_t *to_h, int64_t *to_w)
{
    *to_h = f->h;
    *to_w = f->w;
    if (f->fit == DL_FIT_SQUASH)
        return;
    if (f->shorter)
        dl__image_shorter(h, w, f->shorter, to_h, to_w);
    else if (f->w * h >= f->h * w) /* it is as wide as it must be, and high enough */
        *to_h = f->w * h / w;
    else
        *to_w = f->h * w / h;
}

static void enlarge(size_t *size, size_t n)
{
    if (n > *size)
        *size = n;
}

/* The steps become large enough for this picture. */
static dl_status plan(dl__image_form *f, dl__picture *pic)
{
    dl__image_form g = *f;
    int64_t h, w, pixels;
    int fits = 1;
    if (!g.h) {
        g.h = pic->h;
        g.w = pic->w;
    }
    dl__image_fit(&g, pic->h, pic->w, &h, &w);
    const dl__resample r = {.h = pic->h, .w = pic->w, .to_h = h, .to_w = w};
    const int same = h == pic->h && w == pic->w;
    const size_t bytes = same ? 0 : dl__resample_room(&r, &fits);
    if (!fits || !dl__mul_i64(h, w, &pixels) || pixels > DL__IMAGE_MOST)
        return dl__picture_fail(pic, DL_ELIMIT, "%lld x %lld pixels would become %lld x %lld",
                                (long long)pic->h, (long long)pic->w, (long long)h, (long long)w);
    enlarge(&g.step[FILE_BYTES], pic->size + 1);
    enlarge(&g.step[WORK], pic->room);
    enlarge(&g.step[PIXELS], (size_t)(g.channels * pic->h * pic->w));
    enlarge(&g.step[RESAMPLE], bytes);
    enlarge(&g.step[RESIZED], same ? 0 : (size_t)(g.channels * pixels));
    *f = g;
    return DL_OK;
}

dl_status dl__image_look(dl_ctx *ctx, dl__image_form *f, const char *path)
{
    dl__file file;
    dl__picture pic = {.short_of = 1};
    dl__error e = {DL_OK, ""};
    char shown[DL__SHOWN];
    if (dl__file_open(&file, ctx, path) != DL_OK)
        return ctx->status;
    if (file.size > INT32_MAX)
        dl_fail(ctx, DL_ELIMIT, "%s: has 2^31 bytes or more", dl__printable(shown, 200, path));
    const size_t size = (size_t)file.size;
    /* The size of a JPEG may stand behind the front. */
    for (size_t n = FRONT; pic.short_of && dl__ok(ctx); n *= 4) {
        n = n < size ? n : size;
        e.status = DL_OK;
        void *bytes = dl__alloc(ctx, n);
        if (bytes && dl__file_read_at(&file, 0, bytes, n) == DL_OK &&
            dl__picture_open(&pic, bytes, n, size, path, f->max_pixels, &e) == DL_OK)
            plan(f, &pic);
        dl__free(bytes);
    }
    dl__file_close(&file);
    return e.status == DL_OK ? ctx->status : dl_fail(ctx, e.status, "%s", e.message);
}

size_t dl__image_room(const dl__image_form *f)
{
    size_t all = 0;
    for (int k = 0; k < DL__IMAGE_STEPS; k++)
        if (!dl__room_add(&all, f->step[k], 1))
            return 0;
    return all;
}

/* The middle of planes [h, w]. */
static void cut(const dl__image_form *f, const uint8_t *from, int64_t h, int64_t w, uint8_t *to)
{
    const int64_t top = dl__image_middle(h, f->h), left = dl__image_middle(w, f->w);
    for (int64_t c = 0; c < f->channels; c++)
        for (int64_t y = 0; y < f->h; y++)
            memcpy(to + (c * f->h + y) * f->w, from + (c * h + top + y) * w + left, (size_t)f->w);
}

dl_status dl__image_load(const dl__image_form *f, const char *path, char *room, uint8_t *out,
                         dl__error *e)
{
    char *at[DL__IMAGE_STEPS];
    size_t end = 0, n = 0;
    for (int k = 0; k < DL__IMAGE_STEPS; k++) {
        at[k] = room + end;
        dl__room_add(&end, f->step[k], 1);
    }
    dl__picture pic;
    dl__image_form needs = *f;
    if (read_file(path, at[FILE_BYTES], f->step[FILE_BYTES], &n, e) != DL_OK ||
        dl__picture_open(&pic, at[FILE_BYTES], n, 0, path, f->max_pixels, e) != DL_OK ||
        plan(&needs, &pic) != DL_OK)
        return e->status;
    if (memcmp(needs.step, f->step, sizeof needs.step) != 0)
        return dl__picture_fail(&pic, DL_EFORMAT, "it has changed since the dataset was made");
    uint8_t *pixels = (uint8_t *)at[PIXELS], *resized = (uint8_t *)at[RESIZED];
    if (dl__picture_decode(&pic, f->channels, pixels, at[WORK]) != DL_OK)
        return e->status;
    dl__resample r = {.h = pic.h, .w = pic.w};
    dl__image_fit(f, r.h, r.w, &r.to_h, &r.to_w);
    if (r.to_h == r.h && r.to_w == r.w)
        resized = pixels;
    else
        dl__resample_run(&r, pixels, f->channels, resized, at[RESAMPLE]);
    cut(f, resized, r.to_h, r.to_w, out);
    return DL_OK;
}
