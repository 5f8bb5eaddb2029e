/* Rectangles in pictures. */
#ifndef DL_DATA_BOXES_H
#define DL_DATA_BOXES_H
#include "data/transform.h"

typedef struct dl__box {
    int64_t y, x, h, w;
} dl__box;

/* How large a random rectangle is: its share of the picture, uniform, and one side over the other,
 * uniform in the logarithm. */
typedef struct dl__box_rule {
    double area[2], ratio[2];
} dl__box_rule;

/* Options 0 take the defaults; then 0 < area <= 1, 0 < ratio, each rising. */
dl_status dl__box_rule_check(dl_ctx *ctx, const char *who, dl__box_rule *r,
                             const dl__box_rule *standard);
/* A rectangle of that rule at a random place, width over height being the ratio; of ten that are
 * drawn the first that fits in, which is 1, or none, 0. Choices are elements of s below 64. As
 * RandomResizedCrop.get_params of torchvision. */
int dl__box_draw(const dl__box_rule *r, const dl__stream *s, const dl__picture *p, dl__box *b);
/* What lies in the picture of the rectangle whose corner is (y, x). */
dl__box dl__box_around(const dl__picture *p, int64_t y, int64_t x, int64_t h, int64_t w);
/* All channels of the rectangle. */
void dl__box_fill(const dl__picture *p, const dl__box *b, float *out, float value);
void dl__box_copy(const dl__picture *p, const dl__box *b, const float *in, float *out);
#endif
