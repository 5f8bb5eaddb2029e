/* Two 3x3 convolutions with a shortcut around them. */
#include "layers/block.h"

static dl_status forward(dl_module *m, dl_tensor *const *in, int32_t n_in, dl_tensor **out,
                         int32_t n_out)
{
    return dl__block_forward(m, in, n_in, out, n_out, 2);
}

const dl_module_class dl__class_basic_block = DL__BLOCK_CLASS(basic_block);

dl_module *dl_layer_basic_block(dl_ctx *ctx, int64_t in, int64_t out, const dl_block_opts *o)
{
    dl__block b;
    if (dl__ok(ctx) && o && (o->groups || o->width_per_group || o->stride_first))
        dl_fail(ctx, DL_EINVAL,
                "basic_block: groups, width_per_group and stride_first are of the bottleneck");
    if (dl__block_begin(&b, ctx, &dl__class_basic_block, in, out, o) != DL_OK)
        return NULL;
    dl__block_conv(&b, out, 3, b.o.stride, 1);
    dl__block_conv(&b, out, 3, 1, 1);
    return dl__block_end(&b);
}
