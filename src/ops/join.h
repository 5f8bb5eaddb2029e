/* What joining tensors shares. */
#ifndef DL_OPS_JOIN_H
#define DL_OPS_JOIN_H
#include "ops/shape.h"

/* 1 when in[0 .. n) may be joined: all there, of one context, element type and shape, but for the
 * size of axis skip (-1: none); else 0, with an error unless one of them is NULL. */
int dl__can_join(const char *who, dl_tensor *const *in, int32_t n, int32_t skip);
/* in[0 .. n), which can be joined, one after the other along axis. */
dl_tensor *dl__join(dl_tensor *const *in, int32_t n, int32_t axis);
#endif
