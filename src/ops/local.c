/* Convolution with other weights at each place: patches, and a product of matrices for each
 * place. */
#include "ops/local.h"
#include <stdio.h>
#include <string.h>
#include "ops/unfold.h"

dl_status dl__local_read(dl_ctx *ctx, const char *who, int32_t axes, const int32_t *kernel,
                         const dl_conv_opts *o, const int64_t size[DL__SPATIAL], dl__window *w,
                         int64_t places[DL__SPATIAL])
{
    dl__conv_attrs a;
    if (dl__conv_read(ctx, who, axes, 0, kernel, o, &a) != DL_OK)
        return ctx->status;
    if (a.groups != 1)
        return dl_fail(ctx, DL_EINVAL, "%s: groups is %lld, wanted 1", who, (long long)a.groups);
    *w = a.window;
    if (o && o->same && dl__window_same(ctx, who, w, size) != DL_OK)
        return ctx->status;
    for (int32_t k = 0; k < DL__SPATIAL; k++) {
        places[k] = dl__window_places(w, k, size[k], 0);
        if (size[k] < 1 || places[k] < 1)
            return dl_fail(
                ctx, DL_ESHAPE, "%s: a kernel of %lld has no places in %lld along spatial axis %d",
                who, (long long)w->kernel[k], (long long)size[k], (int)(k - DL__SPATIAL + axes));
    }
    return DL_OK;
}

/* The operands are floats of one type, with the axes that they need; who gets the name. */
static int check(int32_t axes, dl_tensor *x, dl_tensor *w, dl_tensor *b, char who[16])
{
    static const char *const inputs[] = {"[N, C, L]", "[N, C, H, W]"};
    const dl_tensor *const in[] = {x, w, b};
    dl_ctx *ctx = dl__ready(x) && w ? x->base.ctx : NULL;
    char text[DL__SHAPE_TEXT];
    if (!ctx)
        return 0;
    snprintf(who, 16, "local%dd", (int)axes);
    for (int i = 0; i < 3 && dl__ok(ctx); i++) {
        if (in[i] && !dl__is_float(in[i]->dtype))
            dl_fail(ctx, DL_EDTYPE, "%s: operand %d is %s, wanted f32 or f64", who, i,
                    dl_dtype_name(in[i]->dtype));
        else if (in[i] && in[i]->dtype != x->dtype)
            dl_fail(ctx, DL_EDTYPE, "%s: operands are %s and %s, wanted one type", who,
                    dl_dtype_name(x->dtype), dl_dtype_name(in[i]->dtype));
        else if (in[i] && in[i]->base.ctx != ctx)
            dl_fail(ctx, DL_EINVAL, "%s: inputs belong to different contexts", who);
    }
    if (dl__ok(ctx) && x->ndim != 2 + axes)
        dl_fail(ctx, DL_ESHAPE, "%s: the input is %s, wanted %s", who, dl__dims_text(text, x),
                inputs[axes - 1]);
    int ok = w->ndim == 2 + 2 * axes;
    for (int32_t k = 0; ok && k < axes; k++)
        ok = w->dims[2 + k] >= 1 && w->dims[2 + k] <= INT32_MAX;
    if (dl__ok(ctx) && !ok)
        dl_fail(ctx, DL_ESHAPE,
                "%s: the weight is %s, wanted [outputs, channels, and %d sizes of the kernel and "
                "of the places]",
                who, dl__dims_text(text, w), (int)axes);
    return dl__ok(ctx);
}

/* DL_ESHAPE unless w has the channels of x and these places, and b the outputs and places. */
static dl_status check_shapes(const char *who, int32_t axes, const dl_tensor *x, const dl_tensor *w,
                              const dl_tensor *b, const int64_t *places)
{
    dl_ctx *ctx = x->base.ctx;
    const size_t bytes = (size_t)axes * sizeof *places;
    char text[DL__SHAPE_TEXT], wanted[DL__SHAPE_TEXT];
    dl__shape_text(wanted, sizeof wanted, places, axes);
    if (w->dims[1] != x->dims[1])
        return dl_fail(ctx, DL_ESHAPE, "%s: the input has %lld channels, the weight wants %lld",
                       who, (long long)x->dims[1], (long long)w->dims[1]);
    if (memcmp(w->dims + 2 + axes, places, bytes) != 0)
        return dl_fail(ctx, DL_ESHAPE, "%s: the weight is %s, wanted places %s", who,
                       dl__dims_text(text, w), wanted);
    if (b && (b->ndim != 1 + axes || b->dims[0] != w->dims[0] ||
              memcmp(b->dims + 1, places, bytes) != 0))
        return dl_fail(ctx, DL_ESHAPE, "%s: the bias is %s, wanted [%lld] and places %s", who,
                       dl__dims_text(text, b), (long long)w->dims[0], wanted);
    return DL_OK;
}

/* columns [N, C kernel.., places..] and w to [N, O, places..]: for each place [N, C kernel..] times
 * [C kernel.., O]. */
static dl_tensor *products(dl_tensor *columns, dl_tensor *w, int32_t axes)
{
    if (!columns)
        return NULL;
    const int64_t entries = columns->dims[1], places = columns->dims[2];
    int64_t dims[2 + DL__SPATIAL] = {columns->dims[0], w->dims[0]};
    memcpy(dims + 2, w->dims + 2 + axes, (size_t)axes * sizeof *dims);
    const int64_t flat[] = {w->dims[0], entries, places};
    dl_tensor *a = dl_permute(columns, (const int32_t[]){2, 0, 1}, 3);
    dl_tensor *b = dl_permute(dl_reshape(w, flat, 3), (const int32_t[]){2, 1, 0}, 3);
    dl_tensor *y = dl_permute(dl_matmul(a, b), (const int32_t[]){1, 2, 0}, 3);
    return dl_reshape(y, dims, 2 + axes);
}

dl_tensor *dl__local_of(int32_t axes, dl_tensor *x, dl_tensor *w, dl_tensor *b,
                        const dl_conv_opts *o)
{
    int64_t size[DL__SPATIAL], places[DL__SPATIAL];
    int32_t kernel[DL__SPATIAL] = {1, 1, 1};
    dl__window window = {.axes = axes};
    char who[16];
    if (!check(axes, x, w, b, who))
        return NULL;
    dl_ctx *ctx = x->base.ctx;
    for (int32_t k = 0; k < axes; k++)
        kernel[k] = (int32_t)w->dims[2 + k];
    dl__window_sizes(&window, x, size);
    if (dl__local_read(ctx, who, axes, kernel, o, size, &window, places) != DL_OK ||
        check_shapes(who, axes, x, w, b, places + DL__SPATIAL - axes) != DL_OK)
        return NULL;
    const int32_t mark = dl_scope_begin(ctx);
    if (mark < 0)
        return NULL;
    if (o && o->mode != DL_PAD_ZEROS)
        x = dl__conv_pad(x, &window, o->mode);
    dl_tensor *y = x ? products(dl__unfold_of(x, who, &window), w, axes) : NULL;
    return dl__scope_out(ctx, mark, y && b ? dl_add(y, b) : y);
}
