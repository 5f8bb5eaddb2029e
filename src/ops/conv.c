/* y = x * w + b, dx and dw: three products, linear in each operand, each the gradient of the
 * others. Tensors are channels-last and weights [kernel.., channels, outputs] in memory; operands
 * that are not are copied. */
#include "ops/conv.h"
#include <string.h>
#include "autograd/autograd.h"
#include "core/check.h"
#include "kernels/conv.h"
#include "ops/layout.h"

#define ATTRS dl__conv_attrs
static const dl_attr attrs[] = {DL__WINDOW_ATTRS(ATTRS, window),
                                DL__ATTR(ATTRS, size, I64, DL__SPATIAL),
                                DL__ATTR(ATTRS, groups, I64, 1)};
enum { N_ATTRS = DL__WINDOW_ATTR_COUNT + 2 };

static const char *const forward_names[] = {"conv", "conv1d", "conv2d", "conv3d"};
static const char *const weight_names[] = {"conv_weight", "conv_weight", "conv_weight",
                                           "conv_weight"};
static const char *const data_names[] = {"conv_transpose", "conv_transpose1d", "conv_transpose2d",
                                         "conv_transpose3d"};

/* ---- shapes ---------------------------------------------------------------------------------- */

/* A call may come from a file: what the front doors ensure is asked again. */
static dl_status check_attrs(const dl_call *c)
{
    const dl__conv_attrs *a = c->attrs;
    int ok = dl__window_sound(&a->window) && a->groups >= 1 && a->groups <= INT32_MAX;
    for (int k = 0; ok && k < DL__SPATIAL; k++)
        ok = k < DL__SPATIAL - a->window.axes
                 ? a->size[k] == 1
                 : a->size[k] >= -DL__WINDOW_SIZE_MAX && a->size[k] <= DL__WINDOW_SIZE_MAX;
    return ok ? DL_OK : dl_fail(c->ctx, DL_EINVAL, "conv: its settings mean nothing");
}

/* The settings; the operands are floats of one type, and only the last may be missing. */
static dl_status check_call(const dl_call *c, const char *const *names)
{
    const dl__conv_attrs *a = c->attrs;
    if (check_attrs(c) != DL_OK)
        return c->ctx->status;
    const char *who = names[a->window.axes];
    for (int32_t i = 0; i < c->n_in; i++) {
        const dl_tensor *t = c->in[i];
        if (!t && i < 2)
            return dl_fail(c->ctx, DL_EINVAL, "%s: operand %d is missing", who, (int)i);
        if (t && !dl__is_float(t->dtype))
            return dl_fail(c->ctx, DL_EDTYPE, "%s: operand %d is %s, wanted f32 or f64", who,
                           (int)i, dl_dtype_name(t->dtype));
        if (t && t->dtype != c->in[0]->dtype)
            return dl_fail(c->ctx, DL_EDTYPE, "%s: operands are %s and %s, wanted one type", who,
                           dl_dtype_name(c->in[0]->dtype), dl_dtype_name(t->dtype));
    }
    return DL_OK;
}

/* The weight has the axes of the window and its kernel, and counts a product can have. */
static dl_status check_weight(const dl_call *c, const char *who, const dl_tensor *w)
{
    const dl__conv_attrs *a = c->attrs;
    const int32_t axes = (int32_t)a->window.axes;
    char text[DL__SHAPE_TEXT];
    int ok = w->ndim == 2 + axes;
    for (int32_t k = 0; ok && k < axes; k++)
        ok = w->dims[2 + k] == a->window.kernel[DL__SPATIAL - axes + k];
    if (!ok)
        return dl_fail(c->ctx, DL_ESHAPE,
                       "%s: the weight is %s, wanted %d axes: channels, channels, and the kernel",
                       who, dl__dims_text(text, w), (int)axes + 2);
    if (w->dims[0] % a->groups != 0)
        return dl_fail(c->ctx, DL_ESHAPE, "%s: %lld groups do not divide the %lld of the weight %s",
                       who, (long long)a->groups, (long long)w->dims[0], dl__dims_text(text, w));
    if (w->dims[0] > INT32_MAX || w->dims[1] > INT32_MAX / a->groups)
        return dl_fail(c->ctx, DL_ELIMIT, "%s: the weight is %s, at most 2^31 - 1 channels", who,
                       dl__dims_text(text, w));
    return DL_OK;
}

