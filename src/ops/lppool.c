/* (sum x^p)^(1/p) over windows: powers, their average, as PyTorch has it, and the root. */
#include "autograd/autograd.h"
#include "ops/pooling.h"
#include "ops/ratio.h"

/* s^(1/p), with gradients that are 0 where s is. Of a negative s, which odd powers make, NaN. */
static dl_tensor *root(dl_tensor *s, double p)
{
    if (p == 1)
        return s;
    dl_tensor *y = dl__signed_power(s, 1 / p, 1);
    if (!y || __builtin_fmod(p, 2) != 1)
        return y;
    dl_tensor *zero = dl_tensor_give(dl_tensor_zeros(s->base.ctx, s->dtype, NULL, 0));
    return dl_masked_fill(y, dl_lt(dl_detach(s), zero), __builtin_nan(""));
}

static dl_tensor *pooled(dl_tensor *x, double p, const dl__pool_attrs *a)
{
    const int64_t *kernel = a->w.kernel;
    const double elements = (double)kernel[0] * (double)kernel[1] * (double)kernel[2];
    const int32_t mark = dl_scope_begin(x->base.ctx);
    dl_tensor *s = dl__pool_average(dl_pow_scalar(x, p), a);
    /* Where windows may reach over the end, averages are of what is inside, times the whole. */
    if (s && a->divisor == 0)
        s = dl_scale(s, elements);
    return dl__scope_out(x->base.ctx, mark, s ? root(s, p) : NULL);
}

static dl_tensor *front(dl_tensor *x, double p, int32_t axes, const int32_t *kernel,
                        const dl_pool_opts *o)
{
    const char *who = dl__pool_name(DL__POOL_LP, DL__POOL_SLIDING, axes);
    dl__pool_attrs a;
    char text[DL__NUMBER];
    if (!dl__pool_sliding(x, DL__POOL_LP, axes, kernel, o, &a))
        return NULL;
    if (!(p > 0 && p <= __DBL_MAX__)) {
        dl_fail(x->base.ctx, DL_EINVAL, "%s: p is %s, wanted a finite number above 0", who,
                dl__double_text(text, p));
        return NULL;
    }
    a.divisor = !a.ceil_mode;
    return dl__pool_need_float(x, who) == DL_OK ? pooled(x, p, &a) : NULL;
}

#define LPPOOL(axes)                                                                               \
    dl_tensor *dl_lppool##axes##d(dl_tensor *x, double p, const int32_t *kernel,                   \
                                  const dl_pool_opts *o)                                           \
    {                                                                                              \
        return front(x, p, axes, kernel, o);                                                       \
    }
LPPOOL(1)
LPPOOL(2)
LPPOOL(3)
