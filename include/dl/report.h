/* dl/report.h: results to look at: curves, what happens on a plane and confusion matrices and
 * pictures as SVG files, and a page of HTML that holds them all.
 *
 * Every file appears whole or not at all, stands for itself (no scripts, no links to elsewhere),
 * is light or dark as its reader prefers, and has the same bytes for the same input. Texts are
 * UTF-8, NULL is ""; what is none is shown as U+FFFD, what is too long for its place in a picture
 * is cut. All functions return DL_ENOMEM, and DL_EIO for a file that cannot be written. */
#ifndef DL_REPORT_H
#define DL_REPORT_H
#include "dl/metrics.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- curves ---------------------------------------------------------------------------------- */

/* One line of a picture. Curves with the same panel text share a pair of axes. */
typedef struct dl_curve {
    const char *panel; /* title of the axes, "loss"            */
    const char *name;  /* in the legend, "training"            */
    const double *y;   /* n values; NaN, infinities and what is beyond 1e300 interrupt the line */
    const double *x;   /* n values, at most 1e300 in size; NULL: 1, 2, ... n */
    int64_t n;
    int32_t log_x, log_y; /* 1: that axis of its panel is logarithmic, for all curves there, then
                             each x must be above 0, and a y that is not interrupts the line  */
    int64_t reserved[3];  /* must be zero */
} dl_curve;

/* Draws n curves, at most 32 in at most 8 panels, side by side, into the SVG file path. Curves of
 * up to 100 values show them as dots. DL_EINVAL: no curves, more than 32, a curve with n < 0 or
 * with n > 0 and y NULL, an x that is not finite, beyond 1e300 or not above 0 on a logarithmic
 * axis; DL_ELIMIT: more than 8 panels. */
DL_API dl_status dl_report_curves(dl_ctx *ctx, const char *path, const char *title,
                                  const char *xlabel, const dl_curve *curves, int32_t n);

/* ---- planes ---------------------------------------------------------------------------------- */

/* A line over a plane, as of an optimizer: from a ring where it starts to a dot where it ends. */
typedef struct dl_plane_path {
    const char *name;    /* in the legend                                                */
    const double *x, *y; /* n points each; one that is not finite interrupts the line    */
    int64_t n;
    int64_t reserved[2]; /* must be zero */
} dl_plane_path;

/* A panel: the rectangle from (x0, y0) to (x1, y1), drawn as a square, and what is on it, which
 * may be any of a field, points and paths. What lies outside the rectangle is not shown. */
typedef struct dl_plane {
    const char *title, *xlabel, *ylabel;
    double x0, x1, y0, y1; /* x0 < x1, y0 < y1, at most 1e300 in size                     */
    const double *field;   /* [rows][columns]: value of the cell in that row, counted from y0,
                              and column, counted from x0, as the function at its middle; NaN
                              and infinities leave a cell white. NULL: no field               */
    int32_t rows, columns; /* 1 to 1000 */
    int32_t classes;       /* 0: field holds numbers, shown in twelve steps of colour that are even
                              to the eye, with a scale beside the panel; > 0: numbers of classes,
                              from 0 to classes - 1, pale in the colours of curves            */
    int32_t log_field;     /* 1: steps of the logarithm; what is not above 0 gets the first step */
    double low, high;      /* where the first step begins and the last ends; both 0: the smallest
                              and the largest number of the field                               */
    const double *px, *py; /* n_points points */
    const int32_t *label;  /* their classes, >= 0, in the colours of curves, ten of them, and then
                              again the first; NULL: all 0                                      */
    int64_t n_points;
    const dl_plane_path *paths;
    int32_t n_paths;     /* at most 16 */
    int32_t reserved0;   /* must be zero */
    int64_t reserved[4]; /* must be zero */
} dl_plane;

/* Draws n planes, at most 16, as a grid of panels into the SVG file path: up to three side by
 * side, more as near to a square as they come. DL_EINVAL: no planes, more than 16, a number above
 * out of range, a field of classes with another number than a class or NaN in it, a pointer that is
 * NULL where there should be numbers. */
