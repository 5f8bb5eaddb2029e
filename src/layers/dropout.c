/* Dropout: something in training mode, nothing (or a factor) in evaluation mode. */
#include "core/text.h"
#include "layers/layer.h"

typedef struct config {
    double p;
    int32_t expectation;
} config;

static const dl_config_field fields[] = {
    {"p", DL_CONFIG_F64, offsetof(config, p), 1},
    {"expectation", DL_CONFIG_I32, offsetof(config, expectation), 1},
};

static dl_status init(dl_module *m, const void *p)
{
    const config *c = p;
    char text[DL__NUMBER];
    if (!(c->p >= 0 && c->p <= 1))
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "dropout: p is %s, wanted 0 to 1",
                       dl__double_text(text, c->p));
    if (c->expectation != 0 && c->expectation != 1)
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "dropout: expectation is %d, wanted 0 or 1",
                       (int)c->expectation);
    return DL_OK;
}

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    const config *c = dl_module_config(m);
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK)
        return s;
    dl_tensor *y = in[0];
    if (c->p > 0 && dl_module_training(m))
        y = c->expectation ? dl_dropout_unscaled(y, c->p) : dl_dropout(y, c->p);
    else if (c->p > 0 && c->expectation)
        y = dl_scale(y, 1 - c->p);
    return dl__layer_give(m, y, out);
}

const dl_module_class dl__class_dropout = {
    .name = "dropout",
    .config_size = sizeof(config),
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .init = init,
    .forward = forward,
};

dl_module *dl_layer_dropout(dl_ctx *ctx, double p, const dl_dropout_opts *o)
{
    if (!dl__ok(ctx))
        return NULL;
    if (o && DL__RESERVED(ctx, "dropout", o) != DL_OK)
        return NULL;
    const config c = {p, o ? o->expectation : 0};
    return dl_module_new(ctx, &dl__class_dropout, &c);
}
