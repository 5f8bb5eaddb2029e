/* What dl_all and dl_any share. */
#ifndef DL_OPS_BOOLS_H
#define DL_OPS_BOOLS_H
#include "ops/axes.h"

dl_status dl__bools_infer(const dl_call *c, dl_spec *out);
/* op: DL__MIN or DL__MAX; none: the answer for no elements. */
dl_status dl__bools_forward(const dl_call *c, int32_t op, int none);
#endif
