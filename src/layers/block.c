/* What residual blocks share. */
#include "layers/block.h"
#include <stdio.h>
#include "layers/fuse.h"

const dl_config_field dl__block_fields[DL__BLOCK_FIELDS] = {
    {"plain", DL_CONFIG_I32, offsetof(dl__block_config, plain), 1},
};

/* ---- making one ------------------------------------------------------------------------------ */

static dl_status check_opts(dl_ctx *ctx, const char *who, const dl_block_opts *o)
{
    const struct {
        const char *name;
        int32_t value, most;
    } number[] = {
        {"stride", o->stride, INT32_MAX},     {"shortcut", o->shortcut, DL_SHORTCUT_NONE},
        {"dilation", o->dilation, INT32_MAX}, {"zero_gamma", o->zero_gamma, 1},
        {"groups", o->groups, INT32_MAX},     {"width_per_group", o->width_per_group, INT32_MAX},
        {"stride_first", o->stride_first, 1},
    };
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        if (number[i].value < 0 || number[i].value > number[i].most)
            return dl_fail(ctx, DL_EINVAL, "%s: %s is %d, wanted 0 to %d", who, number[i].name,
                           (int)number[i].value, (int)number[i].most);
    return DL__RESERVED(ctx, who, o);
}

static int32_t or_else(int32_t value, int32_t standard)
{
    return value ? value : standard;
}

dl_status dl__block_begin(dl__block *b, dl_ctx *ctx, const dl_module_class *cls, int64_t in,
                          int64_t channels, const dl_block_opts *o)
{
    *b = (dl__block){.ctx = ctx, .in = in, .out = in};
    if (!dl__ok(ctx))
        return ctx ? ctx->status : DL_EINVAL;
    if (o)
        b->o = *o;
    if (in < 1 || channels < 1)
        return dl_fail(ctx, DL_EINVAL, "%s: %lld channels to %lld, wanted at least 1", cls->name,
                       (long long)in, (long long)channels);
    if (check_opts(ctx, cls->name, &b->o) != DL_OK)
        return ctx->status;
    b->o.stride = or_else(b->o.stride, 1);
    b->o.shortcut = or_else(b->o.shortcut, DL_SHORTCUT_PROJECT);
    b->o.dilation = or_else(b->o.dilation, 1);
    b->m = dl_module_new(ctx, cls, &(dl__block_config){b->o.shortcut == DL_SHORTCUT_NONE});
    return ctx->status;
}

static dl_module *conv(dl_ctx *ctx, int64_t in, int64_t out, int32_t kernel, dl_conv_opts c)
{
    const dl_layer_opts o = {.no_bias = 1, .init = DL_INIT_HE_NORMAL_OUT};
    return dl_layer_conv2d(ctx, in, out, DL_KERNEL(kernel), &c, &o);
}

void dl__block_conv(dl__block *b, int64_t out, int32_t kernel, int32_t stride, int32_t groups)
{
    char name[16];
    const int32_t dilation = kernel > 1 ? b->o.dilation : 1;
    const dl_conv_opts c = {
        .stride = {stride},
        .padding = {kernel / 2 * dilation},
        .dilation = {dilation},
        .groups = groups,
    };
    snprintf(name, sizeof name, "conv%d", (int)++b->n);
    dl_module_add(b->m, name, conv(b->ctx, b->out, out, kernel, c));
    snprintf(name, sizeof name, "bn%d", (int)b->n);
    b->norm = dl_module_add(b->m, name, dl_layer_batchnorm2d(b->ctx, out, NULL));
    b->out = out;
}

/* The module for the shortcut, where it is not the input itself. */
static dl_module *shortcut(const dl__block *b)
{
    if (b->o.shortcut == DL_SHORTCUT_PAD)
        return dl_layer_shortcut_pad(b->ctx, b->in, b->out, b->o.stride);
    dl_module *m = dl_layer_sequential(b->ctx, NULL, 0);
    dl_module_add(m, "0", conv(b->ctx, b->in, b->out, 1, (dl_conv_opts){.stride = {b->o.stride}}));
    dl_module_add(m, "1", dl_layer_batchnorm2d(b->ctx, b->out, NULL));
    return m;
}

