/* A call of each function of dl/io.h, dl/checkpoint.h, dl/report.h and dl/image.h. */
#include <string.h>
#include "support/calls.h"

/* ---- dl/io.h --------------------------------------------------------------------------------- */

static dl_status save(world *w)
{
    return dl_safetensors_save(w->ctx, w->at[PATH_OUT], (const char *const[]){"x", "labels"},
                               (dl_tensor *const[]){w->x, w->labels}, 2, (const char *const[]){"k"},
                               (const char *const[]){"v"}, 1,
                               &(dl_safetensors_save_opts){.checksums = 1});
}

static dl_status find_idx(world *w)
{
    char path[256];
    return dl_idx_find(w->ctx, (const char *const[]){w->at[PATH_DATA]}, 1,
                       "train-images-idx3-ubyte", path, sizeof path);
}

static dl_status keep_file(world *w)
{
    dl_safetensors_drop(dl_safetensors_keep(w->file));
    return DL_OK;
}

#define IO(X)                                                                                      \
    X(dl_safetensors_open, MAKES, NULL,                                                            \
      owned(w, dl_safetensors_open(w->ctx, w->at[PATH_NET], NULL)))                                \
    X(dl_safetensors_keep, LOOKS, NULL, keep_file(w))                                              \
    X(dl_safetensors_drop, LOOKS, NULL, keep_file(w))                                              \
    X(dl_safetensors_count, LOOKS, NULL, looked(dl_safetensors_count(w->file) == 6))               \
    X(dl_safetensors_name, LOOKS, NULL, looked(dl_safetensors_name(w->file, 0) != NULL))           \
    X(dl_safetensors_find, LOOKS, NULL, looked(dl_safetensors_find(w->file, "0.bias") >= 0))       \
    X(dl_safetensors_stored, LOOKS, NULL, looked(dl_safetensors_stored(w->file, 0) != NULL))       \
    X(dl_safetensors_dtype, LOOKS, NULL, looked(dl_safetensors_dtype(w->file, 0) == DL_F32))       \
    X(dl_safetensors_ndim, LOOKS, NULL, looked(dl_safetensors_ndim(w->file, 0) > 0))               \
    X(dl_safetensors_dim, LOOKS, NULL, looked(dl_safetensors_dim(w->file, 0, -1) > 0))             \
    X(dl_safetensors_bytes, LOOKS, NULL, looked(dl_safetensors_bytes(w->file, 0) > 0))             \
    X(dl_safetensors_meta, LOOKS, NULL, looked(!dl_safetensors_meta(w->file, "none")))             \
    X(dl_safetensors_meta_count, LOOKS, NULL, looked(dl_safetensors_meta_count(w->file) > 0))      \
    X(dl_safetensors_meta_key, LOOKS, NULL, looked(dl_safetensors_meta_key(w->file, 0) != NULL))   \
    X(dl_safetensors_meta_value, LOOKS, NULL,                                                      \
      looked(dl_safetensors_meta_value(w->file, 0) != NULL))                                       \
    X(dl_safetensors_read, MAKES, NULL, owned(w, dl_safetensors_read(w->file, 0)))                 \
    X(dl_safetensors_verify, MAKES, NULL, dl_safetensors_verify(w->file))                          \
    X(dl_safetensors_save, MAKES, NULL, save(w))                                                   \
    X(dl_idx_read, MAKES, NULL, owned(w, dl_idx_read(w->ctx, w->at[PATH_IDX])))                    \
    X(dl_idx_write, MAKES, NULL, dl_idx_write(w->t, w->at[PATH_OUT]))                              \
    X(dl_idx_find, MAKES, NULL, find_idx(w))

/* ---- dl/checkpoint.h, dl/report.h ------------------------------------------------------------ */

static dl_status drop_ckpt(world *w)
{
    dl_ckpt_drop(dl__object_keep(w->ckpt));
    return DL_OK;
}

static dl_status text(world *w)
{
    const char *value = dl_ckpt_text(w->ckpt, "text");
    return looked(value != NULL);
}

/* To a checkpoint of its own: a name can be added once. */
static dl_status add_parts(world *w)
{
    dl_ckpt *c = dl_ckpt_new(w->ctx);
    dl_status s = dl_ckpt_add_module(c, "m", w->net);
    if (s == DL_OK)
        s = dl_ckpt_add_optim(c, "o", w->optim);
    if (s == DL_OK)
        s = dl_ckpt_add_loader(c, "l", w->loader);
    if (s == DL_OK)
        s = dl_ckpt_add_tensor(c, "t", w->t);
    if (s == DL_OK)
        s = dl_ckpt_add_average(c, "a", w->average);
    dl_ckpt_drop(c);
    return s == DL_OK || c ? s : dl_ctx_status(w->ctx);
}

