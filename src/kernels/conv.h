/* Convolutions of raw memory: x [n, in.., channels] and y [n, out.., outputs] are channels-last, w
 * is [kernel.., channels / groups, outputs], all without gaps. Three axes; fewer have size 1 in
 * front.
 *
 * forward   y[p, o]  = sum over taps k and channels c of x[p stride - before + k dilation, c] w[k,
 * c, o]
 * data      dx[i, c] = sum over k, o with p stride - before + k dilation = i of dy[p, o] w[k, c, o]
 *     weight    dw[k, c, o] = sum over p of x[p stride - before + k dilation, c] dy[p, o]
 *
 * What lies outside x counts as zero. c and o are of one group: outputs of group g see the channels
 * of group g alone. */
#ifndef DL_KERNELS_CONV_H
#define DL_KERNELS_CONV_H
#include "core/ctx.h"

enum { DL__CONV_AXES = 3 };

/* Sizes are 0 or more, those of kernel, stride and dilation 1 or more. before may be anything, and
 * out any number of places. groups divides channels and outputs. */
typedef struct dl__conv {
    int64_t n, channels, outputs, groups;
    int64_t in[DL__CONV_AXES], out[DL__CONV_AXES], kernel[DL__CONV_AXES];
    int64_t stride[DL__CONV_AXES], dilation[DL__CONV_AXES], before[DL__CONV_AXES];
} dl__conv;

/* One of the three. a and b are what is read: x and w, dy and w, x and dy; c is overwritten, and
 * overlaps neither. bias, a number for each channel of c, may be NULL; it is with weight. The work
 * is cut by shape alone, so the bits do not depend on the number of threads. DL_ENOMEM,
 * DL_ELIMIT. */
typedef dl_status dl__conv_call(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *a,
                                const void *b, const void *bias, void *c);
/* By the engine of the context; an engine that has none of its own takes patches to its product. */
dl__conv_call dl__conv_forward, dl__conv_data, dl__conv_weight;
#endif
