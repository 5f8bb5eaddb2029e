/* dl/report.h: results to look at. */
#ifndef DL_REPORT_H
#define DL_REPORT_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif

/* One line of a picture. Curves with the same panel text share a pair of axes. Texts are
 * UTF-8; what is none is shown as U+FFFD, what is too long for its place is cut. */
typedef struct dl_curve {
    const char *panel; /* title of the axes, "loss"; NULL: ""             */
    const char *name;  /* in the legend, "training"; NULL: ""             */
    const double *y;   /* n values; NaN, infinities and what is beyond 1e300 interrupt the line */
    const double *x;   /* n values, at most 1e300 in size; NULL: 1, 2, ... n */
    int64_t n;
    int64_t reserved[4]; /* must be zero */
} dl_curve;

/* Draws n curves, at most 32 in at most 8 panels, side by side, into the SVG file path, which
 * appears whole or not at all. Curves of up to 100 values show them as dots. title and xlabel
 * may be NULL. DL_EINVAL: no curves, more than 32, a curve with n < 0 or with n > 0 and y NULL,
 * an x that is not finite or beyond 1e300; DL_ELIMIT: more than 8 panels. */
DL_API dl_status dl_report_curves(dl_ctx *ctx, const char *path, const char *title,
                                  const char *xlabel, const dl_curve *curves, int32_t n);

#ifdef __cplusplus
}
#endif
#endif
