/* Initialisers that keep the variance of signals from layer to layer, and what layers choose
 * from. */
#include <math.h>
#include "core/text.h"
#include "module/init.h"

typedef struct fans {
    double in, out;
} fans;

static dl_status find_fans(const char *who, const dl_tensor *t, fans *f)
{
    dl_status s = dl__init_check(who, t);
    if (s != DL_OK)
        return s;
    if (t->ndim < 2)
        return dl_fail(t->base.ctx, DL_ESHAPE, "%s: the tensor has %d axes, wanted [out, in, ..]",
                       who, (int)t->ndim);
    double field = 1;
    for (int32_t i = 2; i < t->ndim; i++)
        field *= (double)t->dims[i];
    *f = (fans){(double)t->dims[1] * field, (double)t->dims[0] * field};
    return DL_OK;
}

static dl_status check_opts(const char *who, const dl_tensor *t, const dl_init_opts *o)
{
    char text[DL__NUMBER];
    dl_ctx *ctx = t->base.ctx;
    if (!isfinite(o->gain) || o->gain < 0)
        return dl_fail(ctx, DL_EINVAL, "%s: gain is %s, wanted a finite number >= 0", who,
                       dl__double_text(text, o->gain));
    if (o->uniform != 0 && o->uniform != 1)
        return dl_fail(ctx, DL_EINVAL, "%s: uniform is %d, wanted 0 or 1", who, (int)o->uniform);
    if (o->fan != DL_FAN_IN && o->fan != DL_FAN_OUT)
        return dl_fail(ctx, DL_EINVAL, "%s: fan is %d, wanted DL_FAN_IN or DL_FAN_OUT", who,
                       (int)o->fan);
    return DL__RESERVED(ctx, who, o);
}

/* Deviation gain / sqrt(fan), where both are 0 means the mean of fan_in and fan_out. */
static dl_status scaled(const char *who, dl_tensor *t, double gain, int mean,
                        const dl_init_opts *opts)
{
    static const dl_init_opts defaults;
    const dl_init_opts *o = opts ? opts : &defaults;
    fans f = {0, 0};
    dl_status s = find_fans(who, t, &f);
    if (s != DL_OK || (s = check_opts(who, t, o)) != DL_OK)
        return s;
    double fan = mean ? (f.in + f.out) / 2 : o->fan == DL_FAN_OUT ? f.out : f.in;
    double deviation = (o->gain > 0 ? o->gain : gain) / sqrt(fmax(fan, 1));
    if (!o->uniform)
        return dl_init_normal(t, 0, deviation);
    double bound = sqrt(3) * deviation;
    return dl_init_uniform(t, -bound, bound);
}

dl_status dl_init_he(dl_tensor *t, const dl_init_opts *o)
{
    return scaled("init_he", t, sqrt(2), 0, o);
}

dl_status dl_init_glorot(dl_tensor *t, const dl_init_opts *o)
{
    return scaled("init_glorot", t, 1, 1, o);
}

dl_status dl_init_lecun(dl_tensor *t, const dl_init_opts *o)
{
    return scaled("init_lecun", t, 1, 0, o);
}

/* PyTorch's kaiming_uniform_(a = sqrt(5)), which comes to this; biases follow the weight. */
static dl_status like_pytorch(dl_tensor *weight, dl_tensor *bias)
{
    fans f = {0, 0};
    dl_status s = find_fans("init_layer", weight, &f);
    if (s != DL_OK)
        return s;
    double bound = 1 / sqrt(fmax(f.in, 1));
    s = dl_init_uniform(weight, -bound, bound);
    return s != DL_OK || !bias ? s : dl_init_uniform(bias, -bound, bound);
}

dl_status dl_init_layer(dl_tensor *weight, dl_tensor *bias, int32_t method)
{
    const dl_init_opts uniform = {.uniform = 1}, out = {.fan = DL_FAN_OUT};
    dl_status s = dl__init_check("init_layer", weight);
    if (s != DL_OK)
        return s;
    if (method == DL_INIT_PYTORCH)
        return like_pytorch(weight, bias);
    switch (method) {
    case DL_INIT_DEFAULT:
    case DL_INIT_HE_NORMAL:
        s = dl_init_he(weight, NULL);
        break;
    case DL_INIT_HE_NORMAL_OUT:
        s = dl_init_he(weight, &out);
        break;
    case DL_INIT_HE_UNIFORM:
        s = dl_init_he(weight, &uniform);
        break;
    case DL_INIT_GLOROT_NORMAL:
        s = dl_init_glorot(weight, NULL);
        break;
    case DL_INIT_GLOROT_UNIFORM:
        s = dl_init_glorot(weight, &uniform);
        break;
    case DL_INIT_LECUN_NORMAL:
        s = dl_init_lecun(weight, NULL);
        break;
    case DL_INIT_LECUN_UNIFORM:
        s = dl_init_lecun(weight, &uniform);
        break;
    case DL_INIT_ORTHOGONAL:
        s = dl_init_orthogonal(weight, 0);
        break;
    case DL_INIT_TRUNC_NORMAL:
        s = dl_init_trunc_normal(weight, 0, 0.02, -0.04, 0.04);
        break;
    case DL_INIT_ZEROS:
        s = dl_init_constant(weight, 0);
        break;
    default:
        s = dl_fail(weight->base.ctx, DL_EINVAL,
                    "init_layer: method is %d, wanted one of DL_INIT_*", (int)method);
    }
    return s != DL_OK || !bias ? s : dl_init_constant(bias, 0);
}
