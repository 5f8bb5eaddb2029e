/* Dropout: something in training mode, nothing (or a factor) in evaluation mode. */
#include "core/text.h"
#include "layers/dropout.h"

const dl_config_field dl__dropout_fields[DL__DROPOUT_FIELDS] = {
    {"p", DL_CONFIG_F64, offsetof(dl__dropout_config, p), 1},
    {"expectation", DL_CONFIG_I32, offsetof(dl__dropout_config, expectation), 1},
};

dl_status dl__dropout_init(dl_module *m, const void *config)
{
    const dl__dropout_config *c = config;
    char text[DL__NUMBER];
    if (!(c->p >= 0 && c->p <= 1))
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "%s: p is %s, wanted 0 to 1", m->cls->name,
                       dl__double_text(text, c->p));
    if (c->expectation != 0 && c->expectation != 1)
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "%s: expectation is %d, wanted 0 or 1",
                       m->cls->name, (int)c->expectation);
    return DL_OK;
}

static dl_status check_axes(const dl_module *m, const dl_tensor *x, int32_t spatial)
{
    static const char *const wanted[] = {"", "[N, C, L]", "[N, C, H, W]", "[N, C, D, H, W]"};
    char text[192];
    if (spatial == 0 || x->ndim == 2 + spatial)
        return DL_OK;
    return dl_fail(m->base.ctx, DL_ESHAPE, "%s: the input is %s, wanted %s", m->cls->name,
                   dl__shape_text(text, sizeof text, x->dims, x->ndim), wanted[spatial]);
}

static dl_tensor *drop(dl_tensor *x, double p, int32_t unscaled, int32_t spatial)
{
    if (spatial > 0)
        return unscaled ? dl_dropout_channels_unscaled(x, p) : dl_dropout_channels(x, p);
    return unscaled ? dl_dropout_unscaled(x, p) : dl_dropout(x, p);
}

dl_status dl__dropout_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out, int32_t spatial)
{
    const dl__dropout_config *c = dl_module_config(m);
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK || (s = check_axes(m, in[0], spatial)) != DL_OK)
        return s;
    dl_tensor *y = in[0];
    if (c->p > 0 && dl_module_training(m))
        y = drop(y, c->p, c->expectation, spatial);
    else if (c->p > 0 && c->expectation)
        y = dl_scale(y, 1 - c->p);
    return dl__layer_give(m, y, out);
}

dl_module *dl__dropout_new(dl_ctx *ctx, const dl_module_class *cls, double p,
                           const dl_dropout_opts *o)
{
    if (!dl__ok(ctx))
        return NULL;
    if (o && DL__RESERVED(ctx, cls->name, o) != DL_OK)
        return NULL;
    const dl__dropout_config c = {p, o ? o->expectation : 0};
    return dl_module_new(ctx, cls, &c);
}
