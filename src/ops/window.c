/* Reading the numbers of a window, and how many places it has. */
#include "ops/window.h"
#include <string.h>

int dl__window_sound(const dl__window *w)
{
    int ok = w->axes >= 1 && w->axes <= DL__SPATIAL;
    for (int k = 0; k < DL__SPATIAL; k++) {
        const int64_t low[] = {w->kernel[k], w->stride[k], w->dilation[k]};
        for (int i = 0; i < 3; i++)
            ok = ok && low[i] >= 1 && low[i] <= INT32_MAX;
        const int64_t any[] = {w->before[k], w->after[k]};
        for (int i = 0; i < 2; i++)
            ok = ok && any[i] >= -DL__WINDOW_REACH && any[i] <= DL__WINDOW_REACH;
        if (k < DL__SPATIAL - w->axes)
            ok = ok && w->kernel[k] == 1 && w->stride[k] == 1 && w->dilation[k] == 1 &&
                 w->before[k] == 0 && w->after[k] == 0;
    }
    return ok;
}

void dl__window_list(const int32_t *list, int32_t axes, int64_t out[DL__SPATIAL])
{
    int64_t last = 0;
    for (int32_t k = 0; k < axes; k++) {
        if (list && list[k] != 0)
            last = list[k];
        if (last != 0)
            out[DL__SPATIAL - axes + k] = last;
    }
}

/* Puts a list as it was given, and checked, over the defaults that out has. */
static dl_status read(dl_ctx *ctx, const char *who, const char *what, const int32_t *list,
                      int32_t axes, int64_t low, int64_t out[DL__SPATIAL])
{
    dl__window_list(list, axes, out);
    for (int32_t k = DL__SPATIAL - axes; k < DL__SPATIAL; k++) {
        if (low == 0 && out[k] == DL_OFF)
            out[k] = 0;
        if (out[k] < low)
            return dl_fail(ctx, DL_EINVAL, "%s: %s is %lld along spatial axis %d, wanted %s", who,
                           what, (long long)out[k], (int)(k - DL__SPATIAL + axes),
                           low > 0 ? "1 or more" : "0 or more");
    }
    return DL_OK;
}

dl_status dl__window_read(dl_ctx *ctx, const char *who, int32_t axes, const dl__window_lists *lists,
                          dl__window *w)
{
    const dl__window_lists *l = lists;
    *w =
        (dl__window){.axes = axes, .kernel = {1, 1, 1}, .stride = {1, 1, 1}, .dilation = {1, 1, 1}};
    for (int32_t k = DL__SPATIAL - axes; k < DL__SPATIAL; k++)
        w->kernel[k] = 0; /* there is no default */
    dl_status s = read(ctx, who, "kernel", l->kernel, axes, 1, w->kernel);
    if (l->stride_of_kernel)
        memcpy(w->stride, w->kernel, sizeof w->stride);
    if (s == DL_OK)
        s = read(ctx, who, "stride", l->stride, axes, 1, w->stride);
    if (s == DL_OK)
        s = read(ctx, who, "dilation", l->dilation, axes, 1, w->dilation);
    if (s == DL_OK)
        s = read(ctx, who, "padding", l->padding, axes, 0, w->before);
    memcpy(w->after, w->before, sizeof w->after);
    return s == DL_OK ? read(ctx, who, "padding_end", l->padding_end, axes, 0, w->after) : s;
}

dl_status dl__window_need_size(dl_ctx *ctx, const char *who, int64_t size, int32_t k)
{
    if (size >= 1 && size <= DL__WINDOW_SIZE_MAX)
        return DL_OK;
    return dl_fail(ctx, DL_EINVAL, "%s: size is %lld along spatial axis %d, wanted %s", who,
                   (long long)size, (int)k, size < 1 ? "1 or more" : "at most 2^61");
}

