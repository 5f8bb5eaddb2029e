/* What operations that choose between elements share. */
#ifndef DL_OPS_CHOOSE_H
#define DL_OPS_CHOOSE_H
#include "ops/shape.h"

/* out = cond ? a : b, element by element, of any element type; all broadcast to out. */
void dl__where_run(dl_tensor *out, const dl_tensor *cond, const dl_tensor *a, const dl_tensor *b);
/* DL_EDTYPE unless mask is bool. */
dl_status dl__need_mask(const dl_call *c, const dl_tensor *mask);
/* x with 0 where mask, which broadcasts to x, is true; where it is false if unless is 1. */
dl_tensor *dl__masked_zero(dl_tensor *x, dl_tensor *mask, int32_t unless);
/* The part of dy that a winner gets: all where it is larger than the other, half where they are
 * equal, none where it is smaller, all where they cannot be compared. */
dl_tensor *dl__winner_share(dl_tensor *dy, dl_tensor *winner, dl_tensor *other);
#endif
