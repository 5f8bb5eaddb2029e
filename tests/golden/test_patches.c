/* Against PyTorch: make_patches.py. */
#include "dl/conv.h"
#include "support/golden.h"

/* A list along the axes, from number `first` of the case on; zeros are really zero. */
static void read(const golden_args *a, int32_t first, int32_t *list)
{
    for (int32_t k = 0; k < a->k[0]; k++)
        list[k] = a->k[first + k] != 0 ? (int32_t)a->k[first + k] : DL_OFF;
}

static dl_patch_opts patches_of(const golden_args *a, int32_t kernel[3])
{
    const int32_t axes = GOLDEN_INT(0);
    dl_patch_opts o = {.stride = {0}};
    read(a, 1, kernel);
    read(a, 1 + axes, o.stride);
    read(a, 1 + 2 * axes, o.padding);
    read(a, 1 + 3 * axes, o.dilation);
    return o;
}

static dl_tensor *call_unfold(dl_tensor *const *in, const golden_args *a)
{
    int32_t kernel[3];
    const dl_patch_opts o = patches_of(a, kernel);
    return dl_unfold(in[0], kernel, &o);
}

static dl_tensor *call_fold(dl_tensor *const *in, const golden_args *a)
{
    int32_t kernel[3];
    const dl_patch_opts o = patches_of(a, kernel);
    return dl_fold(in[0], a->k + 1 + 4 * a->k[0], GOLDEN_INT(0), kernel, &o);
}

static dl_tensor *call_local(dl_tensor *const *in, const golden_args *a)
{
    const int32_t axes = GOLDEN_INT(0);
    dl_conv_opts o = {.groups = 1};
    read(a, 1, o.stride);
    read(a, 1 + axes, o.padding);
    read(a, 1 + 2 * axes, o.dilation);
    return (axes == 1 ? dl_local1d : dl_local2d)(in[0], in[1], in[2], &o);
}

static dl_tensor *call_upsample(dl_tensor *const *in, const golden_args *a)
{
    dl_upsample_opts o = {
        .mode = GOLDEN_INT(1), .align_corners = GOLDEN_INT(2), .recompute_scale = GOLDEN_INT(3)};
    for (int32_t k = 0; k < a->k[0]; k++) {
        if (a->k[4])
            o.sizes[k] = (int64_t)a->r[k];
        else
            o.scale[k] = a->r[k];
    }
    return dl_upsample(in[0], &o);
}
GOLDEN(pixel_shuffle, in[0], GOLDEN_INT(0))
GOLDEN(pixel_unshuffle, in[0], GOLDEN_INT(0))

static const golden_op ops[] = {
    GOLDEN_OP(unfold),   GOLDEN_OP(fold),          GOLDEN_OP(local),
    GOLDEN_OP(upsample), GOLDEN_OP(pixel_shuffle), GOLDEN_OP(pixel_unshuffle),
};

int main(void)
{
    return golden_main("patches", ops, GOLDEN_LENGTH(ops));
}
