/* Modules of test classes. */
#include "modules.h"
#include "dl/ops.h"

static const dl_config_field counter_fields[] = {
    {"n", DL_CONFIG_I64, offsetof(counter_config, n), 1},
    {"kind", DL_CONFIG_I32, offsetof(counter_config, kind), 3},
    {"rate", DL_CONFIG_F64, offsetof(counter_config, rate), 1},
};

/* The state holds handles, to see that they stay good through copies. */
typedef struct counter_state {
    dl_tensor *scale, *count;
} counter_state;

static dl_status counter_init(dl_module *m, const void *config)
{
    const counter_config *c = config;
    dl_ctx *ctx = dl_module_ctx(m);
    counter_state *s = dl_module_state(m);
    dl_dtype dt = dl_ctx_dtype(ctx);
    s->scale = dl_module_add_param(m, "scale", dl_tensor_ones(ctx, dt, DL_SHAPE(c->n)));
    s->count = dl_module_add_buffer(m, "count", dl_tensor_zeros(ctx, dt, DL_SHAPE(1)));
    return dl_ctx_status(ctx);
}

static dl_status counter_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                                 int32_t n_out)
{
    const counter_state *s = dl_module_state(m);
    if (n_in != 1 || n_out != 1)
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "test.counter: one and one");
    if (dl_module_training(m))
        dl_module_update_buffer(m, s->count, dl_add_scalar(s->count, 1));
    out[0] = dl_mul(in[0], s->scale);
    return dl_ctx_status(dl_module_ctx(m));
}

const dl_module_class counter_class = {
    .name = "test.counter",
    .config_size = sizeof(counter_config),
    .state_size = sizeof(counter_state),
    .fields = counter_fields,
    .n_fields = 3,
    .init = counter_init,
    .forward = counter_forward,
};

dl_module *make_counter(dl_ctx *ctx, int64_t n)
{
    const counter_config c = {n, {1, -2, 3}, 0.1};
    return dl_module_new(ctx, &counter_class, &c);
}

double counter_value(dl_module *m)
{
    return dl_tensor_item(dl_module_tensor(m, "count"));
}

static dl_status pair_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out)
{
    if (n_in != 2 || n_out != 2)
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "test.pair: two and two");
    out[0] = in[1] ? dl_add(in[0], in[1]) : in[0];
    out[1] = in[1] ? dl_sub(in[0], in[1]) : in[0];
    return dl_ctx_status(dl_module_ctx(m));
}

const dl_module_class pair_class = {.name = "test.pair", .forward = pair_forward};

static dl_status nest_init(dl_module *m, const void *config)
{
    dl_ctx *ctx = dl_module_ctx(m);
    (void)config;
    dl_module_add(m, "first", dl_layer_dense(ctx, 2, 2, NULL));
    dl_module_add(m, "rest", dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 2, 2, NULL))));
    return dl_ctx_status(ctx);
}

static dl_status nest_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                              int32_t n_out)
{
    dl_tensor *y;
    dl_status s = dl_module_call(dl_module_find(m, "first"), in, n_in, &y, 1);
    return s != DL_OK ? s : dl_module_call(dl_module_find(m, "rest"), &y, 1, out, n_out);
}

const dl_module_class nest_class = {
    .name = "test.nest", .takes_children = 1, .init = nest_init, .forward = nest_forward};

dl_module *make_net(dl_ctx *ctx)
{
    return dl_layer_sequential(
        ctx, DL_LAYERS(dl_layer_dense(ctx, 4, 3, NULL), dl_layer_tanh(ctx),
                       dl_layer_residual(ctx, dl_layer_dense(ctx, 3, 3, NULL), NULL),
                       make_counter(ctx, 3)));
}
