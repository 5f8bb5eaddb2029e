/* A folder of pictures: each folder in it is a class. */
#include "data/images.h"
#include <stdio.h>
#include <string.h>
#include "core/check.h"
#include "core/utf8.h"
#include "data/pixels.h"
#include "io/image.h"

enum { SIDE = 1 << 16 };

typedef struct state {
    dl__image_list list;
    dl__image_form form;
    dl__rooms rooms;
    uint8_t *kept; /* [n, channels, h, w], NULL: read when asked for */
    int64_t skipped;
} state;

static int64_t size_of(const void *p)
{
    return ((const state *)p)->list.n;
}

static int64_t pixels_of(const dl__image_form *f)
{
    return f->channels * f->h * f->w;
}

static dl_status get(const void *p, int64_t i, uint64_t key, void *const *field, char *why,
                     size_t why_cap)
{
    (void)key;
    state *s = (state *)(uintptr_t)p;
    const int64_t n = pixels_of(&s->form);
    dl__error e = {DL_OK, ""};
    *(int64_t *)field[1] = s->list.label[i];
    if (s->kept) {
        dl__unit_pixels(s->kept + i * n, n, field[0]);
        return DL_OK;
    }
    /* Its bytes stand at the end of the room of its numbers: each becomes one that is not behind
     * it. */
    uint8_t *bytes = (uint8_t *)field[0] + 3 * n;
    char *room = dl__room_take(&s->rooms);
    if (dl__image_load(&s->form, s->list.path[i], room, bytes, &e) == DL_OK)
        dl__unit_pixels(bytes, n, field[0]);
    else
        snprintf(why, why_cap, "%s", e.message);
    dl__room_give(&s->rooms, room);
    return e.status;
}

static void end(void *p)
{
    state *s = p;
    dl__images_list_end(&s->list);
    if (s->rooms.memory)
        dl__rooms_end(&s->rooms);
    dl__free(s->kept);
    dl__free(s);
}

static int64_t classes(const void *p)
{
    return ((const state *)p)->list.n_classes;
}

static const char *class_name(const void *p, int64_t k)
{
    return ((const state *)p)->list.name[k];
}

static const dl_dataset_class images_class = {.name = "images",
                                              .threads = 1,
                                              .size = size_of,
                                              .get = get,
                                              .free = end,
                                              .classes = classes,
                                              .class_name = class_name};

/* Where a failure concerns a file alone, and files may be skipped, it is told to the log and
 * gone. */
static int skip(dl_ctx *ctx, const dl_image_folder_opts *o, state *s, int64_t i)
{
    const dl_status status = ctx->status;
    if (!o->skip_broken || (status != DL_EFORMAT && status != DL_EUNSUPPORTED &&
                            status != DL_ELIMIT && status != DL_EIO))
        return 0;
    dl__log(ctx, 1, "dataset_images: skipped: %s", ctx->message);
    dl__forget(ctx);
    dl__free(s->list.path[i]);
    s->list.path[i] = NULL;
    s->skipped++;
    return 1;
}

/* What is left of the list without the files that were skipped. */
static dl_status close_gaps(dl_ctx *ctx, state *s, const char *dir)
{
    char shown[DL__SHOWN];
    int64_t n = 0;
    for (int64_t i = 0; i < s->list.n; i++) {
        if (!s->list.path[i])
            continue;
        s->list.path[n] = s->list.path[i];
        s->list.label[n++] = s->list.label[i];
    }
    s->list.n = n;
    if (n == 0 && dl__ok(ctx))
        dl_fail(ctx, DL_EFORMAT, "%s: has no picture that can be read",
                dl__printable(shown, sizeof shown, dir));
    return ctx->status;
}

/* Reading all files may take minutes. */
static int cancelled(dl_ctx *ctx)
{
    return dl_ctx_cancelled(ctx) && dl_fail(ctx, DL_EUSER, "dataset_images: cancelled") != DL_OK;
}

static dl_status too_large(dl_ctx *ctx)
{
    return dl_fail(ctx, DL_ELIMIT, "dataset_images: a picture is too large");
}

/* The picture at path in form f, for dl__free; NULL on failure. */
static uint8_t *decode(dl_ctx *ctx, const dl__image_form *f, const char *path)
{
    dl__error e = {DL_OK, ""};
    const size_t bytes = dl__image_room(f);
    char *room = bytes ? dl__alloc(ctx, bytes) : NULL;
    uint8_t *pixels = room ? dl__alloc(ctx, (size_t)pixels_of(f)) : NULL;
    if (!bytes)
        too_large(ctx);
    else if (pixels && dl__image_load(f, path, room, pixels, &e) != DL_OK)
        dl_fail(ctx, e.status, "%s", e.message);
    dl__free(room);
    if (dl__ok(ctx))
        return pixels;
    dl__free(pixels);
    return NULL;
}

/* Keeps the n-th picture, and takes memory for all with the first. */
static dl_status keep(dl_ctx *ctx, state *s, int64_t n, const uint8_t *pixels)
{
    int64_t bytes;
    const int64_t one = pixels_of(&s->form);
    if (!dl__mul_i64(s->list.n, one, &bytes) || (uint64_t)bytes > SIZE_MAX)
        return dl_fail(ctx, DL_ELIMIT, "dataset_images: %lld pictures are too many to keep",
                       (long long)s->list.n);
    if (!s->kept && !(s->kept = dl__alloc(ctx, (size_t)bytes)))
        return ctx->status;
    memcpy(s->kept + n * one, pixels, (size_t)one);
    return DL_OK;
}

/* Looks at all pictures, and decodes them, to keep them or to find those that are broken: these
 * have no part in the form, whatever size they claim. */
