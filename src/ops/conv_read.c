/* The options of convolutions, and the front doors that six functions share. */
#include <stdio.h>
#include <string.h>
#include "ops/conv.h"

static int any(const int32_t list[3])
{
    return list[0] != 0 || list[1] != 0 || list[2] != 0;
}

/* What no list says. */
static dl_status check(dl_ctx *ctx, const char *who, int32_t transposed, const dl_conv_opts *o)
{
    if (o->groups < 0)
        return dl_fail(ctx, DL_EINVAL, "%s: groups is %d, wanted 1 or more", who, (int)o->groups);
    if (o->same != 0 && o->same != 1)
        return dl_fail(ctx, DL_EINVAL, "%s: same is %d, wanted 0 or 1", who, (int)o->same);
    if (o->mode < DL_PAD_ZEROS || o->mode > DL_PAD_CIRCULAR || o->mode == DL_PAD_CONSTANT)
        return dl_fail(ctx, DL_EINVAL,
                       "%s: mode is %d, wanted DL_PAD_ZEROS, _REFLECT, _REPLICATE or _CIRCULAR",
                       who, (int)o->mode);
    if (o->same && (any(o->padding) || any(o->padding_end)))
        return dl_fail(ctx, DL_EINVAL, "%s: same computes the padding, and there are lists of it",
                       who);
    if (transposed && (o->same || o->mode != DL_PAD_ZEROS))
        return dl_fail(ctx, DL_EINVAL, "%s: %s, which a transposed convolution has not", who,
                       o->same ? "same is 1" : "mode is not DL_PAD_ZEROS");
    if (!transposed && any(o->output_padding))
        return dl_fail(ctx, DL_EINVAL,
                       "%s: output_padding is set, which is for transposed convolutions", who);
    return DL__RESERVED(ctx, who, o);
}

/* Takes output_padding off what is after: the last places do not reach that far. */
static dl_status read_output_padding(dl_ctx *ctx, const char *who, int32_t axes,
                                     const int32_t *list, dl__window *w)
{
    int64_t extra[DL__SPATIAL] = {0};
    dl__window_list(list, axes, extra);
    for (int32_t k = DL__SPATIAL - axes; k < DL__SPATIAL; k++) {
        extra[k] = extra[k] == DL_OFF ? 0 : extra[k];
        if (extra[k] < 0 || (extra[k] >= w->stride[k] && extra[k] >= w->dilation[k]))
            return dl_fail(
                ctx, DL_EINVAL,
                "%s: output_padding is %lld along spatial axis %d, wanted 0 or more, and "
                "less than the stride %lld or the dilation %lld",
                who, (long long)extra[k], (int)(k - DL__SPATIAL + axes), (long long)w->stride[k],
                (long long)w->dilation[k]);
        w->after[k] -= extra[k];
    }
    return DL_OK;
}

dl_status dl__conv_read(dl_ctx *ctx, const char *who, int32_t axes, int32_t transposed,
                        const int32_t *kernel, const dl_conv_opts *opts, dl__conv_attrs *a)
{
    static const dl_conv_opts defaults;
    const dl_conv_opts *o = opts ? opts : &defaults;
    const dl__window_lists lists = {.kernel = kernel,
                                    .stride = o->stride,
                                    .dilation = o->dilation,
                                    .padding = o->padding,
                                    .padding_end = o->padding_end};
    *a = (dl__conv_attrs){.groups = o->groups ? o->groups : 1};
    dl_status s = check(ctx, who, transposed, o);
    if (s == DL_OK)
        s = dl__window_read(ctx, who, axes, &lists, &a->window);
    if (s == DL_OK)
        s = read_output_padding(ctx, who, axes, o->output_padding, &a->window);
    return s;
}

