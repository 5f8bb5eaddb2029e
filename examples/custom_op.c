/* custom_op: an operation and a layer that the library does not have, made of public headers alone.
 *
 *     squareplus(x) = (x + sqrt(x^2 + b)) / 2
 *
 * is a smooth ReLU that needs no exponential (Barron, Squareplus: A Softplus-Like Algebraic
 * Rectifier, 2021). The program checks its gradients against differences, trains a small net with
 * it, saves the net and opens it again. The exit status is 0 if all of it went well. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "dl/dl.h"
#include "dl/ext.h"

/* ---- the operation --------------------------------------------------------------------------- */

typedef struct squareplus_attrs {
    double b;
} squareplus_attrs;

static const dl_attr squareplus_attr_list[] = {
    {"b", DL_ATTR_F64, offsetof(squareplus_attrs, b), 1},
};

/* The result looks like the input. Strides are left at 0: row-major. */
static dl_status squareplus_infer(const dl_call *c, dl_spec *out)
{
    const dl_tensor *x = c->in[0];
    dl_dtype dt = dl_tensor_dtype(x);
    if (dt != DL_F32 && dt != DL_F64)
        return dl_fail(c->ctx, DL_EDTYPE, "squareplus: x is %s, it wants f32 or f64",
                       dl_dtype_name(dt));
    if (!dl_tensor_contiguous(x))
        return dl_fail(c->ctx, DL_EUNSUPPORTED, "squareplus: x is not row-major");
    out->dtype = dt;
    out->ndim = dl_tensor_ndim(x);
    for (int32_t i = 0; i < out->ndim; i++)
        out->dims[i] = dl_tensor_dim(x, i);
    return DL_OK;
}

#define SQUAREPLUS_LOOP(name, real, root)                                                          \
    static void name(real *y, const real *x, int64_t n, real b)                                    \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++)                                                            \
            y[i] = (x[i] + root(x[i] * x[i] + b)) / 2;                                             \
    }
SQUAREPLUS_LOOP(squareplus_f32, float, sqrtf)
SQUAREPLUS_LOOP(squareplus_f64, double, sqrt)

static dl_status squareplus_forward(const dl_call *c)
{
    const squareplus_attrs *a = c->attrs;
    const void *x = dl_tensor_data(c->in[0]);
    void *y = dl_tensor_edit(c->out[0]);
    int64_t n = dl_tensor_count(c->in[0]);
    if (!x || !y)
        return dl_ctx_status(c->ctx);
    if (dl_tensor_dtype(c->in[0]) == DL_F64)
        squareplus_f64(y, x, n, a->b);
    else
        squareplus_f32(y, x, n, (float)a->b);
    return DL_OK;
}

/* dx = dy (1 + x / sqrt(x^2 + b)) / 2. It is made of operations, so it has gradients in turn. */
static dl_status squareplus_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    const squareplus_attrs *a = c->attrs;
    dl_tensor *x = c->in[0];
    dl_tensor *root = dl_sqrt(dl_add_scalar(dl_mul(x, x), a->b));
    dx[0] = dl_mul(dy[0], dl_scale(dl_add_scalar(dl_div(x, root), 1), 0.5));
    return dl_ctx_status(c->ctx);
}

static const dl_op squareplus_op = {
    .name = "squareplus",
    .attrs_size = sizeof(squareplus_attrs),
    .attrs = squareplus_attr_list,
    .n_attrs = 1,
    .saves_in = 1, /* backward reads the data of in[0] */
    .infer = squareplus_infer,
    .forward = squareplus_forward,
    .backward = squareplus_backward,
};

/* The result belongs to the innermost scope, NULL on failure, as with the library's own. */
static dl_tensor *squareplus(dl_tensor *x, double b)
{
    const squareplus_attrs a = {b};
    dl_tensor *row_major = dl_contiguous(x), *y = NULL;
    if (row_major)
        dl_apply(&squareplus_op, &row_major, 1, &a, &y, 1);
    return y;
}

/* ---- the layer ------------------------------------------------------------------------------- */

static dl_status layer_forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                               int32_t n_out)
{
    const squareplus_attrs *config = dl_module_config(m);
    if (n_in != 1 || n_out != 1)
        return dl_fail(dl_module_ctx(m), DL_EINVAL, "squareplus: it has 1 input and 1 output");
    out[0] = squareplus(in[0], config->b);
    return dl_ctx_status(dl_module_ctx(m));
}