static dl_status open_all(dl_ctx *ctx, state *s, const dl_image_folder_opts *o, const char *dir)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->list.n && !cancelled(ctx); i++) {
        dl__image_form form = s->form;
        uint8_t *pixels = NULL;
        if (dl__image_look(ctx, &form, s->list.path[i]) == DL_OK &&
            (o->keep_in_memory || o->skip_broken))
            pixels = decode(ctx, &form, s->list.path[i]);
        if (dl__ok(ctx)) {
            s->form = form;
            if (o->keep_in_memory)
                keep(ctx, s, n++, pixels);
            dl__free(pixels);
        } else {
            skip(ctx, o, s, i);
        }
        if (!dl__ok(ctx))
            return ctx->status;
    }
    if (!dl__ok(ctx) || close_gaps(ctx, s, dir) != DL_OK)
        return ctx->status;
    if (o->keep_in_memory) { /* no more than is there */
        void *kept = dl__realloc(ctx, s->kept, (size_t)(n * pixels_of(&s->form)));
        s->kept = kept ? kept : s->kept;
        return ctx->status;
    }
    const size_t room = dl__image_room(&s->form);
    return room ? dl__rooms_begin(&s->rooms, ctx, "dataset_images", room, 1) : too_large(ctx);
}

/* A name can be that of a folder in dir, and of no other, and stands there once. */
static dl_status check_classes(dl_ctx *ctx, const dl_image_folder_opts *o)
{
    for (int32_t i = 0; i < o->n_classes; i++) {
        const char *name = o->classes[i];
        char shown[DL__SHOWN];
        if (!name || !name[0] || !strcmp(name, ".") || !strcmp(name, "..") || strchr(name, '/'))
            return dl_fail(ctx, DL_EINVAL,
                           "dataset_images: class %d is %s, it wants the name of a folder", (int)i,
                           name ? dl__printable(shown, sizeof shown, name) : "NULL");
        for (int32_t j = 0; j < i; j++)
            if (!strcmp(name, o->classes[j]))
                return dl_fail(ctx, DL_EINVAL, "dataset_images: classes %d and %d are both %s",
                               (int)j, (int)i, dl__printable(shown, sizeof shown, name));
    }
    return DL_OK;
}

static dl_status check(dl_ctx *ctx, const char *dir, const dl_image_folder_opts *o)
{
    if (DL__RESERVED(ctx, "dataset_images", o) != DL_OK ||
        dl__image_check(ctx, "dataset_images", o->channels, o->max_pixels) != DL_OK)
        return ctx->status;
    if (!dir || !dir[0])
        return dl_fail(ctx, DL_EINVAL, "dataset_images: the folder is %s", dir ? "empty" : "NULL");
    if (o->h < 0 || o->w < 0 || o->h > SIDE || o->w > SIDE || !o->h != !o->w)
        return dl_fail(ctx, DL_EINVAL,
                       "dataset_images: the size is %lld x %lld, it wants 1 to %d each, or 0 and 0",
                       (long long)o->h, (long long)o->w, (int)SIDE);
    if (o->fit != DL_FIT_CROP && o->fit != DL_FIT_SQUASH)
        return dl_fail(ctx, DL_EINVAL,
                       "dataset_images: fit is %d, it wants DL_FIT_CROP or DL_FIT_SQUASH",
                       (int)o->fit);
    if (o->shorter && (o->fit != DL_FIT_CROP || !o->h || o->shorter > SIDE || o->shorter < o->h ||
                       o->shorter < o->w))
        return dl_fail(
            ctx, DL_EINVAL,
            "dataset_images: shorter is %lld, it wants DL_FIT_CROP, and h and w that are "
            "no larger",
            (long long)o->shorter);
    if (o->n_classes < 0 || (o->n_classes > 0 && !o->classes))
        return dl_fail(ctx, DL_EINVAL, "dataset_images: %d classes, and the list is %s",
                       (int)o->n_classes, o->classes ? "there" : "NULL");
    return check_classes(ctx, o);
}

dl_dataset *dl_dataset_images(dl_ctx *ctx, const char *dir, const dl_image_folder_opts *opts)
{
    static const dl_image_folder_opts defaults;
    const dl_image_folder_opts *o = opts ? opts : &defaults;
    if (!dl__ok(ctx) || check(ctx, dir, o) != DL_OK)
        return NULL;
    state *s = dl__calloc(ctx, sizeof *s);
    if (!s)
        return NULL;
    s->list.ctx = ctx;
    s->form = (dl__image_form){.channels = o->channels ? o->channels : 3,
                               .fit = o->fit,
                               .h = o->h,
                               .w = o->w,
                               .shorter = o->shorter,
                               .max_pixels = o->max_pixels ? o->max_pixels : DL__IMAGE_PIXELS};
    if (dl__images_list(&s->list, dir, o->classes, o->n_classes) != DL_OK ||
        open_all(ctx, s, o, dir) != DL_OK) {
        end(s);
        return NULL;
    }
    const dl_field field[2] = {{.name = "image",
                                .dtype = DL_F32,
                                .ndim = 3,
                                .dims = {s->form.channels, s->form.h, s->form.w}},
                               {.name = "label", .dtype = DL_I64}};
    return dl_dataset_new(ctx, &images_class, s, field, 2);
}

static const state *state_of(const dl_dataset *d)
{
    return d && d->cls == &images_class ? d->state : NULL;
}

int64_t dl_image_folder_skipped(const dl_dataset *d)
{
    const state *s = state_of(d);
    return s ? s->skipped : -1;
}

const char *dl_image_folder_path(const dl_dataset *d, int64_t i)
{
    const state *s = state_of(d);
    return s && i >= 0 && i < s->list.n ? s->list.path[i] : NULL;
}
