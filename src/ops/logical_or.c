/* a or b */
#include "ops/compare.h"

DL__COMPARE_ONE(logical_or_loop, uint8_t, DL__READ_FLAG, a | b)

static dl_status forward(const dl_call *c)
{
    dl__compare_run(c->out[0], c->in[0], c->in[1], logical_or_loop);
    return DL_OK;
}

const dl_op dl__op_logical_or = {.name = "logical_or",
                                 .flags = DL_OP_INTEGER_OUT,
                                 .infer = dl__logical_infer,
                                 .forward = forward};

dl_tensor *dl_logical_or(dl_tensor *a, dl_tensor *b)
{
    return dl__apply2(&dl__op_logical_or, a, b, NULL);
}
