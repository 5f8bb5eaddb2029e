/* The variance over axes. */
#include "ops/variance.h"

static dl_status forward(const dl_call *c)
{
    return dl__variance_forward(c, 0);
}

static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return dl__variance_backward(c, dy[0], &dx[0]);
}

static const dl_attr attrs[] = DL__VARIANCE_ATTRS;
const dl_op dl__op_var = {.name = "var",
                          .attrs_size = sizeof(dl__variance_attrs),
                          .attrs = attrs,
                          .n_attrs = 3,
                          .saves_in = 1,
                          .infer = dl__variance_infer,
                          .forward = forward,
                          .backward = backward,
                          .replay_in = 1,
                          .replay_out = 1};

dl_tensor *dl_var(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims,
                  int32_t correction)
{
    return dl__variance_apply(&dl__op_var, x, axes, n_axes, keepdims, correction);
}
