/* not x: both operands of the loop are x */
#include "ops/compare.h"

DL__COMPARE_ONE(logical_not_loop, uint8_t, DL__READ_FLAG, (a & b) == 0)

static dl_status forward(const dl_call *c)
{
    dl__compare_run(c->out[0], c->in[0], c->in[0], logical_not_loop);
    return DL_OK;
}

const dl_op dl__op_logical_not = {.name = "logical_not",
                                  .flags = DL_OP_INTEGER_OUT,
                                  .infer = dl__logical_infer,
                                  .forward = forward};

dl_tensor *dl_logical_not(dl_tensor *x)
{
    return dl__apply1(&dl__op_logical_not, x, NULL);
}
