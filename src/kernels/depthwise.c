#include "kernels/depthwise.h"

enum { VECTOR = 32 }; /* bytes; narrower instruction sets take two steps for one */

#define DL__TEMPLATE "kernels/depthwise.inc"
#include "kernels/instances.h"

#define LINE(isa, target, tag) line_##tag##_##isa,
#define SUMS(isa, target, tag) sums_##tag##_##isa,
static dl__depthwise_line *const lines[2][DL__LOOP_ISAS] = {{DL__ISA_LIST(LINE, f32)},
                                                            {DL__ISA_LIST(LINE, f64)}};
static dl__depthwise_sums *const sums[2][DL__LOOP_ISAS] = {{DL__ISA_LIST(SUMS, f32)},
                                                           {DL__ISA_LIST(SUMS, f64)}};

dl__depthwise_line *dl__depthwise_line_of(dl_dtype dt)
{
    return lines[dt == DL_F64][dl__loop_isa()];
}

dl__depthwise_sums *dl__depthwise_sums_of(dl_dtype dt)
{
    return sums[dt == DL_F64][dl__loop_isa()];
}