/* While an error stands, adding to the world's is refused at once. */
#define ADD(call) (dl_ctx_status(w->ctx) == DL_OK ? add_parts(w) : (call))

static dl_status curves(world *w)
{
    static const double y[] = {3, 2, 1};
    return dl_report_curves(w->ctx, w->at[PATH_OUT], "title", "epoch",
                            &(dl_curve){.panel = "loss", .name = "training", .y = y, .n = 3}, 1);
}

static dl_status planes(world *w)
{
    static const double field[] = {1, 2, 3, 4};
    const dl_plane_path path = {.name = "way", .x = field, .y = field, .n = 4};
    return dl_report_planes(w->ctx, w->at[PATH_OUT], "title",
                            &(dl_plane){.title = "bowl",
                                        .x1 = 3,
                                        .y1 = 4,
                                        .field = field,
                                        .rows = 2,
                                        .columns = 2,
                                        .px = field,
                                        .py = field,
                                        .n_points = 4,
                                        .paths = &path,
                                        .n_paths = 1},
                            1);
}

static dl_status confusion(world *w)
{
    dl_metric *m = dl_metric_confusion(w->ctx, 3, NULL);
    dl_status s =
        m ? dl_report_confusion(w->ctx, w->at[PATH_OUT], "title", m, NULL) : dl_ctx_status(w->ctx);
    dl_metric_drop(m);
    return s;
}

static dl_status calibration(world *w)
{
    dl_metric *m = dl_metric_calibration(w->ctx, 3, NULL);
    dl_status s =
        m ? dl_report_calibration(w->ctx, w->at[PATH_OUT], "title", m) : dl_ctx_status(w->ctx);
    dl_metric_drop(m);
    return s;
}

/* w->x, [3, 4], as a picture or as filters. */
static dl_tensor *as_picture(world *w)
{
    return dl_reshape(w->x, DL_SHAPE(1, 1, 3, 4));
}

static dl_html *page; /* made by prepare */

static void make_page(world *w)
{
    dl_html_drop(page);
    page = dl_html_new(w->ctx, "title", "below");
    dl_html_section(page, "one");
    dl_html_section(page, "two");
}

static dl_status done(dl_status s)
{
    dl_html_drop(page);
    page = NULL;
    return s;
}

static const char *const words[] = {"a", "b", "c", "1", "2", "3"};
static const char picture[] = "<svg/>";

static void make_picture(world *w)
{
    static const double y[] = {3, 2, 1};
    make_page(w);
    dl_report_curves(w->ctx, w->at[PATH_OUT], "", "", &(dl_curve){.y = y, .n = 3}, 1);
}

static dl_status classes(world *w)
{
    dl_metric *m = dl_metric_confusion(w->ctx, 3, NULL);
    dl_status s = m ? dl_html_classes(page, m, NULL) : dl_ctx_status(w->ctx);
    dl_metric_drop(m);
    return s;
}

static const char *other_text(const world *w)
{
    const char *now = dl_ckpt_text(w->ckpt, "text");
    return now && !strcmp(now, "value") ? "another value" : "value";
}

