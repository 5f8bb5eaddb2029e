/* dl/report.h: results to look at. */
#ifndef DL_REPORT_H
#define DL_REPORT_H
#include "dl/ctx.h"
#ifdef __cplusplus
extern "C" {
#endif

/* One line of a picture. Curves with the same panel text share a pair of axes. */
typedef struct dl_curve {
    const char *panel; /* title of the axes, "loss"; NULL: ""             */
    const char *name;  /* in the legend, "training"; NULL: ""             */
    const double *y;   /* n values; NaN and infinities interrupt the line */
    const double *x;   /* n finite values; NULL: 1, 2, ... n              */
    int64_t n;
    int64_t reserved[4];
} dl_curve;

/* Draws n curves, at most 32 in at most 8 panels, side by side, into the SVG file path, which appears
 * whole or not at all. title and xlabel may be NULL. An x that is not finite is DL_EINVAL. */
DL_API dl_status dl_report_curves(dl_ctx *ctx, const char *path, const char *title,
                                  const char *xlabel, const dl_curve *curves, int32_t n);

#ifdef __cplusplus
}
#endif
#endif
