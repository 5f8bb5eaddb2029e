/* a >= b */
#include "ops/compare.h"

DL__COMPARE(ge_loops, a >= b)

static dl_status forward(const dl_call *c)
{
    return dl__compare_forward(c, &ge_loops);
}

const dl_op dl__op_ge = {
    .name = "ge", .flags = DL_OP_INTEGER_OUT, .infer = dl__compare_infer, .forward = forward};

dl_tensor *dl_ge(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_ge, a, b, NULL);
}