static dl_status check_bias(const dl_call *c, const char *who, int64_t n)
{
    const dl_tensor *b = c->in[2];
    char text[DL__SHAPE_TEXT];
    if (b && (b->ndim != 1 || b->dims[0] != n))
        return dl_fail(c->ctx, DL_ESHAPE, "%s: the bias is %s, wanted [%lld]", who,
                       dl__dims_text(text, b), (long long)n);
    return DL_OK;
}

/* out: [n, channels, spatial..], channels-last. */
static void describe(const dl_call *c, dl_spec *out, int64_t n, int64_t channels,
                     const int64_t spatial[DL__SPATIAL])
{
    const dl__conv_attrs *a = c->attrs;
    const int32_t axes = (int32_t)a->window.axes;
    int64_t dims[DL_MAX_DIMS] = {n, channels};
    memcpy(dims + 2, spatial + DL__SPATIAL - axes, (size_t)axes * sizeof *dims);
    dl__spec_channels_last(out, c->in[0]->dtype, dims, 2 + axes);
}

static dl_status conv_infer(const dl_call *c, dl_spec *out)
{
    const dl__conv_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *w = c->in[1];
    int64_t places[DL__SPATIAL], size[DL__SPATIAL];
    if (check_call(c, forward_names) != DL_OK)
        return c->ctx->status;
    const char *who = forward_names[a->window.axes];
    if (dl__window_need(c, who, x, &a->window) != DL_OK || check_weight(c, who, w) != DL_OK)
        return c->ctx->status;
    if (x->dims[1] != w->dims[1] * a->groups)
        return dl_fail(c->ctx, DL_ESHAPE,
                       "%s: the input has %lld channels, the weight wants %lld (groups %lld)", who,
                       (long long)x->dims[1], (long long)(w->dims[1] * a->groups),
                       (long long)a->groups);
    if (check_bias(c, who, w->dims[0]) != DL_OK ||
        dl__window_shape(c, who, x, &a->window, 0, places) != DL_OK)
        return c->ctx->status;
    dl__window_sizes(&a->window, x, size);
    if (memcmp(size, a->size, sizeof size) != 0)
        return dl_fail(c->ctx, DL_EINVAL, "%s: its settings are for another size", who);
    describe(c, out, x->dims[0], w->dims[0], places);
    return DL_OK;
}

/* dy has the places that the window has in size. */
static dl_status check_places(const dl_call *c, const char *who, const dl_tensor *dy)
{
    const dl__conv_attrs *a = c->attrs;
    int64_t places[DL__SPATIAL];
    dl__window_sizes(&a->window, dy, places);
    for (int32_t k = 0; k < DL__SPATIAL; k++)
        if (a->size[k] < 1 || places[k] < 1 ||
            places[k] != dl__window_places(&a->window, k, a->size[k], 0))
            return dl_fail(c->ctx, DL_ESHAPE,
                           "%s: %lld places along spatial axis %d would make %lld", who,
                           (long long)places[k], (int)(k - DL__SPATIAL + a->window.axes),
                           (long long)a->size[k]);
    return DL_OK;
}

static dl_status data_infer(const dl_call *c, dl_spec *out)
{
    const dl__conv_attrs *a = c->attrs;
    const dl_tensor *dy = c->in[0], *w = c->in[1];
    if (check_call(c, data_names) != DL_OK)
        return c->ctx->status;
    const char *who = data_names[a->window.axes];
    if (dl__window_need(c, who, dy, &a->window) != DL_OK || check_weight(c, who, w) != DL_OK)
        return c->ctx->status;
    if (dy->dims[1] != w->dims[0])
        return dl_fail(c->ctx, DL_ESHAPE, "%s: the input has %lld channels, the weight wants %lld",
                       who, (long long)dy->dims[1], (long long)w->dims[0]);
    if (check_bias(c, who, w->dims[1] * a->groups) != DL_OK || check_places(c, who, dy) != DL_OK)
        return c->ctx->status;
    describe(c, out, dy->dims[0], w->dims[1] * a->groups, a->size);
    return DL_OK;
}

/* The strides of a weight in memory: kernel.., channels, outputs. */
static void weight_strides(const int64_t *dims, int32_t ndim, int64_t *strides)
{
    int64_t step = dims[0] * dims[1];
    strides[0] = 1;
    strides[1] = dims[0];
    for (int32_t i = ndim - 1; i >= 2; i--) {
        strides[i] = step;
        step *= dims[i];
    }
}