/* The options with the kernel of w, for x; 0 with an error. who gets the name. */
static int begin(int32_t axes, int32_t transposed, dl_tensor *x, dl_tensor *w,
                 const dl_conv_opts *o, dl__conv_attrs *a, char who[24])
{
    int32_t kernel[DL__SPATIAL] = {1, 1, 1};
    char text[DL__SHAPE_TEXT];
    dl_ctx *ctx = dl__ready(x) && w ? x->base.ctx : NULL;
    if (!ctx)
        return 0;
    snprintf(who, 24, "conv%s%dd", transposed ? "_transpose" : "", (int)axes);
    int ok = w->ndim == 2 + axes;
    for (int32_t k = 0; ok && k < axes; k++) {
        ok = w->dims[2 + k] >= 1 && w->dims[2 + k] <= INT32_MAX;
        kernel[k] = ok ? (int32_t)w->dims[2 + k] : 1;
    }
    if (!ok) {
        dl_fail(ctx, DL_ESHAPE, "%s: the weight is %s, wanted %s and a kernel of %d sizes", who,
                dl__dims_text(text, w),
                transposed ? "[channels, outputs / groups," : "[outputs, channels / groups,",
                (int)axes);
        return 0;
    }
    if (dl__conv_read(ctx, who, axes, transposed, kernel, o, a) != DL_OK)
        return 0;
    const dl_call c = {.ctx = ctx};
    return dl__window_need(&c, who, x, &a->window) == DL_OK;
}

dl_tensor *dl__conv_pad(dl_tensor *x, dl__window *w, int32_t mode)
{
    int64_t pads[2 * DL_MAX_DIMS] = {0};
    const int32_t axes = (int32_t)w->axes;
    for (int32_t k = 0; k < axes; k++) {
        pads[2 * (2 + k)] = w->before[DL__SPATIAL - axes + k];
        pads[2 * (2 + k) + 1] = w->after[DL__SPATIAL - axes + k];
    }
    memset(w->before, 0, sizeof w->before);
    memset(w->after, 0, sizeof w->after);
    return dl_pad(x, pads, 2 * x->ndim, mode, 0);
}

dl_tensor *dl__conv_of(int32_t axes, dl_tensor *x, dl_tensor *w, dl_tensor *b,
                       const dl_conv_opts *o)
{
    dl__conv_attrs a;
    char who[24];
    if (!begin(axes, 0, x, w, o, &a, who))
        return NULL;
    dl_ctx *ctx = x->base.ctx;
    dl__window_sizes(&a.window, x, a.size);
    if (o && o->same && dl__window_same(ctx, who, &a.window, a.size) != DL_OK)
        return NULL;
    int32_t mark = -1;
    if (o && o->mode != DL_PAD_ZEROS) {
        if ((mark = dl_scope_begin(ctx)) < 0)
            return NULL;
        x = dl__conv_pad(x, &a.window, o->mode);
        if (x)
            dl__window_sizes(&a.window, x, a.size);
    }
    dl_tensor *const in[] = {x, w, b};
    dl_tensor *y = NULL;
    if (x)
        dl_apply(&dl__op_conv, in, 3, &a, &y, 1);
    return mark < 0 ? y : dl__scope_out(ctx, mark, y);
}

/* size: what the window makes the places of x from; 0: too much to count. */
static int sizes_before(const dl__conv_attrs *a, const dl_tensor *x, int64_t size[DL__SPATIAL])
{
    const dl__window *w = &a->window;
    dl__window_sizes(w, x, size);
    for (int32_t k = 0; k < DL__SPATIAL; k++) {
        if (size[k] > INT64_MAX / 4 / w->stride[k])
            return 0;
        size[k] = (size[k] - 1) * w->stride[k] - w->before[k] - w->after[k] +
                  w->dilation[k] * (w->kernel[k] - 1) + 1;
        if (size[k] > DL__WINDOW_SIZE_MAX)
            return 0;
    }
    return 1;
}

dl_tensor *dl__conv_transpose_of(int32_t axes, dl_tensor *x, dl_tensor *w, dl_tensor *b,
                                 const dl_conv_opts *o)
{
    dl__conv_attrs a;
    char who[24], text[DL__SHAPE_TEXT];
    dl_tensor *const in[] = {x, w, b};
    dl_tensor *y = NULL;
    if (!begin(axes, 1, x, w, o, &a, who))
        return NULL;
    if (!sizes_before(&a, x, a.size)) {
        dl_fail(x->base.ctx, DL_ELIMIT, "%s: the input is %s, the result too large", who,
                dl__dims_text(text, x));
        return NULL;
    }
    dl_apply(&dl__op_conv_data, in, 3, &a, &y, 1);
    return y;
}
