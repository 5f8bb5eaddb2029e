/* Patches of a convolution's input as columns, and back. For each entry of the kernel the places it
 * has inside the input are a strided view of it, and of the columns another one: unfolding copies
 * from view to view, folding adds. So the order of a sum is that of the kernel. */
#include "ops/unfold.h"
#include <string.h>
#include "autograd/autograd.h"
#include "core/check.h"
#include "kernels/patches.h"
#include "ops/layout.h"

static const dl_attr attrs[] = {DL__WINDOW_ATTRS(dl__unfold_attrs, window),
                                DL__ATTR(dl__unfold_attrs, size, I64, DL__SPATIAL),
                                DL__ATTR(dl__unfold_attrs, places, I64, DL__SPATIAL),
                                DL__ATTR(dl__unfold_attrs, channels_last, I32, 1)};
enum { N_ATTRS = DL__WINDOW_ATTR_COUNT + 3 };

/* ---- the walk -------------------------------------------------------------------------------- */

static int64_t entries(const dl__unfold_attrs *a)
{
    return a->window.kernel[0] * a->window.kernel[1] * a->window.kernel[2];
}

/* The places that entry `tap` of the kernel has inside the input, as [N, C, places..]: of the image
 * x and of the columns y. 0: none. */
static int views(const dl__unfold_attrs *a, const int64_t tap[DL__SPATIAL], const dl_tensor *image,
                 const dl_tensor *columns, dl_tensor *x, dl_tensor *y)
{
    const dl__window *w = &a->window;
    const int32_t axes = (int32_t)w->axes;
    int64_t step = columns->strides[2], number = 0;
    *x = dl__tensor_value(image);
    *y = dl__tensor_value(columns);
    x->ndim = y->ndim = 2 + DL__SPATIAL;
    y->dims[1] = image->dims[1];
    for (int32_t k = 0; k < DL__SPATIAL; k++)
        number = number * w->kernel[k] + tap[k];
    y->strides[1] = columns->strides[1] * entries(a);
    y->offset += number * columns->strides[1];
    for (int32_t k = DL__SPATIAL - 1; k >= 0; k--) {
        const int32_t axis = k - DL__SPATIAL + axes; /* of the image's; below 0: it has not */
        const int64_t stride = axis < 0 ? 0 : image->strides[2 + axis];
        const dl__taps line = {.places = a->places[k],
                               .taps = w->kernel[k],
                               .step = w->stride[k],
                               .start = -w->before[k],
                               .gap = w->dilation[k],
                               .size = a->size[k]};
        int64_t from, end;
        dl__taps_places(&line, tap[k], &from, &end);
        x->dims[2 + k] = y->dims[2 + k] = end - from;
        x->strides[2 + k] = stride * line.step;
        x->offset += stride * (from * line.step + line.start + tap[k] * line.gap);
        y->strides[2 + k] = step;
        y->offset += step * from;
        step *= a->places[k];
    }
    return dl__count_of(x) > 0;
}

/* Copies from image to columns, or, with back, adds the other way. */
static dl_status walk(const dl__unfold_attrs *a, const dl_tensor *image, const dl_tensor *columns,
                      int back)
{
    const int64_t *kernel = a->window.kernel, n = dl__count_of(columns) > 0 ? entries(a) : 0;
    dl_status s = DL_OK;
    dl_tensor x, y;
    for (int64_t i = 0; s == DL_OK && i < n; i++) {
        const int64_t tap[] = {i / kernel[2] / kernel[1], i / kernel[2] % kernel[1], i % kernel[2]};
        if (!views(a, tap, image, columns, &x, &y))
            continue;
        if (back)
            s = dl__accumulate(&x, &y);
        else
            dl__copy_elements(&y, &x);
    }
    return s;
}

/* ---- unfold ---------------------------------------------------------------------------------- */

static void describe(const dl__unfold_attrs *a, dl_spec *out, dl_dtype dt, const int64_t *dims,
                     int32_t ndim)
{
    if (a->channels_last)
        dl__spec_channels_last(out, dt, dims, ndim);
    else
        dl__spec_row_major(out, dt, dims, ndim);
}