DL_API dl_status dl_report_planes(dl_ctx *ctx, const char *path, const char *title,
                                  const dl_plane *planes, int32_t n);

/* ---- metrics --------------------------------------------------------------------------------- */

/* Draws the counts of m (dl_metric_confusion), rows the true classes, columns the predicted ones,
 * with the recall of each class on the right and, where there is room, its precision below. A
 * cell's colour says which share of its row it holds: blue on the diagonal, red, along the square
 * root, for mistakes. Up to 32 classes cells show their counts; of more classes every fifth, tenth,
 * ... is named. names[0..classes), or NULL for numbers. DL_EINVAL: m is NULL, of another kind or of
 * another context, path is NULL; DL_ELIMIT: more than 1000 classes. */
DL_API dl_status dl_report_confusion(dl_ctx *ctx, const char *path, const char *title, dl_metric *m,
                                     const char *const *names);

/* Draws the bins of m (dl_metric_calibration): accuracy over confidence beside the diagonal where
 * both agree, what lies between in red, and below how many examples each bin has. Failures as
 * above, but for DL_ELIMIT. */
DL_API dl_status dl_report_calibration(dl_ctx *ctx, const char *path, const char *title,
                                       dl_metric *m);

/* ---- pictures -------------------------------------------------------------------------------- */

/* What is black and what is white in pictures. */
enum {
    DL_RANGE_FIXED = 0, /* the same for all: low and high                          */
    DL_RANGE_ALL = 1,   /* the smallest and the largest number of all pictures     */
    DL_RANGE_EACH = 2,  /* the same of each picture                                */
    DL_RANGE_ZERO = 3   /* 0 is the middle, the largest magnitude of all the end   */
};
typedef struct dl_images_opts {
    const char *const *captions; /* [N], below the pictures, up to three lines each; NULL: none   */
    const double *mean, *std;    /* [C]: v std + mean is shown, for pictures that were normalised;
                                    NULL: 0, 1                                                    */
    double low, high;    /* of DL_RANGE_FIXED; both 0: 0 and 1, of u8 0 and 255                  */
    int32_t range;       /* DL_RANGE_*                                                           */
    int32_t columns;     /* pictures side by side; default as many as are about 900 pixels wide  */
    int32_t scale;       /* pixels of the page for a pixel, at most 64; default: a picture is
                             about 96 pixels large, if it is not larger                           */
    int32_t gap;         /* pixels between pictures; default 10, DL_OFF: none                    */
    int32_t reserved[8]; /* must be zero                                                         */
} dl_images_opts;

/* Draws the N pictures of images, [N, C, H, W] f32, f64 or u8, C 1 (grey) or 3 (red, green, blue),
 * as a sheet; pixels stay squares, a NaN is violet. The SVG file holds them as PNG. DL_ESHAPE:
 * another shape, or none of something; DL_EDTYPE; DL_ELIMIT: more than 4096 pictures or 2^24
 * numbers; DL_EINVAL: another context, an option out of range; DL_ESTATE: a meta tensor. o NULL:
 * defaults. */
DL_API dl_status dl_report_images(dl_ctx *ctx, const char *path, const char *title,
                                  dl_tensor *images, const dl_images_opts *o);
/* Draws the filters of a convolution, weight [O, I, kh, kw], with 0 as middle grey and one scale
 * for all: the first 256 filters as a picture each where I is 1 or 3 (in colour), else a grid of
 * the first 32 outputs (rows) by the first 32 inputs. Failures as above. */
DL_API dl_status dl_report_filters(dl_ctx *ctx, const char *path, const char *title,
                                   dl_tensor *weight);