dl_module *dl__block_end(dl__block *b)
{
    const int32_t kind = b->o.shortcut, changes = b->in != b->out || b->o.stride > 1;
    if (kind == DL_SHORTCUT_PROJECT_ALL || (changes && kind != DL_SHORTCUT_NONE))
        dl_module_add(b->m, "downsample", shortcut(b));
    if (b->o.zero_gamma && dl__ok(b->ctx))
        dl_init_constant(dl_module_tensor(b->norm, "weight"), 0);
    if (dl__ok(b->ctx))
        return b->m;
    dl_module_drop(b->m);
    return NULL;
}

/* ---- running one ----------------------------------------------------------------------------- */

dl_status dl__block_init(dl_module *m, const void *config)
{
    const dl__block_config *c = config;
    return c->plain == 0 || c->plain == 1
               ? DL_OK
               : dl_fail(m->base.ctx, DL_EINVAL, "%s: plain is %d, wanted 0 or 1", m->cls->name,
                         (int)c->plain);
}

static dl_status call(dl_module *m, dl_tensor *x, dl_tensor **y)
{
    return dl_module_call(m, &x, 1, y, 1);
}

/* *y = max(norm(x), 0) */
static dl_status norm_relu(dl_module *norm, dl_tensor *x, dl_tensor **y)
{
    if (dl__layer_takes_relu(norm, x))
        return dl__layer_call_relu(norm, x, NULL, y);
    const dl_status s = call(norm, x, y);
    return s == DL_OK ? dl__layer_give(norm, dl_relu(*y), y) : s;
}

/* *y = max(norm(x) + shortcut(from), 0), shortcut NULL: from. A norm that takes the sum along runs
 * when both are known. */
static dl_status finish(dl_module *m, dl_module *norm, dl_module *shortcut, dl_tensor *x,
                        dl_tensor *from, dl_tensor **y)
{
    const int late = dl__layer_takes_relu(norm, x);
    dl_tensor *skip = from;
    dl_status s = late ? DL_OK : call(norm, x, &x);
    if (s == DL_OK && shortcut)
        s = call(shortcut, from, &skip);
    if (s == DL_OK && late && dl__same_shape(x, skip) && x->dtype == skip->dtype)
        return dl__layer_call_relu(norm, x, skip, y);
    if (s == DL_OK && late)
        s = call(norm, x, &x);
    return s == DL_OK ? dl__layer_give(m, dl_relu(dl__layer_join(m, x, skip)), y) : s;
}

dl_status dl__block_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                            int32_t n_out, int32_t convs)
{
    const dl__block_config *c = m->config;
    const int32_t n = 2 * convs;
    dl_status s = dl__layer_single(m, in, n_in, n_out);
    if (s != DL_OK)
        return s;
    if (m->n_child < n || m->n_child > n + !c->plain)
        return dl_fail(m->base.ctx, DL_ESTATE, "%s: it has %d parts, wanted %d%s", m->cls->name,
                       (int)m->n_child, (int)n, c->plain ? "" : ", or one more for the shortcut");
    dl_tensor *x = in[0];
    for (int32_t i = 0; s == DL_OK && i + 1 < n; i++)
        s = i % 2 ? norm_relu(m->child[i], x, &x) : call(m->child[i], x, &x);
    if (s != DL_OK)
        return s;
    if (c->plain)
        return norm_relu(m->child[n - 1], x, out);
    return finish(m, m->child[n - 1], m->n_child > n ? m->child[n] : NULL, x, in[0], out);
}

int32_t dl__block_chains(const dl_module *m, int32_t i)
{
    (void)m;
    return i % 2 == 0;
}