static dl_status weight_infer(const dl_call *c, dl_spec *out)
{
    const dl__conv_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0], *dy = c->in[1];
    int64_t size[DL__SPATIAL], n;
    if (check_call(c, weight_names) != DL_OK)
        return c->ctx->status;
    const char *who = weight_names[a->window.axes];
    const int32_t axes = (int32_t)a->window.axes;
    if (dl__window_need(c, who, x, &a->window) != DL_OK ||
        dl__window_need(c, who, dy, &a->window) != DL_OK || check_places(c, who, dy) != DL_OK)
        return c->ctx->status;
    dl__window_sizes(&a->window, x, size);
    if (x->dims[0] != dy->dims[0] || x->dims[1] % a->groups != 0 || dy->dims[1] % a->groups != 0 ||
        memcmp(size, a->size, sizeof size) != 0)
        return dl_fail(c->ctx, DL_ESHAPE, "%s: the operands do not fit", who);
    int64_t dims[DL_MAX_DIMS] = {dy->dims[1], x->dims[1] / a->groups};
    memcpy(dims + 2, a->window.kernel + DL__SPATIAL - axes, (size_t)axes * sizeof *dims);
    dl__spec_row_major(out, x->dtype, dims, 2 + axes);
    if (dl__count(dims, 2 + axes, &n) && n > 0)
        weight_strides(dims, 2 + axes, out->strides);
    return DL_OK;
}

/* ---- the products ---------------------------------------------------------------------------- */

static dl__conv geometry(const dl__conv_attrs *a, const dl_tensor *x, const dl_tensor *y)
{
    const dl__window *w = &a->window;
    dl__conv g = {
        .n = x->dims[0], .channels = x->dims[1], .outputs = y->dims[1], .groups = a->groups};
    dl__window_sizes(w, x, g.in);
    dl__window_sizes(w, y, g.out);
    memcpy(g.kernel, w->kernel, sizeof g.kernel);
    memcpy(g.stride, w->stride, sizeof g.stride);
    memcpy(g.dilation, w->dilation, sizeof g.dilation);
    memcpy(g.before, w->before, sizeof g.before);
    return g;
}

static int is_weight_layout(const dl_tensor *t)
{
    int64_t strides[DL_MAX_DIMS];
    weight_strides(t->dims, t->ndim, strides);
    for (int32_t i = 0; i < t->ndim; i++)
        if (t->dims[i] > 1 && t->strides[i] != strides[i])
            return 0;
    return 1;
}

/* Memory for a weight of the shape of t; the caller's. */
static dl_tensor *weight_like(const dl_tensor *t)
{
    dl__shape s = dl__tensor_shape(t);
    weight_strides(s.dims, s.ndim, s.strides);
    s.offset = 0;
    return dl__tensor_new(t->base.ctx, &s, 0);
}

static dl_tensor *as_weight(dl_tensor *t)
{
    if (is_weight_layout(t))
        return dl_tensor_keep(t);
    dl_tensor *own = weight_like(t);
    if (own)
        dl__copy_elements(own, t);
    return own;
}

/* t with stride 1; the caller's. */
static dl_tensor *as_vector(dl_tensor *t)
{
    if (dl_tensor_contiguous(t))
        return dl_tensor_keep(t);
    dl__shape s = {.dtype = t->dtype, .ndim = 1, .dims = {t->dims[0]}, .strides = {1}};
    dl_tensor *own = dl__tensor_new(t->base.ctx, &s, 0);
    if (own)
        dl__copy_elements(own, t);
    return own;
}

/* conv and conv_data: x, w, b to y; call is the kernel. */
static dl_status run(const dl_call *c, dl__conv_call *call, const dl__conv *g)
{
    dl_tensor *x = dl__as_channels_last(c->in[0]), *w = x ? as_weight(c->in[1]) : NULL;
    dl_tensor *b = w && c->in[2] ? as_vector(c->in[2]) : NULL, *work = NULL;
    dl_status s = w && (b || !c->in[2]) ? DL_OK : c->ctx->status;
    if (s == DL_OK) {
        work = dl__channels_last_begin(c, c->out[0]);
        if (work)
            s = call(c->ctx, x->dtype, g, dl__data(x), dl__data(w), b ? dl__data(b) : NULL,
                     dl__data(work));
        if (s == DL_OK)
            s = dl__channels_last_end(c, c->out[0], work);
        else
            dl_tensor_drop(work);
    }
    dl_tensor_drop(b);
    dl_tensor_drop(w);
    dl_tensor_drop(x);
    return s;
}

static dl_status conv_forward(const dl_call *c)
{
    const dl__conv g = geometry(c->attrs, c->in[0], c->out[0]);
    return run(c, dl__conv_forward, &g);
}

static dl_status data_forward(const dl_call *c)
{
    const dl__conv g = geometry(c->attrs, c->out[0], c->in[0]);
    return run(c, dl__conv_data, &g);
}

