/* Channels-last memory behind the shape [N, C, ..]: examples outermost, then the spatial axes, the
 * channels side by side. Convolutions compute and store like that; pooling, patches and resampling
 * keep the layout they are given, and may compute in this one. */
#ifndef DL_OPS_LAYOUT_H
#define DL_OPS_LAYOUT_H
#include "ops/shape.h"

/* out: dims, ndim >= 2 axes, dense and channels-last. */
void dl__spec_channels_last(dl_spec *out, dl_dtype dt, const int64_t *dims, int32_t ndim);
/* 1 when the elements of t lie so, without gaps; axes of size 1 say nothing. */
int dl__is_channels_last(const dl_tensor *t);
/* t, or a copy that is channels-last; the caller's. NULL on failure. */
dl_tensor *dl__as_channels_last(dl_tensor *t);
/* For a forward that computes channels-last: out itself (accumulate 0 and channels-last), or memory
 * like it, not initialised; the caller's. NULL on failure. */
dl_tensor *dl__channels_last_begin(const dl_call *c, dl_tensor *out);
/* Brings work, from dl__channels_last_begin, to where it belongs, adding where the call accumulates
 * into out[0], and drops it. NULL work: the standing error. */
dl_status dl__channels_last_end(const dl_call *c, dl_tensor *out, dl_tensor *work);
#endif
