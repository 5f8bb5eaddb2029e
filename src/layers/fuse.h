/* Layers whose pass over memory takes a ReLU that follows, and a sum before it, along. Results,
 * gradients and buffers are to the bit those of layer by layer. */
#ifndef DL_LAYERS_FUSE_H
#define DL_LAYERS_FUSE_H
#include "layers/layer.h"

/* 1 when m can do that for x, and nobody is to see what it gives by itself: no trace does, nor a
 * search for what is not finite. */
int dl__layer_takes_relu(const dl_module *m, const dl_tensor *x);
/* *y = max(m(x) + skip, 0) for a skip path that is NULL or shaped like m(x), of its type; where
 * dl__layer_takes_relu. */
dl_status dl__layer_call_relu(dl_module *m, dl_tensor *x, dl_tensor *skip, dl_tensor **y);
#endif