#define CKPT(X)                                                                                    \
    X(dl_ckpt_new, MAKES, NULL, owned(w, dl_ckpt_new(w->ctx)))                                     \
    X(dl_ckpt_drop, LOOKS, NULL, drop_ckpt(w))                                                     \
    X(dl_ckpt_add_module, MAKES, NULL, ADD(dl_ckpt_add_module(w->ckpt, "net", w->net)))            \
    X(dl_ckpt_add_optim, MAKES, NULL, ADD(dl_ckpt_add_optim(w->ckpt, "optim", w->optim)))          \
    X(dl_ckpt_add_loader, MAKES, NULL, ADD(dl_ckpt_add_loader(w->ckpt, "loader", w->loader)))      \
    X(dl_ckpt_add_average, MAKES, NULL, ADD(dl_ckpt_add_average(w->ckpt, "av", w->average)))       \
    X(dl_ckpt_add_tensor, MAKES, NULL, ADD(dl_ckpt_add_tensor(w->ckpt, "net", w->t)))              \
    X(dl_ckpt_set_text, MAKES, NULL, dl_ckpt_set_text(w->ckpt, "text", other_text(w)))             \
    X(dl_ckpt_text, LOOKS, NULL, text(w))                                                          \
    X(dl_ckpt_save, MAKES, NULL, dl_ckpt_save(w->ckpt, w->at[PATH_OUT]))                           \
    X(dl_ckpt_load, MAKES, NULL, dl_ckpt_load(w->ckpt, w->at[PATH_CKPT]))                          \
    X(dl_report_curves, MAKES, NULL, curves(w))                                                    \
    X(dl_report_planes, MAKES, NULL, planes(w))                                                    \
    X(dl_report_confusion, MAKES, NULL, confusion(w))                                              \
    X(dl_report_calibration, MAKES, NULL, calibration(w))                                          \
    X(dl_report_images, MAKES, NULL,                                                               \
      dl_report_images(w->ctx, w->at[PATH_OUT], "title", as_picture(w), NULL))                     \
    X(dl_report_filters, MAKES, NULL,                                                              \
      dl_report_filters(w->ctx, w->at[PATH_OUT], "title", as_picture(w)))                          \
    X(dl_report_activations, MAKES, NULL,                                                          \
      dl_report_activations(w->ctx, w->at[PATH_OUT], "title", w->net, w->x, NULL))                 \
    X(dl_html_new, MAKES, NULL, owned(w, dl_html_new(w->ctx, "title", NULL)))                      \
    X(dl_html_drop, LOOKS, make_page, done(DL_OK))                                                 \
    X(dl_html_section, MAKES, make_page, done(dl_html_section(page, "title")))                     \
    X(dl_html_heading, MAKES, make_page, done(dl_html_heading(page, "title")))                     \
    X(dl_html_text, MAKES, make_page, done(dl_html_text(page, "a\n\nb")))                          \
    X(dl_html_code, MAKES, make_page, done(dl_html_code(page, "a\nb")))                            \
    X(dl_html_facts, MAKES, make_page, done(dl_html_facts(page, words, 3)))                        \
    X(dl_html_table, MAKES, make_page, done(dl_html_table(page, "caption", words, 2, 3)))          \
    X(dl_html_picture, MAKES, make_picture,                                                        \
      done(dl_html_picture(page, w->at[PATH_OUT], "curves", NULL)))                                \
    X(dl_html_picture_bytes, MAKES, make_page,                                                     \
      done(dl_html_picture_bytes(page, picture, sizeof picture - 1, "", NULL)))                    \
    X(dl_html_classes, MAKES, make_page, done(classes(w)))                                         \
    X(dl_html_save, MAKES, make_page, done(dl_html_save(page, w->at[PATH_OUT])))

/* ---- dl/image.h ------------------------------------------------------------------------------ */

/* Two pixels, white and black. */
static const unsigned char bmp[] = {'B', 'M', 34, 0, 0, 0, 0, 0,  0, 0,   26,  0,   0, 0, 12, 0, 0,
                                    0,   2,   0,  1, 0, 1, 0, 24, 0, 255, 255, 255, 0, 0, 0,  0, 0};

static dl_status decode(world *w)
{
    return owned(w, dl_image_decode(w->ctx, bmp, sizeof bmp, "bmp", NULL));
}

static dl_status read_picture(world *w)
{
    return owned(w, dl_image_read(w->ctx, w->at[PATH_PICTURE], NULL));
}

#define IMAGE(X)                                                                                   \
    X(dl_image_decode, MAKES, NULL, decode(w))                                                     \
    X(dl_image_read, MAKES, NULL, read_picture(w))                                                 \
    X(dl_image_resize, MAKES, NULL, owned(w, dl_image_resize(w->x, 2, 2)))                         \
    X(dl_image_resize_shorter, MAKES, NULL, owned(w, dl_image_resize_shorter(w->x, 2)))            \
    X(dl_image_crop, MAKES, NULL, owned(w, dl_image_crop(w->x, 1, 1, 2, 2)))                       \
    X(dl_image_center_crop, MAKES, NULL, owned(w, dl_image_center_crop(w->x, 2, 2)))               \
    X(dl_image_write_png, MAKES, NULL, dl_image_write_png(w->x, w->at[PATH_OUT]))

#define ALL(X) IO(X) CKPT(X) IMAGE(X)
CALL_TABLE(calls_files, ALL)