static dl_status weight_forward(const dl_call *c)
{
    const dl__conv g = geometry(c->attrs, c->in[0], c->in[1]);
    dl_tensor *dw = c->out[0], *work = NULL;
    dl_tensor *x = dl__as_channels_last(c->in[0]), *dy = x ? dl__as_channels_last(c->in[1]) : NULL;
    if (dy)
        work = !c->accumulate && is_weight_layout(dw) ? dl_tensor_keep(dw) : weight_like(dw);
    dl_status s = work ? dl__conv_weight(c->ctx, x->dtype, &g, dl__data(x), dl__data(dy), NULL,
                                         dl__data(work))
                       : c->ctx->status;
    if (s == DL_OK && work != dw) {
        if (c->accumulate)
            s = dl__accumulate(dw, work);
        else
            dl__copy_elements(dw, work);
    }
    dl_tensor_drop(work);
    dl_tensor_drop(dy);
    dl_tensor_drop(x);
    return s;
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* Of a bias: dy over all axes but that of the channels. */
static dl_tensor *bias_gradient(dl_tensor *dy)
{
    int32_t axes[DL_MAX_DIMS] = {0};
    for (int32_t i = 2; i < dy->ndim; i++)
        axes[i - 1] = i;
    return dl_sum(dy, axes, dy->ndim - 1, 0);
}

/* conv: d is dy and other conv_data; conv_data: d is the gradient of its result and other conv. */
static dl_status run_backward(const dl_call *c, const dl_op *other, int transposed, dl_tensor *d,
                              dl_tensor **dx)
{
    dl_tensor *const in[] = {d, c->in[1], NULL};
    dl_tensor *const pair[] = {transposed ? d : c->in[0], transposed ? c->in[0] : d};
    if (dl_call_wants(c, 0) && dl__gradient(other, in, 3, c->attrs, &dx[0]) != DL_OK)
        return c->ctx->status;
    if (dl_call_wants(c, 1) &&
        dl__gradient(&dl__op_conv_weight, pair, 2, c->attrs, &dx[1]) != DL_OK)
        return c->ctx->status;
    if (dl_call_wants(c, 2))
        dx[2] = bias_gradient(d);
    return c->ctx->status;
}

static dl_status conv_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return run_backward(c, &dl__op_conv_data, 0, dy[0], dx);
}

static dl_status data_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    return run_backward(c, &dl__op_conv, 1, dy[0], dx);
}

/* x and dy of a weight's gradient, whose own gradient is g. */
static dl_status weight_backward(const dl_call *c, dl_tensor *const *g, dl_tensor **dx)
{
    dl_tensor *const to_x[] = {c->in[1], g[0], NULL}, *const to_dy[] = {c->in[0], g[0], NULL};
    if (dl_call_wants(c, 0) && dl__gradient(&dl__op_conv_data, to_x, 3, c->attrs, &dx[0]) != DL_OK)
        return c->ctx->status;
    if (dl_call_wants(c, 1))
        dl__gradient(&dl__op_conv, to_dy, 3, c->attrs, &dx[1]);
    return c->ctx->status;
}

/* Each place of the smaller picture meets each tap of each output: two for a multiply-add, as if
 * nothing were padding, and whatever the engine saves (Winograd does fewer). */
static double flops(const dl_call *c)
{
    const int weight = c->op == &dl__op_conv_weight;
    const dl_tensor *w = weight ? c->out[0] : c->in[1];
    const dl_tensor *y = weight ? c->in[1] : c->op == &dl__op_conv ? c->out[0] : c->in[0];
    double taps = (double)w->dims[1];
    for (int32_t i = 2; i < w->ndim; i++)
        taps *= (double)w->dims[i];
    const int biased = c->n_in > 2 && c->in[2];
    return 2 * (double)dl__count_of(y) * taps + (biased ? (double)dl__count_of(c->out[0]) : 0);
}

#define OP(title, function, operands)                                                              \
    {                                                                                              \
        .name = title, .attrs_size = sizeof(dl__conv_attrs), .attrs = attrs, .n_attrs = N_ATTRS,   \
        .flags = DL_OP_ACCUMULATES | DL_OP_PRODUCT, .saves_in = 3, .infer = function##_infer,      \
        .forward = function##_forward, .backward = function##_backward, .flops = flops,            \
        .replay_in = operands, .replay_out = 1                                                     \
    }
const dl_op dl__op_conv = OP("conv", conv, 3);
const dl_op dl__op_conv_data = OP("conv_data", data, 3);
const dl_op dl__op_conv_weight = OP("conv_weight", weight, 2);
