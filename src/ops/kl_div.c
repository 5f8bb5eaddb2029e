/* The Kullback-Leibler divergence of a distribution p from the target t: t (log t - log p). One
 * operation for both kinds of target: its attribute is 1 for logarithms. */
#include <math.h>
#include "ops/loss.h"

/* Of probabilities, where 0 log 0 = 0. The slope at t = 0, which is infinite, is left out. */
DL__LOOP2(value, b == 0 ? 0 : b * (DL__LOG(b) - a))
DL__LOOP3(by_pred, -a *c)
DL__LOOP3(by_target, c == 0 ? 0 : a * (DL__LOG(c) - b + 1))
DL__LOOP3(mixed, -a)
DL__LOOP3(by_target_twice, c == 0 ? 0 : a / c)

/* Of logarithms: e^t (t - log p), with -inf for the logarithm of 0. */
#define ZERO(t) ((t) == -(real)INFINITY)
DL__LOOP2(log_value, ZERO(b) ? 0 : DL__EXP(b) * (b - a))
DL__LOOP3(log_by_pred, -a *DL__EXP(c))
DL__LOOP3(log_by_target, ZERO(c) ? 0 : a *DL__EXP(c) * (c - b + 1))
DL__LOOP3(log_by_target_twice, ZERO(c) ? 0 : a *DL__EXP(c) * (c - b + 2))

static const dl__loss_rule *rule_of(const dl_call *c);

static dl_status kl_div_forward(const dl_call *c)
{
    return dl__loss_forward(c, rule_of(c));
}

static dl_status kl_div_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return dl__loss_backward(c, dy, dx, rule_of(c));
}

static dl_status kl_div_slope(const dl_call *c)
{
    return dl__slope_forward(c, rule_of(c));
}

static dl_status kl_div_slope_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    return dl__slope_backward(c, g, dx, rule_of(c));
}

const dl_op dl__op_kl_div_backward = DL__LOSS_BACKWARD_OP(kl_div);
const dl_op dl__op_kl_div = DL__LOSS_OP(kl_div);

static const dl__loss_rule *rule_of(const dl_call *c)
{
    static const dl__loss_rule rules[2] = {
        {.backward = &dl__op_kl_div_backward,
         .value = &value,
         .slope = {&by_pred, &by_target, NULL, &mixed, &by_target_twice},
         .curved = 1},
        {.backward = &dl__op_kl_div_backward,
         .value = &log_value,
         .slope = {&log_by_pred, &log_by_target, NULL, &log_by_pred, &log_by_target_twice},
         .curved = 1}};
    return &rules[((const dl__loss_attrs *)c->attrs)->s != 0];
}

dl_tensor *dl_kl_div(dl_tensor *log_p, dl_tensor *target, int32_t log_target, const dl_loss_opts *o)
{
    return dl__loss_of(&dl__op_kl_div, log_p, target, log_target != 0, o);
}