static dl_status unfold_infer(const dl_call *c, dl_spec *out)
{
    const dl__unfold_attrs *a = c->attrs;
    const dl_tensor *x = c->in[0];
    char text[DL__SHAPE_TEXT];
    int64_t n = 1, dims[3] = {x->dims[0], 1, 1};
    int ok = 1;
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    for (int32_t k = 0; k < DL__SPATIAL; k++)
        ok = ok && dl__mul_i64(n, a->window.kernel[k], &n) &&
             dl__mul_i64(dims[2], a->places[k], &dims[2]);
    if (!ok || !dl__mul_i64(n, x->dims[1], &dims[1]))
        return dl_fail(c->ctx, DL_ELIMIT, "unfold: the input is %s, the result too large",
                       dl__dims_text(text, x));
    describe(a, out, x->dtype, dims, 3);
    return DL_OK;
}

static dl_status unfold_forward(const dl_call *c)
{
    const dl__unfold_attrs *a = c->attrs;
    int padded = 0;
    for (int32_t k = 0; k < DL__SPATIAL; k++)
        padded |= a->window.before[k] > 0 || a->window.after[k] > 0;
    if (padded)
        dl__fill_elements(c->out[0], 0);
    return walk(a, c->in[0], c->out[0], 0);
}

static dl_status unfold_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply1(&dl__op_fold, dy[0], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_unfold = {
    .name = "unfold",
    .attrs_size = sizeof(dl__unfold_attrs),
    .attrs = attrs,
    .n_attrs = N_ATTRS,
    .infer = unfold_infer,
    .forward = unfold_forward,
    .backward = unfold_backward,
};

/* ---- fold ------------------------------------------------------------------------------------ */

static dl_status fold_infer(const dl_call *c, dl_spec *out)
{
    const dl__unfold_attrs *a = c->attrs;
    const dl_tensor *y = c->in[0];
    const int32_t axes = (int32_t)a->window.axes;
    int64_t dims[2 + DL__SPATIAL] = {y->dims[0], y->dims[1] / entries(a)};
    memcpy(dims + 2, a->size + DL__SPATIAL - axes, (size_t)axes * sizeof *dims);
    if (dl__need_float(c, 0) != DL_OK)
        return c->ctx->status;
    describe(a, out, y->dtype, dims, 2 + axes);
    return DL_OK;
}

static dl_status fold_forward(const dl_call *c)
{
    dl__fill_elements(c->out[0], 0);
    return walk(c->attrs, c->out[0], c->in[0], 1);
}

static dl_status fold_backward(const dl_call *c, dl_tensor *const *dy, dl_tensor **dx)
{
    dx[0] = dl__apply1(&dl__op_unfold, dy[0], c->attrs);
    return c->ctx->status;
}

const dl_op dl__op_fold = {
    .name = "fold",
    .attrs_size = sizeof(dl__unfold_attrs),
    .attrs = attrs,
    .n_attrs = N_ATTRS,
    .infer = fold_infer,
    .forward = fold_forward,
    .backward = fold_backward,
};

/* ---- the front doors ------------------------------------------------------------------------- */

static int is_channels_last(const dl_tensor *t)
{
    return !dl_tensor_contiguous(t) && dl__is_channels_last(t);
}

dl_tensor *dl__unfold_of(dl_tensor *x, const char *who, const dl__window *w)
{
    dl__unfold_attrs a = {.window = *w, .channels_last = is_channels_last(x)};
    const dl_call c = {.ctx = x->base.ctx};
    if (dl__window_shape(&c, who, x, w, 0, a.places) != DL_OK)
        return NULL;
    dl__window_sizes(w, x, a.size);
    return dl__apply1(&dl__op_unfold, x, &a);
}

dl_status dl__patch_read(dl_ctx *ctx, const char *who, int32_t axes, const int32_t *kernel,
                         const dl_patch_opts *o, dl__window *w)
{
    static const dl_patch_opts none;
    o = o ? o : &none;
    const dl__window_lists lists = {.kernel = kernel,
                                    .stride = o->stride,
                                    .dilation = o->dilation,
                                    .padding = o->padding,
                                    .padding_end = o->padding_end};
    if (DL__RESERVED(ctx, who, o) != DL_OK)
        return ctx->status;
    return dl__window_read(ctx, who, axes, &lists, w);
}

dl_tensor *dl_unfold(dl_tensor *x, const int32_t *kernel, const dl_patch_opts *o)
{
    char text[DL__SHAPE_TEXT];
    dl__window w;
    if (!dl__ready(x))
        return NULL;
    const int32_t axes = x->ndim - 2;
    if (axes < 1 || axes > DL__SPATIAL) {
        dl_fail(x->base.ctx, DL_ESHAPE,
                "unfold: the input is %s, wanted [N, C, ..] with 1 to 3 spatial axes",
                dl__dims_text(text, x));
        return NULL;
    }
    return dl__patch_read(x->base.ctx, "unfold", axes, kernel, o, &w) == DL_OK
               ? dl__unfold_of(x, "unfold", &w)
               : NULL;
}

/* The places of the window in an input of the sizes of a, which are all of y's. */
static dl_status check_columns(const dl_tensor *y, dl__unfold_attrs *a)
{
    dl_ctx *ctx = y->base.ctx;
    char text[DL__SHAPE_TEXT];
    int64_t places = 1, n = 1;
    int ok = 1;
    dl__dims_text(text, y);
    for (int32_t k = 0; k < DL__SPATIAL; k++) {
        a->places[k] = dl__window_places(&a->window, k, a->size[k], 0);
        if (a->size[k] < 1 || a->places[k] < 1)
            return dl_fail(ctx, DL_ESHAPE,
                           "fold: a kernel of %lld has no places in %lld along spatial axis %d",
                           (long long)a->window.kernel[k], (long long)a->size[k],
                           (int)(k - DL__SPATIAL + a->window.axes));
        ok = ok && dl__mul_i64(places, a->places[k], &places) &&
             dl__mul_i64(n, a->window.kernel[k], &n);
    }
    if (!ok)
        return dl_fail(ctx, DL_ESHAPE,
                       "fold: the columns are %s, the sizes give more places than fit 64 bits",
                       text);
    if (y->ndim != 3 || y->dims[1] % n != 0 || y->dims[2] != places)
        return dl_fail(ctx, DL_ESHAPE, "fold: the columns are %s, wanted [N, C * %lld, %lld]", text,
                       (long long)n, (long long)places);
    return DL_OK;
}

dl_tensor *dl_fold(dl_tensor *y, const int64_t *sizes, int32_t axes, const int32_t *kernel,
                   const dl_patch_opts *o)
{
    dl__unfold_attrs a = {.size = {1, 1, 1}};
    if (!dl__ready(y))
        return NULL;
    dl_ctx *ctx = y->base.ctx;
    if (dl__fold_read(ctx, sizes, axes, kernel, o, &a) != DL_OK || check_columns(y, &a) != DL_OK)
        return NULL;
    a.channels_last = is_channels_last(y);
    return dl__apply1(&dl__op_fold, y, &a);
}

dl_status dl__fold_read(dl_ctx *ctx, const int64_t *sizes, int32_t axes, const int32_t *kernel,
                        const dl_patch_opts *o, dl__unfold_attrs *a)
{
    if (axes < 1 || axes > DL__SPATIAL || !sizes)
        return dl_fail(ctx, DL_EINVAL, "fold: %d sizes, wanted 1 to %d", (int)(sizes ? axes : 0),
                       DL__SPATIAL);
    for (int32_t k = 0; k < axes; k++) {
        if (dl__window_need_size(ctx, "fold", sizes[k], k) != DL_OK)
            return ctx->status;
        a->size[DL__SPATIAL - axes + k] = sizes[k];
    }
    return dl__patch_read(ctx, "fold", axes, kernel, o, &a->window);
}