/* Rounded down; C rounds toward zero. b > 0. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

int64_t dl__window_places(const dl__window *w, int32_t k, int64_t size, int32_t ceil_mode)
{
    const int64_t padded = size + w->before[k] + w->after[k];
    const int64_t over = padded - w->dilation[k] * (w->kernel[k] - 1) - 1;
    if (!ceil_mode)
        return floor_div(over, w->stride[k]) + 1;
    const int64_t places = -floor_div(-over, w->stride[k]) + 1;
    return (places - 1) * w->stride[k] >= size + w->before[k] ? places - 1 : places;
}

void dl__window_sizes(const dl__window *w, const dl_tensor *x, int64_t size[DL__SPATIAL])
{
    const int32_t axes = (int32_t)w->axes;
    for (int32_t k = 0; k < DL__SPATIAL; k++)
        size[k] = k < DL__SPATIAL - axes ? 1 : x->dims[2 + k - (DL__SPATIAL - axes)];
}

dl_status dl__window_need(const dl_call *c, const char *who, const dl_tensor *x,
                          const dl__window *w)
{
    static const char *const wanted[DL__SPATIAL] = {"[N, C, L]", "[N, C, H, W]", "[N, C, D, H, W]"};
    char text[DL__SHAPE_TEXT];
    if (x->ndim != 2 + w->axes)
        return dl_fail(c->ctx, DL_ESHAPE, "%s: the input is %s, wanted %s", who,
                       dl__dims_text(text, x), wanted[w->axes - 1]);
    for (int32_t i = 2; i < x->ndim; i++)
        if (x->dims[i] > DL__WINDOW_SIZE_MAX)
            return dl_fail(c->ctx, DL_ELIMIT, "%s: the input is %s, spatial axes have at most 2^61",
                           who, dl__dims_text(text, x));
    return DL_OK;
}

dl_status dl__window_shape(const dl_call *c, const char *who, const dl_tensor *x,
                           const dl__window *w, int32_t ceil_mode, int64_t out[DL__SPATIAL])
{
    int64_t size[DL__SPATIAL];
    char text[DL__SHAPE_TEXT];
    if (dl__window_need(c, who, x, w) != DL_OK)
        return c->ctx->status;
    dl__window_sizes(w, x, size);
    for (int32_t k = 0; k < DL__SPATIAL; k++) {
        out[k] = dl__window_places(w, k, size[k], ceil_mode);
        if (out[k] < 1 || size[k] < 1)
            return dl_fail(c->ctx, DL_ESHAPE,
                           "%s: the input is %s; a kernel of %lld (stride %lld, dilation %lld, "
                           "padding %lld and %lld) has %lld places along spatial axis %d",
                           who, dl__dims_text(text, x), (long long)w->kernel[k],
                           (long long)w->stride[k], (long long)w->dilation[k],
                           (long long)w->before[k], (long long)w->after[k],
                           (long long)(out[k] > 0 && size[k] > 0 ? out[k] : 0),
                           (int)(k - DL__SPATIAL + w->axes));
    }
    return DL_OK;
}

dl_status dl__window_same(dl_ctx *ctx, const char *who, dl__window *w,
                          const int64_t size[DL__SPATIAL])
{
    for (int32_t k = 0; k < DL__SPATIAL; k++) {
        const int64_t places = (size[k] + w->stride[k] - 1) / w->stride[k];
        int64_t need =
            (places - 1) * w->stride[k] + w->dilation[k] * (w->kernel[k] - 1) + 1 - size[k];
        need = need > 0 ? need : 0;
        w->before[k] = need / 2;
        w->after[k] = need - need / 2;
        if (w->after[k] > DL__WINDOW_REACH)
            return dl_fail(
                ctx, DL_ELIMIT,
                "%s: same wants padding of %lld along spatial axis %d, at most %lld fits", who,
                (long long)w->after[k], (int)(k - DL__SPATIAL + w->axes),
                (long long)DL__WINDOW_REACH);
    }
    return DL_OK;
}
