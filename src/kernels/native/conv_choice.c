/* Which way a convolution of the native engine goes: by Winograd's tiles or by its definition. */
#include "kernels/native/conv.h"
#include "kernels/native/winograd.h"

dl_status dl__native_choose_forward(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *x,
                                    const void *w, const void *bias, void *y)
{
    const int32_t m = dl__winograd_wanted(ctx, g, DL__WINOGRAD_FORWARD);
    return m ? dl__winograd_forward(ctx, m, dt, g, x, w, bias, y)
             : dl__native_conv_forward(ctx, dt, g, x, w, bias, y);
}

dl_status dl__native_choose_data(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *dy,
                                 const void *w, const void *bias, void *dx)
{
    const int32_t m = dl__winograd_wanted(ctx, g, DL__WINOGRAD_DATA);
    return m ? dl__winograd_data(ctx, m, dt, g, dy, w, bias, dx)
             : dl__native_conv_data(ctx, dt, g, dy, w, bias, dx);
}

dl_status dl__native_choose_weight(dl_ctx *ctx, dl_dtype dt, const dl__conv *g, const void *x,
                                   const void *dy, const void *bias, void *dw)
{
    const int32_t m = dl__winograd_wanted(ctx, g, DL__WINOGRAD_WEIGHT);
    return m ? dl__winograd_weight(ctx, m, dt, g, x, dy, dw)
             : dl__native_conv_weight(ctx, dt, g, x, dy, bias, dw);
}
