/* Colours of pictures [3, H, W] in [0, 1], or of gray ones [1, H, W], changed in place. Formulas
 * are those of torchvision's functional_tensor, in f32. */
#ifndef DL_DATA_COLOR_H
#define DL_DATA_COLOR_H
#include "data/transform.h"

/* 0.2989 r + 0.587 g + 0.114 b in all three channels. */
void dl__grayscale(const dl__picture *p, float *x);
/* clamp(factor x + (1 - factor) other, 0, 1), where other is black; the mean of the gray picture;
 * the gray picture. The last leaves a gray one as it is. */
void dl__brightness(const dl__picture *p, float *x, float factor);
void dl__contrast(const dl__picture *p, float *x, float factor);
void dl__saturation(const dl__picture *p, float *x, float factor);
/* Turns the hue (of the hexcone model; Smith, Color Gamut Transform Pairs, 1978) by a share of the
 * circle, in [-0.5, 0.5]. Leaves a gray picture as it is. */
void dl__hue(const dl__picture *p, float *x, float turn);
/* Fails unless pictures have 1 or 3 channels. */
dl_status dl__color_check(dl_ctx *ctx, const char *who, const dl__picture *p);
#endif