typedef struct dl_activations_opts {
    int32_t channels;    /* of a result that are shown, at most 64; default 12 */
    int32_t rows;        /* results that are shown, at most 1000; default 200  */
    int32_t reserved[6]; /* must be zero                                       */
} dl_activations_opts;
/* Draws what the layers of m, a module of one input and one output, give for the first example of x
 * in evaluation mode, in the order they run (dl_module_watch): of [N, C, H, W] the first channels
 * as pictures, large ones by means of squares, of [N, L] bars around 0, of [N, C, L] one picture,
 * each over its own range, with path, class, shape and range. What is only handed on is shown once.
 * m and its modes end as they were, and so do the counters of random numbers. Failures: those of
 * dl_module_forward; DL_EINVAL: a NULL, another context, an option out of range; DL_ESTATE: called
 * while a module runs, x is a meta tensor. o NULL: defaults. */
DL_API dl_status dl_report_activations(dl_ctx *ctx, const char *path, const char *title,
                                       dl_module *m, dl_tensor *x, const dl_activations_opts *o);

/* ---- pages ------------------------------------------------------------------------------------ *
 * A page of HTML is made from top to bottom and then saved:
 *
 *     dl_html *h = dl_html_new(ctx, "A small net on MNIST", "seed 1, 10 epochs");
 *     dl_html_section(h, "Results");
 *     dl_html_facts(h, (const char *const[]){"accuracy", "98.1 %", "best epoch", "7"}, 2);
 *     dl_html_picture(h, "curves.svg", "loss and accuracy over epochs", NULL);
 *     dl_html_save(h, "report.html");
 *     dl_html_drop(h);
 *
 * All it is given is copied. A call that fails leaves the page as it was. It may grow to 64 MiB
 * (DL_ELIMIT); a NULL page is DL_EINVAL. */

typedef struct dl_html dl_html;

/* An empty page; subtitle NULL: none. The result is yours. */
DL_API dl_html *dl_html_new(dl_ctx *ctx, const char *title, const char *subtitle);
DL_API void dl_html_drop(dl_html *h); /* any thread */
/* Begins a section; from the second on there is a table of contents. */
DL_API dl_status dl_html_section(dl_html *h, const char *title);
/* A heading within a section. */
DL_API dl_status dl_html_heading(dl_html *h, const char *title);
/* Paragraphs, with empty lines between them. */
DL_API dl_status dl_html_text(dl_html *h, const char *text);
/* Text as it stands, in letters of one width: commands, logs, dl_module_summary. */
DL_API dl_status dl_html_code(dl_html *h, const char *text);
/* n names with their values, pair[0..2n), as large numbers side by side. */
DL_API dl_status dl_html_facts(dl_html *h, const char *const *pair, int32_t n);
/* cell[rows][columns], a NULL one is empty. The first row is the head, the first column names its
 * row, unless columns is 1. A column of numbers is aligned as such. caption NULL: none.
 * DL_EINVAL: rows or columns below 1, cell NULL. */
DL_API dl_status dl_html_table(dl_html *h, const char *caption, const char *const *cell,
                               int32_t rows, int32_t columns);
/* The picture in the file path, at most 16 MiB (DL_ELIMIT): SVG, PNG or JPEG (else DL_EFORMAT),
 * copied into the page. It is shown without running what may be in it. alt says in words what is to
 * be seen, for those who cannot (DL_EINVAL if NULL); caption stands below it, NULL: none. */
DL_API dl_status dl_html_picture(dl_html *h, const char *path, const char *alt,
                                 const char *caption);
/* The same for n bytes in memory. */
DL_API dl_status dl_html_picture_bytes(dl_html *h, const void *data, size_t n, const char *alt,
                                       const char *caption);
/* The table of classes of m (dl_metric_confusion): precision, recall, F1, support, and their
 * averages. DL_EINVAL as dl_report_confusion. */
DL_API dl_status dl_html_classes(dl_html *h, dl_metric *m, const char *const *names);
/* Writes the page; it can grow on and be saved again. */
DL_API dl_status dl_html_save(const dl_html *h, const char *path);

#ifdef __cplusplus
}
#endif
#endif