static const dl_config_field layer_fields[] = {
    {"b", DL_CONFIG_F64, offsetof(squareplus_attrs, b), 1},
};

static const dl_module_class squareplus_class = {
    .name = "example.squareplus", /* in saved files; a name of our own */
    .config_size = sizeof(squareplus_attrs),
    .fields = layer_fields,
    .n_fields = 1,
    .forward = layer_forward,
};

static dl_module *squareplus_layer(dl_ctx *ctx, double b)
{
    const squareplus_attrs config = {b};
    return dl_module_new(ctx, &squareplus_class, &config);
}

/* ---- the program ----------------------------------------------------------------------------- */

static dl_tensor *call_squareplus(dl_tensor *const *in, int32_t n, void *user)
{
    (void)n;
    return squareplus(in[0], *(const double *)user);
}

/* First and second gradients, at points that do not lie row-major in memory. */
static dl_status check(dl_ctx *ctx)
{
    double b = 4, first = 0, second = 0;
    int32_t mark = dl_scope_begin(ctx);
    dl_tensor *x = dl_tensor_give(dl_tensor_randn(ctx, DL_F64, DL_SHAPE(3, 5)));
    dl_tensor *xt = dl_detach(dl_transpose(x, 0, 1));
    dl_grad_track(xt, 1);
    dl_gradcheck(call_squareplus, &xt, 1, &b, &first, NULL);
    dl_gradcheck(call_squareplus, &xt, 1, &b, &second, &(dl_gradcheck_opts){.order = 2});
    dl_scope_end(ctx, mark);
    if (dl_ctx_status(ctx) == DL_OK)
        printf("gradients agree with differences: %s\n",
               first < 1e-6 && second < 1e-5 ? "yes" : "no");
    return dl_ctx_status(ctx);
}

/* Fits x^2 on [-1, 1]; the loss after the last step. */
static double train(dl_module *net, dl_optim *optim, int32_t steps)
{
    dl_ctx *ctx = dl_module_ctx(net);
    double last = NAN;
    for (int32_t step = 0; step < steps && dl_ctx_status(ctx) == DL_OK; step++) {
        int32_t mark = dl_scope_begin(ctx);
        dl_tensor *x = dl_tensor_give(dl_tensor_rand(ctx, DL_F32, -1, 1, DL_SHAPE(64, 1)));
        dl_tensor *loss = dl_mse(dl_module_forward(net, x), dl_mul(x, x), NULL);
        dl_module_zero_grad(net);
        dl_backward(loss);
        dl_optim_step(optim);
        if (loss)
            last = dl_tensor_item(loss);
        if (step == 0)
            printf("loss of the first batch: %.6f\n", last);
        dl_scope_end(ctx, mark);
    }
    printf("loss of batch %d: %.6f\n", (int)steps, last);
    return last;
}

/* Saves the net and opens it again; 1 when what was read is what was saved. */
static int survives(dl_module *net, const char *path)
{
    dl_ctx *ctx = dl_module_ctx(net);
    char before[DL_HASH_TEXT], after[DL_HASH_TEXT];
    dl_module_register(ctx, &squareplus_class);
    dl_module_save(net, path);
    dl_module *again = dl_module_open(ctx, path);
    int same = dl_module_hash(net, before) == DL_OK && again &&
               dl_module_hash(again, after) == DL_OK && strcmp(before, after) == 0;
    dl_module_drop(again);
    printf("saved, opened, the same: %s\n", same ? "yes" : "no");
    return same;
}

int main(void)
{
    dl_ctx *ctx = dl_ctx_new(&(dl_ctx_opts){.seed = 1});
    dl_module *net = dl_layer_sequential(ctx, DL_LAYERS(dl_layer_dense(ctx, 1, 16, NULL),
                                                        squareplus_layer(ctx, 0.1),
                                                        dl_layer_dense(ctx, 16, 1, NULL)));
    dl_optim *optim = dl_optim_adam(net, &(dl_adam_opts){.lr = 0.01});
    int good = check(ctx) == DL_OK && train(net, optim, 500) < 0.001 &&
               survives(net, "custom_op.safetensors");
    if (dl_ctx_status(ctx) != DL_OK)
        fprintf(stderr, "custom_op: %s\n", dl_ctx_message(ctx));
    dl_optim_drop(optim);
    dl_module_drop(net);
    dl_ctx_drop(ctx);
    return good ? 0 : 1;
}
