/* The kernels of softmax.inc for both types and every instruction set. */
#include "kernels/rows_math.h"
#include "kernels/softmax.h"

#define DL__TEMPLATE "kernels/softmax.inc"
#include "kernels/instances.h"

#define KERNELS(isa, target, tag)                                                                  \
    {softmax_##tag##_##isa,                                                                        \
     log_softmax_##tag##_##isa,                                                                    \
     softmax_backward_##tag##_##isa,                                                               \
     log_softmax_backward_##tag##_##isa,                                                           \
     cross_entropy_##tag##_##isa,                                                                  \
     cross_entropy_backward_##tag##_##isa,                                                         \
     cross_entropy_target_##tag##_##isa},

static const dl__rows_kernel f32[DL__LOOP_ISAS][DL__SOFTMAX_KERNELS] = {DL__ISA_LIST(KERNELS, f32)};
static const dl__rows_kernel f64[DL__LOOP_ISAS][DL__SOFTMAX_KERNELS] = {DL__ISA_LIST(KERNELS, f64)};

dl__rows_kernel dl__softmax_kernel(int kind, dl_dtype dtype)
{
    return (dtype == DL_F64 ? f64 : f32)[dl__loop_isa()][kind];
}
