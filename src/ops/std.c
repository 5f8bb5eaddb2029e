/* The standard deviation over axes. */
#include "ops/variance.h"
#include "ops/ratio.h"

static dl_status forward(const dl_call *c)
{
    return dl__variance_forward(c, 1);
}

/* The gradient of the variance is dy / (2 y), 0 where y is. */
static dl_status backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return dl__variance_backward(c, dl_scale(dl__ratio(dy[0], c->out[0]), 0.5), &dx[0]);
}

static const dl_attr attrs[] = DL__VARIANCE_ATTRS;
const dl_op dl__op_std = {.name = "std",
                          .attrs_size = sizeof(dl__variance_attrs),
                          .attrs = attrs,
                          .n_attrs = 3,
                          .saves_in = 1,
                          .saves_out = 1,
                          .infer = dl__variance_infer,
                          .forward = forward,
                          .backward = backward,
                          .replay_in = 1,
                          .replay_out = 1};

dl_tensor *dl_std(dl_tensor *x, const int32_t *axes, int32_t n_axes, int32_t keepdims,
                  int32_t correction)
{
    return dl__variance_apply(&dl__op_std, x, axes, n_axes, keepdims, correction);
}
