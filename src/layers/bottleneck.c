/* Three convolutions, the middle one narrower, with a shortcut around them. */
#include "core/check.h"
#include "layers/block.h"

enum { EXPANSION = 4 };

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    return dl__block_forward(m, in, n_in, out, n_out, 3);
}

const dl_module_class dl__class_bottleneck = DL__BLOCK_CLASS(bottleneck);

/* Channels in the middle and at the end. */
static dl_status widths(dl_ctx *ctx, int64_t planes, int32_t groups, int32_t per_group,
                        int64_t *width, int64_t *out)
{
    int64_t scaled;
    if (!dl__mul_i64(planes, per_group, &scaled) || !dl__mul_i64(scaled / 64, groups, width) ||
        !dl__mul_i64(planes, EXPANSION, out))
        return dl_fail(ctx, DL_ELIMIT, "bottleneck: %lld planes are too many", (long long)planes);
    if (*width < 1)
        return dl_fail(ctx, DL_EINVAL,
                       "bottleneck: %lld planes with width_per_group %d leave no channel, wanted "
                       "at least 64 for their product",
                       (long long)planes, (int)per_group);
    return DL_OK;
}

dl_module *dl_layer_bottleneck(dl_ctx *ctx, int64_t in, int64_t planes, const dl_block_opts *o)
{
    dl__block b;
    int64_t width = 0, out = 0;
    if (dl__block_begin(&b, ctx, &dl__class_bottleneck, in, planes, o) != DL_OK)
        return NULL;
    const int32_t groups = b.o.groups ? b.o.groups : 1, first = b.o.stride_first;
    const int32_t per_group = b.o.width_per_group ? b.o.width_per_group : 64;
    if (widths(ctx, planes, groups, per_group, &width, &out) == DL_OK) {
        dl__block_conv(&b, width, 1, first ? b.o.stride : 1, 1);
        dl__block_conv(&b, width, 3, first ? 1 : b.o.stride, groups);
        dl__block_conv(&b, out, 1, 1, 1);
    }
    return dl__block_end(&b);
}
