/* Penalties: losses of the weights against zero. */
#include "dl/losses.h"
#include "dl/penalty.h"
#include "module/module.h"

typedef dl_tensor *(*loss_fn)(dl_tensor *pred, dl_tensor *target, const dl_loss_opts *o);

/* The sum of the losses of w against 0, which costs no memory: it is one element, repeated. */
static dl_tensor *of_one(dl_tensor *w, loss_fn loss)
{
    const dl_loss_opts sum = {.reduction = DL_REDUCE_SUM};
    dl_tensor *zero = dl_tensor_give(dl_tensor_zeros(w->base.ctx, w->dtype, NULL, 0));
    return loss(w, dl_expand(zero, w->dims, w->ndim), &sum);
}

/* NULL before the first term, and on failure. */
static dl_tensor *sum_of(dl_module *m, const char *who, const char *pattern, loss_fn loss)
{
    dl_ctx *ctx = m->base.ctx;
    dl_tensor *sum = NULL;
    const int32_t n = dl_module_param_count(m);
    for (int32_t i = 0; i < n; i++) {
        dl_tensor *w = dl_module_param(m, i);
        if (!dl__param_picked(pattern, dl_module_param_name(m, i), w))
            continue;
        if (sum && sum->dtype != w->dtype) {
            dl_fail(ctx, DL_EDTYPE, "%s: %.200s is %s and one before it %s, wanted one type", who,
                    dl_module_param_name(m, i), dl_dtype_name(w->dtype), dl_dtype_name(sum->dtype));
            return NULL;
        }
        dl_tensor *term = of_one(w, loss);
        sum = sum ? dl_add(sum, term) : term;
        if (!sum)
            return NULL;
    }
    if (!sum && n >= 0)
        dl_fail(ctx, DL_EINVAL, "%s: no parameter %s%.200s%s", who,
                pattern ? "has a name that fits \"" : "has two axes or more",
                pattern ? pattern : "", pattern ? "\"" : "");
    return sum;
}

static dl_tensor *penalty(dl_module *m, const char *who, const char *pattern, loss_fn loss)
{
    if (!m || !dl__ok(m->base.ctx))
        return NULL;
    const int32_t mark = dl_scope_begin(m->base.ctx);
    if (mark < 0)
        return NULL;
    dl_tensor *sum = sum_of(m, who, pattern, loss);
    void *const object = sum;
    dl__scope_end_giving(m->base.ctx, mark, &object, 1);
    return sum;
}

dl_tensor *dl_penalty_l1(dl_module *m, const char *pattern)
{
    return penalty(m, "penalty_l1", pattern, dl_l1);
}

dl_tensor *dl_penalty_l2(dl_module *m, const char *pattern)
{
    return penalty(m, "penalty_l2", pattern, dl_mse);
}
