/* dl/report.h: results to look at: curves, and what happens on a plane, as SVG files. Every file
 * appears whole or not at all. Texts are UTF-8, NULL is ""; what is none is shown as U+FFFD, what
 * is too long for its place is cut. All functions return DL_ENOMEM, and DL_EIO for a file that
 * cannot be written. */
#ifndef DL_REPORT_H
#define DL_REPORT_H
#include "dl/ctx.h"
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

#ifdef __cplusplus
}
#endif
#endif
